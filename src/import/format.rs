//! What is special about a tool, and what its files are.

use super::row::Row;
use crate::error::Result;
use crate::files::{TextFile, Tree};

/// What is special about a tool.
pub(super) struct Format {
    pub(super) name: &'static str,
    /// Where its files usually lie.
    pub(super) folder: &'static str,
    /// Its history table, with its schema where others have one of its name.
    pub(super) table: &'static str,
    /// Further tables and sequences that it makes for itself.
    pub(super) beside: &'static [&'static str],
    pub(super) read: Reader,
    /// SQL for the history: key, state, when, who, milliseconds.
    pub(super) history: fn(&str) -> String,
    /// How its users mend a migration that is half done; of migrations in code, how the rest of them is applied.
    pub(super) mend: &'static str,
}

/// How the files of a tool are read.
pub(super) enum Reader {
    /// One by one; paths are relative to the folder.
    Files(fn(&TextFile) -> Result<Read>),
    /// The same, with files beside them that undo a migration, which are not read.
    UpAndDown(fn(&TextFile) -> Result<Read>),
    /// All together, where a file says in which order the others come.
    Whole(fn(&Tree) -> Result<Folder>),
}

/// What a file of a tool is.
pub(super) enum Read {
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
    /// Its version as the tool's history has it, without leading zeros; its place where the history has names.
    pub key: Vec<u64>,
    /// What the history calls it, where that is no version.
    pub identity: Option<String>,
    /// The words of its name in lower_snake_case.
    pub name: String,
    /// Its text for this tool.
    pub text: String,
    /// What this tool does otherwise than the other one did.
    pub remark: Option<String>,
}

impl Found {
    /// Whether a row of the history is of this migration.
    #[must_use]
    pub fn is_of(&self, row: &Row) -> bool {
        match &self.identity {
            Some(identity) => *identity == row.identity,
            None => self.key == row.key,
        }
    }
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

/// Migrations that are programs: what they made is taken from a database instead.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// Each file and what the history calls it, in their order.
    pub steps: Vec<(String, String)>,
    /// Whether the history has them all, and not only the last ones.
    pub is_whole_history: bool,
    /// The schema as a file that the tool keeps, if it keeps one: its path and its text.
    pub schema: Option<(String, String)>,
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
    /// Migrations that are programs; then there are no others.
    pub code: Option<Code>,
    /// What the names of these migrations begin with in a history that is shared with others.
    pub scope: Option<String>,
}
