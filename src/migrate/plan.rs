//! What is to be done: files against history, a pure function.

use super::history::{Applied, History};
use super::mismatch::difference;
use crate::error::{Error, Kind, Place, Result};
use crate::project::{Migration, System};

/// What `db migrate` would apply, in order, and what is applied already.
#[derive(Debug)]
pub struct Plan<'project> {
    /// Migrations to apply, ascending.
    pub pending: Vec<&'project Migration>,
    /// Applied migrations with their files, ascending.
    pub applied: Vec<(&'project Migration, Applied)>,
    /// Whether everything in `sql/` will be applied afterwards; false under `--to`.
    pub complete: bool,
}

/// Compares files and history.
///
/// # Errors
/// When an applied file was changed, an applied file is gone, or a file is late: lower than what is applied.
/// Three different mistakes, with three different ways out. Also when `to` is no version of the system.
pub fn plan<'project>(
    system: &'project System,
    history: &History,
    to: Option<i64>,
) -> Result<Plan<'project>> {
    let mut mistakes = Vec::new();
    let mut pending = Vec::new();
    let mut applied = Vec::new();
    let latest = history.latest();
    for migration in &system.migrations {
        match history.applied.get(&migration.version) {
            Some(row) => {
                if row.sha256 != migration.file.fingerprint() {
                    mistakes.push(changed(migration, row));
                } else if row.name != migration.name {
                    mistakes.push(renamed(migration, row));
                }
                applied.push((migration, row.clone()));
            }
            None => {
                if let Some(latest) = latest
                    .filter(|latest| *latest > migration.version && !migration.headers.out_of_order)
                {
                    mistakes.push(late(migration, latest, system));
                }
                pending.push(migration);
            }
        }
    }
    for row in history.applied.values() {
        if !system
            .migrations
            .iter()
            .any(|migration| migration.version == row.version)
        {
            mistakes.push(gone(system, row));
        }
    }
    let mut half_applied: Vec<i64> = history.steps.keys().map(|(version, _)| *version).collect();
    half_applied.dedup();
    for version in half_applied {
        if !system
            .migrations
            .iter()
            .any(|migration| migration.version == version)
            && !history.applied.contains_key(&version)
        {
            mistakes.push(
                Error::project(format!(
                    "migration {version} is half applied, but its file is gone"
                ))
                .at(Place::file(format!("sql/{}/", system.name)))
                .because("workroom.steps has the statements of it that are done")
                .hint("bring the file back from version control, under the same version"),
            );
        }
    }
    if let Some(to) = to {
        if !system
            .migrations
            .iter()
            .any(|migration| migration.version == to)
        {
            mistakes.push(
                Error::new(
                    Kind::Usage,
                    format!(
                        "system `{}` has no migration with version {to}",
                        system.name
                    ),
                )
                .hint(format!(
                    "`workroom db status --system {}` lists them",
                    system.name
                )),
            );
        } else if let Some(latest) = latest.filter(|latest| *latest > to) {
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
    Error::all(mistakes)?;
    let complete = applied.len() + pending.len() == system.migrations.len();
    Ok(Plan {
        pending,
        applied,
        complete,
    })
}

/// The error for a file that is not what ran, with the difference where the history's text is known.
#[must_use]
pub fn changed(migration: &Migration, row: &Applied) -> Error {
    let error = Error::project(format!(
        "migration {} was changed after it was applied",
        migration.label()
    ))
    .at(Place::file(&migration.file.path))
    .because(format!(
        "applied {} by {} with SHA-256 {}",
        row.applied_on,
        row.applied_by,
        short(&row.sha256)
    ))
    .because(format!(
        "the file now has SHA-256 {}",
        short(&migration.file.fingerprint())
    ));
    let error = match difference(migration, row) {
        Some(difference) => error.because(format!("what was changed:\n{difference}")),
        None => error,
    };
    error
        .hint("bring the file back as it was applied, for example with `git checkout`, and put the change into a new migration")
        .hint("if only comments changed, `workroom db repair` records the file as it is")
}

fn renamed(migration: &Migration, row: &Applied) -> Error {
    Error::project(format!(
        "migration {} was renamed after it was applied",
        migration.label()
    ))
    .at(Place::file(&migration.file.path))
    .because(format!("it was applied under the name `{}`", row.name))
    .hint(format!("rename the file back, to V…__{}.sql", row.name))
}

fn gone(system: &System, row: &Applied) -> Error {
    Error::project(format!("migration {} `{}` is applied, but its file is gone", row.version, row.name))
        .at(Place::file(format!("sql/{}/", system.name)))
        .because(format!("applied {} by {}", row.applied_on, row.applied_by))
        .hint("bring the file back from version control; a database that is ahead of the files needs the newer files")
}

fn late(migration: &Migration, latest: i64, system: &System) -> Error {
    let next = system
        .migrations
        .last()
        .map_or(0, |last| last.version)
        .max(latest)
        + 1;
    Error::project(format!(
        "migration {} is late: version {latest} is applied already",
        migration.label()
    ))
    .at(Place::file(&migration.file.path))
    .because("a new database would run it before, this one after")
    .hint(format!(
        "rename it to V{next:03}__{}.sql, so that every database runs it in the same order",
        migration.name
    ))
    .hint("or, if the order makes no difference, put `--! out-of-order` on its first line")
}

fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::TextFile;
    use crate::project::Headers;

    fn migration(version: i64, text: &str) -> Migration {
        Migration {
            version,
            name: "x".into(),
            headers: Headers::default(),
            file: TextFile::new(format!("sql/shop/V{version:03}__x.sql"), text),
            statements: Vec::new(),
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
            migrations,
            objects: Vec::new(),
            policy: None,
            seeds: None,
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
                    sha256: file.file.fingerprint(),
                    applied_on: "2026-01-01T00:00:00Z".into(),
                    applied_by: "ann".into(),
                    duration_ms: "1".into(),
                    sql_text: None,
                },
            );
        }
        history
    }

    fn messages(system: &System, history: &History) -> Vec<String> {
        match plan(system, history, None) {
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
        let plan = plan(&system, &history(&[&migration(1, "a")]), Some(2)).unwrap();
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
        assert!(plan(&system, &history, Some(9)).is_err());
        assert!(plan(&system, &history, Some(1)).is_err());
    }
}
