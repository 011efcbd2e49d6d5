//! `alter table … add constraint … check` that is validated at once.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::ConstraintKind;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "add-check-scans",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    changes
        .iter()
        .filter_map(|change| {
            let constraint = at.validated(table, change)?;
            let kind = match constraint.kind {
                ConstraintKind::Check => "check constraint",
                ConstraintKind::NotNull => "not-null constraint",
                _ => return None,
            };
            Some(
                Problem::new(
                    change.span.clone(),
                    format!("adding a {kind} scans `{table}` while nobody can read or write it"),
                )
                .why("measured: AccessExclusive on the table, held for a scan of every row")
                .instead("add it `not valid`, and `validate constraint` in a later migration, which keeps nobody waiting")
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn only_constraints_on_tables_that_may_have_rows_are_found() {
        catches(
            &RULE,
            &[
                "alter table t add check (a > 0);",
                "alter table t add constraint n not null a;",
                "create table t (a int, constraint c check (a > 0) not enforced);\n\
                 -- V002__enforce.sql\nalter table t alter constraint c enforced;",
            ],
        );
        accepts(
            &RULE,
            &[
                "create table t (a int); alter table t add check (a > 0);",
                "alter table t add constraint n not null a not valid;",
                "alter table t add check (a > 0) not enforced;",
                "create table t (a int, constraint c check (a > 0));\n\
                 -- V002__enforce.sql\nalter table t alter constraint c not enforced;",
            ],
        );
    }
}
