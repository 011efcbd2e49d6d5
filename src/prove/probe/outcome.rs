//! What must come of a statement, and what did.

use std::collections::BTreeSet;

/// What must come of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::prove) enum Expected {
    /// Just these rows, by their keys.
    Rows(BTreeSet<String>),
    /// So many rows touched, without an error.
    Touches(u64),
    /// Policies let it pass; constraints may still refuse it.
    Passes,
    /// A policy refuses it.
    RefusedByPolicy,
    /// There is no privilege for it.
    RefusedByGrant,
    /// Whatever a macro without words comes to; invariants hold all the same.
    Anything,
}

/// What came of a statement.
#[derive(Clone, Debug, Default)]
pub(in crate::prove) struct Outcome {
    pub(in crate::prove) state: String,
    pub(in crate::prove) message: String,
    pub(in crate::prove) touched: u64,
    pub(in crate::prove) keys: Option<String>,
}

/// A probe and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::prove) struct Measured {
    pub(in crate::prove) persona: String,
    pub(in crate::prove) table: String,
    pub(in crate::prove) sql: String,
    pub(in crate::prove) came: String,
}

/// Keys in a result of a probe are divided by this.
const DIVIDER: char = '\u{1e}';

impl Outcome {
    /// The rows that came back.
    pub(in crate::prove) fn rows(&self) -> BTreeSet<String> {
        let keys = self.keys.as_deref().unwrap_or_default();
        keys.split(DIVIDER)
            .filter(|key| !key.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn is_by_policy(&self) -> bool {
        self.state == "42501" && !self.is_by_grant()
    }

    fn is_by_grant(&self) -> bool {
        self.state == "42501"
            && ["permission denied", "must be owner", "must be able"]
                .iter()
                .any(|start| self.message.starts_with(start))
    }

    /// Whether it tells nothing: the server had no time, no lock or no memory, or it is ill itself.
    pub(in crate::prove) fn is_inconclusive(&self) -> bool {
        ["08", "40", "53", "55P03", "57", "58", "XX"]
            .iter()
            .any(|class| self.state.starts_with(class))
    }

    /// In words.
    pub(in crate::prove) fn says(&self) -> String {
        match self.state.as_str() {
            "" if self.keys.is_some() && self.touched == 0 => {
                format!("{} row(s) seen", self.rows().len())
            }
            "" => format!("{} row(s) touched", self.touched),
            state => format!("{} ({state})", self.message),
        }
    }
}

impl Expected {
    /// Whether an outcome is as it must be.
    pub(in crate::prove) fn is_met(&self, outcome: &Outcome) -> bool {
        match self {
            Self::Rows(rows) => outcome.state.is_empty() && outcome.rows() == *rows,
            Self::Touches(count) => outcome.state.is_empty() && outcome.touched == *count,
            Self::Passes => {
                outcome.state.is_empty()
                    || outcome.state.starts_with("23")
                    || outcome.state == "428C9"
            }
            Self::RefusedByPolicy => outcome.is_by_policy(),
            Self::RefusedByGrant => outcome.is_by_grant(),
            Self::Anything => true,
        }
    }

    /// In words.
    pub(in crate::prove) fn says(&self) -> String {
        match self {
            Self::Rows(rows) => format!("{} row(s) seen", rows.len()),
            Self::Touches(count) => format!("{count} row(s) touched"),
            Self::Passes => "it passes".to_owned(),
            Self::RefusedByPolicy => "a policy refuses it".to_owned(),
            Self::RefusedByGrant => "permission denied".to_owned(),
            Self::Anything => "what the SQL of a macro without words comes to".to_owned(),
        }
    }
}
