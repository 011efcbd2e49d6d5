//! What a statement says by itself, where the server alone cannot tell.

use super::{Measured, Work};
use crate::files::TextFile;
use crate::sql::{self, Statement, is_bounded};

/// Statements that are planned: on tables of a few rows the planner reads them whole where it would use an index on
/// real ones. Schema changes read what they must, whatever the planner thinks.
const PLANNED: &[&str] = &[
    "select", "insert", "update", "delete", "merge", "with", "do", "call", "values",
];

pub(super) fn is_planned(statement: &Statement) -> bool {
    let first = statement.words.first();
    first.is_some_and(|word| PLANNED.contains(&word.as_str()))
}

/// Whether a statement says which rows, or brings them: then few of them are touched, however few there are.
pub(super) fn names_rows(text: &str) -> bool {
    let file = TextFile::new("", text);
    let mut words = Vec::new();
    for token in sql::tokens(&file).unwrap_or_default() {
        let text = &file.text[token.span];
        // The body of a block.
        match body(text) {
            Some(body) => words.extend(
                sql::tokens(&TextFile::new("", body))
                    .unwrap_or_default()
                    .into_iter()
                    .map(|token| body[token.span].to_ascii_lowercase()),
            ),
            None => words.push(text.to_ascii_lowercase()),
        }
    }
    let has = |word: &str| words.iter().any(|other| other == word);
    has("insert") && !has("select") || is_bounded(&words, &|_| false)
}

/// What stands between dollar quotes.
fn body(text: &str) -> Option<&str> {
    let tag = text.strip_prefix('$')?.find('$')? + 2;
    text.get(tag..text.len().checked_sub(tag)?)
}

/// Says of the statement that did it what programs can do no longer: of the one that names most of it.
pub(super) fn blame(measured: &mut [Measured], work: Work<'_>, lost: &[String]) {
    for lost in lost {
        let words = lost.split(|part: char| !part.is_alphanumeric() && part != '_');
        let names: Vec<&str> = words.filter(|word| word.len() > 1).collect();
        let told = |statement: &Measured| {
            let text = work.file.text[statement.span.clone()].to_ascii_lowercase();
            names
                .iter()
                .filter(|name| text.contains(&name.to_lowercase()))
                .count()
        };
        let most = (0..measured.len()).max_by_key(|at| told(&measured[*at]));
        if let Some(statement) = most.and_then(|most| measured.get_mut(most)) {
            statement.breaks.push(lost.clone());
        }
    }
}
