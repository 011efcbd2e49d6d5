//! `concurrently` where the server always refuses it.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "concurrently-is-refused",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let span = at.statement().span.clone();
    let problem = |message: String, code: &str| {
        Problem::new(span.clone(), message).why(format!(
            "the server refuses it with SQLSTATE {code}, whatever the table has"
        ))
    };
    let is_partitioned = |table: &Name| {
        at.schema
            .table(table)
            .is_some_and(|table| table.is_partitioned)
    };
    match at.action() {
        Action::CreateIndex(create) if create.concurrently && is_partitioned(&create.table) && !create.only => vec![
            problem(format!("an index of the partitioned table `{}` cannot be built concurrently", create.table), "0A000")
                .instead("create it `on only` the partitioned table, then concurrently on each partition, and `alter index … attach partition`"),
        ],
        Action::DropIndex { indexes, concurrently: true } => indexes
            .iter()
            .filter(|index| at.schema.table_of_index(index).is_some_and(is_partitioned))
            .map(|index| {
                problem(format!("`{index}` is the index of a partitioned table, which cannot be dropped concurrently"), "0A000")
                    .instead("drop it without `concurrently`, alone in its migration")
            })
            .collect(),
        Action::RefreshView { view, concurrently: true } => {
            let of_view = at.schema.view(view).filter(|view| view.materialized);
            let is_unique = at.schema.indexes_of(view).any(|index| {
                index.unique && !index.partial && index.columns.iter().all(|column| !column.is_empty())
            });
            if of_view.is_none() || is_unique {
                return Vec::new();
            }
            vec![
                problem(format!("`{view}` has no unique index, so it cannot be refreshed concurrently"), "55000")
                    .instead(format!("create a unique index on columns of `{view}`, without a condition, before it")),
            ]
        }
        Action::AlterTable { table, changes } => {
            let mut detached = changes.iter().filter(|change| {
                matches!(change.kind, ChangeKind::DetachPartition { concurrently: true, .. })
            });
            if detached.next().is_none() {
                return Vec::new();
            }
            if at.in_transaction() && !at.ends_with("finalize") {
                return vec![
                    problem("a partition cannot be detached concurrently inside of a transaction".to_owned(), "25001")
                        .instead("begin the migration with `--! no-transaction`"),
                ];
            }
            let default = at.schema.default_partition(table);
            default.map_or_else(Vec::new, |default| vec![
                problem(format!("`{table}` has a default partition (`{}`), so none can be detached concurrently", default.name), "55000")
                    .instead("detach it without `concurrently`, alone in its migration, or give up the default partition first"),
            ])
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn every_case_that_the_server_refuses_is_found() {
        let parted = "create table p (k int) partition by range (k);\n";
        catches(
            &RULE,
            &[
                &format!(
                    "{parted}-- V002__x.sql\n--! no-transaction\ncreate index concurrently i on p (k);"
                ),
                &format!(
                    "{parted}create index i on p (k);\n-- V002__x.sql\n--! no-transaction\ndrop index concurrently i;"
                ),
                "alter table p detach partition q concurrently;",
                &format!(
                    "{parted}create table d partition of p default;\n-- V002__x.sql\n--! no-transaction\nalter table p detach partition q concurrently;"
                ),
                "create materialized view m as select 1 as a;\n-- V002__x.sql\nrefresh materialized view concurrently m;",
                "create materialized view m as select 1 as a; create unique index on m (a) where a > 0;\n-- V002__x.sql\nrefresh materialized view concurrently m;",
            ],
        );
        accepts(
            &RULE,
            &[
                "create table t (a int);\n-- V002__x.sql\n--! no-transaction\ncreate index concurrently i on t (a);",
                "--! no-transaction\ncreate index concurrently i on unknown (a);",
                &format!(
                    "{parted}-- V002__x.sql\n--! no-transaction\nalter table p detach partition q concurrently;"
                ),
                "alter table p detach partition q finalize;",
                "create materialized view m as select 1 as a; create unique index on m (a);\n-- V002__x.sql\nrefresh materialized view concurrently m;",
                "refresh materialized view concurrently unknown;",
            ],
        );
    }
}
