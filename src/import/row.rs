//! What a history says, in values.

use super::shown;

/// What a tool's history says of one version.
#[derive(Clone, Debug)]
pub struct Row {
    /// The version, where it is one.
    pub key: Vec<u64>,
    /// What the history calls it.
    pub identity: String,
    /// `applied`; `recorded`: as applied, and never run; `upto`: this and all before; `dirty`; or `repeatable`.
    pub state: String,
    /// When, as RFC 3339 text in UTC.
    pub applied_on: Option<String>,
    /// Who.
    pub applied_by: Option<String>,
    /// How long, in milliseconds.
    pub duration_ms: f64,
    /// Which text of a repeatable migration, as in [`Repeatable::applied_as`](super::Repeatable::applied_as).
    pub repeatable: Option<String>,
}

/// A tool's history as a database has it.
#[derive(Clone, Debug)]
pub struct History {
    /// Its table, qualified and quoted.
    pub table: String,
    /// What it says.
    pub rows: Vec<Row>,
}

impl Row {
    /// The version as its tool writes it, or what it is called.
    #[must_use]
    pub fn shown(&self) -> String {
        if self.key.is_empty() {
            self.identity.clone()
        } else {
            shown(&self.key)
        }
    }

    /// Whether it says that a migration is applied, by itself.
    #[must_use]
    pub fn is_applied(&self) -> bool {
        ["applied", "recorded"].contains(&self.state.as_str())
    }
}
