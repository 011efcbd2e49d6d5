//! Other tools' folders and history tables, read as files and applied versions of this one.
//!
//! One tool is one file with a [`Format`]; nothing here writes.

mod convert;
mod dbmate;
mod diesel;
mod flyway;
mod golang_migrate;
mod goose;
mod prisma;
mod refinery;
mod sqlx;
mod supabase;

use std::fmt;
use std::path::Path;

use crate::database::{Rows, Session};
use crate::error::{Error, Place, Result};
use crate::files::{TextFile, Tree};
use crate::sql::literal;

/// A tool whose migrations can be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// refinery
    Refinery,
    /// sqlx-cli
    Sqlx,
    /// diesel
    Diesel,
    /// goose
    Goose,
    /// golang-migrate
    GolangMigrate,
    /// Flyway
    Flyway,
    /// dbmate
    Dbmate,
    /// Supabase
    Supabase,
    /// Prisma
    Prisma,
}

/// What is special about a tool.
struct Format {
    name: &'static str,
    /// Where its files usually lie.
    folder: &'static str,
    /// Its history table, with its schema where others have one of its name.
    table: &'static str,
    /// Reads one file; the path is relative to the folder.
    read: fn(&TextFile) -> Result<Read>,
    /// SQL for the history: key, state, when, who, milliseconds.
    history: fn(&str) -> String,
    /// How its users mend a migration that is half done.
    mend: &'static str,
}

/// What a file of a tool is.
enum Read {
    /// A migration.
    Migration(Found),
    /// A Flyway repeatable migration: its text.
    Repeatable(String),
    /// Something that does not come along, and why.
    Left(&'static str),
}

/// A migration in a tool's folder.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its file, relative to the folder.
    pub source: String,
    /// Its version as the tool's history has it, without leading zeros.
    pub key: Vec<u64>,
    /// The words of its name in lower_snake_case.
    pub name: String,
    /// Its text for this tool.
    pub text: String,
}

/// A repeatable migration in a tool's folder.
#[derive(Clone, Debug)]
pub struct Repeatable {
    /// Its file, relative to the folder.
    pub source: String,
    /// Its text.
    pub text: String,
    /// What the history says of it when it is applied as it is.
    pub applied_as: String,
}

/// A tool's folder.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// Migrations, ascending.
    pub migrations: Vec<Found>,
    /// Repeatable migrations.
    pub repeatables: Vec<Repeatable>,
    /// (file, why it does not come along).
    pub left: Vec<(String, &'static str)>,
}

/// What a tool's history says of one version.
#[derive(Clone, Debug)]
pub struct Row {
    /// The version.
    pub key: Vec<u64>,
    /// `applied`; `upto`: this and all before; `dirty`; or `repeatable`.
    pub state: String,
    /// When, as RFC 3339 text in UTC.
    pub applied_on: Option<String>,
    /// Who.
    pub applied_by: Option<String>,
    /// How long, in milliseconds.
    pub duration_ms: f64,
    /// Which text of a repeatable migration, as in [`Repeatable::applied_as`].
    pub repeatable: Option<String>,
}

impl Tool {
    /// Every tool, in the order of the help text.
    pub const ALL: [Self; 9] = [
        Self::Refinery,
        Self::Sqlx,
        Self::Diesel,
        Self::Goose,
        Self::GolangMigrate,
        Self::Flyway,
        Self::Dbmate,
        Self::Supabase,
        Self::Prisma,
    ];

