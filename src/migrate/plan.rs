//! What is to be done: files against history, a pure function.

use super::history::{Applied, History};
use super::mismatch::{Mismatch, mismatches, renumbered, row_of};
use super::mistake;
use crate::error::{Error, Kind, Result};
use crate::project::{Migration, System};

/// Which migrations are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// None after this version.
    pub to: Option<i64>,
    /// Versions that may be applied although a later one already is, as with the header `--! out-of-order`.
    pub out_of_order: Vec<i64>,
}

/// What `db migrate` would apply, in order, and what is applied already.
#[derive(Debug)]
pub struct Plan<'project> {
    /// Migrations to apply, ascending.
    pub pending: Vec<&'project Migration>,
    /// Applied migrations with their files, ascending.
    pub applied: Vec<(&'project Migration, Applied)>,
    /// Where files and history do not agree; nothing can be applied then.
    pub mismatches: Vec<Mismatch<'project>>,
    /// Whether everything in `sql/` will be applied afterwards; false under `--to`.
    pub complete: bool,
}

/// Compares files and history.
///
/// # Errors
/// When an applied file was changed or renumbered, an applied file is gone, or a file is late: lower than what is
/// applied. Different mistakes, with different ways out. Also when a version of `choice` is none of the system.
pub fn plan<'project>(
    system: &'project System,
    history: &History,
    choice: &Choice,
) -> Result<Plan<'project>> {
    let (plan, mistakes) = plan_what_can_be(system, history, choice);
    Error::all(mistakes)?;
    Ok(plan)
}

/// The same, with what stands in its way beside it.
pub fn plan_what_can_be<'project>(
    system: &'project System,
    history: &History,
    choice: &Choice,
) -> (Plan<'project>, Vec<Error>) {
    let mismatches = mismatches(system, history, &choice.out_of_order);
    let mut mistakes: Vec<Error> = mismatches
        .iter()
        .filter_map(|mismatch| mistake::of(mismatch, system, history))
        .collect();
    let renumbered = renumbered(system, history);
    let (mut pending, mut applied) = (Vec::new(), Vec::new());
    for migration in &system.migrations {
        match row_of(history, &renumbered, migration) {
            Some(row) => applied.push((migration, row.clone())),
            None if renumbered
                .values()
                .any(|other| other.version == migration.version) => {}
            None => pending.push(migration),
        }
    }
    for version in &choice.out_of_order {
        if !has(system, *version) {
            mistakes.push(no_such_version(system, *version));
        }
    }
    if let Some(to) = choice.to {
        if !has(system, to) {
            mistakes.push(no_such_version(system, to));
        } else if let Some(latest) = history.latest().filter(|latest| *latest > to) {
            mistakes.push(
                Error::refused(format!(
                    "system `{}` is at version {latest} already, past {to}",
                    system.name
                ))
                .because("migrations go forward only; undoing one is a new migration")
                .hint("name a later version, or leave `--to` away"),
            );
        }
        pending.retain(|migration| migration.version <= to);
    }
    let complete = applied.len() + pending.len() == system.migrations.len();
    let plan = Plan {
        pending,
        applied,
        mismatches,
        complete,
    };
    (plan, mistakes)
}

fn has(system: &System, version: i64) -> bool {
    let mut migrations = system.migrations.iter();
    migrations.any(|migration| migration.version == version)
}

