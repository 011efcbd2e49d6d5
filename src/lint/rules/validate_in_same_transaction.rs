//! `not valid` and `validate constraint` in one transaction.

use std::ops::Range;

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "validate-in-same-transaction",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::AlterTable { table, changes } = at.action() else {
        return Vec::new();
    };
    if !at.in_transaction() || !at.is_old(table) {
        return Vec::new();
    }
    let added_here = |name: &str| {
        at.before().iter().any(|statement| match &statement.action {
            Action::AlterTable {
                table: other,
                changes,
            } => {
                other.is(table)
                    && changes.iter().any(|change| {
                        matches!(&change.kind, ChangeKind::AddConstraint(added)
                            if added.not_valid && added.name.as_deref() == Some(name))
                    })
            }
            _ => false,
        })
    };
    // What the other actions of the statement lock, the scan holds.
    let beside = |span: &Range<usize>| {
        let mut others = changes.iter().filter(|change| change.span != *span);
        others.any(|change| {
            let light = matches!(
                change.kind,
                ChangeKind::ValidateConstraint { .. } | ChangeKind::Light
            );
            !light
        })
    };
    changes
        .iter()
        .filter_map(|change| match &change.kind {
            ChangeKind::ValidateConstraint { name } if beside(&change.span) => Some(
                Problem::new(
                    change.span.clone(),
                    format!("`{name}` is validated under the lock of what else the statement does"),
                )
                .why("a statement takes its strongest lock before anything else: the scan runs while nobody can use the table")
                .instead("validate it in a migration of its own"),
            ),
            ChangeKind::ValidateConstraint { name } if added_here(name) => Some(
                Problem::new(
                    change.span.clone(),
                    format!("`{name}` is validated under the lock that added it"),
                )
                .why("a lock is held to the end of its transaction: the scan runs while nobody can write the table")
                .instead("validate it in a later migration"),
            ),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn another_transaction_is_the_way_out() {
        let add = "alter table t add constraint c check (a > 0) not valid;";
        let validate = "alter table t validate constraint c;";
        catches(
            &RULE,
            &[
                &format!("{add} {validate}"),
                "alter table t validate constraint c, add column y int;",
            ],
        );
        accepts(
            &RULE,
            &[
                &format!("{add}\n-- V002__validate.sql\n{validate}"),
                &format!("--! no-transaction\n{add} {validate}"),
                &format!("create table t (a int); {add} {validate}"),
                "alter table t validate constraint c, validate constraint d;",
            ],
        );
    }
}
