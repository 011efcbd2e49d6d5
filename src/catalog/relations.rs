//! Tables, partitions, views, materialized views, foreign tables and sequences.

use super::Name;
use super::row::Row;
use crate::error::Result;

pub(super) const SQL: &str = include_str!("relations.sql");

/// A relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its name.
    pub name: Name,
    /// What sort of relation.
    pub kind: RelationKind,
    /// Whether it survives a crash, or the session.
    pub persistence: Persistence,
    /// The role that owns it.
    pub owner: String,
    /// The table that it is a partition of.
    pub partition_of: Option<Name>,
    /// `enable row level security`.
    pub row_security: bool,
    /// `force row level security`.
    pub force_row_security: bool,
    /// Storage parameters and view options as they were written: `("security_invoker", "true")`.
    pub options: Vec<(String, String)>,
    /// A view's query, a partitioned table's key, a sequence's numbers.
    pub definition: Option<String>,
    /// A partition's bound.
    pub partition_bound: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// What sort of relation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelationKind {
    /// A table with rows of its own.
    Table,
    /// A table whose rows are in its partitions.
    PartitionedTable,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A table of another server.
    ForeignTable,
    /// A sequence.
    Sequence,
}

/// How long a relation's rows last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// Until they are deleted.
    Permanent,
    /// Until a crash.
    Unlogged,
    /// Until the session ends.
    Temporary,
}

impl Relation {
    /// Whether it is a table, partitioned or not, or a partition.
    #[must_use]
    pub fn is_table(&self) -> bool {
        matches!(
            self.kind,
            RelationKind::Table | RelationKind::PartitionedTable
        )
    }

    /// Whether an option is switched on, in any of the spellings that the server takes for true.
    #[must_use]
    pub fn has_option(&self, name: &str) -> bool {
        self.options.iter().any(|(option, value)| {
            let value = value.to_ascii_lowercase();
            let is_true = match value.as_str() {
                // "o" alone could be "off" as well, so the server refuses it.
                "on" | "1" => true,
                short => {
                    !short.is_empty() && ("true".starts_with(short) || "yes".starts_with(short))
                }
            };
            option == name && is_true
        })
    }
}

pub(super) fn read(row: &Row<'_>) -> Result<Relation> {
    Ok(Relation {
        name: row.name("schema", "name")?,
        kind: row.code("kind", |code| {
            Some(match code {
                "r" => RelationKind::Table,
                "p" => RelationKind::PartitionedTable,
                "v" => RelationKind::View,
                "m" => RelationKind::MaterializedView,
                "f" => RelationKind::ForeignTable,
                "S" => RelationKind::Sequence,
                _ => return None,
            })
        })?,
        persistence: row.code("persistence", |code| {
            Some(match code {
                "p" => Persistence::Permanent,
                "u" => Persistence::Unlogged,
                "t" => Persistence::Temporary,
                _ => return None,
            })
        })?,
        owner: row.text("owner")?,
        partition_of: row.optional_name("parent_schema", "parent_name")?,
        row_security: row.flag("row_security")?,
        force_row_security: row.flag("force_row_security")?,
        options: row.settings("options")?,
        definition: row.optional("definition")?,
        partition_bound: row.optional("partition_bound")?,
        comment: row.optional("comment")?,
    })
}
