//! The condition of a policy as the server writes it, read as far as words can say it.
//!
//! The server's own text is regular: operations stand in parentheses, names have their schema, columns inside of a
//! sub-select their table. What is not among the forms below is named.

use super::tree::{Array, Query, Sql};
use crate::files::TextFile;
use crate::sql::{Token, TokenKind, catalog_name, tokens};

/// Reads a condition.
///
/// # Errors
/// What of it cannot be read, for people.
pub(super) fn read(text: &str) -> Result<Sql, String> {
    whole(text, |reader| reader.either())
}

/// Reads what a function in SQL runs: a query, or the expression that it returns.
///
/// # Errors
/// As [`read`].
pub(super) fn read_query(text: &str) -> Result<Query, String> {
    whole(text, |reader| {
        let first = reader.peek().unwrap_or_default();
        let query = match first.eq_ignore_ascii_case("select") {
            true => reader.query()?,
            false => Query::of(reader.either()?),
        };
        reader.takes(";");
        Ok(query)
    })
}

/// Reads a text to its end.
fn whole<T>(
    text: &str,
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, String>,
) -> Result<T, String> {
    let file = TextFile::new("condition", text);
    let tokens = tokens(&file).map_err(|error| error.message)?;
    let mut reader = Reader {
        text,
        tokens: &tokens,
        at: 0,
    };
    let found = read(&mut reader)?;
    match reader.peek() {
        None => Ok(found),
        Some(_) => Err(reader.strange()),
    }
}

/// Words that make up a comparison between two values.
const OPERATORS: [&str; 12] = [
    "->>", "->", "<>", "!=", "<=", ">=", "=", "<", ">", "||", "+", "-",
];

