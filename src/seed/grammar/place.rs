//! What follows from where a row stands: `{ order = 1 }`, `{ nth = […] }`, `{ calendar = "day" }`, the tenant; and
//! `{ value = "…" }`, `{ server = true }`.

use super::{Generator, is_number, takes};
use crate::files::suggest;
use crate::files::toml::Node;
use crate::seed::column_type::ColumnType;
use crate::seed::spec::{Fields, Reader, Slot};

pub(super) fn parse_value(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    _: &Slot,
) -> Option<Generator> {
    reader
        .expression(value)
        .map(|expression| Generator::Value(Box::new(expression)))
}

pub(super) fn parse_order(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let start = reader.integer(value)?;
    takes(reader, value, slot, "a number", is_number).then_some(Generator::Order(start))
}

pub(super) fn parse_calendar(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let week = match reader.text(value)? {
        "day" => false,
        "week" => true,
        other => {
            reader.mistake(
                value.span.clone(),
                format!("a calendar has no `{other}`"),
                suggest::hint(other, ["day", "week"]),
            );
            return None;
        }
    };
    takes(reader, value, slot, "a day", |data_type| {
        matches!(data_type, ColumnType::Date | ColumnType::Timestamp)
    })
    .then_some(Generator::Calendar { week })
}

pub(super) fn parse_nth(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let items = reader.array(value)?;
    if items.is_empty() {
        reader.mistake(value.span.clone(), "there is nothing to take", None);
        return None;
    }
    let options: Vec<_> = items
        .iter()
        .map(|item| super::parse(reader, item, slot))
        .collect();
    options
        .into_iter()
        .collect::<Option<Vec<_>>>()
        .map(Generator::Nth)
}

pub(super) fn parse_server(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    _: &Slot,
) -> Option<Generator> {
    reader.boolean(value).map(|_| Generator::Server)
}
