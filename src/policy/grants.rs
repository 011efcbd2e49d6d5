//! Grants, derived from the matrix: a role gets just the commands and columns that its cells need.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Key, Kind, Privileges};
use super::functions::function_target;
use super::model::{Class, Command, Granted, Policies, RoleIndex, RoleKind, Span, Table};
use super::render::Values;
use super::statement::Section;
use super::writer::Writer;
use crate::error::Result;
use crate::sql::{identifier, qualified};

pub(super) fn write(writer: &mut Writer<'_>) -> Result<()> {
    usage(writer)?;
    for table in &writer.policies.tables {
        let privileges = (0..writer.policies.roles.len())
            .map(|role| (role, table_privileges(writer.policies, table, role)))
            .filter(|(_, privileges)| !privileges.is_empty());
        relation(
            writer,
            (&table.schema, &table.name),
            privileges.collect(),
            &table.span,
        )?;
        sequences(writer, table)?;
    }
    for view in &writer.policies.views {
        let privileges = view.roles.iter().map(|role| {
            let mut privileges = Privileges::default();
            privileges.add(Command::Select, Vec::new());
            (*role, privileges)
        });
        relation(
            writer,
            (&view.schema, &view.name),
            privileges.collect(),
            &view.span,
        )?;
    }
    functions(writer)
}

/// Which commands a role has on a table, each with the columns that it is limited to. The shared role has what
/// the application roles have that it may act as.
fn commands<'table>(
    policies: &Policies,
    table: &'table Table,
    role: RoleIndex,
) -> BTreeMap<Command, Option<&'table BTreeSet<String>>> {
    let is_shared = policies.shared() == Some(role);
    let cells = table.cells.iter().filter(|cell| {
        cell.role == role
            || (is_shared
                && policies.roles[cell.role].kind == RoleKind::Application
                && table.is_open_to_shared(policies, cell.command, cell.role))
    });
    cells
        .map(|cell| (cell.command, table.column_list(cell.command, cell.role)))
        .collect()
}

fn table_privileges(policies: &Policies, table: &Table, role: RoleIndex) -> Privileges {
    let mut privileges = Privileges::default();
    for (command, list) in commands(policies, table, role) {
        let columns = match command {
            Command::Delete => Some(Vec::new()),
            Command::Select => readable(table, role, list),
            Command::Insert | Command::Update => writable(table, role, list),
        };
        // Without a column left there is nothing to grant.
        if let Some(columns) = columns {
            privileges.add(command, columns);
        }
    }
    privileges
}

/// Columns that a role may read; an empty list means all, also later ones.
fn readable(
    table: &Table,
    role: RoleIndex,
    list: Option<&BTreeSet<String>>,
) -> Option<Vec<String>> {
    let hidden = |column: &str| {
        list.is_some_and(|list| !list.contains(column))
            || table
                .confidential
                .get(column)
                .is_some_and(|readers| !readers.contains(&role))
    };
    let columns = table.columns.as_deref().unwrap_or_default();
    if !columns.iter().any(|column| hidden(&column.name)) {
        return Some(Vec::new());
    }
    let left: Vec<_> = columns
        .iter()
        .filter(|column| !hidden(&column.name))
        .map(|column| column.name.clone())
        .collect();
    (!left.is_empty()).then_some(left)
}

/// Columns that a role may write; an empty list means all, also later ones.
fn writable(
    table: &Table,
    role: RoleIndex,
    list: Option<&BTreeSet<String>>,
) -> Option<Vec<String>> {
    let columns = table.columns.as_deref().unwrap_or_default();
    let allowed = |name: &str| {
        let open = table
            .confidential
            .get(name)
            .is_none_or(|readers| readers.contains(&role));
        // A list may name what triggers keep: whoever owns the triggers' functions needs it.
        open && match list {
            Some(list) => list.contains(name),
            None => !table.read_only.contains(name),
        }
    };
    let left: Vec<_> = columns
        .iter()
        .filter(|column| !column.generated && allowed(&column.name))
        .map(|column| column.name.clone())
        .collect();
    if left.len() == columns.len() {
        return Some(Vec::new());
    }
    (!left.is_empty()).then_some(left)
}

/// Grants on one relation: one statement for all roles that get the same.
fn relation(
    writer: &mut Writer<'_>,
    (schema, name): (&str, &str),
    privileges: Vec<(RoleIndex, Privileges)>,
    span: &Span,
) -> Result<()> {
    let mut by_privileges: Vec<(Privileges, Vec<String>)> = Vec::new();
    for (role, privileges) in privileges {
        let role = writer.policies.roles[role].database_role.clone();
        match by_privileges
            .iter_mut()
            .find(|(other, _)| *other == privileges)
        {
            Some((_, roles)) => roles.push(role),
            None => by_privileges.push((privileges, vec![role])),
        }
    }
    for (privileges, roles) in by_privileges {
        let values = Values::new()
            .text("schema", schema)
            .text("table", name)
            .texts("roles", &roles)
            .sql("privileges", &privileges.sql());
        let sql = writer.engine.render("table_grant", values)?;
        let facts: Vec<_> = roles
            .iter()
            .map(|role| (Key::new(Kind::Grant, schema, name, role), privileges.fact()))
            .collect();
        let what = format!("grants on {}", qualified(schema, name));
        writer.push(Section::Grants, what, sql, span.clone(), roles, facts);
    }
    Ok(())
}

