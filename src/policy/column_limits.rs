//! Cells that let only some columns of a row differ.
//!
//! A column grant belongs to a role and not to a cell, and a policy sees a row before or after, never both. So the
//! check of such a cell asks a look-up, which still sees the row as it was before the statement, whether the other
//! columns are as they were. A row that somebody else changed meanwhile is not as it was, and is refused.

use std::collections::BTreeSet;

use super::model::{Command, Policies, RoleKind, Table};
use super::render::Values;
use super::resolver::Resolver;
use super::rule::Rule;
use super::statement::Section;
use super::writer::Writer;
use crate::error::Result;
use crate::files::fingerprint;
use crate::sql::{identifier, qualified};

/// Whether the look-up could read the table.
pub(super) fn check(resolver: &mut Resolver<'_>, table: &Table) {
    let Some(limited) = table.cells.iter().find(|cell| cell.columns.is_some()) else {
        return;
    };
    let definer = resolver
        .roles
        .iter()
        .position(|role| role.kind == RoleKind::Definer);
    let Some(definer) = definer else { return };
    let reads = table.cells.iter().any(|cell| {
        cell.role == definer && cell.command == Command::Select && cell.is_unconditional()
    });
    if !reads {
        let name = resolver.roles[definer].name.clone();
        resolver.mistake_at(
            limited.span.clone(),
            format!(
                "`columns` has to look at {} as it was, which {name} may not read",
                table.title()
            ),
            format!("add `{name} = {{ select = \"all\" }}` to its matrix"),
        );
    }
    // What the look-up cannot see, whoever is limited must not be able to change.
    for cell in table.cells.iter().filter(|cell| cell.columns.is_some()) {
        let unseen = table.confidential.iter().find(|(column, readers)| {
            readers.contains(&cell.role)
                && !readers.contains(&definer)
                && !cell
                    .columns
                    .iter()
                    .any(|changing| changing.contains(*column))
        });
        if let Some((column, _)) = unseen {
            let name = resolver.roles[definer].name.clone();
            resolver.mistake_at(
                cell.span.clone(),
                format!("`columns` has to look at {column} as it was, which is kept from {name}"),
                format!("name {name} among the roles of {column} under `confidential`"),
            );
        }
    }
}

/// The name of the look-up for a table and the columns that may differ.
fn name_of(table: &Table, columns: Option<&BTreeSet<String>>) -> Option<String> {
    let columns: Vec<&str> = columns?.iter().map(String::as_str).collect();
    let print = fingerprint(&columns.join(","));
    Some(format!("{}_keeps_{}", table.name, &print[..8]))
}

impl Policies {
    /// Whether a function is one that workroom writes to look something up.
    #[must_use]
    pub fn is_look_up(&self, schema: &str, name: &str) -> bool {
        self.private_schema.as_deref() == Some(schema)
            && (self.lookups.iter().any(|lookup| lookup.name == name)
                || self.tables.iter().any(|table| is_of(table, name)))
    }
}

/// Whether a look-up is one of a table's limited cells.
fn is_of(table: &Table, name: &str) -> bool {
    let mut cells = table.cells.iter();
    cells.any(|cell| name_of(table, cell.columns.as_ref()).as_deref() == Some(name))
}

/// What the check of a limited rule asks besides.
pub(super) fn condition(writer: &Writer<'_>, table: &Table, rule: &Rule<'_>) -> Option<String> {
    let private = writer.policies.private_schema.as_ref()?;
    let name = name_of(table, rule.columns)?;
    Some(format!(
        "{}({})",
        qualified(private, &name),
        identifier(&table.name)
    ))
}

/// Writes the look-ups of a table's limited rules.
pub(super) fn write(writer: &mut Writer<'_>, table: &Table, rules: &[Rule<'_>]) -> Result<()> {
    let policies = writer.policies;
    let (Some(private), Some(definer)) = (&policies.private_schema, policies.definer()) else {
        return Ok(());
    };
    let mut written = Vec::new();
    for rule in rules {
        let (Some(name), Some(columns)) = (name_of(table, rule.columns), rule.columns) else {
            continue;
        };
        if written.contains(&name) {
            continue;
        }
        let kept: Vec<&str> = table
            .kept(policies.definer(), columns)
            .into_iter()
            .filter(|column| !table.key.iter().any(|key| key == column))
            .collect();
        let values = Values::new()
            .text("private", private)
            .text("name", &name)
            .text("schema", &table.schema)
            .text("table", &table.name)
            .text("owner", &policies.roles[definer].database_role)
            .texts("key", &table.key)
            .texts("kept", &kept);
        let sql = writer.engine.render("keeps", values)?;
        let changing: Vec<&str> = columns.iter().map(String::as_str).collect();
        let says = format!(
            "Whether a row of {} is as it was but for {} and what triggers keep.",
            table.name,
            changing.join(", ")
        );
        let parameter = qualified(&table.schema, &table.name);
        writer.function(
            Section::Lookups,
            private,
            (&name, &parameter),
            &sql,
            &says,
            rule.span.clone(),
        );
        written.push(name);
    }
    Ok(())
}
