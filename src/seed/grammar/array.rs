//! `{ array = "tag", count = [1, 3] }`: some different items of a list.

use super::{Generator, takes};
use crate::files::suggest;
use crate::files::toml::Node;
use crate::seed::column_type::ColumnType;
use crate::seed::expression::Path;
use crate::seed::generate::{Scene, Worker};
use crate::seed::spec::{Fields, Reader, Slot};
use crate::seed::value::Value;
use crate::seed::value::random::{Draw, permute};

/// Items of a list, or of the group of it that a column names.
#[derive(Clone, Debug)]
pub struct Array {
    list: usize,
    group: Option<Path>,
    count: (u32, u32),
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
    })
    .then(|| Generator::Array(Box::new(Array { list, group, count })))
}

impl Array {
    pub(super) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scene: &mut Scene<'_>,
        draw: &mut Draw,
    ) -> Value {
        let data = worker.data;
        let items = match &self.group {
            None => &data.words.lists[self.list].items[..],
            Some(path) => {
                let value = worker.path(scene, path);
                data.words
                    .group(self.list, data.text(&value).unwrap_or_default())
                    .unwrap_or_default()
            }
        };
        let count = (draw.between(i64::from(self.count.0), i64::from(self.count.1)) as usize)
            .min(items.len());
        let key = draw.bits();
        let chosen = (0..count as u64).map(|at| {
            let item = items[permute(key, items.len() as u64, at) as usize];
            std::sync::Arc::from(data.words.text(item))
        });
        Value::List(chosen.collect())
    }

    pub(super) fn paths(&self, visit: &mut dyn FnMut(&Path)) {
        self.group.iter().for_each(visit);
    }
}
