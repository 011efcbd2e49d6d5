//! Kind 8: doors beside the policies: `truncate`, partitions, keys that tell what another tenant has.

use super::{Expected, Kind, Probe, Scene};
use crate::catalog::ConstraintKind;
use crate::policy::model::Command;
use crate::policy::prove::persona::Persona;
use crate::policy::prove::world::value_sql;
use crate::sql::identifier;

pub(super) fn add(scene: &Scene<'_>, persona: &Persona, at: usize, probes: &mut Vec<Probe>) {
    let table = &scene.world.tables[at];
    if !persona.owns {
        let sql = format!("truncate {}", table.name);
        probes.push(scene.probe(
            Kind::SideChannel,
            persona,
            at,
            Command::Delete,
            sql,
            Expected::RefusedByGrant,
        ));
        for part in scene
            .catalog
            .relations
            .iter()
            .filter(|one| one.partition_of.as_ref() == Some(&table.name))
        {
            let sql = format!("select count(*) from {}", part.name);
            let mut probe = scene.probe(
                Kind::SideChannel,
                persona,
                at,
                Command::Select,
                sql,
                Expected::RefusedByGrant,
            );
            probe.after = "?".to_owned();
            probes.push(probe);
        }
    }
}

/// For each key that does not include the tenant: a pair of inserts that must end in the same way, or somebody can
/// tell what another tenant has. The first gives a value that another tenant uses, the second one that nobody does.
pub(in crate::policy::prove) fn pair_tests(scene: &Scene<'_>) -> Vec<(usize, String, [String; 2])> {
    let mut pairs = Vec::new();
    for (at, table) in scene
        .world
        .tables
        .iter()
        .enumerate()
        .take(scene.intent.policies.tables.len())
    {
        let Some(tenant) = scene
            .hints
            .tenants
            .iter()
            .find(|(of, _)| *of == at)
            .map(|(_, column)| *column)
        else {
            continue;
        };
        let tenant_name = &table.columns[tenant].name;
        let constraints = scene.catalog.constraints.iter().filter(|one| {
            one.relation == table.name
                && matches!(
                    one.kind,
                    ConstraintKind::Unique
                        | ConstraintKind::Exclusion
                        | ConstraintKind::ForeignKey
                        | ConstraintKind::PrimaryKey
                )
                && !one.columns.contains(tenant_name)
        });
        let indexes = scene.catalog.indexes.iter().filter(|one| {
            one.relation == table.name
                && one.unique
                && one.constraint.is_none()
                && !one.keys.iter().flatten().any(|key| key == tenant_name)
        });
        let keys = constraints
            .map(|one| {
                (
                    one.name.clone(),
                    one.columns.clone(),
                    one.references.clone(),
                )
            })
            .chain(indexes.map(|one| {
                (
                    one.name.name.clone(),
                    one.keys.iter().flatten().cloned().collect(),
                    None,
                )
            }));
        for (name, columns, reference) in keys {
            let columns: Vec<usize> = columns.iter().filter_map(|one| table.column(one)).collect();
            if let Some(reference) = &reference {
                // Into a table without tenants: there is nothing of another tenant to be told.
                let to = scene.world.position(&reference.relation);
                if !to.is_some_and(|to| scene.hints.tenants.iter().any(|(of, _)| *of == to)) {
                    continue;
                }
            } else if columns.iter().any(|one| is_random(scene, at, *one)) {
                continue;
            }
            // A value that another tenant has, and a row of one's own to put it in.
            let is_full = |row: &&crate::policy::prove::world::Row| {
                columns.iter().all(|column| row[*column].is_some())
            };
            let Some(other) = table.rows.iter().find(is_full) else {
                continue;
            };
            let Some(own) = (table.rows.iter()).find(|row| row[tenant] != other[tenant]) else {
                continue;
            };
            let statement = |values: &dyn Fn(usize) -> Option<String>| {
                let mut given: Vec<(String, String)> = Vec::new();
                for (column, value) in own.iter().enumerate() {
                    let value = if columns.contains(&column) {
                        values(column)
                    } else if table.key.contains(&column) && column != tenant {
                        fresh(value.as_deref(), 7)
                    } else {
                        value.clone()
                    };
                    if value.is_some() && table.is_writable(column) {
                        given.push((
                            identifier(&table.columns[column].name),
                            value_sql(value.as_deref()),
                        ));
                    }
                }
                let (names, values): (Vec<_>, Vec<_>) = given.into_iter().unzip();
                format!(
                    "insert into {} ({}) values ({})",
                    table.name,
                    names.join(", "),
                    values.join(", ")
                )
            };
            pairs.push((
                at,
                name,
                [
                    statement(&|column| other[column].clone()),
                    statement(&|column| fresh(other[column].as_deref(), 9)),
                ],
            ));
        }
    }
    pairs
}

/// Keys that are drawn at random cannot be guessed, so that they tell nothing.
fn is_random(scene: &Scene<'_>, at: usize, column: usize) -> bool {
    let column = &scene.world.tables[at].columns[column];
    column.identity.is_some()
        || column
            .expression
            .as_deref()
            .is_some_and(|default| default.contains("uuid") || default.contains("nextval"))
        || column.type_name.name == "uuid"
}

/// A value like another that nobody has.
fn fresh(value: Option<&str>, number: u8) -> Option<String> {
    let value = value?;
    if value.len() == 36 && value.matches('-').count() == 4 {
        return Some(format!("cccc000{number}{}", &value[8..]));
    }
    match value.parse::<i64>() {
        Ok(_) => Some(format!("3271{number}")),
        Err(_) => Some(format!("{value}{number}")),
    }
}
