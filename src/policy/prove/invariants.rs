//! What must hold without any matrix: nobody's view of a tenant depends on another tenant (I2), on values that are
//! confidential to others, or on which tenant it is (I3); and nobody can widen what they see (kind 9).

use std::collections::BTreeSet;

use super::persona::Persona;
use super::probe::{Expected, Kind, Outcome, Probe, Scene, channels};
use super::proof::{Failure, Tally};
use super::run::Cast;
use super::stage::{Manner, Stage};
use crate::error::Result;
use crate::policy::model::{Command, RoleIndex};
use crate::sql::{identifier, literal};

/// Views and functions: who may ask them, whose rows they show, and whether others' rows show through.
pub(super) async fn run(
    stage: &Stage<'_>,
    scene: &Scene<'_>,
    cast: Cast<'_>,
    positions: &[usize],
    tenants: &[String],
    prelude: &str,
) -> Result<Tally> {
    let mut tally = Tally::default();
    let policies = scene.intent.policies;
    let tenant_column = policies
        .tables
        .iter()
        .find_map(|table| table.tenant.as_deref());
    let channels = channels(scene, tenant_column);
    let perturb = perturbation(scene, tenants);
    for &position in positions {
        let persona = &cast.personas[position];
        let mut asked: Vec<(String, String)> = Vec::new();
        let mut meant: Vec<(Kind, String, Expected, Option<usize>)> = Vec::new();
        for (at, channel) in channels.iter().enumerate() {
            let roles = channel.granted.map(|granted| {
                if channel.is_function {
                    &policies.functions[granted].roles
                } else {
                    &policies.views[granted].roles
                }
            });
            let may = roles.is_some_and(|roles| {
                persona
                    .holds
                    .iter()
                    .any(|role: &RoleIndex| roles.contains(role))
            }) || scene.tolerated.iter().any(|key| {
                key.detail == persona.database_role
                    && channel
                        .label
                        .starts_with(&format!("{}.{}(", key.schema, key.name))
            });
            if persona.owns || channel.owner == persona.database_role {
                continue;
            }
            let expected = if may {
                Expected::Passes
            } else {
                Expected::RefusedByGrant
            };
            asked.push((channel.sql.clone(), "?".to_owned()));
            meant.push((
                Kind::SideChannel,
                channel.label.clone(),
                expected,
                may.then_some(at),
            ));
            if let (true, Some(sql), false) = (may, &channel.tenant_sql, persona.bypasses) {
                asked.push((sql.clone(), "?".to_owned()));
                let own: BTreeSet<String> = persona.context[0].iter().cloned().collect();
                meant.push((
                    Kind::Invariant,
                    channel.label.clone(),
                    Expected::Rows(own),
                    None,
                ));
            }
        }
        let is_compared = persona.is_ordinary
            && persona.context[0].as_ref() == tenants.first()
            && !persona.bypasses;
        if is_compared {
            for (at, table) in policies.tables.iter().enumerate() {
                if let Some(sql) = fingerprint(scene, persona, at) {
                    asked.push((sql, "?".to_owned()));
                    meant.push((
                        Kind::Invariant,
                        table.title(),
                        Expected::Passes,
                        Some(usize::MAX),
                    ));
                }
            }
        }
        if asked.is_empty() {
            continue;
        }
        let statements: Vec<(&str, &str)> = asked
            .iter()
            .map(|(sql, after)| (sql.as_str(), after.as_str()))
            .collect();
        let plain = Manner {
            prelude,
            ..Manner::default()
        };
        let mut parts = vec![(statements.clone(), plain)];
        let confidential = confidential(scene, persona);
        if is_compared {
            parts.push((
                statements.clone(),
                Manner {
                    before: &perturb,
                    ..plain
                },
            ));
            if !confidential.is_empty() {
                parts.push((
                    statements.clone(),
                    Manner {
                        before: &confidential,
                        ..plain
                    },
                ));
            }
        }
        let outcomes = stage
            .calls(persona, cast.keys, &parts)
            .await
            .map_err(|failure| failure.of_our_own("probing views and functions"))?;
        let Some(first) = outcomes.first() else {
            continue;
        };
        for (at, ((kind, label, expected, compared), outcome)) in
            meant.iter().zip(first).enumerate()
        {
            tally.count(*kind, 1);
            let mut failures = Vec::new();
            let mut compared_count = 0;
            let mut fail = |outcome: &Outcome, expected: Option<&str>| {
                failures.push(Failure {
                    persona: position,
                    probe: Probe {
                        kind: *kind,
                        table: 0,
                        command: Command::Select,
                        sql: asked[at].0.clone(),
                        after: "?".to_owned(),
                        expected: meant[at].2.clone(),
                        row: None,
                        span: 0..0,
                    },
                    outcome: outcome.clone(),
                    object: Some(label.clone()),
                    expected: expected.map(str::to_owned),
                });
            };
            let is_met = match expected {
                Expected::Rows(own) => outcome.state.is_empty() && outcome.rows().is_subset(own),
                // A function may refuse what it was called with; what counts is that it was let in.
                Expected::Passes => outcome.state != "42501",
                expected => expected.is_met(outcome),
            };
            let is_closed = persona.is_garbled && outcome.state.starts_with("22");
            if !is_met && !is_closed {
                fail(outcome, None);
            }
            let says = [
                "",
                "what it shows does not depend on rows of other tenants (I2)",
                "what it shows does not depend on confidential values",
            ];
            for (part, says) in outcomes
                .iter()
                .zip(says)
                .skip(1)
                .filter(|_| compared.is_some())
            {
                compared_count += 1;
                let other = &part[at];
                if (&other.state, &other.keys) != (&outcome.state, &outcome.keys) {
                    fail(other, Some(says));
                }
            }
            tally.failures.extend(failures);
            tally.count(Kind::Invariant, compared_count);
        }
    }
    Ok(tally)
}

