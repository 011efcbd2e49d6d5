//! `detach partition` without `concurrently`.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::ChangeKind;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "detach-partition-locks-parent",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    changes
        .iter()
        .filter(|change| matches!(change.kind, ChangeKind::DetachPartition { concurrently: false, .. }))
        .map(|change| {
            Problem::new(
                change.span.clone(),
                format!("detaching a partition keeps everybody out of `{table}`, all its partitions included"),
            )
            .note()
            .why("measured: AccessExclusive on the parent and on the partition")
            .instead("write `detach partition … concurrently` in a migration that begins with `--! no-transaction`")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn concurrently_is_the_way_out() {
        catches(&RULE, &["alter table m detach partition p;"]);
        accepts(
            &RULE,
            &["--! no-transaction\nalter table m detach partition p concurrently;"],
        );
    }
}
