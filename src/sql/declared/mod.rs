//! What a system's migrations and views declare, read from their text: tables with columns, views, functions.
//!
//! What the reader does not know of a statement is left out, and a table of which it does not know everything says so;
//! the server is the judge of what is valid. `do` blocks are not looked into: what they create has to be named where it
//! is used.

use std::collections::{BTreeMap, BTreeSet};

use super::lexer::TokenKind;
use super::name::{DEFAULT_SCHEMA, QualifiedName};
use super::statement::Statement;
use super::tree::{self, Action, Change, ChangeKind, Column, ConstraintKind, CreateTable, Move};
use crate::error::Place;
use crate::files::TextFile;

/// What a list of statements, run in order, leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Tables, partitioned and foreign ones included.
    pub tables: BTreeMap<QualifiedName, DeclaredTable>,
    /// Views and materialized views.
    pub views: BTreeSet<QualifiedName>,
    /// Functions, procedures and aggregates by name, with how many share it.
    pub functions: BTreeMap<QualifiedName, usize>,
    /// Where a statement that makes or changes a table was not read to its end, and why.
    pub unreadable: Vec<(Place, String)>,
}

/// A table's columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeclaredTable {
    /// In order.
    pub columns: Vec<DeclaredColumn>,
    /// The columns of the primary key; none where the statements do not show one.
    pub key: Vec<String>,
    /// The tables that it is a partition or a child of.
    pub parents: Vec<QualifiedName>,
    /// Whether its rows are another server's, so that it can have no row security.
    pub is_foreign: bool,
    /// Whether `columns` is known to be all of them: not for `create table … as` and the like.
    pub complete: bool,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredColumn {
    /// Its name.
    pub name: String,
    /// Whether nobody can write it: `generated always as (…)`.
    pub generated: bool,
    /// The sequence that a `serial` column draws from.
    pub sequence: Option<String>,
}

/// A file's statements as far as they declare something, parsed: no file needs another for that.
pub(crate) struct Parsed {
    statements: Vec<tree::Statement>,
    unreadable: Vec<tree::Unreadable>,
}

impl Parsed {
    pub(crate) fn of(file: &TextFile, statements: &[Statement]) -> Self {
        let pieces: Vec<_> = statements
            .iter()
            .filter(|statement| may_declare(file, statement))
            .map(|statement| statement.span.clone())
            .collect();
        let (statements, unreadable) = tree::read(&file.text, &pieces);
        Self {
            statements,
            unreadable,
        }
    }
}

