//! `reindex` without `concurrently`.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "reindex-blocks-writes",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    match at.action() {
        Action::Reindex {
            concurrently: false,
            ..
        } => vec![
            Problem::new(
                at.statement().span.clone(),
                "rebuilding an index keeps out writers of its table, and every reader that would use the index",
            )
            .why("measured: Share on the table and AccessExclusive on the index for the whole build")
            .instead("write `reindex … concurrently` in a migration that begins with `--! no-transaction`"),
        ],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn concurrently_is_the_way_out() {
        catches(&RULE, &["reindex table t;", "reindex index i;"]);
        accepts(
            &RULE,
            &[
                "--! no-transaction\nreindex index concurrently i;",
                "--! no-transaction\nreindex table concurrently t;",
            ],
        );
    }
}
