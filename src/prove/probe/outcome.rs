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

/// How the server begins when a privilege is missing; what else is refused, a policy refuses.
pub(in crate::prove) const BY_GRANT: [&str; 3] =
    ["permission denied", "must be owner", "must be able"];

/// What an outcome must be like, in so few words that the harness compares as well: nothing is decided there.
#[derive(Clone, Debug)]
pub(in crate::prove) struct Wanted<'e> {
    /// What must come of it when there is no error.
    passes: Passes<'e>,
    /// SQLSTATEs that are as well; `23%` for all that begin so.
    pub(in crate::prove) errors: Vec<&'static str>,
    /// Whether it may be refused: for a missing privilege, or by a policy.
    is_refused_by_grant: Option<bool>,
}

#[derive(Clone, Debug)]
enum Passes<'e> {
    Never,
    Anyhow,
    Touching(u64),
    With(&'e BTreeSet<String>),
}

impl<'e> Wanted<'e> {
    pub(in crate::prove) fn of(expected: &'e Expected) -> Self {
        let (passes, errors, is_refused_by_grant) = match expected {
            Expected::Rows(rows) => (Passes::With(rows), vec![], None),
            Expected::Touches(count) => (Passes::Touching(*count), vec![], None),
            // What comes after policies: constraints, and a number that is always generated.
            Expected::Passes => (Passes::Anyhow, vec!["23%", "428C9"], None),
            Expected::RefusedByPolicy => (Passes::Never, vec![], Some(false)),
            Expected::RefusedByGrant => (Passes::Never, vec![], Some(true)),
            Expected::Anything => (Passes::Anyhow, vec!["%"], None),
        };
        Self {
            passes,
            errors,
            is_refused_by_grant,
        }
    }

    /// Whether an outcome is like that.
    pub(in crate::prove) fn fits(&self, outcome: &Outcome) -> bool {
        if outcome.state.is_empty() {
            return match &self.passes {
                Passes::Never => false,
                Passes::Anyhow => true,
                Passes::Touching(count) => outcome.touched == *count,
                Passes::With(rows) => outcome.rows() == **rows,
            };
        }
        let is_like = |pattern: &&str| match pattern.strip_suffix('%') {
            Some(start) => outcome.state.starts_with(start),
            None => outcome.state == **pattern,
        };
        self.errors.iter().any(is_like)
            || outcome.state == "42501" && self.is_refused_by_grant == Some(outcome.is_by_grant())
    }

    /// The same for the harness, in three parts.
    pub(in crate::prove) fn encoded(&self) -> String {
        let refused = match self.is_refused_by_grant {
            None => "",
            Some(true) => "grant",
            Some(false) => "policy",
        };
        let passes = match &self.passes {
            Passes::Never => "never".to_owned(),
            Passes::Anyhow => "anyhow".to_owned(),
            Passes::Touching(count) => format!("touching{count}"),
            Passes::With(rows) => {
                let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
                format!("with{}", rows.join("\u{1e}"))
            }
        };
        format!("{}\u{1f}{refused}\u{1f}{passes}", self.errors.join(","))
    }
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

    fn is_by_grant(&self) -> bool {
        let mut starts = BY_GRANT.iter();
        starts.any(|start| self.message.starts_with(start))
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
    /// Whether an outcome is as it must be, whoever asked and how.
    pub(in crate::prove) fn is_met(&self, outcome: &Outcome) -> bool {
        Wanted::of(self).fits(outcome)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(state: &str, message: &str) -> Outcome {
        Outcome {
            state: state.to_owned(),
            message: message.to_owned(),
            touched: 1,
            keys: Some("b\u{1e}a".to_owned()),
        }
    }

    #[test]
    fn an_outcome_is_held_against_what_is_expected() {
        let rows = Expected::Rows(["a", "b"].map(str::to_owned).into());
        let refused = outcome("42501", "permission denied for table a");
        let violated = outcome("42501", "new row violates row-level security policy");
        for (expected, is_met) in [
            (rows, [true, false, false, false]),
            (Expected::Touches(2), [false; 4]),
            (Expected::Passes, [true, true, false, false]),
            (Expected::RefusedByGrant, [false, false, true, false]),
            (Expected::RefusedByPolicy, [false, false, false, true]),
            (Expected::Anything, [true; 4]),
        ] {
            let all = [
                outcome("", ""),
                outcome("23505", ""),
                refused.clone(),
                violated.clone(),
            ];
            assert_eq!(all.map(|one| expected.is_met(&one)), is_met, "{expected:?}");
        }
    }
}
