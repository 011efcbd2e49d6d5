//! `{ json = { tool = { figma = 5, docs = 4 }, words = { number = [120, 900] } } }`, `{ json_list = { … } }` and
//! `{ json_array = [ … ] }`, which leaves nulls out: JSON written as `jsonb` writes it (shorter keys first), so that it
//! comes back as it was sent.

use super::{Generator, takes};
use crate::files::toml::{Data, Node};
use crate::seed::column_type::ColumnType;
use crate::seed::expression::Path;
use crate::seed::spec::{Fields, Reader, Slot};

/// An object, a list of objects, or an array of anything.
#[derive(Clone, Debug)]
pub struct Json {
    pub(in crate::seed) entries: Vec<(Box<str>, Generator)>,
    pub(in crate::seed) form: Form,
}

#[derive(Clone, Copy, Debug)]
pub(in crate::seed) enum Form {
    Object,
    /// So many objects.
    Objects(u32, u32),
    /// The entries without their keys.
    Array,
}

fn is_json(data_type: &ColumnType) -> bool {
    matches!(data_type, ColumnType::Json | ColumnType::Jsonb)
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let entries = entries(reader, value, slot)?;
    takes(reader, value, slot, "JSON", is_json).then(|| {
        Generator::Json(Box::new(Json {
            entries,
            form: Form::Object,
        }))
    })
}

pub(super) fn parse_list(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let count = match fields.take("count") {
        None => (1, 1),
        Some(node) => {
            let (low, high) = reader.bounds(node, |reader, node| reader.count(node, 0..=1000))?;
            (low as u32, high as u32)
        }
    };
    let entries = entries(reader, value, slot)?;
    takes(reader, value, slot, "JSON", is_json).then(|| {
        Generator::Json(Box::new(Json {
            entries,
            form: Form::Objects(count.0, count.1),
        }))
    })
}

pub(super) fn parse_array(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let inner = inner(slot, "item");
    let items: Vec<_> = reader
        .array(value)?
        .iter()
        .map(|item| super::parse(reader, item, &inner).map(|made| (Box::from(""), made)))
        .collect();
    let entries = items.into_iter().collect::<Option<_>>()?;
    takes(reader, value, slot, "JSON", is_json).then(|| {
        Generator::Json(Box::new(Json {
            entries,
            form: Form::Array,
        }))
    })
}

/// What is inside of a JSON value may be of any type.
fn inner(slot: &Slot, name: &str) -> Slot {
    Slot {
        label: format!("{}.{name}", slot.label),
        data_type: None,
        labels: None,
        not_null: false,
        references: None,
        ..slot.clone()
    }
}

fn entries(
    reader: &mut Reader<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Vec<(Box<str>, Generator)>> {
    let Data::Table(entries) = &value.data else {
        reader.mistake(
            value.span.clone(),
            "a table of keys with their generators is expected here",
            None,
        );
        return None;
    };
    let mut found: Vec<(Box<str>, Generator)> = Vec::new();
    let mut is_fine = true;
    for (key, node) in entries {
        let inner = inner(slot, &key.text);
        match super::parse(reader, node, &inner) {
            Some(generator) => found.push((Box::from(key.text.as_str()), generator)),
            None => is_fine = false,
        }
    }
    // The order of jsonb.
    found.sort_by(|(one, _), (other, _)| one.len().cmp(&other.len()).then_with(|| one.cmp(other)));
    is_fine.then_some(found)
}

impl Json {
    /// Its members with their keys; the items of an array have none.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &Generator)> {
        self.entries
            .iter()
            .map(|(key, generator)| (&**key, generator))
    }

    /// Whether it is an array of the members.
    pub(crate) fn is_array(&self) -> bool {
        matches!(self.form, Form::Array)
    }

    /// Whether it is an array of objects.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.form, Form::Objects(..))
    }

    pub(super) fn paths(&self, visit: &mut dyn FnMut(&Path)) {
        for (_, generator) in &self.entries {
            generator.paths(visit);
        }
    }
}
