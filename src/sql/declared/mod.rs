//! What a system's migrations and views declare, read from their text: tables with columns, views, functions.
//!
//! The only home of `sqlparser`. It is asked for what has columns, `create table` and `alter table`; names of
//! views and functions are read from tokens, since their bodies may be anything. `do` blocks are not looked
//! into: what they create has to be named where it is used.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{
    self, AlterTableOperation, ColumnDef, ColumnOption, Ident, ObjectName, RenameTableNameKind,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::lexer::TokenKind;
use super::name::{DEFAULT_SCHEMA, Name, name_after, names_after};
use super::statement::Statement;
use crate::error::{Error, Result};
use crate::files::TextFile;

/// What a list of statements, run in order, leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Tables, partitioned and foreign ones included.
    pub tables: BTreeMap<Name, DeclaredTable>,
    /// Views and materialized views.
    pub views: BTreeSet<Name>,
    /// Functions, procedures and aggregates by name, with how many share it.
    pub functions: BTreeMap<Name, usize>,
}

/// A table's columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeclaredTable {
    /// In order.
    pub columns: Vec<DeclaredColumn>,
    /// The columns of the primary key; none when `create table` does not show one.
    pub key: Vec<String>,
    /// Whether `columns` is known to be all of them: not for `create table … as` and the like.
    pub complete: bool,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredColumn {
    /// Its name.
    pub name: String,
    /// Whether nobody can write it: `generated always as (…) stored`.
    pub generated: bool,
    /// The sequence that a `serial` column draws from.
    pub sequence: Option<String>,
}

impl Declared {
    /// Reads one file's statements after those read before.
    ///
    /// # Errors
    /// When a statement that changes a table cannot be understood.
    pub fn read(&mut self, file: &TextFile, statements: &[Statement]) -> Result<()> {
        for statement in statements {
            self.read_statement(file, statement)?;
        }
        Ok(())
    }

    fn read_statement(&mut self, file: &TextFile, statement: &Statement) -> Result<()> {
        let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
        let is_table = |words: &[&str]| words.contains(&"table");
        match words.as_slice() {
            ["create", "temp" | "temporary", ..] => {}
            ["create", rest @ ..] if is_table(&rest[..rest.len().min(3)]) => {
                self.create_table(parse(file, statement)?);
            }
            ["create", rest @ ..] => {
                let kind = rest.iter().position(|word| {
                    !["or", "replace", "materialized", "recursive"].contains(word)
                });
                let Some(kind) = kind else { return Ok(()) };
                let Some(name) = name_after(file, statement, rest[kind]) else {
                    return Ok(());
                };
                match rest[kind] {
                    "view" => {
                        self.views.insert(name);
                    }
                    "function" | "procedure" | "aggregate" => {
                        let replaces = rest[..kind].contains(&"replace");
                        let count = self.functions.entry(name).or_default();
                        *count = if replaces {
                            (*count).max(1)
                        } else {
                            *count + 1
                        };
                    }
                    _ => {}
                }
            }
            ["alter", "table", ..] if changes_columns(file, statement) => {
                self.alter_table(parse(file, statement)?);
            }
            ["drop", "table", ..] => self.drop(file, statement, "table"),
            ["drop", "view", ..] => self.drop(file, statement, "view"),
            ["drop", "materialized", "view", ..] => self.drop(file, statement, "view"),
            ["drop", kind @ ("function" | "procedure" | "aggregate"), ..] => {
                self.drop(file, statement, kind);
            }
            _ => {}
        }
        Ok(())
    }

    fn create_table(&mut self, statement: ast::Statement) {
        let ast::Statement::CreateTable(table) = statement else {
            return;
        };
        let name = name_of(&table.name);
        let columns = table
            .columns
            .iter()
            .map(|column| column_of(&name.1, column))
            .collect();
        let declared = DeclaredTable {
            columns,
            key: key_of(&table),
            complete: table.query.is_none() && table.like.is_none() && table.partition_of.is_none(),
        };
        if table.if_not_exists {
            self.tables.entry(name).or_insert(declared);
        } else {
            self.tables.insert(name, declared);
        }
    }

