//! A strong lock and a change of many rows in one transaction.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "ddl-with-backfill",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let (table, words) = match at.action() {
        Action::Update { table, words } | Action::Delete { table, words } => (table, words),
        Action::Insert {
            table,
            from_query: true,
            words,
        } => (table, words),
        _ => return Vec::new(),
    };
    // A few rows take no time.
    let finds_by_reading = words.iter().any(|word| word == "select");
    if !at.in_loop() && !finds_by_reading && at.is_bounded(words, table) {
        return Vec::new();
    }
    // Rows of a new table come from a query, or there are none.
    let is_new = !matches!(at.action(), Action::Insert { .. }) && !at.is_old(table);
    let Some((locked, _)) = at.held().next().filter(|_| !is_new) else {
        return Vec::new();
    };
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!("rows of `{table}` are changed while the lock on `{locked}` is held"),
        )
        .why("a lock is held to the end of its transaction: whoever needs the table waits for every row")
        .instead("leave the schema change alone in this migration, and change the rows in batches in a later one"),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn rows_of_a_new_table_may_be_filled_in_the_same_transaction() {
        catches(
            &RULE,
            &[
                "alter table t add column a int; update t set a = 1;",
                "create index i on t (a); insert into u select * from t;",
                "alter table t add column a int; update t set a = 1 where id in (select id from t where a is null limit 9);",
            ],
        );
        accepts(
            &RULE,
            &[
                "create table t (a int); insert into t select generate_series(1, 3) from x;",
                "alter table t add column a int; insert into u values (1);",
                "--! no-transaction\nalter table t add column a int; update t set a = 1;",
                "alter table t add column a int; update t set a = 1 where id = 5;",
                "alter table t add column a int; delete from t where id in (1, 2);",
                "alter table t add column a int; update t set a = 1 where id between 1 and 100;",
                "savepoint a; alter table t add column a int; rollback to savepoint a; update t set a = 1;",
            ],
        );
    }
}
