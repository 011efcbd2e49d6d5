//! Kind 8: doors beside the policies: `truncate`, partitions, keys that tell what another tenant has.

use super::{Expected, Kind, Probe, Scene};
use crate::catalog::{ConstraintKind, Function, FunctionKind, RelationKind};
use crate::policy::model::Command;
use crate::policy::prove::persona::Persona;
use crate::policy::prove::world::value_sql;
use crate::sql::{identifier, literal};

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
        // By its number: whoever may not look into the schema cannot name the table.
        let sql = format!(
            "select 'a privilege beside the matrix' from pg_catalog.pg_class as relation \
             join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace \
             where schema.nspname = {} and relation.relname = {} \
             and pg_catalog.has_table_privilege(relation.oid, 'references, trigger')",
            literal(&table.name.schema),
            literal(&table.name.name)
        );
        let mut probe = scene.probe(
            Kind::SideChannel,
            persona,
            at,
            Command::Insert,
            sql,
            Expected::Rows(std::iter::empty().collect()),
        );
        probe.after = "?".to_owned();
        probes.push(probe);
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

/// A view or function that shows rows, the query that fingerprints all that it shows, and the roles it is for.
pub(in crate::policy::prove) struct Channel {
    /// `agency.v_totals`, `agency.totals(uuid)`
    pub(in crate::policy::prove) label: String,
    /// A query with one value.
    pub(in crate::policy::prove) sql: String,
    /// Where the file speaks of it, if it does.
    pub(in crate::policy::prove) granted: Option<usize>,
    /// Who may always ask.
    pub(in crate::policy::prove) owner: String,
    /// Whether it is a function.
    pub(in crate::policy::prove) is_function: bool,
    /// Whether it also tells whose rows it shows.
    pub(in crate::policy::prove) tenant_sql: Option<String>,
}

/// Views and functions of the system that somebody could ask.
pub(in crate::policy::prove) fn channels(scene: &Scene<'_>, tenant: Option<&str>) -> Vec<Channel> {
    let policies = scene.intent.policies;
    let mut channels = Vec::new();
    for view in &scene.catalog.relations {
        let is_view = matches!(
            view.kind,
            RelationKind::View | RelationKind::MaterializedView | RelationKind::ForeignTable
        );
        if !is_view || !policies.schemas.contains(&view.name.schema) {
            continue;
        }
        let has_tenant = tenant.filter(|tenant| {
            scene
                .catalog
                .columns_of(&view.name)
                .any(|column| column.name == **tenant)
        });
        channels.push(Channel {
            label: view.name.to_string(),
            sql: format!(
                "select coalesce(md5(string_agg(shown::text, chr(30) order by shown::text)), '') from {} as shown",
                view.name
            ),
            granted: policies.views.iter().position(|one| one.schema == view.name.schema && one.name == view.name.name),
            owner: view.owner.clone(),
            is_function: false,
            tenant_sql: has_tenant.map(|tenant| {
                format!("select string_agg(distinct {}::text, chr(30)) from {}", identifier(tenant), view.name)
            }),
        });
    }
    for function in &scene.catalog.functions {
        if function.kind != FunctionKind::Function
            || function.returns_trigger()
            || !policies.schemas.contains(&function.name.schema)
            || policies.private_schema.as_ref() == Some(&function.name.schema)
        {
            continue;
        }
        let granted = policies.functions.iter().position(|one| {
            one.schema == function.name.schema
                && (one.name == function.name.name
                    || one.name.replace(", ", ",")
                        == format!("{}({})", function.name.name, function.signature)
                            .replace(", ", ","))
        });
        if granted.is_none() && !function.security_definer {
            continue;
        }
        for (number, arguments) in arguments(scene, function).into_iter().enumerate() {
            channels.push(Channel {
                label: format!("{}#{number}", function.label()),
                sql: format!(
                    "select coalesce(md5(string_agg(shown::text, chr(30) order by shown::text)), '') from {}({arguments}) as shown",
                    function.name
                ),
                granted,
                owner: function.owner.clone(),
                is_function: true,
                tenant_sql: None,
            });
        }
    }
    channels
}

/// Arguments to call a function with: keys that exist in the fixture, and texts that match much.
fn arguments(scene: &Scene<'_>, function: &Function) -> Vec<String> {
    if function.signature.is_empty() {
        return vec![String::new()];
    }
    let names: Vec<&str> = function.arguments.split(", ").collect();
    let mut calls = Vec::new();
    for number in 0..3 {
        let parts = split(&function.signature)
            .into_iter()
            .enumerate()
            .map(|(at, kind)| {
                let name = names
                    .get(at)
                    .and_then(|argument| argument.split(' ').next())
                    .unwrap_or_default();
                let value = value_for(scene, kind.trim(), name, number);
                format!("{}::{kind}", value_sql(value.as_deref()))
            });
        calls.push(parts.collect::<Vec<_>>().join(", "));
    }
    calls.dedup();
    calls
}

fn split(signature: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, letter) in signature.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&signature[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&signature[start..]);
    parts
}

fn value_for(scene: &Scene<'_>, kind: &str, name: &str, number: usize) -> Option<String> {
    if kind == "uuid" {
        // `campaign_id` is most likely the key of the table `campaigns`.
        let stem = name.strip_suffix("_id").unwrap_or(name);
        let keys = |is_meant: &dyn Fn(&str) -> bool| {
            let table = scene
                .world
                .tables
                .iter()
                .find(|table| is_meant(&table.name.name))?;
            let row = table.rows.get(number % table.rows.len().max(1))?;
            let key = table.key.iter().rev().find_map(|at| row[*at].clone());
            key.filter(|key| key.len() == 36)
        };
        return keys(&|table| table.starts_with(stem))
            .or_else(|| Some(format!("dddd0000-0000-4000-8000-{number:012x}")));
    }
    match kind {
        "integer" | "bigint" | "smallint" | "numeric" | "double precision" | "real" => {
            Some("100".to_owned())
        }
        "boolean" => Some("true".to_owned()),
        "text" | "character varying" => Some(["v", "%", "v1"][number % 3].to_owned()),
        _ => None,
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
        let Some(own) = table.rows.first() else {
            continue;
        };
        let Some(other) = table.rows.iter().find(|row| row[tenant] != own[tenant]) else {
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
                    statement(&|column| fresh(own[column].as_deref(), 9)),
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
