//! Versioned migrations: `sql/<system>/V001__name.sql`, their names, their headers, and what may not stand in them.

use std::collections::HashMap;

use super::header::Headers;
use super::refusal::{self, refuse_what_cannot_run};
use super::statements::Statements;
use super::threads::in_parts;
use crate::error::{Error, Place, Result};
use crate::files::{Entry, TextFile, Tree};

/// One versioned migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The number after `V`.
    pub version: i64,
    /// The words after `__`.
    pub name: String,
    /// How it runs.
    pub headers: Headers,
    /// The text.
    pub file: TextFile,
    /// SHA-256 of the text.
    pub sha256: String,
    /// Its statements.
    pub statements: Statements,
}

impl Migration {
    /// `V001__name`, as the file is called.
    #[must_use]
    pub fn label(&self) -> &str {
        let file_name = self.file.path.rsplit('/').next().unwrap_or_default();
        file_name.strip_suffix(".sql").unwrap_or(file_name)
    }

    /// Whether it cannot run but for the header `--! no-transaction`, which it has not: then that is all that it lacks.
    #[must_use]
    pub fn lacks_no_transaction(&self) -> bool {
        !self.headers.no_transaction && refusal::is_all_outside(&self.file, &self.statements)
    }

    /// One that is known to have run: its statements are found when they are asked for, and no mistakes are looked for.
    fn known(version: i64, name: String, file: TextFile, sha256: String) -> Self {
        Self {
            version,
            name,
            headers: Headers::of(&file),
            sha256,
            statements: Statements::of(&file),
            file,
        }
    }
}

/// Whether a migration of a system, by the SHA-256 of its text, is known to have run: what may not stand in it was looked
/// for then, and its statements are of no more use to most commands.
pub type Known<'a> = dyn Fn(&str, &str) -> bool + Sync + 'a;

/// Reads a system's migrations, ascending by version, those with mistakes too. Of those that were looked over already and
/// are known to have run no file is read again. `declared` is where `workroom.toml` names the system.
pub(super) fn read_folder(
    tree: &Tree,
    system: &str,
    known: &Known<'_>,
    looked_over: &[MigrationFingerprint],
    mistakes: &mut Vec<Error>,
    declared: impl FnOnce() -> Place,
) -> Vec<Migration> {
    let folder = format!("sql/{system}");
    let entries = match tree.list(&folder) {
        Ok(Some(entries)) => entries,
        Ok(None) => {
            mistakes.push(
                Error::project(format!("the folder {folder} is missing"))
                    .at(declared())
                    .because(format!(
                        "system `{system}` is declared here, and its migrations lie in {folder}/"
                    ))
                    .hint(format!(
                        "create {folder}/V001__<name>.sql, or remove [systems.{system}]"
                    )),
            );
            return Vec::new();
        }
        Err(error) => {
            mistakes.push(error);
            return Vec::new();
        }
    };
    let mut migrations: Vec<Migration> = Vec::new();
    let looked_over: HashMap<&str, &MigrationFingerprint> = looked_over
        .iter()
        .filter(|it| known(system, &it.sha256))
        .map(|it| (it.path.as_str(), it))
        .collect();
    let read_all = |entries: &[Entry]| {
        let known = |sha256: &str| known(system, sha256);
        let one = |entry| read_entry(tree, &folder, entry, &known, &looked_over);
        entries.iter().map(one).collect()
    };
    for read in in_parts(&entries, read_all) {
        match read {
            Ok((migration, found)) => {
                migrations.push(migration);
                mistakes.extend(found);
            }
            Err(error) => mistakes.push(error),
        }
    }
    migrations.sort_by_key(|migration| migration.version);
    // Also of files that have mistakes of their own.
    let named = entries.iter().filter_map(|entry| {
        let path = format!("{folder}/{}", entry.name);
        let (version, _) = parse_name(&path, &entry.name).ok()?;
        Some((version, path))
    });
    let mut named: Vec<_> = named.collect();
    named.sort_unstable();
    for pair in named.windows(2) {
        if pair[0].0 == pair[1].0 {
            mistakes.push(
                Error::project(format!("version {} is used twice", pair[0].0))
                    .at(Place::file(&pair[1].1))
                    .because(format!("{} has it too", pair[0].1))
                    .hint("give the file that is not applied anywhere yet the next free version"),
            );
        }
    }
    migrations
}

