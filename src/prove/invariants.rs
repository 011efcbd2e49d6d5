//! What must hold without any matrix: nobody's view of a tenant depends on another tenant (I2), on values that are
//! confidential to others, or on which tenant it is (I3).

use std::collections::BTreeSet;

use super::persona::Persona;
use super::persona::Personas;
use super::probe::{Expected, Kind, Outcome, Probe, ProbeContext};
use super::tally::{Failure, Tally};
use crate::policy::Command;
use crate::sql::{identifier, literal};

/// Everything that a persona can read of a table, as one value.
pub(super) fn fingerprint(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
) -> Option<String> {
    // Rows of no tenant may depend on anybody.
    let is_tenants = context.intent.policies.tables[at].tenant.is_some();
    if !is_tenants || !context.intent.is_granted(persona, at, Command::Select) {
        return None;
    }
    let table = &context.world.tables[at];
    let columns: Vec<String> = (0..table.columns.len())
        .filter(|column| context.may_use(persona, at, Command::Select, *column))
        .map(|column| identifier(&table.columns[column].name))
        .collect();
    (!columns.is_empty()).then(|| {
        let row = format!("row({})::text", columns.join(", "));
        format!(
            "select md5(string_agg({row}, chr(30) order by {row})) from {}",
            table.name
        )
    })
}

/// Removes the other tenant's rows, and changes nothing else.
pub(super) fn perturbation(context: &ProbeContext<'_>, tenants: &[String]) -> String {
    let statements = context
        .world
        .tables
        .iter()
        .enumerate()
        .filter_map(|(at, table)| {
            let (_, column) = context.hints.tenants.iter().find(|(of, _)| *of == at)?;
            let column = identifier(&table.columns[*column].name);
            Some(format!(
                "delete from {} where {column} = {};",
                table.name,
                literal(tenants.get(1)?)
            ))
        });
    statements.collect()
}

/// Changes every value that is confidential to others.
pub(super) fn confidential(context: &ProbeContext<'_>, persona: &Persona) -> String {
    let mut statements = Vec::new();
    for (at, table) in context.intent.policies.tables.iter().enumerate() {
        let contents = &context.world.tables[at];
        let changes: Vec<String> = table
            .confidential
            .iter()
            .filter(|(_, readers)| !persona.holds.iter().any(|role| readers.contains(role)))
            .filter_map(|(name, _)| {
                let column = contents
                    .column(name)
                    .filter(|column| contents.is_writable(*column))?;
                let kind = contents.columns[column].type_name.name.as_str();
                let name = identifier(name);
                match kind {
                    "numeric" | "int2" | "int4" | "int8" | "float4" | "float8" => {
                        Some(format!("{name} = coalesce({name}, 0) + 1"))
                    }
                    "text" | "varchar" => Some(format!("{name} = coalesce({name}, '') || 'x'")),
                    _ => None,
                }
            })
            .collect();
        if !changes.is_empty() {
            statements.push(format!(
                "update {} set {};",
                contents.name,
                changes.join(", ")
            ));
        }
    }
    statements.concat()
}

/// I3: what a persona sees in one tenant it sees in its twin.
pub(super) fn symmetry(
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    tenants: &[String],
    tally: &mut Tally,
) {
    let [one, two, ..] = tenants else { return };
    let swapped = |keys: &BTreeSet<String>| -> BTreeSet<String> {
        keys.iter().map(|key| key.replace(one, two)).collect()
    };
    let mut failures = Vec::new();
    let mut count = 0;
    for (at, persona) in personas
        .all
        .iter()
        .enumerate()
        .filter(|(_, one)| one.is_ordinary)
    {
        let twin = personas.all.iter().position(|other| {
            other.database_role == persona.database_role
                && other.context[1..] == persona.context[1..]
                && persona.context[0].as_ref() == Some(one)
                && other.context[0].as_ref() == Some(two)
        });
        let Some(twin) = twin else { continue };
        for (table, contents) in context.world.tables.iter().enumerate() {
            let declared = context.intent.policies.tables.get(table);
            if persona.bypasses || declared.is_none_or(|declared| declared.tenant.is_none()) {
                continue;
            }
            let of = |tenant: &str| -> BTreeSet<String> {
                let keys = contents.rows.iter().map(|row| contents.key_of(row));
                keys.filter(|key| key.contains(tenant)).collect()
            };
            let (Some(here), Some(there)) =
                (tally.seen.get(&(at, table)), tally.seen.get(&(twin, table)))
            else {
                continue;
            };
            // Only where the tenant is part of the key do the tenants' rows correspond.
            if of(one).is_empty() || swapped(&of(one)) != of(two) {
                continue;
            }
            count += 1;
            if swapped(here) != *there {
                let keys: Vec<String> = there.iter().cloned().collect();
                failures.push(Failure {
                    persona: twin,
                    probe: Probe {
                        kind: Kind::Invariant,
                        table,
                        command: Command::Select,
                        sql: format!("select {} from {}", contents.key_sql(), contents.name),
                        after: "?".to_owned(),
                        expected: Expected::Rows(swapped(here)),
                        row: None,
                        span: 0..0,
                    },
                    outcome: Outcome {
                        keys: Some(keys.join("\u{1e}")),
                        ..Outcome::default()
                    },
                    object: None,
                    expected: Some("the same rows as in the other tenant (I3)".to_owned()),
                    varied: None,
                });
            }
        }
    }
    tally.count(Kind::Invariant, count);
    tally.failures.extend(failures);
}
