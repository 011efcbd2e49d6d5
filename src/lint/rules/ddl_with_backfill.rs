//! A strong lock and a change of many rows in one transaction.

use crate::lint::locks::{Lock, locks};
use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "ddl-with-backfill",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let (Action::Update { table }
    | Action::Delete { table }
    | Action::Insert {
        table,
        from_query: true,
    }) = at.action()
    else {
        return Vec::new();
    };
    if !at.in_transaction() {
        return Vec::new();
    }
    let locked = at.before().iter().find_map(|statement| {
        locks(statement, at.schema)
            .into_iter()
            .find(|(table, lock)| *lock >= Lock::Share && at.is_old(table))
            .map(|(table, _)| table)
    });
    let Some(locked) = locked else {
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
                "alter table t add column a int; update t set a = 1 where id < 10;",
                "create index i on t (a); insert into u select * from t;",
            ],
        );
        accepts(
            &RULE,
            &[
                "create table t (a int); insert into t select generate_series(1, 3) from x;",
                "alter table t add column a int; insert into u values (1);",
                "--! no-transaction\nalter table t add column a int; update t set a = 1 where id < 10;",
            ],
        );
    }
}
