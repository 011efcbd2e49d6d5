//! `attach partition` without a constraint that proves the bounds.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{Action, ChangeKind, ConstraintKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "attach-partition-scans",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::AlterTable { changes, .. } = at.action() else {
        return Vec::new();
    };
    changes
        .iter()
        .filter_map(|change| {
            let ChangeKind::AttachPartition { partition } = &change.kind else {
                return None;
            };
            let proven = at.schema.table(partition).is_some_and(|table| {
                table.constraints.iter().any(|constraint| {
                    matches!(constraint.kind, ConstraintKind::Check { .. }) && !constraint.not_valid
                })
            });
            (at.is_old(partition) && !proven).then(|| {
                Problem::new(
                    change.span.clone(),
                    format!("attaching `{partition}` scans it while nobody can read or write it"),
                )
                .why("measured: AccessExclusive on the partition, held for a scan that proves its rows are inside the bounds")
                .instead("give it a check constraint that says the bounds (`not valid`, then validated) before it is attached, and drop that afterwards")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_check_that_is_not_validated_proves_nothing() {
        let attach = "alter table m attach partition p for values from (1) to (2);";
        catches(
            &RULE,
            &[
                attach,
                &format!(
                    "create table p (a int);\n-- V002__b.sql\nalter table p add check (a = 1) not valid;\n-- V003__c.sql\n{attach}"
                ),
            ],
        );
        accepts(&RULE, &[&format!("create table p (a int); {attach}")]);
    }
}
