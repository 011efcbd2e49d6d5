//! Extensions: what is installed in the database, and what the server could install.

use super::row::Row;
use crate::error::Result;

pub(super) const SQL: &str = include_str!("extensions.sql");

/// An extension that is installed, or available, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// The version in this database; `None` when it is not installed.
    pub installed: Option<String>,
    /// The version that `create extension` would install; `None` when its files are not on the server.
    pub available: Option<String>,
    /// The schema it is installed in.
    pub schema: Option<String>,
}

pub(super) fn read(row: &Row<'_>) -> Result<Extension> {
    Ok(Extension {
        name: row.text("name")?,
        installed: row.optional("installed")?,
        available: row.optional("available")?,
        schema: row.optional("schema")?,
    })
}