/// Everything that a persona can read of a table, as one value.
fn fingerprint(scene: &Scene<'_>, persona: &Persona, at: usize) -> Option<String> {
    // Rows of no tenant may depend on anybody.
    let is_tenants = scene.intent.policies.tables[at].tenant.is_some();
    if !is_tenants || !scene.intent.is_granted(persona, at, Command::Select) {
        return None;
    }
    let table = &scene.world.tables[at];
    let columns: Vec<String> = (0..table.columns.len())
        .filter(|column| {
            scene
                .intent
                .may_use(scene.world, persona, at, Command::Select, *column)
        })
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
fn perturbation(scene: &Scene<'_>, tenants: &[String]) -> String {
    let statements = scene
        .world
        .tables
        .iter()
        .enumerate()
        .filter_map(|(at, table)| {
            let (_, column) = scene.hints.tenants.iter().find(|(of, _)| *of == at)?;
            let column = identifier(&table.columns[*column].name);
            Some(format!(
                "delete from {} where {column} = {};",
                table.name,
                literal(tenants.get(1)?)
            ))
        });
    in_one(statements)
}

/// Changes every value that is confidential to others.
fn confidential(scene: &Scene<'_>, persona: &Persona) -> String {
    let mut statements = Vec::new();
    for (at, table) in scene.intent.policies.tables.iter().enumerate() {
        let contents = &scene.world.tables[at];
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
    in_one(statements.into_iter())
}

fn in_one(statements: impl Iterator<Item = String>) -> String {
    let statements: Vec<String> = statements.collect();
    if statements.is_empty() {
        return String::new();
    }
    format!(
        "do $workroom_before$ begin {} end $workroom_before$",
        statements.concat()
    )
}

/// I3: what a persona sees in one tenant it sees in its twin.
pub(super) fn symmetry(scene: &Scene<'_>, cast: Cast<'_>, tenants: &[String], tally: &mut Tally) {
    let [one, two, ..] = tenants else { return };
    let swapped = |keys: &BTreeSet<String>| -> BTreeSet<String> {
        keys.iter().map(|key| key.replace(one, two)).collect()
    };
    let mut failures = Vec::new();
    let mut count = 0;
    for (at, persona) in cast
        .personas
        .iter()
        .enumerate()
        .filter(|(_, one)| one.is_ordinary)
    {
        let twin = cast.personas.iter().position(|other| {
            other.database_role == persona.database_role
                && other.context[1..] == persona.context[1..]
                && persona.context[0].as_ref() == Some(one)
                && other.context[0].as_ref() == Some(two)
        });
        let Some(twin) = twin else { continue };
        for (table, contents) in scene.world.tables.iter().enumerate() {
            let declared = scene.intent.policies.tables.get(table);
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
                });
            }
        }
    }
    tally.count(Kind::Invariant, count);
    tally.failures.extend(failures);
}
