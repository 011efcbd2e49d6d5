//! Where history and files do not agree, and how they differ.

use similar::TextDiff;

use super::history::{Applied, History};
use crate::error::Result;
use crate::files::TextFile;
use crate::project::{Migration, System};
use crate::sql;

/// One version on which history and files do not agree.
#[derive(Clone, Copy, Debug)]
pub enum Mismatch<'project> {
    /// Only comments or white space of the file changed.
    Remarks(&'project Migration),
    /// The file does something else than what ran.
    Changed(&'project Migration),
    /// The file has another name.
    Renamed(&'project Migration),
    /// The version is applied, and its file is gone.
    Gone(i64),
    /// Steps of a migration that is not under way.
    Steps(i64),
}

/// Compares the history, with its texts, and the files.
///
/// # Errors
/// When a text cannot be read as SQL.
pub fn mismatches<'project>(
    system: &'project System,
    history: &History,
) -> Result<Vec<Mismatch<'project>>> {
    let file = |version: i64| {
        system
            .migrations
            .iter()
            .find(|migration| migration.version == version)
    };
    let mut found = Vec::new();
    for row in history.applied.values() {
        match file(row.version) {
            None => found.push(Mismatch::Gone(row.version)),
            Some(migration) if row.sha256 != migration.file.fingerprint() => {
                found.push(if means_the_same(migration, row)? {
                    Mismatch::Remarks(migration)
                } else {
                    Mismatch::Changed(migration)
                });
            }
            Some(migration) if row.name != migration.name => {
                found.push(Mismatch::Renamed(migration));
            }
            Some(_) => {}
        }
    }
    let mut versions: Vec<i64> = history.steps.keys().map(|(version, _)| *version).collect();
    versions.dedup();
    for version in versions {
        if history.applied.contains_key(&version) || file(version).is_none() {
            found.push(Mismatch::Steps(version));
        }
    }
    Ok(found)
}

/// Whether the text that ran and the file have the same tokens. Headers are comments here: they say how a migration
/// runs, and this one has run.
fn means_the_same(migration: &Migration, row: &Applied) -> Result<bool> {
    let Some(text) = &row.sql_text else {
        return Ok(false);
    };
    let tokens = |file: &TextFile| -> Result<Vec<String>> {
        Ok(sql::tokens(file)?
            .into_iter()
            .map(|token| file.text[token.span].to_owned())
            .collect())
    };
    let ran = TextFile::new(migration.file.path.clone(), text.as_str());
    Ok(tokens(&ran)? == tokens(&migration.file)?)
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
