//! `{ key = "uuid" }`: the row's own key, which references compute again without looking it up.

use super::{Generator, takes};
use crate::files::suggest;
use crate::files::toml::Node;
use crate::seed::column_type::ColumnType;
use crate::seed::spec::{Fields, Reader, Slot};

/// What keys look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A UUID that grows with the row's number.
    Uuid,
    /// A number from a first one on.
    Number(i64),
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    match reader.text(value)? {
        "uuid" => takes(reader, value, slot, "a UUID", |data_type| {
            *data_type == ColumnType::Uuid || data_type.is_plain_text()
        })
        .then_some(Generator::Key(Key::Uuid)),
        "number" => {
            let first = fields
                .take("first")
                .and_then(|node| reader.integer(node))
                .unwrap_or(1);
            takes(reader, value, slot, "a whole number", super::is_number)
                .then_some(Generator::Key(Key::Number(first)))
        }
        other => {
            reader.mistake(
                value.span.clone(),
                format!("there is no key `{other}`"),
                suggest::hint(other, ["uuid", "number"]),
            );
            None
        }
    }
}
