//! Queries inside of conditions: rows of one table, and lists of values.

use super::condition::Reader;
use super::tree::{Array, Query, Sql};
use crate::sql::TokenKind;

impl Reader<'_> {
    /// What stands behind `any`: `(array[…])`, `((array[…])::text[])`, `(array(select …))`.
    pub(super) fn array(&mut self) -> Result<Option<Array>, String> {
        self.need("(")?;
        if self
            .peek()
            .is_some_and(|word| word.eq_ignore_ascii_case("select"))
        {
            let query = self.query()?;
            self.need(")")?;
            return Ok(Some(Array::Query(query)));
        }
        let is_nested = self.takes("(");
        if !self.takes("array") {
            return Ok(None);
        }
        let array = if self.takes("[") {
            Array::List(self.list("]")?)
        } else {
            self.need("(")?;
            let query = self.query()?;
            self.need(")")?;
            Array::Query(query)
        };
        if is_nested {
            self.need(")")?;
        }
        while self.takes(":") {
            self.need(":")?;
            self.type_name()?;
        }
        self.need(")")?;
        Ok(Some(array))
    }

    /// `select … from a.b c where …`, without what makes it more than the rows of a table.
    pub(super) fn query(&mut self) -> Result<Query, String> {
        self.need("select")?;
        // `exists (select from …)` needs none.
        let has_result = self
            .peek()
            .is_some_and(|word| word != "*" && !word.eq_ignore_ascii_case("from"));
        let result = if has_result {
            self.either()?
        } else {
            self.takes("*");
            Sql::Flag(true)
        };
        if self.takes("as") {
            self.name()?;
        }
        let mut query = Query {
            result,
            table: None,
            condition: None,
            sees_all: false,
        };
        if !self.takes("from") {
            return Ok(query);
        }
        let is_nested = self.takes("(");
        let mut table = self.name()?;
        let mut called = table.clone();
        while self.takes(".") {
            called = self.name()?;
            table = format!("{table}.{called}");
        }
        let is_plain = |word: &str| {
            [
                "where", "join", "left", "limit", "group", "order", "union", "cross", "right",
                "full",
            ]
            .iter()
            .all(|other| !word.eq_ignore_ascii_case(other))
        };
        self.takes("as");
        if let Some((word, TokenKind::Word | TokenKind::QuotedName)) = self.token(0)
            && is_plain(word)
        {
            called = self.name()?;
        }
        if is_nested || self.peek().is_some_and(|next| next == "," || next == "(") {
            return Err("a join has no words".to_owned());
        }
        query.table = Some((table, called));
        if self.takes("where") {
            query.condition = Some(self.either()?);
        }
        if self.takes("limit") {
            self.value()?;
        }
        Ok(query)
    }
}
