//! A value that a policy file gives for a column that the prover cannot make up values for.

use serde::Deserialize;

/// A value as the server would read it.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a text as the server reads it, a number, true or false"
)]
pub(super) enum SampleValue {
    Text(String),
    Flag(bool),
    Whole(i64),
    Number(f64),
}

impl SampleValue {
    /// As text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Flag(flag) => flag.to_string(),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }
}
