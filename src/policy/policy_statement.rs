//! A policy as a statement of the rendering, with the comment that says whose it is.

use std::collections::BTreeSet;

use super::facts::{Key, Kind};
use super::model::{RoleIndex, Span, Table};
use super::statement::Section;
use super::writer::Writer;
use crate::files::fingerprint;
use crate::sql::{identifier, literal, qualified};

#[expect(clippy::too_many_arguments, reason = "the parts of one record")]
pub(super) fn push(
    writer: &mut Writer<'_>,
    section: Section,
    table: &Table,
    (name, says): (&str, &str),
    sql: String,
    span: &Span,
    roles: &BTreeSet<RoleIndex>,
    group: &str,
) {
    let hash = fingerprint(&sql);
    let target = qualified(&table.schema, &table.name);
    let policy = identifier(name);
    let note = literal(&format!("workroom:{hash} {says}"));
    let sql = format!("{sql}\ncomment on policy {policy} on {target} is {note};");
    let fact = Key::new(Kind::Policy, &table.schema, &table.name, name);
    let roles: Vec<_> = roles
        .iter()
        .map(|role| writer.policies.roles[*role].database_role.clone())
        .collect();
    let what = format!("policy {policy} on {target}");
    writer.push(section, what, sql, span.clone(), roles, [(fact, hash)]);
    if let Some(statement) = writer.statements.last_mut() {
        statement.group = Some(group.to_owned());
    }
}
