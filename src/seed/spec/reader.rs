//! Reads values of a seed file and collects what is wrong with them, each at its place.

use std::ops::Range;

use super::fields::Fields;
use super::names::{Names, Scope};
use crate::error::{Error, Place};
use crate::files::TextFile;
use crate::files::suggest;
use crate::files::toml::{Data, Node};
use crate::seed::column_type::ColumnType;
use crate::seed::value::random::threshold;
use crate::seed::value::{UNIT, parse_number};
use crate::seed::words::Words;

/// A file being read.
pub(crate) struct Reader<'a> {
    pub(crate) file: &'a TextFile,
    pub(crate) mistakes: Vec<Error>,
    pub(crate) names: Names,
    pub(crate) words: Words,
    pub(crate) as_of: i32,
    /// Whether `as_of` is "this week", so that a date that is written out would not be the one that is loaded.
    pub(crate) moves: bool,
    /// How busy a day of each month is, by name.
    pub(crate) seasons: Vec<(String, [u64; 12])>,
    pub(crate) start: i32,
    /// Days by which everything is moved on its way out.
    pub(crate) shift: i32,
    pub(crate) scope: Scope,
    pub(crate) tenants: Vec<String>,
    /// References read so far, for their numbers.
    pub(crate) references: usize,
    /// The phrases of the file by name, not yet read: what their places mean depends on the table.
    pub(crate) raw_phrases: Vec<(String, Node)>,
    /// Phrases read for a table; those being read have no number yet.
    pub(crate) read_phrases: std::collections::HashMap<(String, usize), Option<usize>>,
}

/// The column that a generator is for.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// `agency.campaigns.status`
    pub(crate) label: String,
    pub(crate) data_type: Option<ColumnType>,
    pub(crate) labels: Option<Vec<String>>,
    pub(crate) not_null: bool,
    pub(crate) table: usize,
    pub(crate) column: usize,
    /// For foreign keys of the column: table and column that they point to.
    pub(crate) references: Option<(usize, usize)>,
}

impl Reader<'_> {
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        self.file.place(span)
    }

    /// Notes a mistake.
    pub(crate) fn mistake(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let place = self.place(span);
        let error = Error::project(message).at(place);
        self.mistakes.push(match hint {
            Some(hint) => error.hint(hint),
            None => error,
        });
    }

    /// Notes the keys that nobody asked for.
    pub(crate) fn finish(&mut self, fields: Fields<'_>, what: &str) {
        for (key, _, taken) in &fields.entries {
            if !taken {
                let hint = suggest::hint(&key.text, fields.asked.iter().copied());
                self.mistake(
                    key.span.clone(),
                    format!("{what} has no key `{}`", key.text),
                    hint,
                );
            }
        }
    }

    fn expected(&mut self, node: &Node, what: &str) {
        self.mistake(
            node.span.clone(),
            format!("{what} is expected here, not {}", describe(&node.data)),
            None,
        );
    }

    pub(crate) fn text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        if let Data::Text(text) = &node.data {
            return Some(text);
        }
        self.expected(node, "a text");
        None
    }

    pub(crate) fn array<'n>(&mut self, node: &'n Node) -> Option<&'n [Node]> {
        if let Data::Array(items) = &node.data {
            return Some(items);
        }
        self.expected(node, "an array");
        None
    }

    pub(crate) fn boolean(&mut self, node: &Node) -> Option<bool> {
        if let Data::Boolean(value) = &node.data {
            return Some(*value);
        }
        self.expected(node, "true or false");
        None
    }

    pub(crate) fn integer(&mut self, node: &Node) -> Option<i64> {
        if let Data::Integer(number) = &node.data {
            return Some(*number);
        }
        self.expected(node, "a whole number");
        None
    }

    /// A whole number in a range.
    pub(crate) fn count(
        &mut self,
        node: &Node,
        range: std::ops::RangeInclusive<i64>,
    ) -> Option<i64> {
        let number = self.integer(node)?;
        if range.contains(&number) {
            return Some(number);
        }
        let message = format!(
            "{number} is not between {} and {}",
            range.start(),
            range.end()
        );
        self.mistake(node.span.clone(), message, None);
        None
    }

    /// A number in ten-thousandths.
    pub(crate) fn number(&mut self, node: &Node) -> Option<i64> {
        let number = match &node.data {
            Data::Integer(number) => number.checked_mul(UNIT),
            Data::Decimal(text) => parse_number(text),
            _ => {
                self.expected(node, "a number");
                return None;
            }
        };
        if number.is_none() {
            self.mistake(
                node.span.clone(),
                "the number is too large, or has more than four digits after the point",
                None,
            );
        }
        number
    }

    /// A share between 0 and 1, as a threshold.
    pub(crate) fn share(&mut self, node: &Node) -> Option<u64> {
        let number = self.number(node)?;
        if !(0..=UNIT).contains(&number) {
            self.mistake(
                node.span.clone(),
                "a share between 0 and 1 is expected here",
                Some("0.03 means three in a hundred".to_owned()),
            );
            return None;
        }
        Some(threshold(number as f64 / UNIT as f64))
    }

    /// One value or two, as least and most.
    pub(crate) fn bounds<T: PartialOrd + Copy>(
        &mut self,
        node: &Node,
        mut read: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Option<(T, T)> {
        let Data::Array(items) = &node.data else {
            let value = read(self, node)?;
            return Some((value, value));
        };
        let [low, high] = &items[..] else {
            self.expected(node, "an array of two, least and most,");
            return None;
        };
        let (low, high) = (read(self, low)?, read(self, high)?);
        if low > high {
            self.mistake(
                node.span.clone(),
                "the first bound is greater than the second",
                Some("write the smaller one first".to_owned()),
            );
            return None;
        }
        Some((low, high))
    }
}

/// The bytes of a text without its quotes.
pub(crate) fn inside(node: &Node) -> Range<usize> {
    match &node.data {
        Data::Text(text) if node.span.len() == text.len() + 2 => {
            node.span.start + 1..node.span.end - 1
        }
        _ => node.span.clone(),
    }
}

/// A value in words.
pub(crate) fn describe(data: &Data) -> String {
    match data {
        Data::Text(text) => format!("\"{text}\""),
        Data::Integer(number) => number.to_string(),
        Data::Decimal(text) | Data::Datetime(text) => text.clone(),
        Data::Boolean(value) => value.to_string(),
        Data::Array(_) => "an array".to_owned(),
        Data::Table(_) => "a table".to_owned(),
    }
}
