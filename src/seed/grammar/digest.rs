//! `{ length_of = "content", per = 4 }`, `{ sha256 = "title" }` and `{ uuid_of = "title" }`: numbers that follow from a
//! text.

use super::{Generator, is_number, is_text, takes};
use crate::files::fingerprint;
use crate::files::toml::Node;
use crate::seed::column_type::ColumnType;
use crate::seed::expression::Path;
use crate::seed::generate::{Scene, Worker};
use crate::seed::spec::{Fields, Reader, Slot};
use crate::seed::value::Value;

/// The characters of a text, divided; at least 1.
#[derive(Clone, Debug)]
pub struct Length {
    pub(super) of: Path,
    per: i64,
}

/// The SHA-256 of a text, in hexadecimal digits.
#[derive(Clone, Debug)]
pub struct Sha {
    pub(super) of: Path,
}

pub(super) fn parse_length(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let per = fields
        .take("per")
        .map_or(Some(1), |node| reader.count(node, 1..=1_000_000))?;
    let of = reader.path(value)?;
    takes(reader, value, slot, "a number", is_number)
        .then_some(Generator::Length(Length { of, per }))
}

pub(super) fn parse_sha(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let of = reader.path(value)?;
    takes(reader, value, slot, "text", is_text).then_some(Generator::Digest(Sha { of }))
}

/// A UUID of version 8 from the SHA-256 of a text: an id that another application would have given.
#[derive(Clone, Debug)]
pub struct Id {
    pub(super) of: Path,
}

pub(super) fn parse_id(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let of = reader.path(value)?;
    takes(reader, value, slot, "a UUID", |data_type| {
        matches!(data_type, ColumnType::Uuid | ColumnType::Text(_))
    })
    .then_some(Generator::Id(Id { of }))
}

impl Id {
    pub(super) fn draw(&self, worker: &mut Worker<'_>, scene: &mut Scene<'_>) -> Value {
        let value = worker.path(scene, &self.of);
        if value == Value::Null {
            return Value::Null;
        }
        let mut text = String::new();
        worker.write(&mut text, &value);
        let digits = fingerprint(&text);
        let number = u128::from_str_radix(&digits[..32], 16).unwrap_or_default();
        let version = number & !(0xf << 76) | 8 << 76;
        Value::Uuid((version & !(3 << 62) | 2 << 62).to_be_bytes())
    }
}

impl Length {
    pub(super) fn draw(&self, worker: &mut Worker<'_>, scene: &mut Scene<'_>) -> Value {
        let value = worker.path(scene, &self.of);
        let length = worker
            .data
            .text(&value)
            .map_or(0, |text| text.chars().count() as i64);
        Value::Int((length / self.per).max(1))
    }
}

impl Sha {
    pub(super) fn draw(&self, worker: &mut Worker<'_>, scene: &mut Scene<'_>) -> Value {
        let value = worker.path(scene, &self.of);
        match worker.data.text(&value) {
            Some(text) => Value::text(&fingerprint(text)),
            None => Value::Null,
        }
    }
}
