//! Updates and deletes of a whole table in one statement.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unbatched-update",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let (verb, table, words) = match at.action() {
        Action::Update { table, words } => ("update", table, words),
        Action::Delete { table, words } => ("delete", table, words),
        Action::Select {
            tables,
            locks_rows: true,
            words,
        } => match tables.first() {
            Some(table) => ("lock", table, words),
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    if !at.is_old(table) {
        return Vec::new();
    }
    // Batch after batch in one transaction is all of them after all.
    let is_bounded = at.is_bounded(words, table);
    let again = at.in_loop() && at.in_transaction() && is_bounded;
    if is_bounded && !again {
        return Vec::new();
    }
    let what = match again {
        true => format!("this {verb}s rows of `{table}` batch after batch in one transaction"),
        false => {
            format!("this {verb}s an unbounded number of rows of `{table}` in one transaction")
        }
    };
    vec![
        Problem::new(at.statement().span.clone(), what)
        .why("every row stays locked to the end, dead rows cannot be cleaned up meanwhile, and a failure near the end begins again")
        .instead(match again {
            true => "begin the migration with `--! no-transaction` and `commit` after each batch",
            false => "change rows in batches outside of the deployment, or name a range of keys or a `limit` in a sub-select",
        })
        // A loop that commits each batch is the way out itself.
        .settled_by(at.is_batch() && !at.in_transaction()),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_bound_of_any_kind_makes_it_a_batch() {
        catches(
            &RULE,
            &[
                "update t set a = 1;",
                "delete from t where a is null;",
                "update t set a = b where a = b;",
                "delete from t where a in (select a from u);",
                "merge into t using u on t.id = u.id when matched then update set a = u.a;",
                "with c as (update t set a = 1 returning id) select count(*) from c;",
                "explain analyze update t set a = 1;",
                "explain (analyze, buffers) update t set a = 1;",
                "prepare q as update t set a = 1; execute q;",
                "insert into t select * from u on conflict (id) do update set a = 1;",
                "select 1 from t for update;",
                "do $$ begin loop update t set a = 1 where id in (select id from t where a is null limit 9); exit when not found; end loop; end $$;",
            ],
        );
        accepts(
            &RULE,
            &[
                "update t set a = 1 where id between 1 and 1000;",
                "delete from t where id in (select id from t where a is null limit 1000);",
                "update t set a = 1 where id = 7;",
                "delete from t where code in ('a', 'b');",
                "create table t (a int); update t set a = 1;",
                "insert into t values (1);",
                "explain update t set a = 1;",
                "insert into t values (1, 2) on conflict (id) do update set a = 2;",
                "merge into t using (values (1)) as v (id) on t.id = v.id when matched then update set a = 1;",
                "merge into t using u on t.id = u.id when not matched then insert values (u.id);",
                "select 1 from t where id = 7 for update;",
                "update t set a = 1 where \"id\" = 'pro';",
                "create table t (slug text unique, n int);\n-- V002__x.sql\nupdate t set n = 10 where slug = 'pro';",
                "--! no-transaction\ndo $$ declare r record; begin for r in select id from u loop update t set a = 1 where t.u = r.id; commit; end loop; end $$;",
                "--! no-transaction\ndo $$ begin loop update t set a = 1 where id in (select id from t where a is null limit 9); commit; exit when not found; end loop; end $$;",
            ],
        );
    }
}
