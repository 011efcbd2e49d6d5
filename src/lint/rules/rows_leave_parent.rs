//! Tables that no longer belong to another: their rows vanish from it.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::ChangeKind;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "rows-leave-parent",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    changes
        .iter()
        .filter_map(|change| match &change.kind {
            ChangeKind::NoInherit { parent } => Some((change, table, parent)),
            ChangeKind::DetachPartition { partition, .. } => Some((change, partition, table)),
            _ => None,
        })
        .filter(|(_, child, _)| at.is_old(child))
        .map(|(change, child, parent)| {
            Problem::new(
                change.span.clone(),
                format!("whoever reads `{parent}` no longer sees the rows of `{child}`"),
            )
            .why("nothing fails: counts, reports and look-ups by key are silently without them")
            .instead("allow this with the reason why nobody asks for those rows any more")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn partitions_and_children_are_found() {
        catches(
            &RULE,
            &[
                "alter table k no inherit p;",
                "--! no-transaction\nalter table p detach partition q concurrently;",
            ],
        );
        accepts(
            &RULE,
            &[
                "alter table k inherit p;",
                "create table p (a int); create table k () inherits (p); alter table k no inherit p;",
            ],
        );
    }
}
