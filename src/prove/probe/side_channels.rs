//! Kind 8: doors beside the policies: `truncate`, partitions, keys that tell what another tenant has.

use super::{Expected, Kind, Probe, ProbeContext};
use crate::catalog::{Constraint, ConstraintKind, Name, Reference};
use crate::policy::Command;
use crate::prove::persona::Persona;

pub(super) fn add(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    probes: &mut Vec<Probe>,
) {
    let table = &context.world.tables[at];
    if !persona.owns {
        let sql = format!("truncate {}", table.name);
        probes.push(context.probe(
            Kind::SideChannel,
            persona,
            at,
            Command::Delete,
            sql,
            Expected::RefusedByGrant,
        ));
        for part in context
            .catalog
            .relations
            .iter()
            .filter(|one| one.partition_of.as_ref() == Some(&table.name))
        {
            let sql = format!("select count(*) from {}", part.name);
            let mut probe = context.probe(
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

/// A pair of inserts that must end in the same way, or somebody can tell what another tenant has. The first gives a
/// value that another tenant uses, the second one that nobody does.
pub(in crate::prove) struct PairTest {
    /// The table.
    pub(in crate::prove) at: usize,
    /// The key.
    pub(in crate::prove) name: String,
    /// Its columns, of a unique key.
    pub(in crate::prove) unique: Option<Vec<usize>>,
    pub(in crate::prove) inserts: [String; 2],
}

/// One for each key that does not include the tenant.
///
/// With `only`, just that key is looked at, whatever the catalog says.
pub(in crate::prove) fn pair_tests(
    context: &ProbeContext<'_>,
    only: Option<&Constraint>,
) -> Vec<PairTest> {
    let mut pairs = Vec::new();
    for (at, table) in context
        .world
        .tables
        .iter()
        .enumerate()
        .take(context.intent.policies.tables.len())
    {
        let Some(tenant) = context
            .hints
            .tenants
            .iter()
            .find(|(of, _)| *of == at)
            .map(|(_, column)| *column)
        else {
            continue;
        };
        let tenant_name = &table.columns[tenant].name;
        let all = only.map_or(context.catalog.constraints.as_slice(), std::slice::from_ref);
        let constraints = all.iter().filter(|one| {
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
        let indexes = context.catalog.indexes.iter().filter(|one| {
            only.is_none()
                && one.relation == table.name
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
                let to = context.world.position(&reference.relation);
                if !to.is_some_and(|to| context.hints.tenants.iter().any(|(of, _)| *of == to)) {
                    continue;
                }
            } else if columns.iter().any(|one| is_random(context, at, *one)) {
                continue;
            }
            // A value that another tenant has, and a row of one's own to put it in.
            let Some((taken, of)) = taken(context, at, &columns, reference.as_ref()) else {
                continue;
            };
            let Some(own) = table.rows.iter().find(|row| row[tenant] != of) else {
                continue;
            };
            // Other keys into the same table may refuse a row for reasons of their own.
            let beside = reference
                .as_ref()
                .map(|one| referring(context, at, &one.relation));
            let is_beside = |column: usize| {
                !table.columns[column].not_null
                    && beside.as_ref().is_some_and(|all| all.contains(&column))
            };
            // Whether its other values are taken is not the question.
            let changed = unlike_others(context, at, tenant, &columns);
            let statement = |values: &dyn Fn(usize) -> Option<String>| {
                let mut given: Vec<(usize, String)> = Vec::new();
                for (column, value) in own.iter().enumerate() {
                    let value = if let Some(place) = columns.iter().position(|one| *one == column) {
                        values(place)
                    } else if is_beside(column) {
                        None
                    } else if changed.contains(&column) {
                        fresh(value.as_deref(), 7)
                    } else {
                        value.clone()
                    };
                    given.extend(
                        value
                            .filter(|_| table.is_writable(column))
                            .map(|value| (column, value)),
                    );
                }
                table.insert(
                    given
                        .iter()
                        .map(|(column, value)| (*column, Some(value.as_str()))),
                )
            };
            let inserts = [
                statement(&|place| taken[place].clone()),
                statement(&|place| fresh(taken[place].as_deref(), 9)),
            ];
            pairs.push(PairTest {
                at,
                name,
                unique: reference.is_none().then_some(columns),
                inserts,
            });
        }
    }
    pairs
}

/// Values that some tenant has in the columns of a key, or in those that it refers to, and which tenant that is.
pub(in crate::prove) fn taken(
    context: &ProbeContext<'_>,
    at: usize,
    columns: &[usize],
    reference: Option<&Reference>,
) -> Option<(Vec<Option<String>>, Option<String>)> {
    let (of, columns) = match reference {
        Some(reference) => {
            let to = context.world.position(&reference.relation)?;
            let table = &context.world.tables[to];
            let columns = reference.columns.iter().map(|name| table.column(name));
            (to, columns.collect::<Option<Vec<usize>>>()?)
        }
        None => (at, columns.to_vec()),
    };
    let (_, tenant) = context
        .hints
        .tenants
        .iter()
        .find(|(table, _)| *table == of)?;
    let rows = &context.world.tables[of].rows;
    let row = rows
        .iter()
        .find(|row| columns.iter().all(|column| row[*column].is_some()))?;
    let values = columns.iter().map(|column| row[*column].clone());
    Some((values.collect(), row[*tenant].clone()))
}

/// The columns through which a table refers to another.
fn referring(context: &ProbeContext<'_>, at: usize, to: &Name) -> Vec<usize> {
    let table = &context.world.tables[at];
    let keys = context.catalog.constraints.iter().filter(|one| {
        one.relation == table.name
            && one
                .references
                .as_ref()
                .is_some_and(|one| one.relation == *to)
    });
    keys.flat_map(|one| one.columns.iter().filter_map(|name| table.column(name)))
        .collect()
}

/// The columns that a new row beside another needs other values in: those of its key, and one of every other unique
/// key that none of these belongs to.
fn unlike_others(
    context: &ProbeContext<'_>,
    at: usize,
    tenant: usize,
    tested: &[usize],
) -> Vec<usize> {
    let table = &context.world.tables[at];
    let is_free = |column: &usize| *column != tenant && !tested.contains(column);
    let mut changed: Vec<usize> = table.key.iter().copied().filter(is_free).collect();
    let refers = |column: usize| {
        context.catalog.constraints.iter().any(|one| {
            one.relation == table.name
                && one.kind == ConstraintKind::ForeignKey
                && one.columns.contains(&table.columns[column].name)
        })
    };
    let uniques = context.catalog.indexes.iter();
    for unique in uniques.filter(|one| one.unique && one.relation == table.name) {
        let keys = unique.keys.iter().flatten();
        let columns: Vec<usize> = keys.filter_map(|key| table.column(key)).collect();
        let is_other = |column: &usize| changed.contains(column) || tested.contains(column);
        if columns.iter().any(is_other) {
            continue;
        }
        // What refers to another row cannot have any value.
        let mut candidates = columns.iter().copied().filter(is_free);
        changed.extend(candidates.find(|column| !refers(*column)));
    }
    changed
}

/// Keys that are drawn at random cannot be guessed, so that they tell nothing.
fn is_random(context: &ProbeContext<'_>, at: usize, column: usize) -> bool {
    let column = &context.world.tables[at].columns[column];
    column.identity.is_some()
        || column
            .expression
            .as_deref()
            .is_some_and(|default| default.contains("uuid") || default.contains("nextval"))
        || column.type_name.name == "uuid"
}

/// A value like another that nobody has.
pub(super) fn fresh(value: Option<&str>, number: u8) -> Option<String> {
    let value = value?;
    if value.len() == 36 && value.matches('-').count() == 4 {
        return Some(format!("cccc000{number}{}", &value[8..]));
    }
    match value.parse::<i64>() {
        Ok(_) => Some(format!("3271{number}")),
        Err(_) => Some(format!("{value}{number}")),
    }
}
