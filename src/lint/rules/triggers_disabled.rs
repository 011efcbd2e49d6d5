//! Triggers that are switched off, those of foreign keys among them.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "triggers-disabled",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    let back = at.statements[at.index + 1..]
        .iter()
        .any(|statement| match &statement.action {
            Action::AlterTable {
                table: other,
                changes,
            } => {
                other.is(table)
                    && changes.iter().any(|change| {
                        matches!(change.kind, ChangeKind::TriggerState { enables: true, .. })
                    })
            }
            _ => false,
        });
    changes
        .iter()
        .filter(|change| matches!(change.kind, ChangeKind::TriggerState { disables_all: true, .. }))
        .filter(|_| !back)
        .map(|change| {
            Problem::new(
                change.span.clone(),
                format!("foreign keys of `{table}`, and to it, are no longer checked, and no trigger runs"),
            )
            .why("rows that break a key are never looked at again, not even when the triggers are switched on")
            .instead("switch off the one trigger that is meant, or switch all of them on again in the same migration")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn all_of_them_stay_off_or_nothing_is_said() {
        catches(&RULE, &["alter table t disable trigger all;"]);
        accepts(
            &RULE,
            &[
                "alter table t disable trigger stamp;",
                "alter table t disable trigger all; update t set a = 1 where id = 1; alter table t enable trigger all;",
                "create table t (a int); alter table t disable trigger all;",
            ],
        );
    }
}
