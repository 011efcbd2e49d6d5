//! Definitions whose seal does not fit, and which are what the policy file says all the same.
//!
//! A seal is of what the server stores: it costs little to read and takes no lock, and it holds numbers of the database. In
//! a copy (a dump that was restored, an upgraded server) none fits. There the server is asked what it writes for the file's
//! own text and for what is there, in a transaction that is rolled back; where that is the same, nobody changed it.

use super::facts::{Key, Kind};
use super::live::{Live, Verdict, facts_query, read_facts, unreadable};
use super::statement::RenderedStatement;
use super::statements::RenderedPolicies;
use super::written::{self, WrittenFunction, WrittenPolicy};
use crate::database::Session;
use crate::error::Result;
use crate::files::TextFile;
use crate::sql::{literal, split, text_array};

/// The fact of a policy or function whose seal does not fit.
const ALTERED: &str = "altered";

/// Reads the live state in a round trip of its own, and in two more where definitions have no seal that fits. Not to be
/// called inside of a transaction.
///
/// # Errors
/// When the catalog cannot be read.
pub async fn read_live(session: &Session, rendered: &RenderedPolicies) -> Result<Live> {
    let results = session
        .run("reading grants and policies", &facts_query(rendered))
        .await?;
    let mut live = results.last().and_then(read_facts).ok_or_else(unreadable)?;
    // Rarely more than a look; boxed, so that whoever reads carries none of its state.
    Box::pin(recognise(session, rendered, &mut live)).await;
    Ok(live)
}

/// Takes what is marked as altered for what the file says, where the server writes the same for both. Where it cannot be
/// asked (a standby, a role without temporary objects) the mark stays.
pub(super) async fn recognise(session: &Session, rendered: &RenderedPolicies, live: &mut Live) {
    let candidates: Vec<(&Key, &String, &RenderedStatement)> = rendered
        .statements
        .iter()
        .flat_map(|one| one.facts.iter().map(move |(key, hash)| (key, hash, one)))
        .filter(|(key, ..)| matches!(key.kind, Kind::Policy | Kind::Function))
        .filter(|(key, ..)| live.facts.get(*key).is_some_and(|value| value == ALTERED))
        .collect();
    if live.verdict != Verdict::Differs || candidates.is_empty() {
        return;
    }
    let answers = session.batch(&question(&candidates)).await;
    let _ = session.batch("rollback").await;
    let Ok(answers) = answers else { return };
    for row in answers.last().into_iter().flatten() {
        let [Some(at), Some(answer)] = row.as_slice() else {
            continue;
        };
        let Some((key, hash, _)) = at.parse().ok().and_then(|at: usize| candidates.get(at)) else {
            continue;
        };
        match answer.as_str() {
            "yes" => {
                live.facts.insert((*key).clone(), (*hash).clone());
                live.without_seal.insert((*key).clone());
            }
            "no" => {}
            owner => {
                live.facts.insert((*key).clone(), owner.to_owned());
            }
        }
    }
    if live.facts == rendered.facts() {
        live.verdict = Verdict::UpToDate;
    }
}

fn question(candidates: &[(&Key, &String, &RenderedStatement)]) -> String {
    let mut policies = vec![
        "(null::int, null, null, null, null, null::bool, null::text[], null, null)".to_owned(),
    ];
    let mut functions = vec!["(null::int, null, null, null, null)".to_owned()];
    for (at, (key, _, statement)) in candidates.iter().enumerate() {
        match key.kind {
            Kind::Policy => {
                let written = written::policy(&statement.sql);
                policies.extend(written.map(|written| policy(at, key, &written)));
            }
            _ => {
                let written = written::function(&statement.sql);
                functions.extend(written.map(|written| function(at, key, &written)));
            }
        }
    }
    let query = include_str!("unchanged.sql")
        .replace("{{policies}}", &policies.join(",\n"))
        .replace("{{functions}}", &functions.join(",\n"));
    format!(
        "begin read write;set local search_path = pg_catalog, pg_temp;set local check_function_bodies = off;\
         set local standard_conforming_strings = on;set local lock_timeout = '5s';set local jit = off;set local client_min_messages = warning;{query}"
    )
}

fn optional(text: Option<&String>) -> String {
    text.map_or_else(|| "null".to_owned(), |text| literal(text))
}

fn policy(at: usize, key: &Key, written: &WrittenPolicy) -> String {
    format!(
        "({at}, {}, {}, {}, '{}', {}, {}, {}, {})",
        literal(&key.schema),
        literal(&key.name),
        literal(&key.detail),
        written.command,
        written.is_permissive,
        text_array(&written.roles),
        optional(written.using.as_ref()),
        optional(written.check.as_ref()),
    )
}

fn function(at: usize, key: &Key, written: &WrittenFunction) -> String {
    format!(
        "({at}, {}, {}, {}, {})",
        literal(&key.schema),
        literal(&key.name),
        literal(&written.definition),
        optional(written.owner.as_ref()),
    )
}

/// SQL that gives what was recognised its seal, so that nobody has to ask again.
pub(super) fn seal_again(rendered: &RenderedPolicies, live: &Live) -> String {
    if live.without_seal.is_empty() {
        return String::new();
    }
    let lacks_it = |one: &&RenderedStatement| {
        let mut keys = one.facts.keys();
        keys.any(|key| live.without_seal.contains(key))
    };
    let without = rendered.statements.iter().filter(lacks_it);
    let marks: String = without.map(|one| comments(&one.sql)).collect();
    marks + &rendered.seal()
}

/// The comments of a rendered statement, which hold the mark without a seal.
fn comments(text: &str) -> String {
    let file = TextFile::new("", text);
    let statements = split(&file).unwrap_or_default();
    let comments = statements
        .iter()
        .filter(|one| one.starts_with(&["comment", "on"]));
    comments
        .map(|one| one.text(&file).to_owned() + ";")
        .collect()
}
