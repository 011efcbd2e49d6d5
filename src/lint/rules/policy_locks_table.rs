//! Policy DDL in a migration that holds other locks or has other work.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "policy-locks-table",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some(table) = secured(at.action()).filter(|table| at.is_old(table)) else {
        return Vec::new();
    };
    // One finding for each table: its other policies wait behind the same lock.
    let first = !at
        .before()
        .iter()
        .any(|statement| secured(&statement.action).is_some_and(|other| other.is(table)));
    if !first {
        return Vec::new();
    }
    let alone = at.statements.iter().all(|statement| {
        secured(&statement.action).is_some_and(|other| other.is(table))
            || matches!(statement.action, Action::Comment { .. })
    });
    if alone && at.script.headers.lock_timeout.is_some() {
        return Vec::new();
    }
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!("changing policies of `{table}` keeps everybody out of it to the end of the migration"),
        )
        .note()
        .why("measured: AccessExclusive for `create`, `alter` and `drop policy` and for `enable row level security`")
        .instead("put the policies into the system's policy file, which is applied by a minimal diff, or one table's policies alone into a migration with `--! lock-timeout: 100ms`"),
    ]
}

fn secured(action: &Action) -> Option<&Name> {
    match action {
        Action::Policy { table } => Some(table),
        Action::AlterTable { table, changes } => changes
            .iter()
            .any(|change| matches!(change.kind, ChangeKind::RowSecurity { .. }))
            .then_some(table),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches, says};

    #[test]
    fn every_policy_statement_counts_and_a_table_is_named_once() {
        let text = "drop policy a on t; create policy b on t; alter policy c on u using (true);";
        assert_eq!(says(RULE.name, text).len(), 2);
        catches(&RULE, &["alter table t enable row level security;"]);
        accepts(
            &RULE,
            &[
                "create table t (a int); create policy b on t;",
                "--! lock-timeout: 100ms\ndrop policy a on t; create policy a on t;",
            ],
        );
    }
}
