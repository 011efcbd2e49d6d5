//! `create table … partition of`.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "partition-of-locks-parent",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::CreateTable(create) = at.action() else {
        return Vec::new();
    };
    let Some(parent) = create
        .partition_of
        .as_ref()
        .filter(|parent| at.is_old(parent))
    else {
        return Vec::new();
    };
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!("creating a partition of `{parent}` keeps everybody out of it, all its partitions included"),
        )
        .note()
        .why("measured: AccessExclusive on the parent")
        .instead(format!(
            "create table {} (like {parent} including all), then `alter table {parent} attach partition …`: ShareUpdateExclusive on the parent",
            create.table
        )),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_parent_of_the_same_file_has_no_users() {
        catches(&RULE, &["create table p partition of m for values in (1);"]);
        accepts(
            &RULE,
            &[
                "create table m (a int) partition by list (a); create table p partition of m for values in (1);",
            ],
        );
    }
}
