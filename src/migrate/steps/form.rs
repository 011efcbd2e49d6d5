//! How one statement of a no-transaction file runs, and how its outcome can be told afterwards.

use crate::files::TextFile;
use crate::sql::{Statement, Token, TokenKind, identifier};

/// How a statement runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// In a transaction with the record that it is done: either both happened or neither.
    Transactional,
    /// `create index concurrently`: by itself; the index's own flags say what became of it.
    IndexBuild(IndexBuild),
    /// `drop index concurrently`: by itself; done when the indexes are gone.
    IndexDrop,
    /// Anything else that cannot run in a transaction: by itself, and again after a crash in the middle of it.
    Alone,
}

/// The index that a statement builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IndexBuild {
    /// Its name, unquoted.
    pub(super) name: String,
    /// Its table as SQL, qualified if the statement qualifies it.
    pub(super) table: String,
}

impl Form {
    /// Reads the form off a statement. `None` for a concurrent index without a name, of which nothing could be
    /// told after a crash.
    pub(super) fn of(file: &TextFile, statement: &Statement) -> Option<Self> {
        let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
        Some(match words.as_slice() {
            ["create", "index", "concurrently", ..] => {
                Self::IndexBuild(index_build(file, &statement.tokens[3..])?)
            }
            ["create", "unique", "index", "concurrently", ..] => {
                Self::IndexBuild(index_build(file, &statement.tokens[4..])?)
            }
            ["drop", "index", "concurrently", ..] => Self::IndexDrop,
            // A procedure or an anonymous block may commit, which it cannot in a transaction of ours.
            ["vacuum" | "call" | "do" | "reindex" | "cluster", ..]
            | [
                "create" | "drop",
                "database" | "tablespace" | "subscription",
                ..,
            ]
            | ["alter", "system" | "subscription", ..]
            | ["alter", "database", ..] => Self::Alone,
            _ if has_concurrently(file, statement) => Self::Alone,
            _ => Self::Transactional,
        })
    }
}

/// `refresh materialized view concurrently` may run in a transaction; `detach partition … concurrently` may not.
fn has_concurrently(file: &TextFile, statement: &Statement) -> bool {
    statement.starts_with(&["alter", "table"])
        && statement.tokens.iter().any(|token| {
            token.kind == TokenKind::Word
                && file.text[token.span.clone()].eq_ignore_ascii_case("concurrently")
        })
}

/// `[if not exists] name on [only] table …`
fn index_build(file: &TextFile, tokens: &[Token]) -> Option<IndexBuild> {
    let text = |at: usize| tokens.get(at).map(|token| &file.text[token.span.clone()]);
    let is = |at: usize, word: &str| text(at).is_some_and(|text| text.eq_ignore_ascii_case(word));
    let mut at = if is(0, "if") && is(1, "not") && is(2, "exists") {
        3
    } else {
        0
    };
    if is(at, "on") {
        return None;
    }
    let name = unquoted(file, tokens.get(at)?)?;
    at += if is(at + 2, "only") { 3 } else { 2 };
    let mut table = identifier(&unquoted(file, tokens.get(at)?)?);
    if is(at + 1, ".") {
        table = format!(
            "{table}.{}",
            identifier(&unquoted(file, tokens.get(at + 2)?)?)
        );
    }
    Some(IndexBuild { name, table })
}

fn unquoted(file: &TextFile, token: &Token) -> Option<String> {
    let text = &file.text[token.span.clone()];
    match token.kind {
        TokenKind::Word => Some(text.to_lowercase()),
        TokenKind::QuotedName => Some(text.trim_matches('"').replace("\"\"", "\"")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql;

    fn form(text: &str) -> Option<Form> {
        let file = TextFile::new("a.sql", text);
        Form::of(&file, &sql::split(&file).unwrap()[0])
    }

    fn build(name: &str, table: &str) -> Option<Form> {
        Some(Form::IndexBuild(IndexBuild {
            name: name.to_owned(),
            table: table.to_owned(),
        }))
    }

    #[test]
    fn the_index_and_its_table_are_read_off_the_statement() {
        assert_eq!(
            form("create index concurrently I on Shop.T (a)"),
            build("i", "shop.t")
        );
        assert_eq!(
            form(
                "create unique index concurrently if not exists \"I x\" on only \"T\" using btree (a)"
            ),
            build("I x", "\"T\"")
        );
    }

    #[test]
    fn a_concurrent_index_without_a_name_has_no_form() {
        assert_eq!(form("create index concurrently on t (a)"), None);
    }

    #[test]
    fn what_may_run_in_a_transaction_does() {
        assert_eq!(form("update t set a = 1"), Some(Form::Transactional));
        assert_eq!(
            form("alter table t validate constraint c"),
            Some(Form::Transactional)
        );
        assert_eq!(form("vacuum t"), Some(Form::Alone));
        assert_eq!(
            form("alter table p detach partition q concurrently"),
            Some(Form::Alone)
        );
        assert_eq!(form("drop index concurrently i"), Some(Form::IndexDrop));
    }
}
