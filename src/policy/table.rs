//! The tables of a policy file: their columns exist, and each cell of the matrix makes sense.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{cells, matrix_roles, predicate};
use super::columns::Columns;
use super::model::{Class, Restriction, RoleIndex, RoleKind, Table};
use super::names::split_names;
use super::patterns::{fits, is_pattern};
use super::resolver::Resolver;
use super::sample::SampleValue;
use super::spec::{ByNames, Named, PolicyFile, TableEntry};
use super::{column_limits, paths};
use crate::files::suggest::suggestion;
use crate::sql::QualifiedName;

/// Checks all tables, and that none of the system's is left out.
pub(super) fn read(
    resolver: &mut Resolver<'_>,
    entry: &PolicyFile,
    own_schemas: &[&str],
) -> Vec<Table> {
    let mut entries: Vec<_> = entry.tables.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    let mut tables: Vec<Table> = Vec::new();
    let own = |resolver: &Resolver<'_>, name: &QualifiedName| {
        let mut keys = entry.tables.keys();
        keys.any(|key| resolver.qualify(key.get_ref()) == *name)
    };
    for (name, table) in entries {
        let qualified = resolver.qualify(name.get_ref());
        if is_pattern(name.get_ref()) {
            let (schema, pattern) = &qualified;
            if !own_schemas.contains(&schema.as_str()) {
                let message = format!(
                    "`{schema}` of the pattern `{}` is no schema of this system",
                    name.get_ref()
                );
                resolver.mistake(
                    name,
                    message,
                    "write `name_*`, or `schema.name_*` with one of its schemas",
                );
                continue;
            }
            let declared = resolver.declared.tables.iter();
            let fitting: Vec<QualifiedName> = declared
                // A partition or a child is a part of its parent.
                .filter(|(other, declared)| other.0 == *schema && declared.parents.is_empty())
                .map(|(other, _)| other.clone())
                .filter(|other| fits(pattern, &other.1) && !own(resolver, other))
                .collect();
            if fitting.is_empty() && resolver.sees {
                resolver.notes.push(format!(
                    "the pattern `{}` fits no table of this database",
                    name.get_ref()
                ));
            }
            for fitting in fitting {
                let title = format!("{}.{}", fitting.0, fitting.1);
                if tables.iter().any(|other| {
                    other.title() == title
                        || (&other.schema, &other.name) == (&fitting.0, &fitting.1)
                }) {
                    let message = format!(
                        "{title} fits two patterns, `{}` and one above it",
                        name.get_ref()
                    );
                    resolver.mistake(
                        name,
                        message,
                        "give the table a section of its own, or make one pattern narrower",
                    );
                    continue;
                }
                let titled = Named::new(name.span(), title);
                tables.extend(read_table(resolver, entry, &titled, table, fitting));
            }
            continue;
        }
        // What lies in schemas of somebody else no migration creates.
        if !own_schemas.contains(&qualified.0.as_str()) && name.get_ref().contains('.') {
            resolver
                .declared
                .tables
                .entry(qualified.clone())
                .or_default();
        }
        if !resolver.declared.tables.contains_key(&qualified) {
            let mut hint = suggest_table(resolver, name.get_ref());
            if !hint.starts_with("did you mean") {
                let (schema, table) = &qualified;
                hint.push_str(&format!(
                    "; one that a `do` block or a function makes: [policies] unseen = [\"{schema}.{table}\"]"
                ));
            }
            let message = format!("there is no table `{}`", name.get_ref());
            resolver.mistake(name, message, hint);
            continue;
        }
        if let Some(twin) = tables
            .iter()
            .find(|other| (&other.schema, &other.name) == (&qualified.0, &qualified.1))
        {
            let message = format!("{} is described twice", twin.title());
            resolver.mistake(name, message, "merge the two sections");
            continue;
        }
        if let Some(table) = read_table(resolver, entry, name, table, qualified) {
            tables.push(table);
        }
    }
    let forgotten: Vec<QualifiedName> = resolver
        .declared
        .tables
        .iter()
        // A partition or a child is a part of its parent.
        .filter(|(_, table)| table.parents.is_empty())
        .map(|(name, _)| name)
        .filter(|name| own_schemas.contains(&name.0.as_str()))
        .filter(|(schema, name)| {
            !entry.tables.keys().any(|key| {
                let mentioned = resolver.qualify(key.get_ref());
                mentioned.0 == *schema && fits(&mentioned.1, name)
            })
        })
        .cloned()
        .collect();
    for (schema, name) in forgotten {
        resolver.mistake_at(
            0..0,
            format!("the table {schema}.{name} is not in {}", resolver.file.path),
            format!(
                "add [tables.{name}] with its class and matrix, as `workroom policy add {name}` shows; without cells nobody may touch it"
            ),
        );
    }
    tables
}

