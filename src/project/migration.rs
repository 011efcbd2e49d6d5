//! Versioned migrations: `sql/<system>/V001__name.sql`, their names, their headers, and what may not stand in them.

use super::header::Headers;
use crate::error::{Error, Place, Result};
use crate::files::{TextFile, Tree};
use crate::sql::{self, Statement, TokenKind};

/// One versioned migration.
#[derive(Clone, Debug)]
pub struct Migration {
    /// The number after `V`.
    pub version: i64,
    /// The words after `__`.
    pub name: String,
    /// How it runs.
    pub headers: Headers,
    /// The text.
    pub file: TextFile,
    /// Its statements.
    pub statements: Vec<Statement>,
}

impl Migration {
    /// `V001__name`, as the file is called.
    #[must_use]
    pub fn label(&self) -> &str {
        let file_name = self.file.path.rsplit('/').next().unwrap_or_default();
        file_name.strip_suffix(".sql").unwrap_or(file_name)
    }
}

/// Reads a system's migrations, ascending by version. `declared` is where `workroom.toml` names the system.
pub(super) fn read_folder(
    tree: &Tree,
    system: &str,
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
    for entry in entries {
        let path = format!("{folder}/{}", entry.name);
        let read = if entry.is_folder {
            Err(Error::project(format!("{path} is a folder"))
                .at(Place::file(&path))
                .because("migrations lie directly in their system's folder")
                .hint(format!("move its files to {folder}/")))
        } else {
            parse_name(&path, &entry.name)
                .and_then(|(version, name)| read(tree, &path, version, name))
        };
        match read {
            Ok(migration) => migrations.push(migration),
            Err(error) => mistakes.push(error),
        }
    }
    migrations.sort_by_key(|migration| migration.version);
    for pair in migrations.windows(2) {
        if pair[0].version == pair[1].version {
            mistakes.push(
                Error::project(format!("version {} is used twice", pair[0].version))
                    .at(Place::file(&pair[1].file.path))
                    .because(format!("{} has it too", pair[0].file.path))
                    .hint("give the file that is not applied anywhere yet the next free version"),
            );
        }
    }
    migrations
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

fn read(tree: &Tree, path: &str, version: i64, name: String) -> Result<Migration> {
    let file = tree.read(path)?;
    let mut mistakes = Vec::new();
    let headers = Headers::read(&file, &mut mistakes);
    let statements = match sql::split(&file) {
        Ok(statements) => statements,
        Err(error) => {
            mistakes.push(error);
            Error::all(mistakes)?;
            return Err(Error::project(format!("{path} cannot be read")));
        }
    };
    if statements.is_empty() {
        mistakes.push(
            Error::project(format!("{path} has no statement"))
                .at(file.place(0..0))
                .because("an empty migration would be recorded as applied and could never be filled in later")
                .hint("write its SQL, or remove the file"),
        );
    }
    if let Err(error) = refuse_what_cannot_run(&file, &statements, !headers.no_transaction) {
        mistakes.push(error);
    }
    Error::all(mistakes)?;
    Ok(Migration {
        version,
        name,
        headers,
        file,
        statements,
    })
}

/// Statements that would break the run: transaction control, psql's own commands, COPY from standard input,
/// and, in a file that runs in a transaction, what Postgres refuses there.
///
/// # Errors
/// With every such statement at its line.
pub(super) fn refuse_what_cannot_run(
    file: &TextFile,
    statements: &[Statement],
    in_transaction: bool,
) -> Result<()> {
    let mistakes = statements.iter().filter_map(|statement| {
        let at = |length: usize| {
            let start = statement.span.start;
            let end = statement.tokens.get(length.saturating_sub(1)).map_or(statement.span.end, |token| token.span.end);
            file.place(start..end)
        };
        let words = statement.words.join(" ");
        if statement.tokens.first().is_some_and(|token| token.kind == TokenKind::MetaCommand) {
            return Some(
                Error::project(format!("{} has a psql command", file.path))
                    .at(at(1))
                    .because("lines that begin with a backslash are understood by psql, not by the server")
                    .hint("write it as SQL; text of another file goes into a migration of its own"),
            );
        }
        if controls_transaction(statement) {
            let hint = if in_transaction {
                "remove it: workroom opens and commits the transaction, together with the history row"
            } else {
                "remove it: under `--! no-transaction` each statement is committed by itself"
            };
            return Some(
                Error::project(format!("{} controls its own transaction", file.path))
                    .at(at(statement.words.len().min(2)))
                    .because(format!("`{}` would end or nest the transaction that makes the migration all-or-nothing", first_words(&words, 2)))
                    .hint(hint),
            );
        }
        if statement.starts_with(&["copy"]) && ends_with_from_stdin(file, statement) {
            return Some(
                Error::project(format!("{} copies from standard input", file.path))
                    .at(at(statement.tokens.len()))
                    .because("a migration has no standard input; the lines below it would be read as SQL")
                    .hint("write the rows as `insert … values`, or load them with `workroom seed`"),
            );
        }
        if in_transaction && let Some(what) = needs_no_transaction(statement) {
            return Some(
                Error::project(format!("{} has a statement that cannot run in a transaction", file.path))
                    .at(at(statement.words.len().min(4)))
                    .because(format!("the server refuses `{what}` inside a transaction block"))
                    .hint("put it into a migration of its own whose first line is `--! no-transaction`"),
            );
        }
        None
    });
    Error::all(mistakes.collect())
}

fn first_words(words: &str, count: usize) -> String {
    words.split(' ').take(count).collect::<Vec<_>>().join(" ")
}

fn controls_transaction(statement: &Statement) -> bool {
    let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["begin" | "commit" | "end" | "abort", ..]
        | ["start", "transaction", ..]
        | ["prepare", "transaction", ..] => true,
        // `rollback to savepoint` stays inside the transaction.
        ["rollback", rest @ ..] => !rest.contains(&"to"),
        _ => false,
    }
}

