//! Reads values of a seed file and collects what is wrong with them, each at its place.

use std::ops::Range;

use super::names::{Names, Scope, Unknown};
use super::suggest;
use crate::error::{Error, Place};
use crate::files::TextFile;
use crate::files::toml::{Data, Key, Node};
use crate::seed::column_type::ColumnType;
use crate::seed::expression::{self, Expression, Path};
use crate::seed::value::random::threshold;
use crate::seed::value::{UNIT, Value, date, parse_number, uuid};
use crate::seed::words::{Filter, Phrase, Piece, Words};

/// A file being read.
pub(crate) struct Reader<'a> {
    pub(crate) file: &'a TextFile,
    pub(crate) mistakes: Vec<Error>,
    pub(crate) names: Names,
    pub(crate) words: Words,
    pub(crate) as_of: i32,
    pub(crate) start: i32,
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

/// The entries of a table, each to be taken once.
pub(crate) struct Fields<'n> {
    entries: Vec<(&'n Key, &'n Node, bool)>,
    asked: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The entries of a table; none of anything else.
    pub(crate) fn of(node: &'n Node) -> Self {
        let entries = match &node.data {
            Data::Table(entries) => entries
                .iter()
                .map(|(key, value)| (key, value, false))
                .collect(),
            _ => Vec::new(),
        };
        Self {
            entries,
            asked: Vec::new(),
        }
    }

    /// The value of a key.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<&'n Node> {
        self.asked.push(name);
        let (_, value, taken) = self.entries.iter_mut().find(|(key, ..)| key.text == name)?;
        *taken = true;
        Some(value)
    }

    /// Takes the value of the first of these keys that is there.
    pub(crate) fn take_first(
        &mut self,
        names: &[&'static str],
    ) -> Option<(&'static str, &'n Node)> {
        let found = names
            .iter()
            .find(|name| self.entries.iter().any(|(key, ..)| key.text == **name))?;
        self.take(found).map(|node| (*found, node))
    }

    /// Takes what is there.
    pub(crate) fn take_all(&mut self) {
        self.entries
            .iter_mut()
            .for_each(|(.., taken)| *taken = true);
    }

    /// Whether there is such a key.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(key, ..)| key.text == name)
    }

    /// The keys and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'n Key, &'n Node)> {
        self.entries.iter().map(|(key, value, _)| (*key, *value))
    }
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

    /// A day: a date, `as_of`, or a distance from it such as `-18 months`.
    pub(crate) fn day(&mut self, node: &Node) -> Option<i32> {
        let found = match &node.data {
            Data::Datetime(text) => date::parse(text.get(..10).unwrap_or(text)),
            Data::Text(text) => date::parse(text).or_else(|| self.distance(text)),
            _ => None,
        };
        if found.is_none() {
            let hint = "a date such as 2026-03-31, \"as_of\", or a distance from it: \"-18 months\", \"+2 weeks\", \"-10 days\"";
            self.mistake(
                node.span.clone(),
                format!("a day is expected here, not {}", describe(&node.data)),
                Some(hint.to_owned()),
            );
        }
        found
    }

    fn distance(&self, text: &str) -> Option<i32> {
        let text = text.trim();
        if text == "as_of" || text == "start" {
            return Some(if text == "start" {
                self.start
            } else {
                self.as_of
            });
        }
        let (number, unit) = text.split_once(' ')?;
        let number: i32 = number
            .parse()
            .ok()
            .filter(|number: &i32| number.abs() < 100_000)?;
        match unit.trim().trim_end_matches('s') {
            "day" => Some(self.as_of + number),
            "week" => Some(self.as_of + 7 * number),
            "month" => Some(date::add_months(self.as_of, number)),
            "year" => Some(date::add_months(self.as_of, 12 * number)),
            _ => None,
        }
    }

    /// A span of hours of the day, `09:00-18:00`, in microseconds.
    pub(crate) fn hours(&mut self, node: &Node) -> Option<(i64, i64)> {
        let text = self.text(node)?;
        let found = match text.split_once('-') {
            Some((from, to)) => date::parse_time(from.trim()).zip(date::parse_time(to.trim())),
            None => date::parse_time(text.trim()).map(|time| (time, time)),
        };
        if found.is_none_or(|(from, to)| from > to) {
            self.mistake(
                node.span.clone(),
                "hours of the day are expected here",
                Some("for example \"09:00-18:00\"".to_owned()),
            );
            return None;
        }
        found
    }

    /// Days of the week as bits, Monday first: `mon-fri`, `tue`, or an array of them.
    pub(crate) fn weekdays(&mut self, node: &Node) -> Option<u8> {
        const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let items = match &node.data {
            Data::Array(items) => items.iter().collect(),
            _ => vec![node],
        };
        let mut bits = 0;
        for item in items {
            let text = self.text(item)?;
            let (from, to) = text.split_once('-').unwrap_or((text, text));
            let at = |name: &str| NAMES.iter().position(|known| *known == name.trim());
            let (Some(from), Some(to)) = (at(from), at(to)) else {
                self.mistake(
                    item.span.clone(),
                    format!("`{text}` is no day of the week"),
                    Some("for example \"mon-fri\", \"tue\"".to_owned()),
                );
                return None;
            };
            for day in from..=to {
                bits |= 1 << day;
            }
        }
        Some(bits)
    }

    /// The table that a text names.
    pub(crate) fn table(&mut self, node: &Node) -> Option<usize> {
        let label = self.text(node)?;
        let found = self.names.table(label);
        if found.is_none() {
            let labels = self.names.tables.iter().map(|table| table.label.as_str());
            let hint = suggest::hint(label, labels);
            self.mistake(
                inside(node),
                format!("`{label}` is no table of this file or of the schemas it may use"),
                hint,
            );
        }
        found
    }

    /// Expands `table.column` into both.
    pub(crate) fn table_column(&mut self, node: &Node) -> Option<(usize, usize)> {
        let text = self.text(node)?;
        let (table, column) = text.rsplit_once('.').unwrap_or(("", text));
        let Some(at) = self.names.table(table) else {
            let hint = suggest::hint(
                table,
                self.names.tables.iter().map(|table| table.label.as_str()),
            );
            self.mistake(
                inside(node),
                format!("`{table}` is no table of this file"),
                hint,
            );
            return None;
        };
        let found = self.names.column(at, column);
        if found.is_none() {
            let hint = suggest::hint(
                column,
                self.names.tables[at]
                    .columns
                    .iter()
                    .map(|column| column.name.as_str()),
            );
            self.mistake(
                inside(node),
                format!("{table} has no column `{column}`"),
                hint,
            );
        }
        found.map(|column| (at, column))
    }

    /// An expression in the current scope.
    pub(crate) fn expression(&mut self, node: &Node) -> Option<Expression> {
        let text = match &node.data {
            Data::Boolean(value) => return Some(Expression::Constant(Value::Bool(*value))),
            _ => self.text(node)?,
        };
        match expression::parse(text, &mut Meaning(self)) {
            Ok(expression) => Some(self.interned(expression)),
            Err(complaint) => {
                let span = self.within(node, text, complaint.span);
                self.mistake(span, complaint.message, complaint.suggestion);
                None
            }
        }
    }

    /// Texts become words, which cost nothing to copy.
    fn interned(&mut self, expression: Expression) -> Expression {
        let mut boxed = |inner: Box<Expression>| Box::new(self.interned(*inner));
        match expression {
            Expression::Text(text) => Expression::Constant(Value::Word(self.words.word(&text))),
            Expression::Not(inner) => Expression::Not(boxed(inner)),
            Expression::IsNull(inner) => Expression::IsNull(boxed(inner)),
            Expression::And(one, other) => Expression::And(boxed(one), boxed(other)),
            Expression::Or(one, other) => Expression::Or(boxed(one), boxed(other)),
            Expression::Compare(comparison, one, other) => {
                Expression::Compare(comparison, boxed(one), boxed(other))
            }
            Expression::Arithmetic(operator, one, other) => {
                Expression::Arithmetic(operator, boxed(one), boxed(other))
            }
            Expression::Between(value, low, high) => {
                Expression::Between(boxed(value), boxed(low), boxed(high))
            }
            Expression::In(value, options) => {
                let value = boxed(value);
                Expression::In(
                    value,
                    options
                        .into_iter()
                        .map(|option| self.interned(option))
                        .collect(),
                )
            }
            Expression::Call(function, arguments) => Expression::Call(
                function,
                arguments
                    .into_iter()
                    .map(|argument| self.interned(argument))
                    .collect(),
            ),
            known @ (Expression::Constant(_) | Expression::Path(_)) => known,
        }
    }

    /// The row and column that a text names.
    pub(crate) fn path(&mut self, node: &Node) -> Option<Path> {
        let text = self.text(node)?;
        match self.names.path(self.scope, text) {
            Ok(path) => Some(path),
            Err((message, hint)) => {
                self.mistake(inside(node), message, hint);
                None
            }
        }
    }

    /// Bytes of the file for bytes of a text in it.
    fn within(&self, node: &Node, text: &str, span: Range<usize>) -> Range<usize> {
        let inner = inside(node);
        if self.file.text.get(inner.clone()) == Some(text) {
            inner.start + span.start..inner.start + span.end.max(span.start + 1)
        } else {
            node.span.clone()
        }
    }

    /// A phrase: the name of one, or a text with places in braces.
    pub(crate) fn phrase(&mut self, node: &Node) -> Option<usize> {
        if let Data::Text(text) = &node.data
            && !text.contains('{')
        {
            if self.raw_phrases.iter().any(|(name, _)| name == text) {
                return self.named_phrase(text, node);
            }
            if let Some(list) = self.words.list(text) {
                return Some(self.add_phrase(vec![vec![Piece::List(list, Filter::Plain)]]));
            }
            let known = self.raw_phrases.iter().map(|(name, _)| name.as_str());
            let known = known.chain(self.words.lists.iter().map(|list| list.name.as_str()));
            let hint = suggest::hint(text, known);
            self.mistake(
                inside(node),
                format!("there is no phrase or list `{text}`"),
                hint,
            );
            return None;
        }
        let variants = self.variants(node)?;
        Some(self.add_phrase(variants))
    }

    /// A phrase of the file, as the present table understands it.
    fn named_phrase(&mut self, name: &str, asked: &Node) -> Option<usize> {
        let key = (name.to_owned(), self.scope.table);
        match self.read_phrases.get(&key) {
            Some(Some(known)) => return Some(*known),
            Some(None) => {
                self.mistake(
                    inside(asked),
                    format!("the phrase `{name}` contains itself"),
                    None,
                );
                return None;
            }
            None => {}
        }
        let node = self
            .raw_phrases
            .iter()
            .find(|(known, _)| known == name)?
            .1
            .clone();
        self.read_phrases.insert(key.clone(), None);
        let variants = self.variants(&node)?;
        let phrase = self.add_phrase(variants);
        self.read_phrases.insert(key, Some(phrase));
        Some(phrase)
    }

    fn add_phrase(&mut self, variants: Vec<Vec<Piece>>) -> usize {
        self.words.phrases.push(Phrase { variants });
        self.words.phrases.len() - 1
    }

    /// The variants of a phrase: a text or an array of texts.
    pub(crate) fn variants(&mut self, node: &Node) -> Option<Vec<Vec<Piece>>> {
        let items = match &node.data {
            Data::Array(items) => items.iter().collect(),
            _ => vec![node],
        };
        if items.is_empty() {
            self.mistake(
                node.span.clone(),
                "a phrase needs at least one variant",
                None,
            );
        }
        let variants: Vec<_> = items.into_iter().map(|item| self.pieces(item)).collect();
        variants.into_iter().collect()
    }

    fn pieces(&mut self, node: &Node) -> Option<Vec<Piece>> {
        let text = self.text(node)?;
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find('{') {
            let open = at + open;
            if open > at {
                pieces.push(Piece::Text(text[at..open].into()));
            }
            let Some(close) = text[open..].find('}') else {
                let span = self.within(node, text, open..open + 1);
                self.mistake(span, "a brace that is not closed", None);
                return None;
            };
            let close = open + close;
            match self.piece(&text[open + 1..close], node) {
                Ok(piece) => pieces.push(piece),
                Err((message, hint)) => {
                    let span = self.within(node, text, open..close + 1);
                    self.mistake(span, message, hint);
                    return None;
                }
            }
            at = close + 1;
        }
        if at < text.len() {
            pieces.push(Piece::Text(text[at..].into()));
        }
        Some(pieces)
    }

    fn piece(&mut self, inside: &str, node: &Node) -> Result<Piece, Unknown> {
        let (name, filter) = match inside.split_once('|') {
            None => (inside, Filter::Plain),
            Some((name, wanted)) => {
                let found = Filter::ALL.iter().find(|(known, _)| *known == wanted);
                let Some((_, filter)) = found else {
                    let known = Filter::ALL.map(|(known, _)| known);
                    return Err((
                        format!("there is no filter `{wanted}`"),
                        suggest::hint(wanted, known),
                    ));
                };
                (name, *filter)
            }
        };
        if let Some((list, path)) = name.split_once(':') {
            let Some(at) = self.words.list(list) else {
                let known = self.words.lists.iter().map(|list| list.name.as_str());
                return Err((
                    format!("there is no list `{list}`"),
                    suggest::hint(list, known),
                ));
            };
            return Ok(Piece::Group(at, self.names.path(self.scope, path)?, filter));
        }
        if let Some(list) = self.words.list(name) {
            return Ok(Piece::List(list, filter));
        }
        if self.raw_phrases.iter().any(|(known, _)| known == name) {
            let phrase = self.named_phrase(name, node);
            return phrase
                .map(|phrase| Piece::Phrase(phrase, filter))
                .ok_or_else(|| (format!("the phrase `{name}` cannot be used here"), None));
        }
        let path = self
            .names
            .path(self.scope, name)
            .map_err(|(message, hint)| {
                let lists = self.words.lists.iter().map(|list| list.name.as_str());
                let phrases = self.raw_phrases.iter().map(|(name, _)| name.as_str());
                let near = suggest::nearest(name, lists.chain(phrases));
                (
                    format!("`{name}` is no list and no phrase, and {message}"),
                    near.map(|near| format!("did you mean `{near}`?")).or(hint),
                )
            })?;
        Ok(Piece::Cell(path, filter))
    }

    /// A literal for a column.
    pub(crate) fn constant(&mut self, node: &Node, slot: &Slot) -> Option<Value> {
        let found = match (&node.data, &slot.data_type) {
            (Data::Text(text), Some(ColumnType::Bool)) => match text.as_str() {
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                _ => None,
            },
            (Data::Text(text), Some(ColumnType::Uuid)) => uuid::parse(text).map(Value::Uuid),
            (Data::Text(text), Some(ColumnType::Date)) => date::parse(text)
                .or_else(|| self.distance(text))
                .map(Value::Date),
            (Data::Text(text), Some(ColumnType::Timestamp)) => date::parse(text)
                .or_else(|| self.distance(text))
                .map(|days| Value::Timestamp(i64::from(days) * date::DAY)),
            (
                Data::Text(text),
                Some(ColumnType::Int(_) | ColumnType::Float(_) | ColumnType::Numeric(_)),
            ) => parse_number(text).map(|number| {
                if number % UNIT == 0 {
                    Value::Int(number / UNIT)
                } else {
                    Value::Number(number)
                }
            }),
            (Data::Text(text), Some(ColumnType::Json | ColumnType::Jsonb)) => match text.as_str() {
                "[]" | "{}" => Some(Value::Json(text.as_str().into())),
                _ => None,
            },
            (Data::Text(_), Some(ColumnType::Vector(_) | ColumnType::Texts(_))) => None,
            (Data::Text(text), _) => Some(Value::Word(self.words.word(text))),
            (Data::Integer(number), Some(ColumnType::Text(_) | ColumnType::Enum(_))) => {
                Some(Value::Word(self.words.word(&number.to_string())))
            }
            (
                Data::Integer(number),
                Some(ColumnType::Int(_) | ColumnType::Float(_) | ColumnType::Numeric(_)) | None,
            ) => Some(Value::Int(*number)),
            (Data::Decimal(_), Some(ColumnType::Float(_) | ColumnType::Numeric(_)) | None) => {
                self.number(node).map(Value::Number)
            }
            (Data::Boolean(value), Some(ColumnType::Bool) | None) => Some(Value::Bool(*value)),
            (Data::Datetime(text), Some(ColumnType::Date | ColumnType::Timestamp) | None) => {
                date::parse(text.get(..10).unwrap_or(text)).map(Value::Date)
            }
            (Data::Array(items), Some(ColumnType::Texts(_)) | None) => {
                let texts: Option<Vec<std::sync::Arc<str>>> = items
                    .iter()
                    .map(|item| self.text(item).map(std::sync::Arc::from))
                    .collect();
                texts.map(|texts| Value::List(texts.into()))
            }
            _ => None,
        };
        let Some(value) = found else {
            let wanted = slot
                .data_type
                .as_ref()
                .map_or_else(String::new, ToString::to_string);
            self.mistake(
                node.span.clone(),
                format!(
                    "{} is {wanted}, and {} does not fit",
                    slot.label,
                    describe(&node.data)
                ),
                None,
            );
            return None;
        };
        self.fits(node, slot, &value).then_some(value)
    }

    /// Whether a literal is one of the labels, short enough and in range; notes it when not.
    fn fits(&mut self, node: &Node, slot: &Slot, value: &Value) -> bool {
        let labels = match (&slot.data_type, &slot.labels) {
            (Some(ColumnType::Enum(labels)), _) => Some(labels.clone()),
            (_, labels) => labels.clone(),
        };
        if let Value::Word(word) = value {
            let text = self.words.text(*word).to_owned();
            if let Some(labels) = labels
                && !labels.contains(&text)
            {
                let hint = suggest::hint(&text, labels.iter().map(String::as_str));
                self.mistake(
                    inside(node),
                    format!("{} does not allow \"{text}\"", slot.label),
                    hint,
                );
                return false;
            }
            if let Some(ColumnType::Text(Some(most))) = slot.data_type
                && text.chars().count() > most as usize
            {
                self.mistake(
                    inside(node),
                    format!(
                        "{} takes at most {most} characters, and \"{text}\" has {}",
                        slot.label,
                        text.chars().count()
                    ),
                    None,
                );
                return false;
            }
        }
        let Some(number) = value.number().filter(|_| !matches!(value, Value::Bool(_))) else {
            return true;
        };
        if let Some((low, high)) = slot.data_type.as_ref().and_then(range_of)
            && !(low..=high).contains(&number)
        {
            let data_type = slot
                .data_type
                .as_ref()
                .map_or_else(String::new, ToString::to_string);
            self.mistake(
                node.span.clone(),
                format!(
                    "{} is {data_type}, which this number does not fit",
                    slot.label
                ),
                None,
            );
            return false;
        }
        true
    }
}

/// The least and the greatest number of a type, in ten-thousandths.
pub(crate) fn range_of(data_type: &ColumnType) -> Option<(i64, i64)> {
    let most = match data_type {
        ColumnType::Int(2) => i64::from(i16::MAX) * UNIT,
        ColumnType::Int(4) => i64::from(i32::MAX) * UNIT,
        ColumnType::Numeric(Some((precision, scale))) => {
            let whole = 10_i64
                .checked_pow(precision.saturating_sub(*scale))?
                .checked_mul(UNIT)?;
            whole
                - if *scale >= 4 {
                    1
                } else {
                    10_i64.pow(4 - scale)
                }
        }
        _ => return None,
    };
    Some((-most, most))
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

/// Names as expressions ask for them.
struct Meaning<'r, 'a>(&'r mut Reader<'a>);

impl expression::Names for Meaning<'_, '_> {
    fn path(&mut self, name: &str) -> Result<Path, Unknown> {
        self.0.names.path(self.0.scope, name)
    }

    fn as_of(&self) -> i32 {
        self.0.as_of
    }
}
