//! What a database has that workroom did not make and will not touch.

use super::facts::{Facts, Key, Kind};
use super::live::Live;
use super::revoke::revoke_or_drop;
use super::statement::{RenderedStatement, Section};
use super::statements::RenderedPolicies;
use crate::error::Error;
use crate::sql::{identifier, qualified};

/// Tables, policies and memberships that somebody else made are not touched: their maker has to decide.
pub(super) fn unmanaged(rendered: &RenderedPolicies, wanted: &Facts, live: &Live) -> Vec<Error> {
    let path = &rendered.policies.file.path;
    let mut mistakes = Vec::new();
    for (key, value) in live
        .facts
        .iter()
        .filter(|(key, _)| !wanted.contains_key(*key))
    {
        let refused =
            |message: String| Error::refused(message).at(rendered.policies.file.place(0..0));
        match key.kind {
            Kind::Policy if value == "unmanaged" => mistakes.push(
                refused(format!(
                    "the table {} has a policy that workroom did not make: {}",
                    qualified(&key.schema, &key.name),
                    identifier(&key.detail)
                ))
                .because("a policy more can open what the others close")
                .hint(format!("if it is not wanted: {}", revoke_or_drop(key).unwrap_or_default()))
                .hint(format!("if it is wanted, write it as a cell of the matrix in {path}, and `workroom policy adopt` replaces the one made by hand"))
                .hint("or leave the table as it is: class = \"unmanaged\" with a reason"),
            ),
            Kind::Table => mistakes.push(
                refused(format!(
                    "the table {} is in the database and not in {path}",
                    qualified(&key.schema, &key.name)
                ))
                .because("no statement that is read in the migrations creates it: a `do` block, a function or another tool did")
                .hint(format!("describe it in {path}, and where a migration makes it out of the reader's sight, name it there too: [policies] unseen = [\"{}\"]", qualified(&key.schema, &key.name)))
                .hint("or create it by a plain `create table` in a migration, or drop it"),
            ),
            Kind::Member => mistakes.push(
                refused(format!(
                    "role {} is a member of {}, which {path} does not say",
                    identifier(&key.name),
                    identifier(&key.detail)
                ))
                .because("it may do whatever that role may")
                .hint(format!("if it is not wanted: revoke {} from {};", identifier(&key.detail), identifier(&key.name)))
                .hint(format!("if it is wanted, add it to `member_of` in {path}")),
            ),
            _ => {}
        }
    }
    mistakes
}

/// A policy that somebody else made may open whatever the role is granted: nothing new is granted or permitted on its
/// table until its maker has decided.
pub(super) fn opens_beside_a_stray(
    statement: &RenderedStatement,
    wanted: &Facts,
    live: &Live,
) -> bool {
    let is_stray = |key: &Key, table: &Key| {
        key.kind == Kind::Policy && (&key.schema, &key.name) == (&table.schema, &table.name)
    };
    matches!(statement.section, Section::Permissive | Section::Grants)
        && statement.facts.keys().any(|opened| {
            matches!(opened.kind, Kind::Policy | Kind::Grant)
                && !live.facts.contains_key(opened)
                && live.facts.iter().any(|(key, value)| {
                    value == "unmanaged" && !wanted.contains_key(key) && is_stray(key, opened)
                })
        })
}
