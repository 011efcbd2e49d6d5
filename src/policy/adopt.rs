//! Policies that were written by hand on tables that a policy file manages, to be replaced by those of the file.

use std::collections::BTreeSet;

use super::facts::{Key, Kind};
use super::live::Live;
use super::statements::RenderedPolicies;
use crate::error::{Error, Kind as Failure, Result};
use crate::files::suggest::suggestion;
use crate::sql::{identifier, qualified};

/// A policy that was written by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// Its table, as SQL has it.
    pub table: String,
    /// Its name.
    pub policy: String,
    /// The statement that drops it, where it is there.
    pub drop: String,
}

/// Takes the policies that were made by hand out of what a database has, as if they were dropped, for all tables of the
/// file or for those that are named.
///
/// # Errors
/// When a name is no table of the file, or when other tables have such policies, too, and are not named.
pub fn adopt(
    rendered: &RenderedPolicies,
    live: &mut Live,
    tables: &[String],
) -> Result<Vec<Stray>> {
    let path = &rendered.policies.file.path;
    // Those of partitions, too, which are a part of their table.
    let strays = live
        .facts
        .iter()
        .filter(|(key, value)| key.kind == Kind::Policy && *value == "unmanaged");
    let keys: Vec<Key> = strays.map(|(key, _)| key.clone()).collect();
    let known = rendered.policies.tables.iter().map(|table| table.title());
    let of_strays = keys
        .iter()
        .map(|key| format!("{}.{}", key.schema, key.name));
    let known: BTreeSet<String> = known.chain(of_strays).collect();
    let unknown = tables
        .iter()
        .filter(|name| !known.iter().any(|one| is_called(one, name)));
    let unknown = unknown.map(|name| {
        let message = format!("{path} manages no table `{name}`");
        let unmanaged = rendered.policies.unmanaged.iter();
        let hint = match unmanaged.map(|table| table.title()).find(|one| is_called(one, name)) {
            Some(title) => format!(
                "it is of the class \"unmanaged\": put what `workroom policy init --print --table {title}` writes in its place"
            ),
            None => suggestion(name, known.iter().map(String::as_str)),
        };
        Error::new(Failure::Usage, message).hint(hint)
    });
    Error::all(unknown.collect())?;
    let mut found = Vec::new();
    let mut others = BTreeSet::new();
    for key in keys {
        let title = format!("{}.{}", key.schema, key.name);
        if !tables.is_empty() && !tables.iter().any(|name| is_called(&title, name)) {
            others.insert(title);
            continue;
        }
        let table = qualified(&key.schema, &key.name);
        found.push(Stray {
            drop: format!(
                "drop policy if exists {} on {table};",
                identifier(&key.detail)
            ),
            table,
            policy: key.detail.clone(),
        });
        live.facts.remove(&key);
    }
    let others = others.into_iter().map(|title| {
        Error::refused(format!(
            "{title} has policies made by hand, too, and {path} manages it"
        ))
        .at(rendered.policies.file.place(0..0))
        .hint("adopt it in the same step: name it as well, or name none")
        .hint("or leave it as it is for now: class = \"unmanaged\" with a reason")
    });
    Error::all(others.collect())?;
    Ok(found)
}

/// Whether a table is meant, with its schema or without.
fn is_called(title: &str, name: &str) -> bool {
    title == name
        || title
            .rsplit_once('.')
            .is_some_and(|(_, short)| short == name)
}
