//! The tables of a policy file: their columns exist, and each cell of the matrix makes sense.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Cell, Class, Command, Restriction, RoleIndex, RoleKind, Span, Table};
use super::nearest::suggestion;
use super::predicate::{Argument, Predicate};
use super::resolve::{Resolver, split_names};
use super::spec::{
    AlternativeEntry, ByNames, CellEntry, MatrixEntry, Named, PolicyFile, TableEntry,
};
use crate::files::toml::Spanned;
use crate::sql::{DeclaredColumn, Name};

/// Checks all tables, and that none of the system's is left out.
pub(super) fn read(
    resolver: &mut Resolver<'_>,
    entry: &PolicyFile,
    own_schemas: &[&str],
) -> Vec<Table> {
    let mut entries: Vec<_> = entry.tables.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    let mut tables: Vec<Table> = Vec::new();
    for (name, table) in entries {
        let qualified = resolver.qualify(name.get_ref());
        if !resolver.declared.tables.contains_key(&qualified) {
            let hint = suggest_table(resolver, name.get_ref());
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
    let forgotten: Vec<Name> = resolver
        .declared
        .tables
        .keys()
        .filter(|name| own_schemas.contains(&name.0.as_str()))
        .filter(|(schema, name)| {
            !entry.tables.keys().any(|key| {
                let mentioned = resolver.qualify(key.get_ref());
                mentioned.0 == *schema && mentioned.1 == *name
            })
        })
        .cloned()
        .collect();
    for (schema, name) in forgotten {
        resolver.mistake_at(
            0..0,
            format!("the table {schema}.{name} is not in {}", resolver.file.path),
            format!(
                "add [tables.{name}] with its class and matrix; without cells nobody may touch it"
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
    (schema, table): Name,
) -> Option<Table> {
    let declared = &resolver.declared.tables[&(schema.clone(), table.clone())];
    let columns = declared.complete.then(|| declared.columns.clone());
    let default_tenant = file.policies.tenant_column.as_ref();
    let class = match (&entry.class, default_tenant) {
        (Some(class), _) => *class.get_ref(),
        (None, Some(_)) => Class::Tenant,
        (None, None) => {
            let message = format!("the table `{}` has no class", name.get_ref());
            resolver.mistake(
                name,
                message,
                "set `class = \"tenant\"`, \"global\", \"public\", \"system\" or \"exempt\"",
            );
            return None;
        }
    };
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
    if class == Class::Exempt && entry.reason.is_none() {
        let message = format!("the table `{}` is exempt without a reason", name.get_ref());
        resolver.mistake(name, message, "say why in `reason = \"…\"`");
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
        reason: entry.reason.clone(),
        tenant,
        owner: entry.owner.as_ref().map(|owner| owner.get_ref().clone()),
        team: entry.team.as_ref().map(|team| team.get_ref().clone()),
        columns,
        cells: Vec::new(),
        restrict: Vec::new(),
        confidential: confidential(resolver, &known, &entry.confidential),
        read_only,
        insert_columns: column_lists(resolver, &known, &entry.insert_columns),
        update_columns: column_lists(resolver, &known, &entry.update_columns),
        span: name.span(),
    };
    table.cells = cells(resolver, &known, &table, &entry.matrix);
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

/// A table's columns, for looking names up.
struct Columns {
    table: String,
    columns: Option<Vec<DeclaredColumn>>,
}

impl Columns {
    /// Whether there is such a column, as far as is known.
    fn has(&self, name: &str) -> bool {
        self.columns
            .as_ref()
            .is_none_or(|columns| columns.iter().any(|column| column.name == name))
    }

    fn check(&self, resolver: &mut Resolver<'_>, name: &Named) {
        self.check_at(resolver, name.get_ref(), name.span());
    }

    fn check_at(&self, resolver: &mut Resolver<'_>, name: &str, span: Span) {
        if !self.has(name) {
            let known = self
                .columns
                .iter()
                .flatten()
                .map(|column| column.name.as_str());
            let hint = suggestion(name, known);
            let message = format!("the table `{}` has no column `{name}`", self.table);
            resolver.mistake_at(span, message, hint);
        }
    }
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

/// The roles of a matrix key; `*` is every application role. The shared role acts as they do.
fn matrix_roles(resolver: &mut Resolver<'_>, names: &Named) -> BTreeSet<RoleIndex> {
    let mut roles = BTreeSet::new();
    for name in split_names(resolver.file, names) {
        if name.get_ref() == "*" {
            let all = resolver.roles.iter().enumerate();
            let all = all.filter(|(_, role)| role.kind == RoleKind::Application);
            roles.extend(all.map(|(at, _)| at));
            continue;
        }
        let Some(role) = resolver.role(&name) else {
            continue;
        };
        if resolver.roles[role].kind == RoleKind::Shared {
            resolver.mistake(
                &name,
                format!("the shared role {} has no cells of its own", name.get_ref()),
                "it acts as the application role that its setting names: give the cell to that role",
            );
            continue;
        }
        roles.insert(role);
    }
    roles
}

fn cells(
    resolver: &mut Resolver<'_>,
    known: &Columns,
    table: &Table,
    matrix: &ByNames<MatrixEntry>,
) -> Vec<Cell> {
    let mut entries: Vec<_> = matrix.iter().collect();
    entries.sort_by_key(|(names, _)| names.span().start);
    let mut cells = Vec::new();
    for (names, row) in entries {
        let roles = matrix_roles(resolver, names);
        for command in Command::ALL {
            let Some(cell) = cell_of(row, command) else {
                continue;
            };
            for (using, check) in alternatives(resolver, known, table, command, cell) {
                for role in &roles {
                    refuse_what_cannot_be(resolver, table, *role, &using, &check, cell.span());
                    cells.push(Cell {
                        role: *role,
                        command,
                        using: using.clone(),
                        check: check.clone(),
                        span: cell.span(),
                    });
                }
            }
        }
    }
    cells
}

fn cell_of(row: &MatrixEntry, command: Command) -> Option<&Spanned<CellEntry>> {
    match command {
        Command::Select => row.select.as_ref(),
        Command::Insert => row.insert.as_ref(),
        Command::Update => row.update.as_ref(),
        Command::Delete => row.delete.as_ref(),
    }
}

fn alternatives(
    resolver: &mut Resolver<'_>,
    known: &Columns,
    table: &Table,
    command: Command,
    cell: &Spanned<CellEntry>,
) -> Vec<(Option<Predicate>, Option<Predicate>)> {
    let entries = match cell.get_ref() {
        CellEntry::One(one) => std::slice::from_ref(one),
        CellEntry::Any(any) => any.as_slice(),
    };
    let mut found = Vec::new();
    for entry in entries {
        let (using, check) = match entry {
            AlternativeEntry::Predicate(text) => (text, None),
            AlternativeEntry::Checked(checked) => (&checked.using, Some(&checked.check)),
        };
        if check.is_some() && command != Command::Update {
            resolver.mistake_at(
                cell.span(),
                format!("`{}` takes one predicate", command.word()),
                "only `update` tells the rows that may be changed from what they must be afterwards",
            );
            continue;
        }
        let Some(using) = predicate(resolver, known, table, using, cell.span()) else {
            continue;
        };
        let check = match check {
            None => using.clone(),
            Some(check) => match predicate(resolver, known, table, check, cell.span()) {
                Some(check) => check,
                None => continue,
            },
        };
        found.push(match command {
            Command::Select | Command::Delete => (Some(using), None),
            Command::Insert => (None, Some(check)),
            Command::Update => (Some(using), Some(check)),
        });
    }
    found
}

/// Cells that Postgres would take and that could not mean what they say.
fn refuse_what_cannot_be(
    resolver: &mut Resolver<'_>,
    table: &Table,
    role: RoleIndex,
    using: &Option<Predicate>,
    check: &Option<Predicate>,
    span: Span,
) {
    let role = &resolver.roles[role];
    let title = table.title();
    let conditional = [using, check]
        .into_iter()
        .flatten()
        .any(|one| !one.is_all());
    if table.class == Class::System && role.kind == RoleKind::Application {
        let message = format!("{title} is a system table, and {} is a client", role.name);
        resolver.mistake_at(
            span,
            message,
            "take the cell away, or give the table another `class`",
        );
    } else if role.bypass_rls && conditional {
        let message = format!("no policy binds {}, which bypasses row security", role.name);
        resolver.mistake_at(
            span,
            message,
            "write \"all\", or take `bypass_rls` away from the role",
        );
    } else if table.class == Class::Exempt && conditional {
        let message = format!("{title} is exempt from row security, so no predicate holds there");
        resolver.mistake_at(
            span,
            message,
            "write \"all\", or give the table another `class`",
        );
    }
}

fn predicate(
    resolver: &mut Resolver<'_>,
    known: &Columns,
    table: &Table,
    text: &str,
    span: Span,
) -> Option<Predicate> {
    // Inside a cell's text, the name itself is the place; otherwise the whole cell.
    let place_of = |resolver: &Resolver<'_>, name: &str| {
        let source = resolver.file.text.get(span.clone()).unwrap_or_default();
        source.find(name).map_or(span.clone(), |at| {
            span.start + at..span.start + at + name.len()
        })
    };
    let predicate = match Predicate::parse(text) {
        Ok(predicate) => predicate,
        Err(cause) => {
            let place = place_of(resolver, text);
            resolver.mistake_at(place, format!("`{text}` is not a predicate: {cause}"),
                "a predicate is `all`, or macros joined by `and`, such as \"owner and in_status('draft')\"");
            return None;
        }
    };
    let mut good = true;
    for term in &predicate.terms {
        let place = place_of(resolver, &term.name);
        let Some(definition) = resolver.macros.get(&term.name) else {
            let known = resolver.macros.keys().map(String::as_str).chain(["all"]);
            let hint = suggestion(&term.name, known);
            resolver.mistake_at(place, format!("there is no macro `{}`", term.name), hint);
            good = false;
            continue;
        };
        if definition.parameters.len() != term.arguments.len() {
            let message = format!(
                "`{}` is given {} of {} arguments",
                term.name,
                term.arguments.len(),
                definition.parameters.len()
            );
            let parameters = definition.parameters.join(", ");
            let hint = if parameters.is_empty() {
                format!("write {}", term.name)
            } else {
                format!("write {}({parameters})", term.name)
            };
            resolver.mistake_at(place.clone(), message, hint);
            good = false;
        }
        for (key, column) in [
            ("owner", &table.owner),
            ("team", &table.team),
            ("tenant", &table.tenant),
        ] {
            let definition = &resolver.macros[&term.name];
            let is_parameter = definition
                .parameters
                .iter()
                .any(|parameter| parameter == key);
            if definition.uses.contains(key) && column.is_none() && !is_parameter {
                let message = format!(
                    "`{}` needs to know the {key} of {}",
                    term.name,
                    table.title()
                );
                let hint = format!(
                    "set `{key} = \"…\"` in the table's section to the column that names it"
                );
                resolver.mistake_at(place.clone(), message, hint);
                good = false;
            }
        }
        for argument in &term.arguments {
            if let Argument::Column(column) = argument {
                let place = place_of(resolver, column);
                known.check_at(resolver, column, place);
            }
        }
    }
    good.then_some(predicate)
}