/// A migration of which only its name and the fingerprint of its text are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationFingerprint {
    /// The number after `V`.
    pub version: i64,
    /// The words after `__`.
    pub name: String,
    /// The file.
    pub path: String,
    /// SHA-256 of its text.
    pub sha256: String,
    /// The file itself, where it is text.
    file: Option<TextFile>,
}

/// The same as [`read_folder`] for who wants to know only whether something was changed; gives up at the first mistake.
pub(super) fn fingerprint_folder(tree: &Tree, system: &str) -> Result<Vec<MigrationFingerprint>> {
    let folder = format!("sql/{system}");
    let missing = || Error::project(format!("the folder {folder} is missing"));
    let entries = tree.list(&folder)?.ok_or_else(missing)?;
    let fingerprints = in_parts(&entries, |entries| {
        let mut buffer = Vec::new();
        let one = |entry: &Entry| {
            let path = format!("{folder}/{}", entry.name);
            let (version, name) = parse_name(&path, &entry.name)?;
            let (sha256, file) = tree.fingerprinted(&path, &mut buffer)?;
            Ok(MigrationFingerprint {
                version,
                name,
                path,
                sha256,
                file,
            })
        };
        entries.iter().map(one).collect()
    });
    let mut fingerprints = fingerprints.into_iter().collect::<Result<Vec<_>>>()?;
    fingerprints.sort_by_key(|migration| migration.version);
    Ok(fingerprints)
}

fn read_entry(
    tree: &Tree,
    folder: &str,
    entry: &Entry,
    known: &dyn Fn(&str) -> bool,
    looked_over: &HashMap<&str, &MigrationFingerprint>,
) -> Result<(Migration, Vec<Error>)> {
    let path = format!("{folder}/{}", entry.name);
    if entry.is_folder {
        return Err(Error::project(format!("{path} is a folder"))
            .at(Place::file(&path))
            .because("migrations lie directly in their system's folder")
            .hint(format!("move its files to {folder}/")));
    }
    let (version, name) = parse_name(&path, &entry.name)?;
    if let Some(seen) = looked_over.get(path.as_str())
        && let Some(file) = &seen.file
    {
        let migration = Migration::known(version, name, file.clone(), seen.sha256.clone());
        return Ok((migration, Vec::new()));
    }
    read(tree, &path, version, name, known)
}

/// The version that a new file `sql/<system>/<file_name>` would have.
///
/// # Errors
/// When it is not named like a migration.
pub fn version_of(system: &str, file_name: &str) -> Result<i64> {
    let path = format!("sql/{system}/{file_name}");
    parse_name(&path, file_name).map(|(version, _)| version)
}

