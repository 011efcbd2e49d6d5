//! Statements that may not stand in a project's files, because they would break the run.

use crate::error::{Error, Result};
use crate::files::TextFile;
use crate::sql::{self, Statement, TokenKind, sets_transaction};

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
    // What follows a copy from standard input is its rows.
    let data = statements
        .iter()
        .position(|statement| copies(file, statement, "from", "stdin"))
        .map_or(statements.len(), |at| at + 1);
    let mistakes = statements[..data].iter().filter_map(|statement| {
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
        if let Some(cause) = sets_what_no_migration_has(file, statement, in_transaction) {
            return Some(
                Error::project(format!("{} sets a property of its transaction that it cannot have", file.path))
                    .at(at(statement.words.len()))
                    .because(cause)
                    .hint(if in_transaction {
                        "remove it; an isolation level may be set, as the first statement"
                    } else {
                        "remove it; `set default_transaction_isolation = 'serializable'` holds for the statements below it"
                    }),
            );
        }
        if statement.starts_with(&["discard", "all"]) {
            return Some(
                Error::project(format!("{} discards the deployment's session", file.path))
                    .at(at(2))
                    .because("`discard all` would give the deployment lock back, and the server refuses it inside a transaction block")
                    .hint("remove it: settings, prepared statements, cursors and temporary tables never reach the next migration"),
            );
        }
        if copies(file, statement, "from", "stdin") {
            return Some(from_stdin(file, statement));
        }
        if copies(file, statement, "to", "stdout") {
            return Some(
                Error::project(format!("{} copies to standard output", file.path))
                    .at(at(statement.tokens.len()))
                    .because("a migration has no standard output, and nobody would read the rows")
                    .hint("remove it; `workroom seed export` writes rows to files"),
            );
        }
        if in_transaction && let Some(what) = needs_no_transaction(file, statement) {
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

/// What `set transaction` cannot mean in a migration.
fn sets_what_no_migration_has(
    file: &TextFile,
    statement: &Statement,
    in_transaction: bool,
) -> Option<&'static str> {
    sets_transaction(statement).as_ref()?;
    if !in_transaction {
        return Some(
            "under `--! no-transaction` there is no transaction when it runs, and the server only warns",
        );
    }
    let mut words = statement
        .tokens
        .iter()
        .map(|token| file.text[token.span.clone()].to_ascii_lowercase());
    words.find_map(|word| match word.as_str() {
        "only" => Some("what only reads cannot write its own row into the history"),
        "deferrable" => Some("it is for transactions that only read, which no migration is"),
        "snapshot" => Some("a migration must see what was committed before it"),
        _ => None,
    })
}

/// Whether it is a `copy` with these two words, one behind the other.
fn copies(file: &TextFile, statement: &Statement, direction: &str, stream: &str) -> bool {
    statement.starts_with(&["copy"])
        && statement.tokens.windows(2).any(|pair| {
            let is =
                |at: usize, word: &str| file.text[pair[at].span.clone()].eq_ignore_ascii_case(word);
            is(0, direction) && is(1, stream)
        })
}

fn from_stdin(file: &TextFile, statement: &Statement) -> Error {
    Error::project(format!("{} copies from standard input", file.path))
        .at(file.place(statement.span.clone()))
        .because("a migration has no standard input; the lines below it would be read as SQL")
        .hint("write the rows as `insert … values`, or load them with `workroom seed`")
}

/// Of a file that cannot be split: whether that is because rows stand below a copy from standard input.
pub(super) fn copies_from_stdin(file: &TextFile) -> Option<Error> {
    let mut end = 0;
    file.text.split_inclusive('\n').find_map(|line| {
        end += line.len();
        if !line.to_ascii_lowercase().contains("stdin") {
            return None;
        }
        let above = TextFile::new(file.path.as_str(), &file.text[..end]);
        let statements = sql::split(&above).ok()?;
        let last = statements.last()?;
        copies(&above, last, "from", "stdin").then(|| from_stdin(file, last))
    })
}

/// Whether a file has a statement that the server refuses in a transaction.
#[must_use]
pub fn runs_outside_transactions(file: &TextFile, statements: &[Statement]) -> bool {
    statements
        .iter()
        .any(|statement| needs_no_transaction(file, statement).is_some())
}

/// Whether a file has nothing but statements that the server refuses inside a transaction block.
pub(super) fn is_all_outside(file: &TextFile, statements: &[Statement]) -> bool {
    !statements.is_empty()
        && statements
            .iter()
            .all(|statement| needs_no_transaction(file, statement).is_some())
}

/// Source: each command's page in the PostgreSQL documentation ("cannot be executed inside a transaction block").
fn needs_no_transaction(file: &TextFile, statement: &Statement) -> Option<&'static str> {
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
    let form = FORMS
        .iter()
        .find(|(words, _)| statement.starts_with(words))
        .map(|(_, what)| *what);
    form.or_else(|| {
        let words: Vec<String> = statement
            .tokens
            .iter()
            .map(|token| file.text[token.span.clone()].to_ascii_lowercase())
            .collect();
        by_a_later_word(statement, &words)
            .or_else(|| of_all_tables_or_concurrent(statement, &words))
    })
}

/// Forms that are told by more than how they begin.
fn by_a_later_word(statement: &Statement, words: &[String]) -> Option<&'static str> {
    let has = |word: &str| words.iter().any(|other| other == word);
    if statement.starts_with(&["alter", "table"]) && has("detach") && has("concurrently") {
        return Some("alter table … detach partition … concurrently");
    }
    if statement.starts_with(&["reindex"]) && has("concurrently") {
        return Some("reindex … concurrently");
    }
    if statement.starts_with(&["alter", "database"]) && has("tablespace") {
        return Some("alter database … set tablespace");
    }
    // A slot is made on the other server, which no transaction takes back.
    (statement.starts_with(&["create", "subscription"]) && !has("create_slot") && !has("connect"))
        .then_some("create subscription")
}

