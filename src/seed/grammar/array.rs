//! `{ array = "tag", count = [1, 3] }`: some different items of a list.

use super::{Generator, takes};
use crate::files::suggest;
use crate::files::toml::Node;
use crate::seed::column_type::ColumnType;
use crate::seed::expression::Path;
use crate::seed::spec::{Fields, Reader, Slot};

/// Items of a list, or of the group of it that a column names.
#[derive(Clone, Debug)]
pub struct Array {
    pub(in crate::seed) list: usize,
    pub(in crate::seed) group: Option<Path>,
    pub(in crate::seed) count: (u32, u32),
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let name = reader.text(value)?;
    let list = reader.words.list(name);
    if list.is_none() {
        let hint = suggest::hint(
            name,
            reader.words.lists.iter().map(|list| list.name.as_str()),
        );
        reader.mistake(
            value.span.clone(),
            format!("there is no list `{name}`"),
            hint,
        );
    }
    let count = match fields.take("count") {
        None => (1, 3),
        Some(node) => {
            let (low, high) = reader.bounds(node, |reader, node| reader.count(node, 0..=1000))?;
            (low as u32, high as u32)
        }
    };
    let group = match fields.take("of") {
        Some(node) => Some(reader.path(node)?),
        None => None,
    };
    let list = list?;
    takes(reader, value, slot, "an array of texts", |data_type| {
        matches!(data_type, ColumnType::Texts(_))
            || matches!(data_type, ColumnType::Other(sql) if sql.ends_with("[]"))
    })
    .then(|| Generator::Array(Box::new(Array { list, group, count })))
}

impl Array {
    pub(super) fn paths(&self, visit: &mut dyn FnMut(&Path)) {
        self.group.iter().for_each(visit);
    }
}