/// `V001__lower_snake_case.sql` → (1, "lower_snake_case"); otherwise what is wrong with this very name.
fn parse_name(path: &str, file_name: &str) -> Result<(i64, String)> {
    let wrong = |cause: String, better: Option<String>| {
        let error = Error::project(format!("{path} is not named like a migration"))
            .at(Place::file(path))
            .because(cause);
        Err(match better {
            Some(better) => error.hint(format!("rename it to {better}")),
            None => error.hint("name it V<version>__<lower_snake_case>.sql, such as V001__create_orders.sql, or move it out of sql/"),
        })
    };
    let lower = file_name.to_ascii_lowercase();
    let Some(stem) = file_name.strip_suffix(".sql") else {
        return match lower.strip_suffix(".sql") {
            Some(_) => wrong(
                "the ending is `.sql` in lower case".into(),
                Some(format!("{}.sql", &file_name[..file_name.len() - 4])),
            ),
            None => wrong("it does not end in `.sql`".into(), None),
        };
    };
    let Some(rest) = stem.strip_prefix('V') else {
        if let Some(rest) = stem.strip_prefix('v') {
            return wrong(
                "the `V` is a capital letter".into(),
                Some(format!("V{rest}.sql")),
            );
        }
        return wrong("it does not begin with `V` and a version".into(), None);
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return wrong("no version follows the `V`".into(), None);
    }
    let Ok(version) = rest[..digits].parse::<i64>() else {
        return wrong(
            format!("the version {} does not fit into 64 bits", &rest[..digits]),
            None,
        );
    };
    let Some(name) = rest[digits..].strip_prefix("__") else {
        let cause = if rest[digits..].starts_with('.') {
            "a version is a whole number".to_owned()
        } else {
            format!(
                "two underscores stand between the version {} and the name",
                &rest[..digits]
            )
        };
        return wrong(cause, None);
    };
    let snake: String = name
        .chars()
        .map(|part| {
            if part.is_alphanumeric() {
                part.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    if name.is_empty() || !name.is_ascii() {
        return wrong(
            "the name is empty or has characters outside a–z, 0–9 and _".into(),
            None,
        );
    }
    if name != snake {
        return wrong(
            format!("the name `{name}` is not lower_snake_case"),
            Some(format!("V{}__{snake}.sql", &rest[..digits])),
        );
    }
    Ok((version, name.to_owned()))
}

/// A migration and the mistakes of its text; without a text there is none.
fn read(
    tree: &Tree,
    path: &str,
    version: i64,
    name: String,
    known: &dyn Fn(&str) -> bool,
) -> Result<(Migration, Vec<Error>)> {
    let file = tree.read(path)?;
    let sha256 = file.fingerprint();
    if known(&sha256) {
        let migration = Migration::known(version, name, file, sha256);
        return Ok((migration, Vec::new()));
    }
    let (headers, statements, mistakes) = checked(&file);
    let migration = Migration {
        version,
        name,
        headers,
        sha256,
        file,
        statements,
    };
    Ok((migration, mistakes))
}

/// What a text is as a migration, and what is wrong with it.
fn checked(file: &TextFile) -> (Headers, Statements, Vec<Error>) {
    let mut mistakes = Vec::new();
    let headers = Headers::read(file, &mut mistakes);
    let (statements, is_read) = match Statements::found(file) {
        Ok(statements) => (statements, true),
        Err(error) => {
            mistakes.push(refusal::copies_from_stdin(file).unwrap_or(error));
            (Statements::of(file), false)
        }
    };
    if headers.empty && !statements.is_empty() {
        mistakes.push(
            Error::project(format!("{} has a statement", file.path))
                .at(file.place(statements[0].span.clone()))
                .because("`--! empty` says that it has none")
                .hint("remove that line"),
        );
    }
    if is_read && statements.is_empty() && !headers.empty {
        mistakes.push(
            Error::project(format!("{} has no statement", file.path))
                .at(file.place(0..0))
                .because("an empty migration would be recorded as applied and could never be filled in later")
                .hint("write its SQL, or remove the file; where its version must stay, begin it with `--! empty`"),
        );
    }
    if let Err(error) = refuse_what_cannot_run(file, &statements, !headers.no_transaction) {
        mistakes.push(error);
    }
    (headers, statements, mistakes)
}

/// What is wrong with a text that is to become a migration.
#[must_use]
pub fn mistakes_of(file: &TextFile) -> Vec<Error> {
    checked(file).2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(file_name: &str) -> String {
        parse_name(&format!("sql/x/{file_name}"), file_name)
            .unwrap_err()
            .causes
            .remove(0)
    }

    #[test]
    fn a_good_name_gives_version_and_words() {
        assert_eq!(
            parse_name("p", "V007__add_x2.sql").unwrap(),
            (7, "add_x2".to_owned())
        );
        assert_eq!(
            parse_name("p", "V20240504090241__x.sql").unwrap().0,
            20_240_504_090_241
        );
    }

    #[test]
    fn each_wrong_name_is_told_what_is_wrong_with_it() {
        assert_eq!(cause("v1__a.sql"), "the `V` is a capital letter");
        assert_eq!(cause("V1__a.SQL"), "the ending is `.sql` in lower case");
        assert_eq!(
            cause("V1__add-col.sql"),
            "the name `add-col` is not lower_snake_case"
        );
        assert_eq!(
            cause("V1_a.sql"),
            "two underscores stand between the version 1 and the name"
        );
        assert_eq!(cause("V1.5__a.sql"), "a version is a whole number");
        assert_eq!(cause("V__a.sql"), "no version follows the `V`");
        assert_eq!(
            cause("|1__a.sql"),
            "it does not begin with `V` and a version"
        );
        assert_eq!(cause("notes.txt"), "it does not end in `.sql`");
        assert_eq!(
            cause("V99999999999999999999__a.sql"),
            "the version 99999999999999999999 does not fit into 64 bits"
        );
    }
}