fn suggest_table(resolver: &Resolver<'_>, name: &str) -> String {
    let known: Vec<String> = resolver
        .declared
        .tables
        .keys()
        .map(|(schema, table)| {
            if *schema == resolver.schema {
                table.clone()
            } else {
                format!("{schema}.{table}")
            }
        })
        .collect();
    suggestion(name, known.iter().map(String::as_str))
}

fn read_table(
    resolver: &mut Resolver<'_>,
    file: &PolicyFile,
    name: &Named,
    entry: &TableEntry,
    (schema, table): QualifiedName,
) -> Option<Table> {
    let declared = &resolver.declared.tables[&(schema.clone(), table.clone())];
    let columns = declared.complete.then(|| declared.columns.clone());
    let declared_key = declared.key.clone();
    let is_part = !declared.parents.is_empty();
    let is_foreign = declared.is_foreign;
    let default_tenant = file.policies.tenant_column.as_ref();
    let class = match (&entry.class, default_tenant) {
        (Some(class), _) => *class.get_ref(),
        (None, Some(_)) => Class::Tenant,
        (None, None) => {
            let message = format!("the table `{}` has no class", name.get_ref());
            resolver.mistake(
                name,
                message,
                "set `class = \"tenant\"`, \"global\", \"public\", \"system\", \"exempt\" or \"unmanaged\"",
            );
            return None;
        }
    };
    if is_foreign && class != Class::Exempt {
        let message = format!(
            "the foreign table `{}` can have no row security",
            name.get_ref()
        );
        resolver.mistake(
            name,
            message,
            "set `class = \"exempt\"` and a `reason`: it is closed by grants alone",
        );
    }
    let known = Columns {
        table: name.get_ref().clone(),
        columns: columns.clone(),
    };
    for column in [&entry.tenant, &entry.owner, &entry.team]
        .into_iter()
        .flatten()
    {
        known.check(resolver, column);
    }
    let tenant = entry
        .tenant
        .as_ref()
        .map(Named::get_ref)
        .or(default_tenant)
        .cloned();
    let tenant = tenant.filter(|_| class == Class::Tenant);
    match (&tenant, class) {
        (None, Class::Tenant) => {
            let message = format!("the tenant's column of `{}` is not named", name.get_ref());
            resolver.mistake(
                name,
                message,
                "set `tenant = \"…\"`, or `tenant_column` under [policies]",
            );
        }
        (Some(tenant), _) if entry.tenant.is_none() && !known.has(tenant) => {
            let message = format!("the table `{}` has no column `{tenant}`", name.get_ref());
            resolver.mistake(
                name,
                message,
                "set `tenant` to its tenant's column, or another `class`",
            );
        }
        _ => {}
    }
    if class == Class::Tenant
        && file
            .context
            .as_ref()
            .is_none_or(|context| context.tenant.is_none())
    {
        let message = format!(
            "rows of `{}` belong to a tenant that no session has",
            name.get_ref()
        );
        resolver.mistake(name, message, "add [context.tenant] with its `setting`");
    }
    if let Class::Exempt | Class::Unmanaged = class
        && entry.reason.is_none()
    {
        let word = if class == Class::Exempt {
            "exempt"
        } else {
            "unmanaged"
        };
        let message = format!("the table `{}` is {word} without a reason", name.get_ref());
        resolver.mistake(name, message, "say why in `reason = \"…\"`");
    }
    if class == Class::Unmanaged && entry.says_who_may_do_what() {
        let message = format!(
            "the table `{}` is unmanaged, and its section says who may do what",
            name.get_ref()
        );
        resolver.mistake(
            name,
            message,
            "leave it at `class` and `reason`, or give the table another `class`",
        );
    }
    let mut read_only = file
        .policies
        .kept_by_triggers
        .iter()
        .filter(|column| known.has(column))
        .cloned()
        .collect::<BTreeSet<_>>();
    for column in &entry.read_only {
        known.check(resolver, column);
        read_only.insert(column.get_ref().clone());
    }
    let mut table = Table {
        schema,
        name: table,
        class,
        tenant,
        owner: entry.owner.as_ref().map(|owner| owner.get_ref().clone()),
        team: entry.team.as_ref().map(|team| team.get_ref().clone()),
        columns,
        is_part,
        key: declared_key,
        found_by: entry
            .found_by
            .as_ref()
            .map(|name| (name.get_ref().clone(), name.span())),
        cells: Vec::new(),
        restrict: Vec::new(),
        confidential: confidential(resolver, &known, &entry.confidential),
        read_only,
        sample: sample(resolver, &known, &entry.sample),
        select_columns: column_lists(resolver, &known, &entry.select_columns),
        insert_columns: column_lists(resolver, &known, &entry.insert_columns),
        update_columns: column_lists(resolver, &known, &entry.update_columns),
        span: name.span(),
    };
    table.cells = cells(resolver, &known, &table, &entry.matrix);
    paths::check(resolver, &table);
    column_limits::check(resolver, &table);
    for restrict in &entry.restrict {
        let using = predicate(
            resolver,
            &known,
            &table,
            restrict.using.get_ref(),
            restrict.using.span(),
        );
        table.restrict.extend(using.map(|using| {
            Restriction {
                commands: restrict
                    .commands
                    .iter()
                    .map(|command| *command.get_ref())
                    .collect(),
                using,
                reason: restrict.reason.clone(),
                span: restrict.using.span(),
            }
        }));
    }
    Some(table)
}

