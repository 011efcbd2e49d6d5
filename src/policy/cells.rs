//! The cells of a matrix: who, what, under which predicate; and whether that makes sense.

use std::collections::BTreeSet;

use super::columns::Columns;
use super::model::{Cell, Class, Command, RoleIndex, RoleKind, Span, Table};
use super::names::split_names;
use super::predicate::{Argument, Predicate, Term};
use super::resolver::Resolver;
use super::spec::{AlternativeEntry, ByNames, CellEntry, MatrixEntry, Named};
use crate::files::suggest::suggestion;
use crate::files::toml::Spanned;

impl Table {
    /// What its cells and its restrictions are made of.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        let restricted = self.restrict.iter().map(|one| &one.using);
        let cells = self.cells.iter();
        let cells = cells.flat_map(|cell| [&cell.using, &cell.check]).flatten();
        restricted.chain(cells).flat_map(|one| &one.terms)
    }
}

/// The roles of a matrix key; `*` is every application role. The shared role acts as they do.
pub(super) fn matrix_roles(resolver: &mut Resolver<'_>, names: &Named) -> BTreeSet<RoleIndex> {
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

pub(super) fn cells(
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
            for (using, check, columns) in alternatives(resolver, known, table, command, cell) {
                for role in &roles {
                    refuse_what_cannot_be(resolver, table, *role, &using, &check, cell.span());
                    cells.push(Cell {
                        role: *role,
                        command,
                        using: using.clone(),
                        check: check.clone(),
                        columns: columns.clone(),
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

/// Which rows, what they must be afterwards, and which columns may differ.
type Alternative = (
    Option<Predicate>,
    Option<Predicate>,
    Option<BTreeSet<String>>,
);

fn alternatives(
    resolver: &mut Resolver<'_>,
    known: &Columns,
    table: &Table,
    command: Command,
    cell: &Spanned<CellEntry>,
) -> Vec<Alternative> {
    let entries = match cell.get_ref() {
        CellEntry::One(one) => std::slice::from_ref(one),
        CellEntry::Any(any) => any.as_slice(),
    };
    let mut found = Vec::new();
    for entry in entries {
        let (using, check, columns) = match entry {
            AlternativeEntry::Predicate(text) => (text, None, None),
            AlternativeEntry::Checked(one) => (&one.using, Some(&one.check), one.columns.as_ref()),
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
        let columns = columns.map(|names| changed(resolver, known, table, names, cell.span()));
        found.push(match command {
            Command::Select | Command::Delete => (Some(using), None, None),
            Command::Insert => (None, Some(check), None),
            Command::Update => (Some(using), Some(check), columns),
        });
    }
    found
}

/// The columns that a cell lets differ. That the others do not is asked of the row as it was, which needs a look-up.
fn changed(
    resolver: &mut Resolver<'_>,
    known: &Columns,
    table: &Table,
    names: &[String],
    span: Span,
) -> BTreeSet<String> {
    let source = resolver.file.text.get(span.clone()).unwrap_or_default();
    let places: Vec<Span> = names
        .iter()
        .map(|name| {
            source.rfind(name.as_str()).map_or(span.clone(), |at| {
                span.start + at..span.start + at + name.len()
            })
        })
        .collect();
    for (name, place) in names.iter().zip(places) {
        known.check_at(resolver, name, place.clone());
        if table.read_only.contains(name) {
            resolver.mistake_at(
                place,
                format!("nobody may write {name}"),
                "take it out: what triggers keep may differ anyway",
            );
        }
    }
    let definers = resolver
        .roles
        .iter()
        .filter(|role| role.kind == RoleKind::Definer);
    let title = table.title();
    if !resolver.has_private_schema || definers.count() != 1 {
        resolver.mistake_at(
            span,
            format!("`columns` has nobody who looks at {title} as it was"),
            "it needs `private_schema` under [policies] and one role of the kind \"definer\"",
        );
    } else if table.key.is_empty() || table.columns.is_none() {
        resolver.mistake_at(
            span,
            format!("`columns` needs the primary key and all columns of {title}"),
            "show them in its `create table`",
        );
    }
    names.iter().cloned().collect()
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

pub(super) fn predicate(
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
