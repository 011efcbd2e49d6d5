//! What is closed in any case, also when a deployment cannot come to its end: row security and the tenant floor of
//! every table that the policy file describes, and everything that somebody has and the file does not give them.
//!
//! Each step has a transaction of its own, so that one that fails keeps none of the others from being done.

use std::collections::BTreeSet;
use std::time::Duration;

use super::facts::{Key, Kind};
use super::gone::Gone;
use super::live::{Live, Verdict};
use super::model::{Class, Span};
use super::plan::{closing, due, undo};
use super::revoke::revoke_or_drop;
use super::statement::Section;
use super::statements::RenderedPolicies;
use super::unchanged::read_live;
use crate::database::{DeploymentLock, Governor, Limits, Rows};
use crate::error::{self, Error, Result};
use crate::event::Event;
use crate::sql::{literal, qualified, text_array};

/// How long each step waits for locks: the deployment has failed already.
const LOCK_BUDGET: Duration = Duration::from_secs(5);

/// One thing to close.
pub(super) struct Step {
    what: String,
    sql: String,
    span: Span,
}

impl RenderedPolicies {
    /// Marks what steps have made as made by workroom and unchanged since.
    pub(super) fn sealing(&self) -> Step {
        Step {
            what: Section::Seal.heading().to_owned(),
            sql: self.seal(),
            span: 0..0,
        }
    }
}

/// Closes what can be closed after `error` has ended the application of policies; returns the error, which says so.
pub(super) async fn protect(
    governor: &Governor<'_>,
    session_reset: &str,
    rendered: &RenderedPolicies,
    mut error: Error,
) -> Error {
    if error.kind == error::Kind::Interrupted || governor.session.is_lost() {
        return error;
    }
    let mut failures = Vec::new();
    // What is made in the first round may be opened by default privileges; the second closes that.
    for _ in 0..2 {
        let live = match read_live(governor.session, rendered).await {
            Ok(live) => live,
            Err(failure) => {
                failures = vec![failure];
                break;
            }
        };
        let steps = steps(rendered, &live, None);
        failures = carry_out(governor, session_reset, rendered, &steps).await;
        if failures.is_empty() && steps.is_empty() {
            break;
        }
    }
    if failures.is_empty() {
        error = error.because(
            "the described tables are protected all the same: row security, tenant floors and revokes are in place, what else is new is not",
        );
    }
    for failure in failures {
        error.push(failure);
    }
    error
}

/// Closes what came into being since policies were last applied, while a deployment has not come to the point where
/// it applies them. The owner's own migrations still have to work, so row security is enabled and not yet forced.
/// `is_recorded` says whether `workroom.policies` exists.
///
/// # Errors
/// With everything that could not be closed.
pub async fn close(
    governor: &Governor<'_>,
    session_reset: &str,
    rendered: &RenderedPolicies,
    is_recorded: bool,
) -> Result<()> {
    let live = read_live(governor.session, rendered).await?;
    if live.verdict != Verdict::Differs {
        return Ok(());
    }
    let results = governor
        .session
        .run("looking for what is new", &new_query(rendered, is_recorded))
        .await?;
    let new = results.last().map(read_new).unwrap_or_default();
    let is_new = |kind: &str, schema: &str, name: &str| {
        new.contains(&(kind.to_owned(), schema.to_owned(), name.to_owned()))
    };
    let mut steps = Vec::new();
    for table in &rendered.policies.tables {
        let key = Key::new(Kind::Table, &table.schema, &table.name, "");
        if table.class != Class::Exempt
            && live.facts.get(&key).is_some_and(|state| state == "off")
            && is_new("relation", &table.schema, &table.name)
        {
            steps.push(Step {
                what: format!("row-level security of {}", table.title()),
                sql: format!(
                    "alter table {} enable row level security;",
                    qualified(&table.schema, &table.name)
                ),
                span: table.span.clone(),
            });
        }
    }
    let wanted = rendered.facts();
    let revokes = revokes(&live, |key, value| {
        wanted.get(key) != Some(value)
            && match key.kind {
                Kind::Usage => is_new("schema", &key.schema, ""),
                Kind::Execute => {
                    let (name, _) = key.name.split_once('(').unwrap_or((&key.name, ""));
                    is_new("routine", &key.schema, name)
                }
                _ => is_new("relation", &key.schema, &key.name),
            }
    });
    steps.extend(revokes);
    Error::all(carry_out(governor, session_reset, rendered, &steps).await)
}

