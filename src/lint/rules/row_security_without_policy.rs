//! Row security that is switched on where no policy lets anybody see a row.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "row-security-without-policy",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    let has_policy = at.schema.has_policy(table)
        || at.statements.iter().any(|statement| {
            matches!(&statement.action, Action::Policy { table: other } if other.is(table))
        });
    changes
        .iter()
        .filter(|change| matches!(change.kind, ChangeKind::RowSecurity { enables: true }))
        .filter(|_| !has_policy)
        .map(|change| {
            Problem::new(
                change.span.clone(),
                format!("nobody but its owner sees a row of `{table}` from now on: no policy of the files lets anybody"),
            )
            .why("nothing fails: queries return no rows, and updates touch none")
            .instead("leave it to the system's policy file, or create the policies in the same migration")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_policy_of_this_file_or_an_earlier_one_will_do() {
        catches(&RULE, &["alter table t enable row level security;"]);
        accepts(
            &RULE,
            &[
                "alter table t enable row level security; create policy p on t using (true);",
                "create policy p on t using (true);\n-- V002__x.sql\nalter table t enable row level security;",
                "alter table t force row level security;",
                "create table t (a int); alter table t enable row level security;",
            ],
        );
    }
}
