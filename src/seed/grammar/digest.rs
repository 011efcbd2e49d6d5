//! `{ length_of = "content", per = 4 }`, `{ sha256 = "title" }` and `{ uuid_of = "title" }`: numbers that follow from a
//! text.

use super::{Generator, is_number, is_text, takes};
use crate::files::toml::Node;
use crate::seed::column_type::ColumnType;
use crate::seed::expression::Path;
use crate::seed::spec::{Fields, Reader, Slot};

/// The characters of a text, divided; at least 1.
#[derive(Clone, Debug)]
pub struct Length {
    pub(in crate::seed) of: Path,
    pub(in crate::seed) per: i64,
}

/// The SHA-256 of a text, in hexadecimal digits.
#[derive(Clone, Debug)]
pub struct Sha {
    pub(in crate::seed) of: Path,
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
    pub(in crate::seed) of: Path,
}

pub(super) fn parse_id(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let of = reader.path(value)?;
    takes(reader, value, slot, "a UUID", |data_type| {
        *data_type == ColumnType::Uuid || data_type.is_plain_text()
    })
    .then_some(Generator::Id(Id { of }))
}
