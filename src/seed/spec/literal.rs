//! Literals, checked against the column that takes them.

use super::reader::{Reader, Slot, describe, inside};
use crate::files::suggest;
use crate::files::toml::{Data, Node};
use crate::seed::column_type::ColumnType;
use crate::seed::value::{UNIT, Value, date, embedding, json, parse_number, uuid};

impl Reader<'_> {
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
                .or_else(|| date::parse_infinity(text))
                .map(Value::Date),
            (Data::Text(text), Some(ColumnType::Timestamp)) => {
                let day = self.distance(text).or_else(|| date::parse_infinity(text));
                let day = day.map(|days| i64::from(days) * date::DAY);
                day.or_else(|| date::parse_instant(text))
                    .map(Value::Timestamp)
            }
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
            (Data::Text(text), Some(ColumnType::Json | ColumnType::Jsonb)) => {
                json::canonical(text).map(|json| Value::Json(json.into()))
            }
            (Data::Text(text), Some(ColumnType::Vector(size))) => {
                embedding::parse(text, size.map(|size| size as usize)).map(Value::Vector)
            }
            (Data::Text(_), Some(ColumnType::Texts(_))) => None,
            (Data::Text(text), _) => Some(Value::Word(self.words.word(text))),
            (
                Data::Integer(number),
                Some(ColumnType::Text(_) | ColumnType::Character(_) | ColumnType::Enum(_)),
            ) => Some(Value::Word(self.words.word(&number.to_string()))),
            (
                Data::Integer(number),
                Some(ColumnType::Int(_) | ColumnType::Float(_) | ColumnType::Numeric(_)) | None,
            ) => Some(Value::Int(*number)),
            (Data::Decimal(_), Some(ColumnType::Float(_) | ColumnType::Numeric(_)) | None) => {
                self.number(node).map(Value::Number)
            }
            (Data::Boolean(value), Some(ColumnType::Bool) | None) => Some(Value::Bool(*value)),
            (Data::Datetime(text), Some(ColumnType::Date) | None) if text.len() == 10 => {
                date::parse(text).map(Value::Date)
            }
            (Data::Datetime(text), Some(ColumnType::Timestamp) | None) => {
                date::parse_instant(text).map(Value::Timestamp)
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
        if let (Value::Date(_) | Value::Timestamp(_), Data::Datetime(text) | Data::Text(text)) =
            (&value, &node.data)
            && self.distance(text).is_none()
            && date::parse_infinity(text).is_none()
        {
            self.no_date(node);
        }
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
            let most = slot
                .data_type
                .as_ref()
                .and_then(ColumnType::most_characters);
            if let Some(most) = most
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
