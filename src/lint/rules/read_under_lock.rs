//! A whole table is read while an earlier statement keeps somebody out.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "read-under-lock",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((locked, lock)) = at.held().next() else {
        return Vec::new();
    };
    // The catalog is read in no time.
    let is_catalog = |table: &Name| match &table.schema {
        Some(schema) => schema == "pg_catalog" || schema == "information_schema",
        None => table.name.starts_with("pg_"),
    };
    let old = |tables: &[Name]| {
        tables
            .iter()
            .find(|table| at.is_old(table) && !is_catalog(table))
            .cloned()
    };
    let read = match at.action() {
        Action::Select { tables, words, .. } => {
            let table = old(tables);
            table.filter(|table| !at.is_bounded(words, table))
        }
        Action::CreateTable(create) => old(&create.query),
        Action::CreateView(create) if create.is_filled => old(&create.tables),
        Action::RefreshView { view, .. } => Some(view.clone()).filter(|view| at.is_old(view)),
        Action::AlterTable { table, changes } => changes
            .iter()
            .any(|change| matches!(change.kind, ChangeKind::ValidateConstraint { .. }))
            .then(|| table.clone())
            // Of the same table: another rule says so.
            .filter(|table| !table.is(locked))
            .filter(|table| at.is_old(table)),
        _ => None,
    };
    let Some(read) = read else {
        return Vec::new();
    };
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!("`{read}` is read in full while the lock on `{locked}` is held"),
        )
        .why(format!("{lock:?} was taken earlier in this migration and is held to its end: whoever needs `{locked}` waits for the whole read"))
        .instead("put the reading into a migration of its own, or before the statement that locks"),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn whoever_reads_for_long_must_not_hold_a_lock() {
        let lock = "alter table t add column z int;";
        for read in [
            "alter table u validate constraint c;",
            "create table c as select * from u;",
            "select count(*) from u;",
            "create materialized view m as select a from u;",
            "refresh materialized view m;",
            "do $$ declare r record; begin for r in select id from u loop null; end loop; end $$;",
        ] {
            catches(&RULE, &[&format!("{lock} {read}")]);
            accepts(
                &RULE,
                &[
                    read,
                    &format!("--! no-transaction\n{lock} {read}"),
                    &format!("{read} {lock}"),
                ],
            );
        }
        let read = "select count(*) from u;";
        catches(
            &RULE,
            &[
                &format!("lock table t; {read}"),
                &format!("alter sequence q increment by 2; {read}"),
                &format!("create table n (t int references t (id)); {read}"),
                &format!(
                    "create trigger x before update on t for each row execute function f(); {read}"
                ),
            ],
        );
        accepts(
            &RULE,
            &[
                &format!("create table n (a int); alter table n add column b int; {read}"),
                &format!("{lock} create table c as select * from u with no data;"),
                &format!("{lock} select set_config('a.b', 'c', true);"),
                &format!("{lock} select a from u where id = 5;"),
                &format!("comment on table t is 'x'; {read}"),
                &format!("{lock} select relname from pg_catalog.pg_class;"),
            ],
        );
    }
}
