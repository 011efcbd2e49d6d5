//! Where history and files do not agree, and how they differ.

use std::collections::{BTreeMap, BTreeSet};

use similar::TextDiff;

use super::history::{Applied, History};
use crate::files::TextFile;
use crate::project::{Migration, System};
use crate::sql;

/// One version on which history and files do not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch<'project> {
    /// Only comments or white space of the file changed.
    Remarks(&'project Migration),
    /// The file does something else than what ran.
    Changed(&'project Migration),
    /// The file has another name.
    Renamed(&'project Migration),
    /// What ran under this version is the text of this file, which has another one: it was renumbered after it ran.
    Renumbered(i64, &'project Migration),
    /// Not applied, and lower than this version, which is.
    Late(&'project Migration, i64),
    /// The version is applied, and its file is gone.
    Gone(i64),
    /// Steps of a migration that is not under way.
    Steps(i64),
}

/// Compares the history, with the texts of what diverged, and the files. Late files whose version is in `out_of_order`
/// are meant to be.
#[must_use]
pub fn mismatches<'project>(
    system: &'project System,
    history: &History,
    out_of_order: &[i64],
) -> Vec<Mismatch<'project>> {
    let renumbered = renumbered(system, history);
    // As the history will be once what was renumbered is recorded so.
    let versions = history.applied.keys().map(|version| {
        let moved = renumbered.get(version);
        moved.map_or(*version, |migration| migration.version)
    });
    let versions: BTreeSet<i64> = versions.collect();
    let latest = versions.last().copied();
    let mut found: Vec<Mismatch<'_>> = renumbered
        .iter()
        .map(|(version, migration)| Mismatch::Renumbered(*version, migration))
        .collect();
    let mut files = BTreeSet::new();
    for migration in &system.migrations {
        files.insert(migration.version);
        let is_allowed =
            migration.headers.out_of_order || out_of_order.contains(&migration.version);
        match row_of(history, &renumbered, migration) {
            Some(row) if row.sha256 != migration.sha256 => {
                found.push(if means_the_same(migration, row) {
                    Mismatch::Remarks(migration)
                } else {
                    Mismatch::Changed(migration)
                });
            }
            Some(row) if row.name != migration.name => found.push(Mismatch::Renamed(migration)),
            Some(_) => {}
            None => {
                let is_late = !is_allowed && !versions.contains(&migration.version);
                let later = latest.filter(|latest| is_late && *latest > migration.version);
                found.extend(later.map(|latest| Mismatch::Late(migration, latest)));
            }
        }
    }
    let gone = history.applied.keys();
    let gone = gone.filter(|version| !files.contains(version) && !renumbered.contains_key(version));
    found.extend(gone.map(|version| Mismatch::Gone(*version)));
    let mut steps: Vec<i64> = history.steps.keys().map(|(version, _)| *version).collect();
    steps.dedup();
    steps.retain(|version| history.applied.contains_key(version) || !files.contains(version));
    found.extend(steps.into_iter().map(Mismatch::Steps));
    found
}

/// The row of a file's own version, unless that row belongs to a file that was renumbered.
pub(super) fn row_of<'history>(
    history: &'history History,
    renumbered: &BTreeMap<i64, &Migration>,
    migration: &Migration,
) -> Option<&'history Applied> {
    let row = history.applied.get(&migration.version)?;
    (!renumbered.contains_key(&row.version)).then_some(row)
}

/// Rows whose text is that of a file with another version: row → file.
pub(super) fn renumbered<'project>(
    system: &'project System,
    history: &History,
) -> BTreeMap<i64, &'project Migration> {
    let is_own = |migration: &Migration| {
        let row = history.applied.get(&migration.version);
        row.is_some_and(|row| row.sha256 == migration.sha256)
    };
    let diverged = history.diverged(system);
    if diverged.is_empty() {
        return BTreeMap::new();
    }
    let mut free: Vec<&Migration> = system
        .migrations
        .iter()
        .filter(|one| !is_own(one))
        .collect();
    let mut found = BTreeMap::new();
    for version in diverged {
        let row = &history.applied[&version];
        let candidate = |is: &dyn Fn(&Migration) -> bool| {
            let other = |migration: &&Migration| migration.version != version;
            let mut fitting = free.iter().filter(|one| other(one) && is(one));
            let named = fitting.clone().position(|one| one.name == row.name);
            fitting.nth(named.unwrap_or(0)).copied()
        };
        let same = |migration: &Migration| migration.sha256 == row.sha256;
        let alike = |migration: &Migration| {
            !migration.statements.is_empty() && means_the_same(migration, row)
        };
        // Its own file, with other comments, comes before any other one.
        let own = free.iter().any(|one| one.version == version && alike(one));
        let moved = candidate(&same).or_else(|| candidate(&alike).filter(|_| !own));
        if let Some(migration) = moved {
            free.retain(|other| other.version != migration.version);
            found.insert(version, migration);
        }
    }
    // A version that another row keeps is not free for this one.
    loop {
        let kept: Vec<i64> = found
            .iter()
            .filter(|(_, migration): &(_, &&Migration)| {
                let target = migration.version;
                history.applied.contains_key(&target) && !found.contains_key(&target)
            })
            .map(|(version, _)| *version)
            .collect();
        if kept.is_empty() {
            return found;
        }
        found.retain(|version, _| !kept.contains(version));
    }
}

/// Whether the text that ran and the file have the same tokens. Headers are comments here: they say how a migration
/// runs, and this one has run.
fn means_the_same(migration: &Migration, row: &Applied) -> bool {
    let Some(text) = &row.sql_text else {
        return false;
    };
    let tokens = |file: &TextFile| -> Option<Vec<String>> {
        let tokens = sql::tokens(file).ok()?.into_iter();
        Some(
            tokens
                .map(|token| file.text[token.span].to_owned())
                .collect(),
        )
    };
    let ran = TextFile::new(migration.file.path.clone(), text.as_str());
    tokens(&ran).is_some_and(|ran| Some(ran) == tokens(&migration.file))
}

/// What was changed since a migration ran, as a unified diff.
pub(super) fn difference(migration: &Migration, row: &Applied) -> Option<String> {
    let text = row.sql_text.as_ref()?;
    let diff = TextDiff::from_lines(text.as_str(), &migration.file.text);
    let diff = diff
        .unified_diff()
        .context_radius(2)
        .header("as it ran", &migration.file.path)
        .to_string();
    Some(diff.trim_end().to_owned())
}
