//! `create index` without `concurrently`.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "create-index-blocks-writes",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::CreateIndex(create) = at.action() else {
        return Vec::new();
    };
    if create.concurrently || !at.is_old(&create.table) {
        return Vec::new();
    }
    let index = create
        .index
        .as_ref()
        .map_or_else(|| "an index".to_owned(), |index| format!("index `{index}`"));
    let problem = Problem::new(
        at.statement().span.clone(),
        format!(
            "creating {index} keeps out writers of `{}` until it is built",
            create.table
        ),
    )
    .why("measured: Share on the table for the whole build")
    .instead(
        "write `create index concurrently` in a migration that begins with `--! no-transaction`",
    );
    // Only in a file of nothing else can each statement stand by itself.
    let alone = at
        .statements
        .iter()
        .all(|statement| matches!(statement.action, Action::CreateIndex(_)));
    if !alone {
        return vec![problem];
    }
    let problem = problem.mend(create.after_index..create.after_index, " concurrently");
    let problem = if at.in_transaction() {
        problem.mend(0..0, "--! no-transaction\n")
    } else {
        problem
    };
    vec![problem]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches, mends};

    #[test]
    fn an_index_on_a_table_of_the_same_file_keeps_nobody_out() {
        catches(
            &RULE,
            &[
                "create index i on t (a);",
                "create unique index on s.t (a);",
            ],
        );
        accepts(
            &RULE,
            &[
                "create table s.t (a int); create index i on s.t (a);",
                "--! no-transaction\ncreate index concurrently i on t (a);",
            ],
        );
    }

    #[test]
    fn a_file_of_nothing_but_indexes_is_mended() {
        mends(
            &RULE,
            "create index i on t (a);\ncreate unique index j on t (b);\n",
            "--! no-transaction\ncreate index concurrently i on t (a);\ncreate unique index concurrently j on t (b);\n",
        );
    }
}
