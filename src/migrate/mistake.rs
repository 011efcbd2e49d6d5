//! What is said where history and files do not agree, and the way out.

use super::history::{Applied, History};
use super::mismatch::{Mismatch, difference};
use crate::error::{Error, Place};
use crate::project::{Migration, System};

/// What a mismatch means for who wants to apply something; steps that are left over stand in nobody's way.
pub(super) fn of(mismatch: &Mismatch<'_>, system: &System, history: &History) -> Option<Error> {
    let row = |version: &i64| &history.applied[version];
    Some(match mismatch {
        Mismatch::Remarks(migration) => changed(migration, row(&migration.version)).hint(
            "only comments or white space changed: `workroom db repair --yes` records the file as it is",
        ),
        Mismatch::Changed(migration) => changed(migration, row(&migration.version)),
        Mismatch::Renamed(migration) => renamed(migration, row(&migration.version)),
        Mismatch::Renumbered(from, migration) => renumbering(migration, row(from), system),
        Mismatch::Late(migration, latest) => late(migration, *latest, system),
        Mismatch::Gone(version) => gone(system, row(version)),
        Mismatch::Steps(version) if history.applied.contains_key(version) => return None,
        Mismatch::Steps(version) => Error::project(format!(
            "migration {version} is half applied, but its file is gone"
        ))
        .at(Place::file(format!("sql/{}/", system.name)))
        .because("workroom.steps has the statements of it that are done")
        .hint("bring the file back from version control, under the same version"),
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
        short(&migration.sha256)
    ));
    let error = match difference(migration, row) {
        Some(difference) => error.because(format!("what was changed:\n{difference}")),
        None => error,
    };
    error
        .hint("bring the file back as it was applied, for example with `git checkout`, and put the change into a new migration")
}

fn renumbering(migration: &Migration, row: &Applied, system: &System) -> Error {
    let error = Error::project(format!(
        "migration {} was applied as version {}",
        migration.label(),
        row.version
    ))
    .at(Place::file(&migration.file.path))
    .because(format!(
        "applied {} by {}, and renumbered since",
        row.applied_on, row.applied_by
    ));
    let mut files = system.migrations.iter();
    let error = match files.find(|other| other.version == row.version) {
        Some(other) => error.because(format!(
            "version {} is {} now, which did not run",
            row.version,
            other.label()
        )),
        None => error.because(format!("no file has version {} any more", row.version)),
    };
    error.hint(format!(
        "`workroom db repair --yes` records it as version {}; nothing runs",
        migration.version
    ))
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
    .hint(format!(
        "or, if the order makes no difference: `workroom db migrate --out-of-order {}` for this database, `--! out-of-order` on its first line for all",
        migration.version
    ))
}

fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