    fn alter_table(&mut self, statement: ast::Statement) {
        let ast::Statement::AlterTable(alter) = statement else {
            return;
        };
        let mut name = name_of(&alter.name);
        for operation in alter.operations {
            let Some(table) = self.tables.get_mut(&name) else {
                return;
            };
            let columns = &mut table.columns;
            match operation {
                AlterTableOperation::AddColumn { column_def, .. } => {
                    let column = column_of(&name.1, &column_def);
                    if !columns.iter().any(|other| other.name == column.name) {
                        columns.push(column);
                    }
                }
                AlterTableOperation::DropColumn { column_names, .. } => {
                    let dropped: Vec<_> = column_names.iter().map(text_of).collect();
                    columns.retain(|column| !dropped.contains(&column.name));
                }
                AlterTableOperation::RenameColumn {
                    old_column_name,
                    new_column_name,
                } => {
                    let old = text_of(&old_column_name);
                    for column in columns.iter_mut().filter(|column| column.name == old) {
                        column.name = text_of(&new_column_name);
                    }
                }
                AlterTableOperation::RenameTable {
                    table_name: RenameTableNameKind::To(new) | RenameTableNameKind::As(new),
                } => {
                    let renamed = (name.0.clone(), name_of(&new).1);
                    if let Some(table) = self.tables.remove(&name) {
                        self.tables.insert(renamed.clone(), table);
                    }
                    name = renamed;
                }
                _ => {}
            }
        }
    }

    fn drop(&mut self, file: &TextFile, statement: &Statement, kind: &str) {
        for name in names_after(file, statement, kind) {
            match kind {
                "table" => {
                    self.tables.remove(&name);
                }
                "view" => {
                    self.views.remove(&name);
                }
                _ => {
                    if let Some(count) = self.functions.get_mut(&name) {
                        *count -= 1;
                        if *count == 0 {
                            self.functions.remove(&name);
                        }
                    }
                }
            }
        }
    }
}

fn parse(file: &TextFile, statement: &Statement) -> Result<ast::Statement> {
    let wrong = |cause: String| {
        Error::project("this statement cannot be read")
            .at(file.place(statement.span.start..first_line_end(file, statement)))
            .because(cause)
            .because("policies are checked against the tables that migrations declare, so they must be understood")
            .hint("write it in a plainer form: one `create table` or `alter table` with a list of columns")
    };
    Parser::parse_sql(&PostgreSqlDialect {}, statement.text(file))
        .map_err(|error| wrong(error.to_string()))?
        .into_iter()
        .next()
        .ok_or_else(|| wrong("it is empty".to_owned()))
}

fn first_line_end(file: &TextFile, statement: &Statement) -> usize {
    let text = statement.text(file);
    statement.span.start + text.find('\n').unwrap_or(text.len())
}

/// Whether an `alter table` adds, drops or renames. Others are not read: their syntax has no bearing here.
fn changes_columns(file: &TextFile, statement: &Statement) -> bool {
    let words = unquoted_words(file, statement);
    words.iter().enumerate().any(|(at, word)| {
        let next = words.get(at + 1).map(String::as_str).unwrap_or_default();
        match word.as_str() {
            "rename" => next != "constraint",
            "add" | "drop" => ![
                "constraint",
                "primary",
                "unique",
                "foreign",
                "check",
                "exclude",
                "not",
                "default",
                "identity",
                "expression",
            ]
            .contains(&next),
            _ => false,
        }
    })
}

fn unquoted_words(file: &TextFile, statement: &Statement) -> Vec<String> {
    statement
        .tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| file.text[token.span.clone()].to_ascii_lowercase())
        .collect()
}

fn name_of(name: &ObjectName) -> Name {
    let mut parts: Vec<String> = name
        .0
        .iter()
        .filter_map(|part| part.as_ident().map(text_of))
        .collect();
    let last = parts.pop().unwrap_or_default();
    let schema = parts.pop().unwrap_or_else(|| DEFAULT_SCHEMA.to_owned());
    (schema, last)
}

fn text_of(identifier: &Ident) -> String {
    match identifier.quote_style {
        Some(_) => identifier.value.clone(),
        None => identifier.value.to_ascii_lowercase(),
    }
}

fn key_of(table: &ast::CreateTable) -> Vec<String> {
    let of_table = table
        .constraints
        .iter()
        .find_map(|constraint| match constraint {
            ast::TableConstraint::PrimaryKey(key) => Some(&key.columns),
            _ => None,
        });
    match of_table {
        Some(columns) => columns
            .iter()
            .filter_map(|column| match &column.column.expr {
                ast::Expr::Identifier(name) => Some(text_of(name)),
                _ => None,
            })
            .collect(),
        None => table
            .columns
            .iter()
            .filter(|column| {
                let options = column.options.iter();
                options
                    .into_iter()
                    .any(|option| matches!(option.option, ColumnOption::PrimaryKey(_)))
            })
            .map(|column| text_of(&column.name))
            .collect(),
    }
}

fn column_of(table: &str, column: &ColumnDef) -> DeclaredColumn {
    let name = text_of(&column.name);
    let generated = column.options.iter().any(|option| {
        matches!(
            option.option,
            ColumnOption::Generated {
                generation_expr: Some(_),
                ..
            }
        )
    });
    let is_serial = column
        .data_type
        .to_string()
        .to_ascii_lowercase()
        .contains("serial");
    DeclaredColumn {
        sequence: is_serial.then(|| format!("{table}_{name}_seq")),
        name,
        generated,
    }
}

#[cfg(test)]
mod tests;
