//! Sizes of the real tables, read from the catalog: how many rows and pages, never a row itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::database::Session;
use crate::error::{Error, Result};
use crate::files::TextFile;

/// Sizes by name.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stats {
    /// Tables and materialized views by their qualified names, quoted where SQL needs it.
    pub tables: BTreeMap<String, TableStats>,
}

/// The size of one table.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TableStats {
    /// Rows, as the planner estimates them; nothing for a table that was never analyzed.
    pub rows: Option<f64>,
    /// Pages of 8 KiB.
    pub pages: u64,
    /// Pages of long values, which lie beside the table.
    #[serde(default)]
    pub toast_pages: u64,
    /// Pages of all its indexes.
    #[serde(default)]
    pub index_pages: u64,
}

/// One row with one JSON text, so that the same query makes a file: `psql -Atf stats.sql > stats.json`.
pub const QUERY: &str = include_str!("stats.sql");

impl Stats {
    /// Reads the sizes from a database.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub async fn of(session: &Session) -> Result<Self> {
        let results = session.run("reading the sizes of tables", QUERY).await?;
        let text = results
            .first()
            .and_then(|rows| rows.first()?.first()?.clone())
            .unwrap_or_default();
        Self::parse(&TextFile::new("the answer of the server", text))
    }

    /// Reads a file that [`QUERY`] made.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(file: &TextFile) -> Result<Self> {
        serde_json::from_str(&file.text).map_err(|error| {
            let line_start: usize = file
                .text
                .split_inclusive('\n')
                .take(error.line().saturating_sub(1))
                .map(str::len)
                .sum();
            let at = line_start + error.column().saturating_sub(1);
            Error::project(format!("{} does not hold sizes of tables", file.path))
                .at(file.place(at..at + 1))
                .because(error)
                .hint("make it with the query in docs/measured-plan.md, or read the target's with `--stats target`")
        })
    }
}