pub(super) struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn token(&self, ahead: usize) -> Option<(&'a str, TokenKind)> {
        let token = self.tokens.get(self.at + ahead)?;
        Some((&self.text[token.span.clone()], token.kind))
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.token(0).map(|(text, _)| text)
    }

    /// Whether a word or a sign comes next, which is passed then.
    pub(super) fn takes(&mut self, word: &str) -> bool {
        let is_next = self.token(0).is_some_and(|(text, kind)| {
            matches!(kind, TokenKind::Word | TokenKind::Symbol) && text.eq_ignore_ascii_case(word)
        });
        self.at += usize::from(is_next);
        is_next
    }

    pub(super) fn need(&mut self, word: &str) -> Result<(), String> {
        if self.takes(word) {
            return Ok(());
        }
        Err(self.strange())
    }

    pub(super) fn strange(&self) -> String {
        match self.peek() {
            Some(found) => format!("`{found}` is none of the forms that have words"),
            None => "it ends where more was expected".to_owned(),
        }
    }

    pub(super) fn either(&mut self) -> Result<Sql, String> {
        let mut left = self.both()?;
        while self.takes("or") {
            left = between(left, "or", self.both()?);
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Sql, String> {
        let mut left = self.negated()?;
        while self.takes("and") {
            left = between(left, "and", self.negated()?);
        }
        Ok(left)
    }

    fn negated(&mut self) -> Result<Sql, String> {
        if self.takes("not") {
            return Ok(Sql::Not(Box::new(self.negated()?)));
        }
        let left = self.operation()?;
        if self.takes("is") {
            let is_negated = self.takes("not");
            let test = if self.takes("null") {
                Sql::IsNull(Box::new(left))
            } else if self.takes("true") {
                // `is true` lets in what the value does; its denial is another matter.
                if is_negated {
                    return Err("`is not true` has no words".to_owned());
                }
                return Ok(left);
            } else {
                return Err(self.strange());
            };
            return Ok(if is_negated {
                Sql::Not(Box::new(test))
            } else {
                test
            });
        }
        if self.takes("in") {
            self.need("(")?;
            return self.listed(left);
        }
        Ok(left)
    }

    /// What stands behind `in (`.
    fn listed(&mut self, left: Sql) -> Result<Sql, String> {
        if self
            .peek()
            .is_some_and(|word| word.eq_ignore_ascii_case("select"))
        {
            let query = self.query()?;
            self.need(")")?;
            return Ok(Sql::InQuery(Box::new(left), Box::new(query)));
        }
        let list = self.list(")")?;
        Ok(Sql::In(Box::new(left), list))
    }

    /// Values up to what closes them.
    pub(super) fn list(&mut self, close: &str) -> Result<Vec<Sql>, String> {
        let mut list = Vec::new();
        while !self.takes(close) {
            if !list.is_empty() {
                self.need(",")?;
            }
            list.push(self.either()?);
        }
        Ok(list)
    }

    fn operator(&mut self) -> Option<&'static str> {
        let start = self.tokens.get(self.at)?.span.start;
        let rest = &self.text[start..];
        let found = OPERATORS.iter().find(|sign| rest.starts_with(**sign))?;
        // `~`, `@>` and the like begin with other signs; `->` is not the beginning of another one.
        let after = rest[found.len()..].chars().next();
        if after.is_some_and(|sign| "<>=!~@#%^&|*/?".contains(sign)) {
            return None;
        }
        // The reader of tokens gives signs one by one.
        let end = start + found.len();
        while self
            .tokens
            .get(self.at)
            .is_some_and(|token| token.span.start < end)
        {
            self.at += 1;
        }
        Some(found)
    }

    fn operation(&mut self) -> Result<Sql, String> {
        let mut left = self.cast()?;
        while let Some(sign) = self.operator() {
            let is_any = self.takes("any");
            if is_any || self.takes("all") {
                let fits = if is_any { sign == "=" } else { sign == "<>" };
                let list = self.array()?;
                let Some(list) = list.filter(|_| fits) else {
                    return Err(format!(
                        "`{sign} {}` has no words",
                        if is_any { "any" } else { "all" }
                    ));
                };
                left = match list {
                    Array::List(list) => Sql::In(Box::new(left), list),
                    Array::Query(query) => Sql::InQuery(Box::new(left), Box::new(query)),
                };
                if !is_any {
                    left = Sql::Not(Box::new(left));
                }
                continue;
            }
            left = between(left, sign, self.cast()?);
        }
        Ok(left)
    }

    fn cast(&mut self) -> Result<Sql, String> {
        let mut value = self.value()?;
        while self.token(1).is_some_and(|(text, _)| text == ":") && self.takes(":") {
            self.need(":")?;
            value = Sql::Cast(Box::new(value), self.type_name()?);
        }
        Ok(value)
    }

    /// A type's name with its schema; modifiers are left out.
    pub(super) fn type_name(&mut self) -> Result<String, String> {
        let mut name = self.name()?;
        while self.takes(".") {
            name = format!("{name}.{}", self.name()?);
        }
        // `character varying`, `timestamp with time zone`, `double precision`
        for more in ["varying", "precision", "with", "without", "time", "zone"] {
            if self.takes(more) {
                name = format!("{name} {more}");
            }
        }
        if self.takes("(") {
            self.list(")")?;
        }
        while self.takes("[") {
            self.need("]")?;
            name.push_str("[]");
        }
        Ok(name)
    }

    pub(super) fn name(&mut self) -> Result<String, String> {
        match self.token(0) {
            Some((text, TokenKind::Word | TokenKind::QuotedName)) => {
                self.at += 1;
                Ok(catalog_name(text))
            }
            _ => Err(self.strange()),
        }
    }

    pub(super) fn value(&mut self) -> Result<Sql, String> {
        let Some((text, kind)) = self.token(0) else {
            return Err(self.strange());
        };
        match kind {
            TokenKind::Text if text.starts_with('\'') => {
                self.at += 1;
                Ok(Sql::Text(text[1..text.len() - 1].replace("''", "'")))
            }
            // Of a function: `$1`.
            TokenKind::Parameter => {
                self.at += 1;
                Ok(Sql::Column(None, text.to_owned()))
            }
            TokenKind::Number => {
                self.at += 1;
                Ok(Sql::Number(text.to_owned()))
            }
            TokenKind::Symbol if text == "(" => {
                self.at += 1;
                let is_query = self
                    .peek()
                    .is_some_and(|word| word.eq_ignore_ascii_case("select"));
                let inner = if is_query {
                    Sql::Query(Box::new(self.query()?))
                } else {
                    self.either()?
                };
                self.need(")")?;
                Ok(inner)
            }
            TokenKind::Symbol if text == "-" => {
                self.at += 1;
                match self.token(0) {
                    Some((number, TokenKind::Number)) => {
                        self.at += 1;
                        Ok(Sql::Number(format!("-{number}")))
                    }
                    _ => Err(self.strange()),
                }
            }
            TokenKind::Word | TokenKind::QuotedName => self.named(text, kind),
            _ => Err(self.strange()),
        }
    }

    fn named(&mut self, text: &'a str, kind: TokenKind) -> Result<Sql, String> {
        if kind == TokenKind::Word {
            match text.to_ascii_lowercase().as_str() {
                "true" | "false" => {
                    self.at += 1;
                    return Ok(Sql::Flag(text.eq_ignore_ascii_case("true")));
                }
                "null" => {
                    self.at += 1;
                    return Ok(Sql::Null);
                }
                "exists" => {
                    self.at += 1;
                    self.need("(")?;
                    let query = self.query()?;
                    self.need(")")?;
                    return Ok(Sql::Exists(Box::new(query)));
                }
                // Written without parentheses, and no column.
                "current_user" | "session_user" | "current_role" | "user" | "current_date"
                | "current_timestamp" | "localtimestamp" | "case" | "array" | "row" => {
                    return Err(format!("`{}` has no words", text.to_ascii_lowercase()));
                }
                _ => {}
            }
        }
        let mut parts = vec![self.name()?];
        while self.takes(".") {
            parts.push(self.name()?);
        }
        if self.takes("(") {
            let arguments = self.list(")")?;
            return Ok(Sql::Call(parts.join("."), arguments));
        }
        let column = parts.pop().unwrap_or_default();
        match parts.len() {
            0 => Ok(Sql::Column(None, column)),
            1 => Ok(Sql::Column(parts.pop(), column)),
            _ => Err(format!(
                "`{}.{column}` is no column of a row",
                parts.join(".")
            )),
        }
    }
}