fn no_such_version(system: &System, version: i64) -> Error {
    Error::new(
        Kind::Usage,
        format!(
            "system `{}` has no migration with version {version}",
            system.name
        ),
    )
    .hint(format!(
        "`workroom db status --system {}` lists them",
        system.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::TextFile;
    use crate::project::{Headers, Statements};

    fn migration(version: i64, text: &str) -> Migration {
        let file = TextFile::new(format!("sql/shop/V{version:03}__x.sql"), text);
        Migration {
            version,
            name: "x".into(),
            headers: Headers::default(),
            sha256: crate::files::fingerprint(text),
            statements: Statements::of(&file),
            file,
        }
    }

    fn system(migrations: Vec<Migration>) -> System {
        System {
            name: "shop".into(),
            title: String::new(),
            schemas: Vec::new(),
            private_schemas: Vec::new(),
            tenant: None,
            requires: Vec::new(),
            extensions: Vec::new(),
            expect: crate::project::Expect::default(),
            accept: std::collections::BTreeMap::new(),
            migrations,
            objects: Vec::new(),
            policy: None,
            seeds: None,
            declared: std::sync::OnceLock::new(),
        }
    }

    fn history(files: &[&Migration]) -> History {
        let mut history = History::default();
        for file in files {
            history.applied.insert(
                file.version,
                Applied {
                    version: file.version,
                    name: file.name.clone(),
                    sha256: file.sha256.clone(),
                    applied_on: "2026-01-01T00:00:00Z".into(),
                    applied_by: "ann".into(),
                    duration_ms: "1".into(),
                    sql_text: None,
                },
            );
        }
        history
    }

    fn to(version: i64) -> Choice {
        Choice {
            to: Some(version),
            ..Choice::default()
        }
    }

    fn messages(system: &System, history: &History) -> Vec<String> {
        match plan(system, history, &Choice::default()) {
            Ok(_) => Vec::new(),
            Err(error) => error.iter().map(|error| error.message.clone()).collect(),
        }
    }

    #[test]
    fn what_the_history_does_not_have_is_pending() {
        let system = system(vec![
            migration(1, "a"),
            migration(2, "b"),
            migration(3, "c"),
        ]);
        let plan = plan(&system, &history(&[&migration(1, "a")]), &to(2)).unwrap();
        assert_eq!(plan.pending.len(), 1);
        assert!(!plan.complete);
    }

    #[test]
    fn changed_gone_and_late_are_three_messages_reported_together() {
        let system = system(vec![migration(1, "changed"), migration(2, "late")]);
        let messages = messages(
            &system,
            &history(&[&migration(1, "a"), &migration(3, "gone")]),
        );
        assert_eq!(
            messages,
            [
                "migration V001__x was changed after it was applied",
                "migration V002__x is late: version 3 is applied already",
                "migration 3 `x` is applied, but its file is gone"
            ]
        );
    }

    #[test]
    fn a_late_file_that_allows_it_is_pending() {
        let mut late = migration(1, "late");
        late.headers.out_of_order = true;
        let system = system(vec![late, migration(2, "b")]);
        assert!(messages(&system, &history(&[&migration(2, "b")])).is_empty());
    }

    #[test]
    fn a_target_that_does_not_exist_or_lies_behind_is_an_error() {
        let system = system(vec![migration(1, "a"), migration(2, "b")]);
        let history = history(&[&migration(1, "a"), &migration(2, "b")]);
        assert!(plan(&system, &history, &to(9)).is_err());
        assert!(plan(&system, &history, &to(1)).is_err());
    }

    #[test]
    fn what_was_renumbered_is_known_by_its_text_and_what_took_its_number_is_late() {
        let system = system(vec![
            migration(1, "a"),
            migration(2, "b"),
            migration(3, "c"),
        ]);
        let history = history(&[&migration(1, "a"), &migration(2, "c")]);
        assert_eq!(
            messages(&system, &history),
            [
                "migration V003__x was applied as version 2",
                "migration V002__x is late: version 3 is applied already"
            ]
        );
        let choice = Choice {
            out_of_order: vec![2],
            ..Choice::default()
        };
        let (plan, _) = plan_what_can_be(&system, &history, &choice);
        assert_eq!(
            plan.mismatches,
            [Mismatch::Renumbered(2, &system.migrations[2])]
        );
        assert_eq!(plan.pending, [&system.migrations[1]]);
    }

    #[test]
    fn two_that_changed_places_are_both_renumbered() {
        let system = system(vec![migration(1, "a"), migration(2, "b")]);
        assert_eq!(
            messages(&system, &history(&[&migration(1, "b"), &migration(2, "a")])),
            [
                "migration V002__x was applied as version 1",
                "migration V001__x was applied as version 2"
            ]
        );
    }

    #[test]
    fn a_number_that_another_row_keeps_is_not_free() {
        let system = system(vec![migration(1, "new"), migration(2, "a")]);
        assert_eq!(
            messages(
                &system,
                &history(&[&migration(1, "a"), &migration(2, "old")])
            ),
            [
                "migration V001__x was changed after it was applied",
                "migration V002__x was changed after it was applied"
            ]
        );
    }
}
