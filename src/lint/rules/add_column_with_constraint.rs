//! Constraints written beside a new column.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{ChangeKind, ConstraintKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "add-column-with-constraint",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    for change in changes {
        let ChangeKind::AddColumn(column) = &change.kind else {
            continue;
        };
        let constraints = column
            .constraints
            .iter()
            .filter(|constraint| !constraint.not_valid);
        for constraint in constraints.filter(|_| !column.generated || column.generated_stored) {
            let (what, why, instead) = match &constraint.kind {
                ConstraintKind::Check => (
                    format!(
                        "a check beside the new column `{}` scans `{table}` while nobody can read or write it",
                        column.name
                    ),
                    "measured: AccessExclusive, held for a scan of every row",
                    "add the column alone, then the check `not valid`, and validate it in a later migration",
                ),
                ConstraintKind::Unique { .. } | ConstraintKind::PrimaryKey { .. } => (
                    format!(
                        "a key beside the new column `{}` builds an index on `{table}` while nobody can read or write it",
                        column.name
                    ),
                    "measured: AccessExclusive, held for the index build",
                    "add the column alone, create the unique index concurrently, then `add constraint … unique using index`",
                ),
                // Without a default there is nothing to look up, and nothing is read.
                ConstraintKind::ForeignKey { .. } if !column.default => continue,
                ConstraintKind::ForeignKey { parent, .. } => (
                    format!(
                        "a foreign key beside the new column `{}`, which has a default, scans `{table}` while nobody can read or write it, nor write `{parent}`",
                        column.name
                    ),
                    "measured: AccessExclusive on the table and ShareRowExclusive on the parent, held for a scan; with a default written out, even `null`, the server looks at every row",
                    "add the column alone, then the foreign key `not valid` in a migration of its own, and validate it later",
                ),
                _ => continue,
            };
            problems.push(
                Problem::new(constraint.span.clone(), what)
                    .why(why)
                    .instead(instead),
            );
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_column_with_a_constraint_is_found_and_a_bare_one_is_not() {
        catches(
            &RULE,
            &[
                "alter table t add column a int check (a > 0);",
                "alter table t add column a int unique;",
                "alter table t add column a int default 1 references p (id);",
                "alter table t add column a int default null references p (id);",
            ],
        );
        accepts(
            &RULE,
            &[
                "alter table t add column a int;",
                "alter table t add column a int references p (id);",
                "alter table t add column a int check (a > 0) not enforced;",
                "create table t (); alter table t add column a int unique;",
            ],
        );
    }
}