fn between(left: Sql, sign: &str, right: Sql) -> Sql {
    Sql::Between(Box::new(left), sign.to_owned(), Box::new(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_words_cannot_say_is_named() {
        for (text, says) in [
            ("(a ~ 'x'::text)", "`~` is none"),
            ("CASE WHEN a THEN b ELSE c END", "`case` has no words"),
            (
                "(EXISTS ( SELECT 1\n   FROM (x.a JOIN x.b ON ((a.id = b.id)))\n  WHERE a.ok))",
                "a join has no words",
            ),
            ("(name = CURRENT_USER)", "`current_user` has no words"),
            ("(a > ANY (ARRAY[1, 2]))", "`> any` has no words"),
            ("(tags @> ARRAY['x'::text])", "`@` is none"),
        ] {
            let reason = read(text).unwrap_err();
            assert!(reason.starts_with(says), "{text}: {reason}");
        }
    }

    #[test]
    fn casts_lists_and_queries_are_read_as_the_server_writes_them() {
        for text in [
            "(user_id = ( SELECT auth.uid() AS uid))",
            "((state)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            "(NOT (deleted_at IS NOT NULL))",
            "(org_id IN ( SELECT m.org_id\n   FROM app.members m\n  WHERE (m.user_id = auth.uid())))",
            "(\"Owner\" = (NULLIF(current_setting('app.user'::text, true), ''::text))::uuid)",
            "((n >= '-5'::integer) AND (n <> 3))",
        ] {
            read(text).unwrap_or_else(|reason| panic!("{text}: {reason}"));
        }
        let list = read("(state = ANY (ARRAY['a'::text, 'it''s'::text]))").unwrap();
        let Sql::In(_, list) = list else {
            panic!("no list: {list:?}");
        };
        assert_eq!(list.len(), 2);
    }
}
