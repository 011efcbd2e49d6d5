//! `{ json = { tool = { figma = 5, docs = 4 }, words = { number = [120, 900] } } }`, `{ json_list = { … } }` and
//! `{ json_array = [ … ] }`, which leaves nulls out: JSON written as `jsonb` writes it (shorter keys first), so that it
//! comes back as it was sent.

use super::{Generator, takes};
use crate::files::toml::{Data, Node};
use crate::seed::column_type::ColumnType;
use crate::seed::expression::Path;
use crate::seed::generate::{Scene, Worker};
use crate::seed::spec::{Fields, Reader, Slot};
use crate::seed::value::random::{Draw, join};
use crate::seed::value::text::write_json;
use crate::seed::value::{Value, write_number};

/// An object, a list of objects, or an array of anything.
#[derive(Clone, Debug)]
pub struct Json {
    entries: Vec<(Box<str>, Generator)>,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
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
    pub(super) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scene: &mut Scene<'_>,
        draw: &mut Draw,
        column: usize,
    ) -> Value {
        let mut out = String::with_capacity(64);
        match self.form {
            Form::Object => self.object(worker, scene, draw, column, &mut out),
            Form::Array => self.array(worker, scene, draw, column, &mut out),
            Form::Objects(low, high) => {
                out.push('[');
                let count = draw.between(i64::from(low), i64::from(high));
                for at in 0..count {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    self.object(worker, scene, draw, column, &mut out);
                }
                out.push(']');
            }
        }
        Value::Json(out.into())
    }

    fn array(
        &self,
        worker: &mut Worker<'_>,
        scene: &mut Scene<'_>,
        draw: &mut Draw,
        column: usize,
        out: &mut String,
    ) {
        out.push('[');
        for (at, (_, generator)) in self.entries.iter().enumerate() {
            let mut inner = Draw::new(join(draw.bits(), at as u64), scene.row.key);
            let value = generator.draw(worker, scene, &mut inner, column);
            if matches!(value, Value::Unset | Value::Null) {
                continue;
            }
            if out.len() > 1 {
                out.push_str(", ");
            }
            write_value(worker, out, &value);
        }
        out.push(']');
    }

    fn object(
        &self,
        worker: &mut Worker<'_>,
        scene: &mut Scene<'_>,
        draw: &mut Draw,
        column: usize,
        out: &mut String,
    ) {
        out.push('{');
        for (at, (key, generator)) in self.entries.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            write_json(out, key);
            out.push_str(": ");
            let mut inner = Draw::new(join(draw.bits(), at as u64), scene.row.key);
            let value = generator.draw(worker, scene, &mut inner, column);
            write_value(worker, out, &value);
        }
        out.push('}');
    }

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

fn write_value(worker: &Worker<'_>, out: &mut String, value: &Value) {
    match value {
        Value::Unset | Value::Null => out.push_str("null"),
        Value::Number(number) => {
            let mut text = String::new();
            write_number(&mut text, *number, 4);
            out.push_str(text.trim_end_matches('0').trim_end_matches('.'));
        }
        Value::Bool(_) | Value::Int(_) | Value::Json(_) => worker.write(out, value),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write_json(out, item);
            }
            out.push(']');
        }
        other => {
            let mut text = String::new();
            worker.write(&mut text, other);
            if matches!(other, Value::Timestamp(_)) {
                // As `to_jsonb` writes it: 2026-03-31T09:30:00+00:00.
                text = text.replacen(' ', "T", 1) + ":00";
            }
            write_json(out, &text);
        }
    }
}
