//! Indexes, those of constraints included.

use super::Name;
use super::row::Row;
use crate::error::Result;

pub(super) const SQL: &str = include_str!("indexes.sql");

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: Name,
    /// The table or materialized view.
    pub relation: Name,
    /// The access method: `btree`, `gin`, `hnsw`.
    pub method: String,
    /// Whether it refuses duplicates.
    pub unique: bool,
    /// Whether it is the primary key's.
    pub primary: bool,
    /// Whether queries may use it; false after a failed `create index concurrently`.
    pub valid: bool,
    /// Whether writes keep it up to date.
    pub ready: bool,
    /// Whether it is a partition's share of an index on the parent.
    pub is_partition: bool,
    /// What is indexed, leading first: a column's name, or `None` for an expression.
    pub keys: Vec<Option<String>>,
    /// Columns that are only carried along (`include`).
    pub included: Vec<String>,
    /// The condition of a partial index.
    pub predicate: Option<String>,
    /// The whole as SQL: `CREATE INDEX …`.
    pub definition: String,
    /// The constraint that it implements.
    pub constraint: Option<String>,
    /// Whether logical replication tells rows apart by it (`replica identity using index`).
    pub replica_identity: bool,
    /// Whether `cluster` without an index takes this one.
    pub clustered: bool,
    /// For each of its columns the statistics target, where one is set.
    pub statistics: Vec<Option<String>>,
    /// Its comment.
    pub comment: Option<String>,
}

impl Index {
    /// Whether it has marks that its definition does not say, and that an index made anew would not have.
    #[must_use]
    pub fn has_marks(&self) -> bool {
        self.replica_identity || self.clustered || self.statistics.iter().any(Option::is_some)
    }
}

pub(super) fn read(row: &Row<'_>) -> Result<Index> {
    Ok(Index {
        name: row.name("schema", "name")?,
        relation: row.name("table_schema", "table_name")?,
        method: row.text("method")?,
        unique: row.flag("is_unique")?,
        primary: row.flag("is_primary")?,
        valid: row.flag("is_valid")?,
        ready: row.flag("is_ready")?,
        is_partition: row.flag("is_partition")?,
        keys: row.list("keys")?,
        included: row.names("included")?,
        predicate: row.optional("predicate")?,
        definition: row.text("definition")?,
        constraint: row.optional("constraint_name")?,
        replica_identity: row.flag("is_replica_identity")?,
        clustered: row.flag("is_clustered")?,
        statistics: row.list("statistics")?,
        comment: row.optional("comment")?,
    })
}
