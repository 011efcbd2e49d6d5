//! `create index concurrently if not exists`.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "invalid-index-retry",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::CreateIndex(create) = at.action() else {
        return Vec::new();
    };
    let Some(condition) = create.if_not_exists.clone().filter(|_| create.concurrently) else {
        return Vec::new();
    };
    // With the blank behind it.
    let end = condition.end + usize::from(at.text(&(condition.end..condition.end + 1)) == " ");
    vec![
        Problem::new(
            condition.clone(),
            "after a build that failed, `if not exists` finds the invalid index and reports success",
        )
        .why("measured: a failed concurrent build leaves an index with `indisvalid = false`; the retry exits 0 and no query ever uses the index")
        .instead("leave `if not exists` away: workroom drops an invalid index and builds it again by itself")
        .mend(condition.start..end, ""),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches, mends};

    #[test]
    fn it_is_the_combination_that_fails() {
        catches(
            &RULE,
            &["--! no-transaction\ncreate unique index concurrently if not exists i on t (a);"],
        );
        accepts(
            &RULE,
            &[
                "--! no-transaction\ncreate index concurrently i on t (a);",
                "create table t (a int); create index if not exists i on t (a);",
            ],
        );
    }

    #[test]
    fn it_is_mended() {
        mends(
            &RULE,
            "--! no-transaction\ncreate index concurrently if not exists i on t (a);\n",
            "--! no-transaction\ncreate index concurrently i on t (a);\n",
        );
    }
}