fn ends_with_from_stdin(file: &TextFile, statement: &Statement) -> bool {
    statement.tokens.windows(2).any(|pair| {
        let word = |at: usize| file.text[pair[at].span.clone()].to_ascii_lowercase();
        word(0) == "from" && word(1) == "stdin"
    })
}

/// Source: each command's page in the PostgreSQL documentation ("cannot be executed inside a transaction block").
fn needs_no_transaction(statement: &Statement) -> Option<&'static str> {
    const FORMS: &[(&[&str], &str)] = &[
        (
            &["create", "index", "concurrently"],
            "create index concurrently",
        ),
        (
            &["create", "unique", "index", "concurrently"],
            "create unique index concurrently",
        ),
        (
            &["drop", "index", "concurrently"],
            "drop index concurrently",
        ),
        (&["vacuum"], "vacuum"),
        (&["create", "database"], "create database"),
        (&["drop", "database"], "drop database"),
        (&["create", "tablespace"], "create tablespace"),
        (&["drop", "tablespace"], "drop tablespace"),
        (&["alter", "system"], "alter system"),
        (
            &["reindex", "index", "concurrently"],
            "reindex index concurrently",
        ),
        (
            &["reindex", "table", "concurrently"],
            "reindex table concurrently",
        ),
        (&["reindex", "schema"], "reindex schema"),
        (&["reindex", "database"], "reindex database"),
        (&["reindex", "system"], "reindex system"),
    ];
    FORMS
        .iter()
        .find(|(words, _)| statement.starts_with(words))
        .map(|(_, what)| *what)
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

    fn refused(text: &str, in_transaction: bool) -> usize {
        let file = TextFile::new("a.sql", text);
        match refuse_what_cannot_run(&file, &sql::split(&file).unwrap(), in_transaction) {
            Ok(()) => 0,
            Err(error) => error.iter().count(),
        }
    }

    #[test]
    fn transaction_control_is_refused_wherever_it_stands() {
        let text = "begin; select 1; commit; end; rollback; abort; start transaction; prepare transaction 'x';";
        assert_eq!(refused(text, true), 7);
        assert_eq!(refused("savepoint a; rollback to a; release a;", true), 0);
        assert_eq!(
            refused(
                "do $$ begin null; end $$; select 'commit;'; -- commit;\n",
                true
            ),
            0
        );
    }

    #[test]
    fn what_needs_no_transaction_is_refused_in_one_and_allowed_without() {
        let text = "create index concurrently a on t (b); vacuum t;";
        assert_eq!(refused(text, true), 2);
        assert_eq!(refused(text, false), 0);
    }

    #[test]
    fn psql_commands_and_copy_from_stdin_are_refused() {
        assert_eq!(refused("\\i other.sql\ncopy t from stdin;", true), 2);
    }
}
