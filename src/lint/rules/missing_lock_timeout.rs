//! Statements that keep everybody out, in files that lift the short wait which `db migrate` sets.

use std::time::Duration;

use crate::lint::locks::Lock;
use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "missing-lock-timeout",
    check,
};

/// How long others may have to queue. `db migrate` waits 100 ms and tries again.
const LONGEST: Duration = Duration::from_secs(5);

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some(table) = strongly_locked(at).filter(|_| at.is_migration()) else {
        return Vec::new();
    };
    // One finding a file.
    let is_first = !at
        .locked
        .iter()
        .any(|(_, _, lock)| *lock == Lock::AccessExclusive);
    let set = at
        .before()
        .iter()
        .rev()
        .find_map(|statement| match &statement.action {
            Action::Set { setting, value } if setting == "lock_timeout" => Some(value.as_str()),
            _ => None,
        });
    let wait = match set {
        Some(value) => waits(value),
        None => at.script.headers.lock_timeout,
    };
    let is_long = set.is_some() && wait.is_none() || wait.is_some_and(|wait| wait > LONGEST);
    if !is_first || !is_long {
        return Vec::new();
    }
    let how_long = match wait {
        Some(wait) => format!("for up to {} s", wait.as_secs()),
        None => "for as long as it takes".to_owned(),
    };
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!("this waits for `{table}` {how_long}, with everybody else queueing behind it"),
        )
        .why("measured behind a 4 s reader: the worst other reader waits 2878 ms with `lock_timeout = 0`, and 132 ms with what `db migrate` does by itself: 100 ms and tries again")
        .instead("leave the setting away; `db migrate` tries again until its budget is spent"),
    ]
}

/// How long a value of `lock_timeout` waits; nothing for ever.
fn waits(value: &str) -> Option<Duration> {
    let value = value.trim_matches('\'').trim();
    let digits = value
        .find(|other: char| !other.is_ascii_digit())
        .unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let unit = match unit.trim() {
        "" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let wait: u64 = number.parse().ok()?;
    (wait > 0).then(|| Duration::from_millis(wait.saturating_mul(unit)))
}

/// A table with users that a statement of the file locks against readers.
fn strongly_locked(at: &At<'_>) -> Option<Name> {
    // Giving up half-way leaves a partition that is neither in nor out.
    if let Action::AlterTable { changes, .. } = at.action()
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
    at.locks_on_old()
        .into_iter()
        .find(|(_, lock)| *lock == Lock::AccessExclusive)
        .map(|(table, _)| table)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches, says};

    #[test]
    fn one_finding_a_file_is_enough() {
        let text =
            "set lock_timeout = 0; alter table t add column a int; alter table t add column b int;";
        assert_eq!(says(RULE.name, text).len(), 1);
    }

    #[test]
    fn only_a_wait_that_is_longer_than_by_itself_is_found() {
        for lifts in [
            "set lock_timeout = 0;",
            "set local lock_timeout = '1h';",
            "set lock_timeout to default;",
            "reset lock_timeout;",
            "--! lock-timeout: 1h\n",
        ] {
            catches(
                &RULE,
                &[&format!("{lifts} alter table t add column a int;")],
            );
        }
        accepts(
            &RULE,
            &[
                "alter table t add column a int;",
                "drop policy p on t;",
                "set lock_timeout = 0; create table t (a int); alter table t add column b int;",
                "--! lock-timeout: 1s\nalter table t add column b int;",
                "set local lock_timeout = '1s'; alter table t add column b int;",
                "set lock_timeout = 0; set lock_timeout = 200; alter table t add column b int;",
                "set lock_timeout = 0; alter table t validate constraint c;",
            ],
        );
    }
}