    fn format(self) -> &'static Format {
        match self {
            Self::Refinery => &refinery::FORMAT,
            Self::Sqlx => &sqlx::FORMAT,
            Self::Diesel => &diesel::FORMAT,
            Self::Goose => &goose::FORMAT,
            Self::GolangMigrate => &golang_migrate::FORMAT,
            Self::Flyway => &flyway::FORMAT,
            Self::Dbmate => &dbmate::FORMAT,
            Self::Supabase => &supabase::FORMAT,
            Self::Prisma => &prisma::FORMAT,
        }
    }

    /// Where its files usually lie.
    #[must_use]
    pub fn default_folder(self) -> &'static str {
        self.format().folder
    }

    /// The tool of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.to_string() == name)
    }

    /// Reads a folder.
    ///
    /// # Errors
    /// With every file that cannot be taken over.
    pub fn read(self, folder: &Path) -> Result<Folder> {
        let tree = Tree::Folder(folder.to_path_buf());
        let mut paths = Vec::new();
        collect(&tree, "", &mut paths)?;
        let mut found = Folder::default();
        let mut mistakes = Vec::new();
        for path in paths {
            let file = match tree.read(&path) {
                Ok(file) => file,
                Err(error) => {
                    mistakes.push(error);
                    continue;
                }
            };
            match (self.format().read)(&file) {
                Ok(Read::Migration(migration)) => found.migrations.push(migration),
                Ok(Read::Repeatable(text)) => found.repeatables.push(Repeatable {
                    applied_as: flyway::applied_as(&path, &text),
                    source: path,
                    text,
                }),
                Ok(Read::Left(why)) => found.left.push((path, why)),
                Err(error) => mistakes.push(error),
            }
        }
        found
            .migrations
            .sort_by(|one, other| one.key.cmp(&other.key));
        for pair in found.migrations.windows(2) {
            if pair[0].key == pair[1].key {
                mistakes.push(
                    Error::project(format!(
                        "{} has a version that is used twice",
                        pair[1].source
                    ))
                    .at(Place::file(&pair[1].source))
                    .because(format!("{} has it too", pair[0].source))
                    .hint("rename one of them in both places, the folder and the tool's history"),
                );
            }
        }
        Error::all(mistakes)?;
        if found.migrations.is_empty() {
            return Err(Error::refused(format!(
                "{} has no migrations of {self}",
                folder.display()
            ))
            .hint(format!(
                "name the folder: `workroom db import --from {self} FOLDER`"
            )));
        }
        Ok(found)
    }

    /// Reads the tool's history; `None` when there is no such table. `table` overrides where it is.
    ///
    /// # Errors
    /// When several schemas have one, when a migration is half done, or when the server does not answer.
    pub async fn history(self, session: &Session, table: Option<&str>) -> Result<Option<Vec<Row>>> {
        let format = self.format();
        let what = format!("reading the history of {self}");
        let table = match table {
            Some(table) => table.to_owned(),
            None => {
                let (schema, name) = match format.table.split_once('.') {
                    Some((schema, name)) => (literal(schema), name),
                    None => ("n.nspname".to_owned(), format.table),
                };
                let sql = format!(
                    "select pg_catalog.format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_class as c \
                     join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
                     where c.relname = {} and n.nspname = {schema} and c.relkind in ('r', 'p') order by 1;",
                    literal(name)
                );
                let tables: Vec<String> = first_column(&session.run(&what, &sql).await?[0]);
                match tables.as_slice() {
                    [] => return Ok(None),
                    [table] => table.clone(),
                    several => {
                        return Err(Error::refused(format!(
                            "several schemas have a table {}",
                            format.table
                        ))
                        .because(several.join(", "))
                        .hint("name the right one with `--table SCHEMA.TABLE`"));
                    }
                }
            }
        };
        let results = session.run(&what, &(format.history)(&table)).await?;
        let rows: Vec<Row> = results[0].iter().filter_map(|row| read_row(row)).collect();
        if let Some(dirty) = rows.iter().find(|row| row.state == "dirty") {
            return Err(Error::refused(format!(
                "{self} has left version {} half done",
                shown(&dirty.key)
            ))
            .because(format!(
                "{table} says so; what of it is in the database is not known"
            ))
            .hint(format!("finish or undo it by hand, then {}", format.mend)));
        }
        Ok(Some(rows))
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.format().name)
    }
}

/// A version as its tool writes it.
#[must_use]
pub fn shown(key: &[u64]) -> String {
    let parts: Vec<String> = key.iter().map(ToString::to_string).collect();
    parts.join(".")
}

/// Versions as whole numbers in the same order: as they are, or `1.2` as 102 where some have several parts; where one of
/// these does not fit into 64 bits, 1, 2, 3 and so on. The versions are in order.
#[must_use]
pub fn numbers(keys: &[Vec<u64>]) -> Vec<i64> {
    let parts = keys.iter().map(Vec::len).max().unwrap_or(1);
    let widest = keys
        .iter()
        .flat_map(|key| key.iter().skip(1))
        .max()
        .copied();
    let digits = widest.map_or(0, |widest| widest.to_string().len().max(2));
    let unit = 10_i64.checked_pow(u32::try_from(digits).unwrap_or(u32::MAX));
    let joined = keys.iter().map(|key| {
        (0..parts).try_fold(0_i64, |number, at| {
            let part = i64::try_from(key.get(at).copied().unwrap_or(0)).ok()?;
            number
                .checked_mul(if at == 0 { 1 } else { unit? })?
                .checked_add(part)
        })
    });
    let joined: Option<Vec<i64>> = joined.collect();
    joined.unwrap_or_else(|| (1..).take(keys.len()).collect())
}

fn first_column(rows: &Rows) -> Vec<String> {
    rows.iter().filter_map(|row| row.first()?.clone()).collect()
}

fn read_row(row: &[Option<String>]) -> Option<Row> {
    let [key, state, on, by, duration, repeatable @ ..] = row else {
        return None;
    };
    Some(Row {
        key: convert::key(key.as_deref()?).unwrap_or_default(),
        state: state.clone()?,
        applied_on: on.clone(),
        applied_by: by.clone(),
        duration_ms: duration
            .as_deref()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0.0),
        repeatable: repeatable.first().cloned().flatten(),
    })
}

/// Every file below a folder, in the order of paths.
fn collect(tree: &Tree, folder: &str, paths: &mut Vec<String>) -> Result<()> {
    let Some(entries) = tree.list(folder)? else {
        return Err(Error::refused("the folder does not exist")
            .hint("name the folder that holds the migrations"));
    };
    for entry in entries {
        let path = if folder.is_empty() {
            entry.name.clone()
        } else {
            format!("{folder}/{}", entry.name)
        };
        if entry.is_folder {
            collect(tree, &path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_keep_their_order_as_whole_numbers() {
        assert_eq!(
            numbers(&[vec![1], vec![20_240_504_090_241]]),
            [1, 20_240_504_090_241]
        );
        assert_eq!(
            numbers(&[vec![1], vec![1, 2], vec![1, 10], vec![2]]),
            [100, 102, 110, 200]
        );
        assert_eq!(
            numbers(&[vec![1, 0, 123], vec![1, 1]]),
            [1_000_123, 1_001_000]
        );
        assert_eq!(
            numbers(&[vec![1, 5, 2], vec![4, 101, 1_631_562_784], vec![u64::MAX]]),
            [1, 2, 3]
        );
    }
}
