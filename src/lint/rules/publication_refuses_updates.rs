//! Publications of tables whose rows nothing stands for: updates and deletes fail.

use crate::lint::rule::{At, Problem, Rule};
use crate::lint::schema::Table;
use crate::sql::tree::{Action, ChangeKind, ConstraintKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "publication-refuses-updates",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let said = |table: &Table, why: String| {
        Problem::new(
            at.statement().span.clone(),
            format!("every update and delete of `{}` fails from now on", table.name),
        )
        .why(why)
        .why("the server refuses it with SQLSTATE 55000 (or 42P10 for a row filter) as soon as the table is published with updates or deletes")
        .instead("give the table a primary key, or `alter table … replica identity full`, or publish inserts only: `with (publish = 'insert')`")
    };
    match at.action() {
        Action::Publish(publish) if publish.changes => {
            let all = at.schema.tables().iter().filter(|_| publish.all_tables);
            let named = publish
                .tables
                .iter()
                .filter_map(|(name, _)| at.schema.table(name));
            let mut problems: Vec<Problem> = all
                .chain(named)
                .filter(|table| !stands_for_rows(table))
                .map(|table| {
                    said(
                        table,
                        "it has no primary key and no replica identity".to_owned(),
                    )
                })
                .collect();
            for (name, filter) in &publish.tables {
                let Some((table, key)) = at
                    .schema
                    .table(name)
                    .and_then(|table| Some((table, table.primary_key()?)))
                else {
                    continue;
                };
                let outside = table.columns.iter().find(|column| {
                    let is_read = filter
                        .iter()
                        .any(|word| word.trim_matches('"') == column.name);
                    is_read && !key.contains(&column.name)
                });
                if let Some(column) = outside.filter(|_| table.replica_identity.is_none()) {
                    problems.push(said(
                        table,
                        format!(
                            "the row filter reads `{}`, which is not part of the key",
                            column.name
                        ),
                    ));
                }
            }
            problems
        }
        Action::AlterTable {
            table: name,
            changes,
        } if at.is_old(name) && at.schema.is_published(name) => {
            let Some(table) = at.schema.table(name) else {
                return Vec::new();
            };
            let adds = changes.iter().any(|change| {
                matches!(&change.kind, ChangeKind::AddConstraint(key) if matches!(key.kind, ConstraintKind::PrimaryKey { .. }))
            });
            let loses = changes.iter().any(|change| match &change.kind {
                ChangeKind::ReplicaIdentity { nothing } => *nothing,
                ChangeKind::DropConstraint { name } => {
                    let known = table.constraint(name).map(|known| &known.kind);
                    table.replica_identity.is_none()
                        && !adds
                        && matches!(known, Some(ConstraintKind::PrimaryKey { .. }))
                }
                _ => false,
            });
            let why = "it is published, and loses what stands for its rows".to_owned();
            loses.then(|| said(table, why)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Whether something stands for each row of the table; what the files do not tell is believed.
fn stands_for_rows(table: &Table) -> bool {
    match table.replica_identity {
        Some(given) => given,
        None => table.primary_key().is_some() || !table.is_known || table.is_partitioned,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_published_table_needs_something_that_stands_for_its_rows() {
        let without = "create table l (a int);\n-- V002__x.sql\n";
        let with = "create table t (id int primary key, a int);\n-- V002__x.sql\n";
        let published = "create table t (id int primary key, a int); create publication p for table t;\n-- V002__x.sql\n";
        catches(
            &RULE,
            &[
                &format!("{without}create publication p for table l;"),
                &format!("{without}create publication p for all tables;"),
                &format!("{without}alter publication p add table l;"),
                &format!("{with}create publication p for table t where (a > 0);"),
                &format!("{published}alter table t replica identity nothing;"),
                &format!("{published}alter table t drop constraint t_pkey;"),
            ],
        );
        accepts(
            &RULE,
            &[
                &format!("{with}create publication p for all tables;"),
                &format!("{with}create publication p for table t where (id > 0);"),
                &format!("{without}create publication p for table l with (publish = 'insert');"),
                &format!(
                    "{without}alter table l replica identity full; create publication p for table l;"
                ),
                &format!("{with}alter table t replica identity nothing;"),
                &format!("{published}alter table t drop constraint t_pkey, add primary key (a);"),
                "create publication p for table unknown;",
            ],
        );
    }
}
