//! `set not null` without a validated check that proves it.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{ChangeKind, ConstraintKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "set-not-null-scans",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    let known = at.schema.table(table);
    changes
        .iter()
        .filter_map(|change| {
            let ChangeKind::SetNotNull { column } = &change.kind else {
                return None;
            };
            let proven = known.is_some_and(|known| {
                known.column(column).is_some_and(|column| column.not_null)
                    || known.constraints.iter().any(|constraint| {
                        constraint.kind == ConstraintKind::Check { only_not_null: true }
                            && !constraint.not_valid
                            && constraint.columns.contains(column)
                    })
            });
            (!proven).then(|| {
                Problem::new(
                    change.span.clone(),
                    format!("making `{column}` required scans `{table}` while nobody can read or write it"),
                )
                .why("measured: AccessExclusive, held for a scan of every row")
                .instead(format!(
                    "first `add constraint … check ({column} is not null) not valid`, then validate it in a later migration: `set not null` then believes it"
                ))
            })
        })
        .collect()
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
