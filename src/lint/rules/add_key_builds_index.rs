//! Unique, primary-key and exclusion constraints that build their index under the lock.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{ChangeKind, ConstraintKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "add-key-builds-index",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    changes
        .iter()
        .filter_map(|change| {
            let ChangeKind::AddConstraint(constraint) = &change.kind else {
                return None;
            };
            let problem = |message: String| Problem::new(change.span.clone(), message);
            match constraint.kind {
                ConstraintKind::Unique { using_index: false } => Some(
                    problem(format!("adding a unique constraint builds its index on `{table}` while nobody can read or write it"))
                        .why("measured: AccessExclusive, held for the index build")
                        .instead("create the unique index concurrently, then `add constraint … unique using index …`"),
                ),
                ConstraintKind::PrimaryKey { using_index: false } => Some(
                    problem(format!("adding a primary key builds its index on `{table}` while nobody can read or write it"))
                        .why("measured: AccessExclusive, held for the index build, and for a scan when a column may be null")
                        .instead("make the columns not null, create the unique index concurrently, then `add constraint … primary key using index …`"),
                ),
                ConstraintKind::Exclude => Some(
                    problem(format!("adding an exclusion constraint builds its index on `{table}` while nobody can read or write it"))
                        .why("measured: AccessExclusive, held for the index build; there is no way to do it online")
                        .instead("do it while the table is small or out of use, and allow it with that reason"),
                ),
                _ => None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn an_index_that_exists_already_is_the_way_out() {
        catches(
            &RULE,
            &[
                "alter table t add primary key (a);",
                "alter table t add unique (a);",
                "alter table t add exclude using gist (r with &&);",
            ],
        );
        accepts(
            &RULE,
            &[
                "alter table t add constraint k unique using index i;",
                "alter table t add constraint k primary key using index i;",
                "create table t (a int); alter table t add primary key (a);",
            ],
        );
    }
}
