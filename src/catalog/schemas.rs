//! Schemas.

use super::row::Row;
use crate::error::Result;

pub(super) const SQL: &str = include_str!("schemas.sql");

/// A schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Its name.
    pub name: String,
    /// The role that owns it.
    pub owner: String,
    /// Its comment.
    pub comment: Option<String>,
}

pub(super) fn read(row: &Row<'_>) -> Result<Schema> {
    Ok(Schema {
        name: row.text("name")?,
        owner: row.text("owner")?,
        comment: row.optional("comment")?,
    })
}
