//! Statements whose very purpose is to write the table anew.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "rewrite-table",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let problem = |span, table: String| {
        Problem::new(
            span,
            format!("this writes {table} anew while nobody can read or write it"),
        )
        .why("measured: AccessExclusive for a rewrite of the table and all its indexes")
        .instead("use `repack (concurrently)` of Postgres 19 or `pg_repack` outside of a migration, or allow it with the reason why the table can be out of use")
    };
    match at.action() {
        Action::Rewrite { table } => {
            let table = table
                .as_ref()
                .map_or_else(|| "every table".to_owned(), |table| format!("`{table}`"));
            vec![problem(at.statement().span.clone(), table)]
        }
        Action::AlterTable { table, changes } if at.is_old(table) => changes
            .iter()
            .filter(|change| matches!(change.kind, ChangeKind::Rewrite))
            .map(|change| problem(change.span.clone(), format!("`{table}`")))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn every_form_is_found() {
        catches(
            &RULE,
            &[
                "cluster t using i;",
                "repack t;",
                "repack t using index t_pkey;",
                "--! no-transaction\nvacuum full t;",
                "alter table t set unlogged;",
                "alter table t set logged;",
                "alter table t set access method heap2;",
                "alter table t set tablespace fast;",
            ],
        );
        accepts(
            &RULE,
            &[
                "--! no-transaction\nvacuum t;",
                "--! no-transaction\nrepack (concurrently) t;",
                "alter table t cluster on i;",
                "create table t (a int); alter table t set unlogged;",
            ],
        );
    }
}
