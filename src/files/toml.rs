//! TOML files into typed values, with every mistake of the file reported in one pass.
//!
//! serde stops at the first mistake. Here each mistake is recorded, the entry that holds it is taken out
//! of the parsed tree, and the rest is read again, until nothing is left to complain about.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::de::DeserializeOwned;
pub use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::TextFile;
use crate::error::{Error, Result};

/// More mistakes than this are not looked for in one file.
const MOST_MISTAKES: usize = 64;

/// A text as TOML has it on one line, as a value or a key.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// A key as TOML has it: in quotes where it is no bare word.
#[must_use]
pub fn key(text: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if !text.is_empty() && text.chars().all(is_bare) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Reads a file as `T`.
///
/// # Errors
/// When the file is not TOML, or does not have the shape of `T`: all mistakes, each at its line.
pub fn read<T: DeserializeOwned>(file: &TextFile) -> Result<T> {
    let (value, mistakes) = read_in_part(file)?;
    Error::all(mistakes)?;
    let Some(value) = value else {
        unreachable!("a file without a value has a mistake");
    };
    Ok(value)
}

/// Reads what can be read of a file as `T`: entries with mistakes are left out. There is no value when what is left
/// does not make one.
///
/// # Errors
/// When the file is not TOML.
pub fn read_in_part<T: DeserializeOwned>(file: &TextFile) -> Result<(Option<T>, Vec<Error>)> {
    let parse = || DeTable::parse(&file.text).map_err(|error| mistake(file, &error));
    if let Ok(value) = T::deserialize(Deserializer::from(parse()?)) {
        return Ok((Some(value), Vec::new()));
    }
    let mut tree = parse()?;
    let mut mistakes = Vec::new();
    let mut taken_out = BTreeSet::new();
    let value = loop {
        let error = match T::deserialize(Deserializer::from(tree.clone())) {
            Ok(value) => break Some(value),
            Err(error) => error,
        };
        // What is missing because it was taken out has been complained about already.
        let missing = error.message().strip_prefix("missing field `");
        let is_consequence = missing
            .and_then(|rest| rest.strip_suffix('`'))
            .is_some_and(|name| taken_out.contains(name));
        if !is_consequence {
            mistakes.push(mistake(file, &error));
        }
        // A key that is missing cannot be taken out, but the table that misses it can.
        let taken = error
            .span()
            .and_then(|span| take_out(tree.get_mut(), &span));
        let Some(name) = taken.filter(|_| mistakes.len() < MOST_MISTAKES) else {
            break None;
        };
        taken_out.insert(name);
    };
    mistakes.sort_by_key(|mistake| mistake.place.as_ref().and_then(|place| place.line_column()));
    Ok((value, mistakes))
}

/// A value of a TOML file with the bytes it stands at: for files whose keys decide what their values mean.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub data: Data,
    /// Where it stands.
    pub span: Range<usize>,
}

/// The kinds of TOML value.
#[derive(Clone, Debug)]
pub enum Data {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction, as it is written, underscores left out.
    Decimal(String),
    /// `true` or `false`.
    Boolean(bool),
    /// A date or time, as TOML writes it.
    Datetime(String),
    /// Values in brackets.
    Array(Vec<Node>),
    /// Keys and values, in the order of the file.
    Table(Vec<(Key, Node)>),
}

/// A key with the bytes it stands at.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key, unquoted.
    pub text: String,
    /// Where it stands.
    pub span: Range<usize>,
}

impl Node {
    /// What stands under a key, where this is a table that has it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Self> {
        let Data::Table(entries) = &self.data else {
            return None;
        };
        let found = entries.iter().find(|(other, _)| other.text == key);
        found.map(|(_, value)| value)
    }
}

/// Reads a file as a tree of values.
///
/// # Errors
/// When the file is not TOML.
pub fn tree(file: &TextFile) -> Result<Node> {
    let table = DeTable::parse(&file.text).map_err(|error| mistake(file, &error))?;
    let span = table.span();
    Ok(Node {
        data: table_node(table.get_ref()),
        span,
    })
}

