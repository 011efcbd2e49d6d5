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
    let parent = at.schema.table(&create.table);
    // Of the partitions none is touched; and nobody writes a materialized view.
    let builds_nothing = create.only && parent.is_some_and(|table| table.is_partitioned);
    let is_view = at
        .schema
        .view(&create.table)
        .is_some_and(|view| view.materialized);
    if builds_nothing || is_view {
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
    .instead(instead(parent.is_some_and(|table| table.is_partitioned)));
    if parent.is_some_and(|table| table.is_partitioned) {
        return vec![problem];
    }
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

fn instead(is_partitioned: bool) -> &'static str {
    match is_partitioned {
        // `concurrently` is refused there.
        true => {
            "create it `on only` the partitioned table, then concurrently on each partition, and `alter index … attach partition`"
        }
        false => {
            "write `create index concurrently` in a migration that begins with `--! no-transaction`"
        }
    }
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
                "create table s.n (a int); alter table s.n rename to m; create index i on s.m (a);",
                "create table s.n (a int); alter table s.n set schema x; create index i on x.n (a);",
                "select 1 as a into s.t; create index i on s.t (a);",
                "create table p (k int) partition by range (k);\n-- V002__index.sql\ncreate index i on only p (k);",
                "create materialized view m as select 1 as a;\n-- V002__index.sql\ncreate index i on m (a);",
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