/// A `serial` column's sequence goes with the right to insert.
fn sequences(writer: &mut Writer<'_>, table: &Table) -> Result<()> {
    let policies = writer.policies;
    let roles: Vec<String> = (0..policies.roles.len())
        .filter(|role| commands(policies, table, *role).contains_key(&Command::Insert))
        .map(|role| policies.roles[role].database_role.clone())
        .collect();
    let sequences = table
        .columns
        .iter()
        .flatten()
        .filter_map(|column| column.sequence.as_ref());
    for sequence in sequences.filter(|_| !roles.is_empty()) {
        let values = Values::new()
            .text("schema", &table.schema)
            .text("sequence", sequence)
            .texts("roles", &roles);
        let sql = writer.engine.render("sequence_grant", values)?;
        let facts: Vec<_> = roles
            .iter()
            .map(|role| {
                (
                    Key::new(Kind::Grant, &table.schema, sequence, role),
                    "USAGE".to_owned(),
                )
            })
            .collect();
        let what = format!("grants on {}", qualified(&table.schema, sequence));
        writer.push(
            Section::Grants,
            what,
            sql,
            table.span.clone(),
            roles.clone(),
            facts,
        );
    }
    Ok(())
}

fn functions(writer: &mut Writer<'_>) -> Result<()> {
    let policies = writer.policies;
    // Policies call the context functions and look-ups in the name of whoever runs the statement.
    let everybody: BTreeSet<RoleIndex> = (0..policies.roles.len()).collect();
    let own: Vec<(Section, String, String, Span)> = writer
        .statements
        .iter()
        .flat_map(|statement| statement.facts.keys().map(move |key| (key, statement)))
        .filter(|(key, _)| key.kind == Kind::Function)
        .map(|(key, statement)| {
            let span = statement.span.clone();
            (
                statement.section,
                key.schema.clone(),
                key.name.clone(),
                span,
            )
        })
        .collect();
    let mut granted: Vec<Granted> = own
        .into_iter()
        .map(|(section, schema, name, span)| {
            let owner = if section == Section::Lookups {
                policies.definer()
            } else {
                policies.owner
            };
            Granted {
                roles: everybody
                    .iter()
                    .copied()
                    .filter(|role| Some(*role) != owner)
                    .collect(),
                schema,
                name,
                span,
            }
        })
        .collect();
    granted.extend(policies.functions.iter().cloned());
    for function in granted.iter().filter(|function| !function.roles.is_empty()) {
        let target = function_target(&function.schema, &function.name);
        grant_function(
            writer,
            function,
            "function_grant",
            &target,
            Kind::Execute,
            "EXECUTE",
        )?;
    }
    for function in &policies.external {
        let target = function_target(&function.schema, &function.name);
        grant_function(
            writer,
            function,
            "external_function",
            &target,
            Kind::External,
            "execute",
        )?;
    }
    Ok(())
}

fn grant_function(
    writer: &mut Writer<'_>,
    function: &Granted,
    template: &str,
    target: &str,
    kind: Kind,
    privilege: &str,
) -> Result<()> {
    let roles = function
        .roles
        .iter()
        .map(|role| writer.policies.roles[*role].database_role.clone());
    let roles: Vec<String> = roles.collect();
    let values = Values::new()
        .text("schema", &function.schema)
        .sql("function", target)
        .texts("roles", &roles);
    let sql = writer.engine.render(template, values)?;
    let facts: Vec<_> = roles
        .iter()
        .map(|role| {
            (
                Key::new(kind, &function.schema, &function.name, role),
                privilege.to_owned(),
            )
        })
        .collect();
    writer.push(
        Section::Grants,
        format!("grants on function {target}"),
        sql,
        function.span.clone(),
        roles,
        facts,
    );
    Ok(())
}

/// Whoever has something in a schema may look names up there; nobody looks into a private one.
fn usage(writer: &mut Writer<'_>) -> Result<()> {
    let policies = writer.policies;
    for schema in &policies.schemas {
        if policies.private_schema.as_ref() == Some(schema) {
            continue;
        }
        let has_context = policies.context.schema == *schema
            && (policies.context.tenant.is_some() || policies.context.role_setting.is_some());
        let uses = |role: RoleIndex| {
            let tables = policies
                .tables
                .iter()
                .filter(|table| table.schema == *schema);
            let mut granted = policies.views.iter().chain(&policies.functions);
            tables
                .into_iter()
                .any(|table| !commands(policies, table, role).is_empty())
                || granted.any(|one| one.schema == *schema && one.roles.contains(&role))
                || (has_context
                    && policies
                        .tables
                        .iter()
                        .any(|table| table.class != Class::Exempt))
        };
        let roles: Vec<String> = (0..policies.roles.len())
            .filter(|role| uses(*role) && policies.owner != Some(*role))
            .map(|role| policies.roles[role].database_role.clone())
            .collect();
        if roles.is_empty() {
            continue;
        }
        let values = Values::new().text("schema", schema).texts("roles", &roles);
        let sql = writer.engine.render("schema_usage", values)?;
        let facts: Vec<_> = roles
            .iter()
            .map(|role| (Key::new(Kind::Usage, schema, "", role), "USAGE".to_owned()))
            .collect();
        let what = format!("usage of schema {}", identifier(schema));
        writer.push(
            Section::Grants,
            what,
            sql,
            policies.context.span.clone(),
            roles,
            facts,
        );
    }
    Ok(())
}