fn table_node(table: &DeTable<'_>) -> Data {
    let mut entries: Vec<(Key, Node)> = table
        .iter()
        .map(|(key, value)| {
            let key = Key {
                text: key.get_ref().to_string(),
                span: key.span(),
            };
            (key, node(value))
        })
        .collect();
    entries.sort_by_key(|(key, _)| key.span.start);
    Data::Table(entries)
}

fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let data = match value.get_ref() {
        DeValue::String(text) => Data::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Data::Decimal(number.as_str().to_owned()), Data::Integer),
        DeValue::Float(number) => Data::Decimal(number.as_str().to_owned()),
        DeValue::Boolean(value) => Data::Boolean(*value),
        DeValue::Datetime(time) => Data::Datetime(time.to_string()),
        DeValue::Array(items) => Data::Array(items.iter().map(node).collect()),
        DeValue::Table(table) => table_node(table),
    };
    Node {
        data,
        span: value.span(),
    }
}

fn mistake(file: &TextFile, error: &toml::de::Error) -> Error {
    let mut message = error.message().lines();
    let first = message.next().unwrap_or("it cannot be read").to_owned();
    let mut result = Error::project(format!("{} has a mistake", file.path)).because(first);
    for line in message {
        result = result.because(line);
    }
    result
        .at(file.place(error.span().unwrap_or(0..0)))
        .hint(format!("correct {} and run the command again", file.path))
}

/// Removes the innermost entry whose key or value is at `span`; its key, if there was one.
fn take_out(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<String> {
    let within = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
    let keys: Vec<_> = table.keys().cloned().collect();
    for key in keys {
        let name = || Some(key.get_ref().to_string());
        if key.span() == *span {
            table.remove(&key);
            return name();
        }
        let Some(value) = table.get_mut(&key) else {
            continue;
        };
        let is_here = value.span() == *span;
        if !is_here && let Some(inner) = take_out_of_value(value.get_mut(), span) {
            return Some(inner);
        }
        if is_here || (within(value.span()) && !matches!(value.get_ref(), DeValue::Table(_))) {
            table.remove(&key);
            return name();
        }
    }
    None
}

fn take_out_of_value(value: &mut DeValue<'_>, span: &Range<usize>) -> Option<String> {
    match value {
        DeValue::Table(table) => take_out(table, span),
        DeValue::Array(array) => array
            .iter_mut()
            .find_map(|item| take_out_of_value(item.get_mut(), span)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn a_quoted_text_is_read_back_as_a_value_and_as_a_key() {
        for text in ["plain", "index \"by day\"", "it's", "a\\b\nc"] {
            let file = format!("{} = {}", quoted(text), quoted(text));
            let table: toml::Table = toml::from_str(&file).unwrap();
            assert_eq!(table[text].as_str(), Some(text), "{file}");
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only its presence is checked")]
        name: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only its shape is checked")]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only its shape is checked")]
        count: Option<u32>,
    }

    fn lines(text: &str) -> Vec<usize> {
        let error = read::<Outer>(&TextFile::new("x.toml", text)).unwrap_err();
        error
            .iter()
            .map(|error| error.place.as_ref().unwrap().line_column().unwrap().0)
            .collect()
    }

    #[test]
    fn every_mistake_of_a_file_is_reported_in_one_pass() {
        assert_eq!(
            lines("nme = 1\nname = 'a'\n[inner]\ncont = 1\ncount = 'x'\n[other]\na = 1\n"),
            [1, 4, 5, 6]
        );
    }

    #[test]
    fn a_missing_key_is_reported_beside_the_others() {
        assert_eq!(lines("[inner]\ncont = 1\n").len(), 2);
    }

    #[test]
    fn what_was_taken_out_is_not_missed() {
        assert_eq!(lines("name = 1\n[inner]\ncount = 'x'\n"), [1, 3]);
    }

    #[test]
    fn text_that_is_not_toml_is_one_mistake() {
        assert_eq!(lines("name = \n"), [1]);
    }
}
