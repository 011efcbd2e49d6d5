//! A row of text into values, with the place named when the server says what this version does not know.

use std::fmt::Display;
use std::str::FromStr;

use tokio_postgres::SimpleQueryRow;

use super::Name;
use crate::error::{Error, Kind, Result};

/// Reads every row of one query.
pub(super) fn read_all<T>(
    rows: &[SimpleQueryRow],
    query: &'static str,
    read: fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    rows.iter().map(|row| read(&Row { row, query })).collect()
}

/// One row of a query.
pub(super) struct Row<'a> {
    row: &'a SimpleQueryRow,
    query: &'static str,
}

impl<'a> Row<'a> {
    pub(super) fn text(&self, column: &str) -> Result<String> {
        self.required(column).map(str::to_owned)
    }

    pub(super) fn optional(&self, column: &str) -> Result<Option<String>> {
        Ok(self.raw(column)?.map(str::to_owned))
    }

    /// A boolean.
    pub(super) fn flag(&self, column: &str) -> Result<bool> {
        self.code(column, |code| match code {
            "t" => Some(true),
            "f" => Some(false),
            _ => None,
        })
    }

    pub(super) fn number<T: FromStr>(&self, column: &str) -> Result<T> {
        self.code(column, |code| code.parse().ok())
    }

    /// A schema column and a name column.
    pub(super) fn name(&self, schema: &str, name: &str) -> Result<Name> {
        Ok(Name::new(self.required(schema)?, self.required(name)?))
    }

    /// The same where there may be none.
    pub(super) fn optional_name(&self, schema: &str, name: &str) -> Result<Option<Name>> {
        let parts = self.raw(schema)?.zip(self.raw(name)?);
        Ok(parts.map(|(schema, name)| Name::new(schema, name)))
    }

    /// A code of the catalog, such as `relkind`, as an enum.
    pub(super) fn code<T>(&self, column: &str, read: impl Fn(&str) -> Option<T>) -> Result<T> {
        let code = self.required(column)?;
        read(code).ok_or_else(|| self.unknown(column, format!("`{code}`")))
    }

    /// An array; null is the empty one.
    pub(super) fn list(&self, column: &str) -> Result<Vec<Option<String>>> {
        match self.raw(column)? {
            None => Ok(Vec::new()),
            Some(text) => array(text).ok_or_else(|| self.unknown(column, text)),
        }
    }

    /// An array without nulls.
    pub(super) fn names(&self, column: &str) -> Result<Vec<String>> {
        self.list(column)?
            .into_iter()
            .map(|name| name.ok_or_else(|| self.unknown(column, "null")))
            .collect()
    }

    /// An array of `name=value`.
    pub(super) fn settings(&self, column: &str) -> Result<Vec<(String, String)>> {
        let settings = self.names(column)?;
        Ok(settings
            .into_iter()
            .map(|setting| match setting.split_once('=') {
                Some((name, value)) => (name.to_owned(), value.to_owned()),
                None => (setting, String::new()),
            })
            .collect())
    }

    fn required(&self, column: &str) -> Result<&'a str> {
        self.raw(column)?
            .ok_or_else(|| self.unknown(column, "null"))
    }

    fn raw(&self, column: &str) -> Result<Option<&'a str>> {
        self.row
            .try_get(column)
            .map_err(|error| self.unknown(column, error))
    }

    fn unknown(&self, column: &str, value: impl Display) -> Error {
        Error::new(
            Kind::Bug,
            format!(
                "the server's catalog says what this version of workroom does not know: {value}"
            ),
        )
        .because(format!(
            "in column {column} of the query for {}",
            self.query
        ))
        .hint("run the command again if the schema is being changed right now")
        .hint("otherwise use a newer workroom, or report it with the server's version")
    }
}

/// An array literal of one dimension, as the server writes it: `{a,"b \"c\"",NULL}`.
fn array(text: &str) -> Option<Vec<Option<String>>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut elements = Vec::new();
    let mut rest = inner;
    while !rest.is_empty() {
        let (element, after) = if let Some(quoted) = rest.strip_prefix('"') {
            let (element, after) = quoted_element(quoted)?;
            (Some(element), after)
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let word = &rest[..end];
            ((word != "NULL").then(|| word.to_owned()), &rest[end..])
        };
        elements.push(element);
        rest = match after.strip_prefix(',') {
            Some(next) if !next.is_empty() => next,
            None if after.is_empty() => after,
            _ => return None,
        };
    }
    Some(elements)
}

/// The element after its opening quote, and what follows its closing one.
fn quoted_element(text: &str) -> Option<(String, &str)> {
    let mut element = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((element, &text[at + 1..])),
            '\\' => element.push(characters.next()?.1),
            other => element.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_read_as_the_server_writes_them() {
        let element = |text: &str| Some(text.to_owned());
        assert_eq!(array("{}"), Some(vec![]));
        assert_eq!(
            array(r#"{a,NULL,"NULL","b, \"c\" \\ {ü}"}"#),
            Some(vec![
                element("a"),
                None,
                element("NULL"),
                element("b, \"c\" \\ {ü}")
            ])
        );
        assert_eq!(array(r#"{"open}"#), None);
        assert_eq!(array("{a,}"), None);
    }
}
