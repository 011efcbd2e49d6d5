//! What the server writes of constraints, indexes and triggers, taken apart again. It writes keywords in capitals, and
//! quotes names that would look like one.

use std::ops::Range;

use crate::catalog::Name;
use crate::files::TextFile;
use crate::sql::{self, Token, TokenKind, whole_name};

/// The text of a definition and its tokens.
pub(super) struct Clauses<'t> {
    text: &'t str,
    tokens: Vec<Token>,
}

impl<'t> Clauses<'t> {
    /// A text without anything that is never closed.
    pub(super) fn of(text: &'t str) -> Option<Self> {
        let tokens = sql::tokens(&TextFile::new("definition", text)).ok()?;
        Some(Self { text, tokens })
    }

    fn at(&self, at: usize) -> Option<&'t str> {
        Some(&self.text[self.tokens.get(at)?.span.clone()])
    }

    fn is(&self, at: usize, what: &str) -> bool {
        self.at(at) == Some(what)
    }

    /// Where some words follow on each other outside of all parentheses; the place behind them.
    pub(super) fn after(&self, words: &[&str]) -> Option<usize> {
        let mut depth = 0_i32;
        (0..self.tokens.len()).find_map(|at| {
            match self.at(at)? {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            let mut said = words.iter().enumerate();
            (depth == 0 && said.all(|(next, word)| self.is(at + next, word)))
                .then_some(at + words.len())
        })
    }

    /// Whether some words follow on each other outside of all parentheses.
    pub(super) fn says(&self, words: &[&str]) -> bool {
        self.after(words).is_some()
    }

    /// The word at a place.
    pub(super) fn word(&self, at: usize) -> Option<String> {
        self.at(at).map(str::to_owned)
    }

    /// The text from a place on.
    pub(super) fn rest(&self, at: usize) -> Option<String> {
        let start = self.tokens.get(at)?.span.start;
        Some(self.text[start..].trim_end().to_owned())
    }

    fn plain(&self, at: usize) -> Option<String> {
        let is_name =
            |token: &&Token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
        self.tokens.get(at).filter(is_name)?;
        Some(whole_name(self.at(at)?))
    }

    /// A name with its schema, and the place behind it.
    pub(super) fn qualified(&self, at: usize) -> Option<(Name, usize)> {
        let schema = self.plain(at)?;
        let name = self.plain(at + 2).filter(|_| self.is(at + 1, "."))?;
        Some((Name { schema, name }, at + 3))
    }

    /// What stands between the parentheses that open at a place or later, one at a time.
    pub(super) fn items(&self, from: usize) -> Option<Vec<Range<usize>>> {
        let open = (from..self.tokens.len()).find(|at| self.is(*at, "("))?;
        let (mut depth, mut start, mut items) = (0, open + 1, Vec::new());
        for at in open..self.tokens.len() {
            match self.at(at)? {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                "," if depth == 1 => {
                    items.push(start..at);
                    start = at + 1;
                }
                _ => {}
            }
            if depth == 0 {
                items.push(start..at);
                return Some(items);
            }
        }
        None
    }

    /// The column that an item of a list is; none for an expression.
    pub(super) fn column(&self, item: &Range<usize>) -> Option<String> {
        // The last column of a key over periods.
        let start = item.start + usize::from(self.is(item.start, "PERIOD") && item.len() > 1);
        let is_more = self.is(start + 1, "(") || self.is(start + 1, ".");
        self.plain(start)
            .filter(|_| !is_more || start + 1 == item.end)
    }

    /// The columns of a list of nothing else.
    pub(super) fn columns(&self, from: usize) -> Option<Vec<String>> {
        self.items(from)?
            .iter()
            .map(|item| self.column(item))
            .collect()
    }

    /// Which of some columns are spoken of, in this order.
    pub(super) fn mentioned(&self, columns: &[String]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for at in 0..self.tokens.len() {
            let before = at.checked_sub(1).and_then(|before| self.at(before));
            let is_part =
                matches!(before, Some("." | ":")) || self.is(at + 1, "(") || self.is(at + 1, ".");
            if let Some(name) = self.plain(at).filter(|_| !is_part)
                && self.at(at) == Some(sql::identifier(&name).as_str())
                && columns.contains(&name)
                && !found.contains(&name)
            {
                found.push(name);
            }
        }
        found
    }
}

/// A name, with its schema, that is the whole text.
pub(super) fn name(text: &str) -> Option<Name> {
    let clauses = Clauses::of(text)?;
    let (name, end) = clauses.qualified(0)?;
    (end == clauses.tokens.len()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_taken_apart() {
        let text = r#"CREATE UNIQUE INDEX "i ," ON ONLY s."T" USING btree (a, lower(b), "C d" COLLATE "C" DESC, ((e || ','::text)))"#;
        let clauses = Clauses::of(text).unwrap();
        let using = clauses.after(&["USING"]).unwrap();
        let items = clauses.items(using).unwrap();
        let keys: Vec<_> = items.iter().map(|item| clauses.column(item)).collect();
        assert_eq!(
            keys,
            [Some("a".to_owned()), None, Some("C d".to_owned()), None]
        );
    }

    #[test]
    fn columns_are_those_that_a_check_speaks_of() {
        let columns = ["text", "status", "left"].map(str::to_owned);
        let clauses =
            Clauses::of("CHECK ((((status)::text = 'text'::text) OR (\"left\" > 1)))").unwrap();
        assert_eq!(clauses.mentioned(&columns), ["status", "left"]);
    }
}