fn confidential(
    resolver: &mut Resolver<'_>,
    known: &Columns,
    entries: &ByNames<Vec<Named>>,
) -> BTreeMap<String, BTreeSet<RoleIndex>> {
    let mut confidential = BTreeMap::new();
    for (names, readers) in entries {
        for reader in readers {
            let shared = reader.get_ref() == "*"
                || resolver
                    .roles
                    .iter()
                    .any(|role| role.kind == RoleKind::Shared && role.name == *reader.get_ref());
            if shared {
                resolver.mistake(
                    reader,
                    "a confidential column cannot be opened to the shared role".to_owned(),
                    "column grants belong to database roles, and the shared role acts as any of them; name the roles",
                );
            }
        }
        let readers = resolver.roles_in_list(readers);
        for column in split_names(resolver.file, names) {
            known.check(resolver, &column);
            confidential.insert(column.into_inner(), readers.clone());
        }
    }
    confidential
}

/// The samples of a table, by column.
fn sample(
    resolver: &mut Resolver<'_>,
    known: &Columns,
    entries: &ByNames<Vec<SampleValue>>,
) -> BTreeMap<String, Vec<String>> {
    let mut sample = BTreeMap::new();
    for (names, values) in entries {
        if values.is_empty() {
            let message = format!("the sample of `{}` has no values", names.get_ref());
            resolver.mistake(names, message, "give one at least, or two that differ");
        }
        for column in split_names(resolver.file, names) {
            known.check(resolver, &column);
            let values = values.iter().map(SampleValue::text);
            sample.insert(column.into_inner(), values.collect());
        }
    }
    sample
}

fn column_lists(
    resolver: &mut Resolver<'_>,
    known: &Columns,
    entries: &ByNames<Vec<Named>>,
) -> BTreeMap<RoleIndex, BTreeSet<String>> {
    let mut lists: BTreeMap<RoleIndex, BTreeSet<String>> = BTreeMap::new();
    for (names, columns) in entries {
        for column in columns {
            known.check(resolver, column);
        }
        let columns = columns.iter().map(|column| column.get_ref().clone());
        let columns: BTreeSet<String> = columns.collect();
        for role in matrix_roles(resolver, names) {
            lists
                .entry(role)
                .or_default()
                .extend(columns.iter().cloned());
        }
    }
    lists
}
