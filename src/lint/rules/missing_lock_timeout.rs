//! Statements that keep everybody out, in files that do not say how long they may wait.

use crate::lint::locks::Lock;
use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "missing-lock-timeout",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let says_so = at.script.headers.lock_timeout.is_some()
        || at.before().iter().any(
            |statement| matches!(&statement.action, Action::Set { setting, .. } if setting == "lock_timeout"),
        );
    if says_so || !at.is_migration() {
        return Vec::new();
    }
    let Some(table) = strongly_locked(at, at.index) else {
        return Vec::new();
    };
    // One finding a file: the header is one line.
    if (0..at.index).any(|earlier| strongly_locked(at, earlier).is_some()) {
        return Vec::new();
    }
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!("this waits for `{table}` with everybody else queueing behind it, for as long as the default allows"),
        )
        .why("measured behind a 4 s reader: the worst other reader waits 3390 ms without a timeout, 1822 ms with 2 s, 208 ms with 100 ms and a retry")
        .instead("begin the file with `--! lock-timeout: 100ms`; `db migrate` tries again until its budget is spent")
        .mend(0..0, "--! lock-timeout: 100ms\n"),
    ]
}

/// A table with users that a statement of the file locks against readers.
fn strongly_locked(at: &At<'_>, index: usize) -> Option<crate::sql::Name> {
    let there = At { index, ..*at };
    // Giving up half-way leaves a partition that is neither in nor out.
    if let Action::AlterTable { changes, .. } = there.action()
        && changes.iter().any(|change| {
            matches!(
                change.kind,
                ChangeKind::DetachPartition {
                    concurrently: true,
                    ..
                }
            )
        })
    {
        return None;
    }
    there
        .locks_on_old()
        .into_iter()
        .find(|(_, lock)| *lock == Lock::AccessExclusive)
        .map(|(table, _)| table)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches, mends, says};

    #[test]
    fn one_finding_a_file_is_enough() {
        let text = "alter table t add column a int; alter table t add column b int;";
        assert_eq!(says(RULE.name, text).len(), 1);
    }

    #[test]
    fn new_tables_weak_locks_and_headers_are_fine() {
        catches(
            &RULE,
            &["alter table t add column a int;", "drop policy p on t;"],
        );
        accepts(
            &RULE,
            &[
                "create table t (a int); alter table t add column b int;",
                "--! lock-timeout: 1s\nalter table t add column b int;",
                "set local lock_timeout = '1s'; alter table t add column b int;",
                "alter table t validate constraint c;",
                "create table c (p int references p);",
            ],
        );
    }

    #[test]
    fn the_header_is_added() {
        mends(
            &RULE,
            "alter table t add column a int;\n",
            "--! lock-timeout: 100ms\nalter table t add column a int;\n",
        );
    }
}
