//! `set not null` without a validated check that proves it.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::{ChangeKind, Constraint, ConstraintKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "set-not-null-scans",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    let known = at.schema.table(table);
    // What the same statement drops is dropped first, whichever is written first.
    let dropped = changes.iter().filter_map(|change| match &change.kind {
        ChangeKind::DropConstraint { name } => Some(name.as_str()),
        _ => None,
    });
    let dropped: Vec<&str> = dropped.collect();
    let mut problems = Vec::new();
    for change in changes {
        let columns = match &change.kind {
            ChangeKind::SetNotNull { column } => vec![column.clone()],
            ChangeKind::AddConstraint(key) => match key_columns(at, table, key) {
                Some(columns) => columns,
                None => continue,
            },
            _ => continue,
        };
        let adds = |column: &str| {
            changes.iter().any(|change| {
                matches!(&change.kind, ChangeKind::AddColumn(added) if added.name == column)
            })
        };
        let is_open = |column: &&String| {
            !adds(column) && !known.is_some_and(|known| known.has_no_null(column, &dropped))
        };
        let Some(column) = columns.iter().find(is_open) else {
            continue;
        };
        problems.push(
            Problem::new(
                change.span.clone(),
                format!("making `{column}` required scans `{table}` while nobody can read or write it"),
            )
            .why("measured: AccessExclusive, held for a scan of every row")
            .instead(format!(
                "first `add constraint … check ({column} is not null) not valid`, then validate it in a later migration: `set not null` then believes it"
            )),
        );
    }
    problems
}

/// The columns that a primary key on an index makes required.
fn key_columns(at: &At<'_>, table: &Name, key: &Constraint) -> Option<Vec<String>> {
    if key.kind != (ConstraintKind::PrimaryKey { using_index: true }) {
        return None;
    }
    let index = Name {
        schema: table.schema.clone(),
        name: key.index.clone()?,
    };
    Some(at.schema.index(&index)?.columns.clone())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn only_a_validated_check_of_that_column_is_believed() {
        let table = "create table t (a int, b int);\n-- V002__check.sql\n";
        for check in [
            "",
            "alter table t add constraint c check (a is not null) not valid;",
            "alter table t add constraint c check (b is not null);",
            "alter table t add constraint c check (a is not null or b is null);",
        ] {
            catches(
                &RULE,
                &[&format!(
                    "{table}{check}\n-- V003__x.sql\nalter table t alter a set not null;"
                )],
            );
        }
        accepts(
            &RULE,
            &[
                &format!(
                    "{table}alter table t add check ((a is not null)) not valid;\n-- V003__v.sql\nalter table t validate constraint t_a_check;\n-- V004__x.sql\nalter table t alter a set not null;"
                ),
                "create table t (a int); alter table t alter a set not null;",
            ],
        );
    }
}