impl Declared {
    /// What was not read to its end, for somebody who watches.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        self.unreadable.iter().map(|(place, why)| {
            let (line, _) = place.line_column().unwrap_or((1, 1));
            format!(
                "{}:{line} is not read to its end ({why}); columns that it makes may not be known",
                place.path
            )
        })
    }

    /// Reads one file's statements after those read before.
    pub fn read(&mut self, file: &TextFile, statements: &[Statement]) {
        self.take(file, Parsed::of(file, statements));
    }

    /// The same, of a file that is parsed already.
    pub(crate) fn take(&mut self, file: &TextFile, parsed: Parsed) {
        let Parsed {
            statements,
            unreadable,
        } = parsed;
        // Of the file only: every file begins with the session's own path.
        let mut schema = DEFAULT_SCHEMA.to_owned();
        for statement in &statements {
            if let Action::Set { setting, value } = &statement.action
                && setting == "search_path"
            {
                schema = first_schema(value);
            }
            let cut = unreadable
                .iter()
                .find(|it| it.piece.contains(&statement.span.start));
            let changed = self.apply(&statement.action, &schema);
            let Some((table, cut)) = changed.zip(cut) else {
                continue;
            };
            if let Some(table) = self.tables.get_mut(&table) {
                table.complete = false;
            }
            let place = file.place(cut.at..cut.at + 1);
            self.unreadable.push((place, cut.why.clone()));
        }
    }

    /// The table that is made or changed.
    fn apply(&mut self, action: &Action, schema: &str) -> Option<QualifiedName> {
        match action {
            Action::CreateTable(create) if !create.temporary => {
                return Some(self.create_table(create, schema));
            }
            Action::AlterTable { table, changes } => {
                return Some(self.alter_table(table.within(schema), changes));
            }
            Action::DropTable { tables } => {
                for table in tables {
                    self.tables.remove(&table.within(schema));
                }
            }
            Action::CreateView(create) if !create.temporary => {
                self.views.insert(create.view.within(schema));
            }
            Action::DropView { views } => {
                for view in views {
                    self.views.remove(&view.within(schema));
                }
            }
            Action::MoveView { view, to } => {
                let view = view.within(schema);
                if self.views.remove(&view) {
                    self.views.insert(moved(&view, to));
                }
            }
            Action::CreateRoutine(create) => {
                self.create_routine(create.name.within(schema), create.replaces);
            }
            Action::CreateAggregate { name, replaces } => {
                self.create_routine(name.within(schema), *replaces);
            }
            Action::DropRoutine { routines } => {
                for name in routines.iter().map(|routine| routine.within(schema)) {
                    if let Some(count) = self.functions.get_mut(&name) {
                        *count -= 1;
                        if *count == 0 {
                            self.functions.remove(&name);
                        }
                    }
                }
            }
            Action::DropSchema { schemas } => {
                let stays = |name: &QualifiedName| !schemas.contains(&name.0);
                self.tables.retain(|name, _| stays(name));
                self.views.retain(stays);
                self.functions.retain(|name, _| stays(name));
            }
            _ => {}
        }
        None
    }

    fn create_table(&mut self, create: &CreateTable, schema: &str) -> QualifiedName {
        let name = create.table.within(schema);
        if create.if_not_exists && self.tables.contains_key(&name) {
            return name;
        }
        let mut declared = DeclaredTable {
            is_foreign: create.is_foreign,
            complete: !create.columns_are_elsewhere || !create.likes.is_empty(),
            ..DeclaredTable::default()
        };
        for parent in create.inherits.iter().chain(&create.partition_of) {
            declared.parents.push(parent.within(schema));
            let key = self.take_columns(parent.within(schema), &mut declared);
            if create.partition_of.is_some() {
                declared.key = key;
            }
        }
        for (at, column) in create.columns.iter().enumerate() {
            self.take_likes(create, at, schema, &mut declared);
            declared.add(column_of(&name.1, column));
        }
        self.take_likes(create, create.columns.len(), schema, &mut declared);
        let keys = create.all_constraints();
        if let Some(key) = keys.into_iter().find_map(key_of) {
            declared.key = key;
        }
        self.tables.insert(name.clone(), declared);
        name
    }

    /// Adds the columns of another table, which may not be known. Returns its key.
    fn take_columns(&self, other: QualifiedName, into: &mut DeclaredTable) -> Vec<String> {
        let Some(other) = self.tables.get(&other) else {
            into.complete = false;
            return Vec::new();
        };
        into.complete &= other.complete;
        for column in &other.columns {
            into.add(column.clone());
        }
        other.key.clone()
    }

    /// Adds what `like` takes from other tables before the column of this number.
    fn take_likes(&self, create: &CreateTable, at: usize, schema: &str, into: &mut DeclaredTable) {
        for (other, _) in create.likes.iter().filter(|(_, before)| *before == at) {
            self.take_columns(other.within(schema), into);
        }
    }

    fn create_routine(&mut self, name: QualifiedName, replaces: bool) {
        let count = self.functions.entry(name).or_default();
        *count = if replaces {
            (*count).max(1)
        } else {
            *count + 1
        };
    }

    /// Returns what the table is called in the end.
    fn alter_table(&mut self, mut name: QualifiedName, changes: &[Change]) -> QualifiedName {
        for change in changes {
            let Some(table) = self.tables.get_mut(&name) else {
                if let (ChangeKind::MoveTable(to), true) = (&change.kind, self.views.remove(&name))
                {
                    self.views.insert(moved(&name, to));
                }
                continue;
            };
            match &change.kind {
                ChangeKind::AddColumn(column) => {
                    table.add(column_of(&name.1, column));
                    if let Some(key) = column.constraints.iter().find_map(key_of) {
                        table.key = key;
                    }
                }
                ChangeKind::DropColumn { column } => {
                    table.columns.retain(|other| other.name != *column);
                }
                ChangeKind::RenameColumn { from, to } => {
                    let columns = table.columns.iter_mut().map(|column| &mut column.name);
                    for other in columns.chain(&mut table.key).filter(|other| *other == from) {
                        other.clone_from(to);
                    }
                }
                ChangeKind::AddConstraint(constraint) => {
                    if let Some(key) = key_of(constraint) {
                        table.key = key;
                    }
                }
                ChangeKind::MoveTable(to) => {
                    let to = moved(&name, to);
                    if let Some(table) = self.tables.remove(&name) {
                        self.tables.insert(to.clone(), table);
                    }
                    name = to;
                }
                _ => {}
            }
        }
        name
    }
}

impl DeclaredTable {
    /// A column of the same name is the same column: an inherited one, or one that is there already.
    fn add(&mut self, column: DeclaredColumn) {
        if !self.columns.iter().any(|other| other.name == column.name) {
            self.columns.push(column);
        }
    }
}

/// Whether a statement may have a bearing here: rows and rights have none.
fn may_declare(file: &TextFile, statement: &Statement) -> bool {
    match statement.words.first().map(String::as_str) {
        Some("create" | "alter" | "drop" | "set") => true,
        // `select … into`, seldom as it is.
        Some("select" | "with") => statement.tokens.iter().any(|token| {
            token.kind == TokenKind::Word
                && file.text[token.span.clone()].eq_ignore_ascii_case("into")
        }),
        _ => false,
    }
}

/// The first schema of a path that is one: where what has no schema is made.
fn first_schema(path: &str) -> String {
    let elements = path.split(',').map(|element| {
        element
            .trim()
            .trim_matches(|letter| letter == '\'' || letter == '"')
    });
    let mut schemas = elements.filter(|schema| !["", "$user", "pg_temp"].contains(schema));
    match schemas.next() {
        None | Some("default") => DEFAULT_SCHEMA.to_owned(),
        Some(schema) => schema.to_owned(),
    }
}

fn moved(name: &QualifiedName, to: &Move) -> QualifiedName {
    match to {
        Move::Name(to) => (name.0.clone(), to.clone()),
        Move::Schema(to) => (to.clone(), name.1.clone()),
    }
}

fn key_of(constraint: &tree::Constraint) -> Option<Vec<String>> {
    let is_key = matches!(
        constraint.kind,
        ConstraintKind::PrimaryKey { using_index: false }
    );
    is_key.then(|| constraint.columns.clone())
}

fn column_of(table: &str, column: &Column) -> DeclaredColumn {
    let is_serial = column.kind.contains("serial");
    DeclaredColumn {
        sequence: is_serial.then(|| format!("{table}_{}_seq", column.name)),
        name: column.name.clone(),
        generated: column.generated,
    }
}

#[cfg(test)]
mod second;
#[cfg(test)]
mod tests;
