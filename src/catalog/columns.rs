//! Columns of tables and views.

use super::Name;
use super::row::Row;
use crate::error::Result;

pub(super) const SQL: &str = include_str!("columns.sql");

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The relation it belongs to.
    pub relation: Name,
    /// Its name.
    pub name: String,
    /// Its place in the table; numbers of dropped columns are missing.
    pub number: i16,
    /// The type with its modifiers, as SQL: `numeric(12,2)`, `agency.status[]`.
    pub data_type: String,
    /// The type's name in the catalog: `pg_catalog.numeric`, `agency._status`.
    pub type_name: Name,
    /// The type's modifier as stored, -1 for none: the seed loader encodes by it.
    pub modifier: i32,
    /// Whether null is refused.
    pub not_null: bool,
    /// The default's expression, or the one that generates the column.
    pub expression: Option<String>,
    /// Whether the expression generates the column.
    pub generated: Option<Generated>,
    /// Whether the column numbers itself.
    pub identity: Option<Identity>,
    /// A collation other than the type's own.
    pub collation: Option<Name>,
    /// Whether its collation takes different texts for the same.
    pub nondeterministic: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// How a generated column is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generated {
    /// Computed when the row is written.
    Stored,
    /// Computed when the row is read (version 18).
    Virtual,
}

/// How strict an identity column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A value of one's own is refused.
    Always,
    /// A value of one's own is taken.
    ByDefault,
}

pub(super) fn read(row: &Row<'_>) -> Result<Column> {
    Ok(Column {
        relation: row.name("schema", "relation")?,
        name: row.text("name")?,
        number: row.number("number")?,
        data_type: row.text("data_type")?,
        type_name: row.name("type_schema", "type_name")?,
        modifier: row.number("modifier")?,
        not_null: row.flag("not_null")?,
        expression: row.optional("expression")?,
        generated: row.code("generated", |code| {
            Some(match code {
                "" => None,
                "s" => Some(Generated::Stored),
                "v" => Some(Generated::Virtual),
                _ => return None,
            })
        })?,
        identity: row.code("identity", |code| {
            Some(match code {
                "" => None,
                "a" => Some(Identity::Always),
                "d" => Some(Identity::ByDefault),
                _ => return None,
            })
        })?,
        collation: row.optional_name("collation_schema", "collation_name")?,
        nondeterministic: row.flag("is_nondeterministic")?,
        comment: row.optional("comment")?,
    })
}
