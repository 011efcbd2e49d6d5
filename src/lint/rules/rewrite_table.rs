//! Statements whose very purpose is to write the table anew.

use crate::lint::rule::{At, Problem, Rule};
use crate::lint::schema::Table;
use crate::sql::tree::{Action, Change, ChangeKind};

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
        Action::AlterTable { table, changes } if at.is_old(table) => {
            let rewrites = |change: &&Change| match &change.kind {
                ChangeKind::Rewrite => true,
                ChangeKind::SetExpression { column } => {
                    let known = at
                        .schema
                        .table(table)
                        .and_then(|table| table.column(column));
                    known.is_none_or(|column| column.generated_stored)
                }
                _ => false,
            };
            let changes = changes.iter().filter(rewrites);
            changes
                .map(|change| problem(change.span.clone(), format!("`{table}`")))
                .collect()
        }
        // A typed table has the rows of its type.
        Action::ChangeAttribute {
            name,
            dropped: false,
        } => {
            let of_type = |table: &&Table| table.of_type.as_ref().is_some_and(|of| of.is(name));
            let tables = at.schema.tables().iter().filter(of_type);
            tables
                .filter(|table| at.is_old(&table.name))
                .map(|table| problem(at.statement().span.clone(), format!("`{}`", table.name)))
                .collect()
        }
        Action::MoveIndex { index } => {
            let table = index
                .as_ref()
                .and_then(|index| at.schema.table_of_index(index));
            if table.is_some_and(|table| !at.is_old(table)) {
                return Vec::new();
            }
            let index = index.as_ref().map_or_else(
                || "every index".to_owned(),
                |index| format!("the index `{index}`"),
            );
            vec![
                Problem::new(
                    at.statement().span.clone(),
                    format!("this copies {index} while no query of its table can be planned"),
                )
                .why("measured: AccessExclusive on the index for the whole copy, and every query on the table waits for it")
                .instead("create the index concurrently in the other tablespace, then drop the old one concurrently"),
            ]
        }
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
                "alter table all in tablespace slow set tablespace fast;",
                "alter index i set tablespace fast;",
                "create table t (a int, g int generated always as (a + 1) stored);\n-- V002__x.sql\nalter table t alter column g set expression as (a + 2);",
                "create type c as (x int); create table t of c;\n-- V002__x.sql\nalter type c alter attribute x type bigint cascade;",
            ],
        );
        accepts(
            &RULE,
            &[
                "--! no-transaction\nvacuum t;",
                "--! no-transaction\nrepack (concurrently) t;",
                "alter table t cluster on i;",
                "create table t (a int, g int generated always as (a + 1) virtual);\n-- V002__x.sql\nalter table t alter column g set expression as (a + 2);",
                "create table t (a int); create index i on t (a); alter index i set tablespace fast;",
                "create table t (a int); alter table t set unlogged;",
            ],
        );
    }
}
