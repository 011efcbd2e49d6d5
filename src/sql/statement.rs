//! Where statements begin and end, by the rules that the server's own grammar has for `;`.
//!
//! A `;` inside parentheses (`create rule … do (a; b)`) or inside the `begin atomic … end` body of a function
//! does not end a statement; psql has the same rules.

use std::ops::Range;

use super::lexer::{Token, TokenKind, tokens};
use crate::error::Result;
use crate::files::TextFile;

/// One statement of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// From its first token to its last, without the `;`.
    pub span: Range<usize>,
    /// Its tokens, without the `;`.
    pub tokens: Vec<Token>,
    /// Up to eight leading words in lower case: enough to tell what it does.
    pub words: Vec<String>,
}

impl Statement {
    /// The statement's text.
    #[must_use]
    pub fn text<'file>(&self, file: &'file TextFile) -> &'file str {
        &file.text[self.span.clone()]
    }

    /// Whether it begins with these words.
    #[must_use]
    pub fn starts_with(&self, words: &[&str]) -> bool {
        self.words.len() >= words.len()
            && self
                .words
                .iter()
                .zip(words)
                .all(|(mine, other)| mine == other)
    }
}

/// Splits a file into statements. Empty statements are left out.
///
/// # Errors
/// When a quote or a comment is never closed.
pub fn split(file: &TextFile) -> Result<Vec<Statement>> {
    let mut statements = Vec::new();
    let mut current: Vec<Token> = Vec::new();
    let mut nesting = Nesting::default();
    for token in tokens(file)? {
        let text = &file.text[token.span.clone()];
        if token.kind == TokenKind::MetaCommand {
            // A meta-command ends with its line; it is a statement of its own, to be named in an error.
            push(&mut statements, &mut current, file);
            current.push(token);
            push(&mut statements, &mut current, file);
            nesting = Nesting::default();
        } else if text == ";" && nesting.is_outermost() {
            push(&mut statements, &mut current, file);
            nesting = Nesting::default();
        } else {
            nesting.read(&token, text);
            current.push(token);
        }
    }
    push(&mut statements, &mut current, file);
    Ok(statements)
}

/// Whether it is `\restrict` or `\unrestrict`, between which `pg_dump` keeps psql from its other commands. They have no
/// bearing on a server and are not sent.
#[must_use]
pub fn is_restriction(file: &TextFile, statement: &Statement) -> bool {
    let text = statement.text(file);
    let is_command = statement
        .tokens
        .first()
        .is_some_and(|first| first.kind == TokenKind::MetaCommand);
    is_command && (text.starts_with("\\restrict ") || text.starts_with("\\unrestrict "))
}

fn push(statements: &mut Vec<Statement>, current: &mut Vec<Token>, file: &TextFile) {
    // A copy takes no more room than it needs, and the buffer is used again.
    let tokens = current.clone();
    current.clear();
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return;
    };
    let words = tokens
        .iter()
        .take_while(|token| token.kind == TokenKind::Word)
        .take(8)
        .map(|token| file.text[token.span.clone()].to_ascii_lowercase())
        .collect();
    statements.push(Statement {
        span: first.span.start..last.span.end,
        words,
        tokens,
    });
}

/// How deep the reader is inside parentheses and `begin atomic` blocks of the current statement.
#[derive(Default)]
struct Nesting {
    parentheses: usize,
    blocks: usize,
    words: usize,
    creates: bool,
    creates_routine: bool,
    after_begin: bool,
}

impl Nesting {
    fn is_outermost(&self) -> bool {
        self.parentheses == 0 && self.blocks == 0
    }

    fn read(&mut self, token: &Token, text: &str) {
        match (token.kind, text) {
            (TokenKind::Symbol, "(") => self.parentheses += 1,
            (TokenKind::Symbol, ")") => self.parentheses = self.parentheses.saturating_sub(1),
            (TokenKind::Word, word) => self.read_word(&word.to_ascii_lowercase()),
            _ => self.after_begin = false,
        }
    }

    fn read_word(&mut self, word: &str) {
        self.words += 1;
        let was_begin = std::mem::take(&mut self.after_begin);
        match word {
            "create" if self.words == 1 => self.creates = true,
            "function" | "procedure" if self.creates && self.words <= 4 => {
                self.creates_routine = true;
            }
            _ if !self.creates_routine => {}
            "begin" => self.after_begin = true,
            "atomic" if was_begin => self.blocks += 1,
            // Inside a body, `case … end` is the only other thing that `end` closes.
            "case" if self.blocks > 0 => self.blocks += 1,
            "end" if self.blocks > 0 => self.blocks -= 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let file = TextFile::new("a.sql", text);
        let statements = split(&file).unwrap();
        statements
            .iter()
            .map(|statement| statement.text(&file).to_owned())
            .collect()
    }

    #[test]
    fn semicolons_in_quotes_comments_and_parentheses_do_not_end_a_statement() {
        assert_eq!(
            texts(
                "select ';' /* ; */; ;create rule r as on insert to t do (select 1; select 2);\n-- ;\nselect $$;$$"
            ),
            [
                "select ';'",
                "create rule r as on insert to t do (select 1; select 2)",
                "select $$;$$"
            ]
        );
    }

    #[test]
    fn a_body_in_begin_atomic_is_one_statement() {
        let function = "create or replace function f() returns int language sql\n\
            begin atomic select case when true then 1 else 2 end; select 2; end";
        assert_eq!(
            texts(&format!("{function}; select 1")),
            [function, "select 1"]
        );
    }

    #[test]
    fn begin_outside_of_a_routine_opens_nothing() {
        assert_eq!(texts("begin; select 1; end; select 2").len(), 4);
    }

    #[test]
    fn a_meta_command_is_a_statement_of_its_own() {
        assert_eq!(
            texts("select 1;\n\\i other.sql\nselect 2;"),
            ["select 1", "\\i other.sql", "select 2"]
        );
    }

    #[test]
    fn words_stop_at_the_first_thing_that_is_not_one() {
        let file = TextFile::new("a.sql", "CREATE Unique INDEX concurrently i on t (a)");
        let statement = &split(&file).unwrap()[0];
        assert!(statement.starts_with(&["create", "unique", "index", "concurrently"]));
        assert_eq!(statement.words.len(), 7);
    }
}