/// Everything that closes, in order. `spared` are the roles of a file that is known in part: what they have stays, and
/// so do functions of the session that are there.
pub(super) fn steps(
    rendered: &RenderedPolicies,
    live: &Live,
    spared: Option<&BTreeSet<String>>,
) -> Vec<Step> {
    if live.verdict != Verdict::Differs {
        return Vec::new();
    }
    let wanted = rendered.facts();
    let gone = Gone::find(rendered, &wanted, live);
    let has_schema = |schema: &str| {
        live.facts
            .contains_key(&Key::new(Kind::Schema, schema, "", ""))
    };
    let mut steps = Vec::new();
    let mut rest = Vec::new();
    for statement in &rendered.statements {
        let due = due(statement, &live.facts);
        if due.is_empty() || statement.sql.is_empty() || gone.concerns(statement) {
            continue;
        }
        // An exempt table is opened, if at all, by a deployment that comes to its end.
        if statement.facts.values().any(|state| state == "off") {
            continue;
        }
        let is_about_tables = matches!(statement.section, Section::Base | Section::Floor);
        if is_about_tables && !due.iter().all(|key| has_schema(&key.schema)) {
            continue;
        }
        let is_there = || due.iter().any(|key| live.facts.contains_key(key));
        let list = match statement.section {
            Section::Context if spared.is_some() && is_there() => continue,
            Section::Base => &mut steps,
            Section::Schemas | Section::Context | Section::Floor => &mut rest,
            _ => continue,
        };
        let undone = due.iter().filter_map(|key| undo(key, live));
        let sql: String = undone.map(|planned| planned.sql).collect();
        list.push(Step {
            what: statement.what.clone(),
            sql: sql + &statement.sql,
            span: statement.span.clone(),
        });
    }
    steps.extend(revokes(live, |key, _| {
        let grantee = key.detail.rsplit(" to ").next().unwrap_or_default();
        !wanted.contains_key(key)
            && (key.kind == Kind::Partition
                || spared.is_none_or(|spared| !spared.contains(grantee)))
    }));
    steps.extend(rest);
    steps
}

/// Revokes of the grants that are meant, each by itself.
fn revokes(live: &Live, is_meant: impl Fn(&Key, &String) -> bool) -> Vec<Step> {
    let is_grant = |kind: Kind| {
        matches!(
            kind,
            Kind::Usage | Kind::Grant | Kind::Execute | Kind::Default | Kind::Partition
        )
    };
    let meant = live
        .facts
        .iter()
        .filter(|(key, value)| is_grant(key.kind) && is_meant(key, value));
    meant
        .filter_map(|(key, _)| {
            Some(Step {
                what: closing(key),
                sql: revoke_or_drop(key)?,
                span: 0..0,
            })
        })
        .collect()
}

pub(super) async fn carry_out(
    governor: &Governor<'_>,
    session_reset: &str,
    rendered: &RenderedPolicies,
    steps: &[Step],
) -> Vec<Error> {
    let governor = Governor {
        session: governor.session,
        limits: Limits {
            lock_budget: LOCK_BUDGET.min(governor.limits.lock_budget),
            ..governor.limits
        },
        observer: governor.observer,
    };
    let mut failures = Vec::new();
    for step in steps {
        let sql = format!(
            "{session_reset}begin;{}set local search_path = pg_catalog, pg_temp;set local client_min_messages = warning;{}commit;",
            DeploymentLock::proof(),
            step.sql
        );
        match governor.transaction(&step.what, &sql).await {
            Ok(_) => {
                let said = format!("closed all the same: {}", step.what);
                governor.observer.event(&Event::Detail(&said));
            }
            Err(failure) => {
                let error = failure.of_our_own(&step.what);
                failures.push(error.at(rendered.policies.place(&step.span)));
            }
        }
        if governor.session.is_lost() {
            break;
        }
    }
    failures
}

/// SQL that lists schemas, relations and routines that were not there when policies were last applied.
fn new_query(rendered: &RenderedPolicies, is_recorded: bool) -> String {
    let policies = &rendered.policies;
    let schemas = text_array(&policies.schemas);
    let is_new = |column: &str, list: &str| {
        if is_recorded {
            format!(
                "not exists (select from workroom.policies as p where p.system = {} and {column} = any (p.{list}))",
                literal(&policies.system)
            )
        } else {
            "true".to_owned()
        }
    };
    format!(
        "select 'schema', s.nspname, '' from pg_catalog.pg_namespace as s where s.nspname = any ({schemas}) and {} \
         union all select 'relation', s.nspname, c.relname from pg_catalog.pg_namespace as s \
           join pg_catalog.pg_class as c on c.relnamespace = s.oid where s.nspname = any ({schemas}) and {} \
         union all select 'routine', s.nspname, r.proname from pg_catalog.pg_namespace as s \
           join pg_catalog.pg_proc as r on r.pronamespace = s.oid where s.nspname = any ({schemas}) and {};",
        is_new("s.oid", "schemas"),
        is_new("c.oid", "relations"),
        is_new("r.oid", "routines"),
    )
}

fn read_new(rows: &Rows) -> BTreeSet<(String, String, String)> {
    let cell =
        |row: &[Option<String>], at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    rows.iter()
        .map(|row| (cell(row, 0), cell(row, 1), cell(row, 2)))
        .collect()
}