/// `cluster` and `repack` of all tables, and `repack (concurrently)`.
fn of_all_tables_or_concurrent(statement: &Statement, words: &[String]) -> Option<&'static str> {
    let options = match words.get(1).map(String::as_str) {
        Some("(") => words.iter().position(|word| word == ")").unwrap_or(1),
        _ => 0,
    };
    let concurrently = words[..=options].iter().any(|word| word == "concurrently");
    let mut rest = words[options + 1..].iter();
    let names_a_table = rest.any(|word| word != "verbose");
    match statement.words.first().map(String::as_str) {
        Some("repack") if concurrently => Some("repack (concurrently)"),
        Some("repack") if !names_a_table => Some("repack"),
        Some("cluster") if !names_a_table => Some("cluster"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql;

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
        for text in [
            "alter table s.p detach partition s.q concurrently;",
            "reindex (verbose) table concurrently s.t;",
            "reindex (concurrently) index s.i;",
            "create subscription s connection '' publication p;",
            "alter database d set tablespace x;",
        ] {
            assert_eq!(refused(text, true), 1, "{text}");
            assert_eq!(refused(text, false), 0, "{text}");
        }
        let text = "alter table s.p detach partition s.q; create subscription s connection '' publication p with (connect = false);";
        assert_eq!(refused(text, true), 0);
        // Not without either: the lock of the deployment is the session's.
        assert_eq!(refused("discard all;", false), 1);
        assert_eq!(refused("discard temp; discard plans;", true), 0);
    }

    #[test]
    fn a_transaction_may_have_a_level_and_nothing_else() {
        assert_eq!(
            refused("set transaction isolation level serializable;", true),
            0
        );
        assert_eq!(
            refused(
                "set transaction isolation level serializable, read only;",
                true
            ),
            1
        );
        assert_eq!(
            refused(
                "set transaction snapshot 'a'; set local transaction deferrable;",
                true
            ),
            2
        );
        assert_eq!(
            refused("set transaction isolation level serializable;", false),
            1
        );
    }

    #[test]
    fn psql_commands_and_copy_from_stdin_are_refused() {
        assert_eq!(refused("\\i other.sql\ncopy t from stdin;", true), 2);
        assert_eq!(refused("copy t (a) to stdout with (format csv);", true), 1);
        assert_eq!(
            refused(
                "copy t to '/tmp/stdout'; copy t from program 'stdin';",
                true
            ),
            0
        );
        // Rows are not looked at.
        let rows = "copy t (a, b) from stdin;\n1\tcommit;\n2\tbegin;\n\\.\n";
        assert_eq!(refused(rows, true), 1);
    }

    #[test]
    fn rows_that_cannot_be_read_as_sql_are_told_as_what_they_are() {
        let file = TextFile::new(
            "a.sql",
            "select 'stdin';\nCOPY s.t (id, note) FROM stdin;\n1\tit's\n\\.\n",
        );
        assert!(sql::split(&file).is_err());
        let error = copies_from_stdin(&file).unwrap();
        assert_eq!(error.place.unwrap().line_column(), Some((2, 1)));
        assert!(copies_from_stdin(&TextFile::new("a.sql", "select 'it")).is_none());
    }

    #[test]
    fn all_tables_at_once_and_concurrent_repacking_need_no_transaction() {
        for text in [
            "cluster;",
            "cluster verbose;",
            "repack;",
            "repack (verbose);",
            "repack (concurrently) s.t;",
            "repack (verbose, concurrently) s.t using index t_pkey;",
        ] {
            assert_eq!(refused(text, true), 1, "{text}");
            assert_eq!(refused(text, false), 0, "{text}");
        }
        assert_eq!(
            refused(
                "cluster s.t using t_pkey; repack s.t; repack (verbose) s.t;",
                true
            ),
            0
        );
    }
}
