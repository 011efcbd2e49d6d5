//! `{ pick = { approved = 96, rejected = 3 } }`: one of several, by weight; `{ list = "sector" }`: one of a list, with
//! `turns = true` by the row's place under its parent.

use super::{Generator, is_text, takes};
use crate::files::suggest;
use crate::files::toml::{Data, Node};
use crate::seed::expression::Path;
use crate::seed::spec::{Fields, Reader, Slot};
use crate::seed::value::UNIT;

/// One of several.
#[derive(Clone, Debug)]
pub enum Choice {
    /// By weight: each with the threshold up to which it is taken.
    Weighted(Vec<(Generator, u64)>),
    /// One of a list, or of the group of it that a column names.
    Listed {
        /// The list.
        list: usize,
        /// What names the group.
        group: Option<Path>,
        /// Whether rows under the same parent take its items in turn.
        turns: bool,
    },
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let mut options = Vec::new();
    let mut is_fine = true;
    let mut add = |option: Option<Generator>, weight: Option<i64>| match (option, weight) {
        (Some(option), Some(weight)) => options.push((option, weight)),
        _ => is_fine = false,
    };
    match &value.data {
        Data::Array(items) => {
            for item in items {
                add(super::parse(reader, item, slot), Some(UNIT));
            }
        }
        Data::Table(entries) => {
            for (key, weight) in entries {
                let label = Node {
                    data: Data::Text(key.text.clone()),
                    span: key.span.clone(),
                };
                let option = reader.constant(&label, slot).map(Generator::Constant);
                let number = reader.number(weight).filter(|number| *number >= 0);
                add(option, number);
            }
        }
        Data::Text(_) => return parse_list(reader, &mut Fields::of(value), value, slot),
        _ => {
            reader.mistake(
                value.span.clone(),
                "values with weights are expected here",
                Some("for example { approved = 96, rejected = 3 }".to_owned()),
            );
            return None;
        }
    }
    let total: i64 = options.iter().map(|(_, weight)| weight).sum();
    if is_fine && total <= 0 {
        reader.mistake(value.span.clone(), "there is nothing to pick from", None);
        return None;
    }
    let mut sum = 0_i64;
    let thresholds = options.into_iter().map(|(option, weight)| {
        sum += weight;
        (option, ((i128::from(sum) << 32) / i128::from(total)) as u64)
    });
    is_fine.then(|| Generator::Choice(Box::new(Choice::Weighted(thresholds.collect()))))
}

pub(super) fn parse_list(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let name = reader.text(value)?;
    let group = match fields.take("of") {
        Some(node) => Some(reader.path(node)?),
        None => None,
    };
    let turns = fields
        .take("turns")
        .and_then(|node| reader.boolean(node))
        .unwrap_or(false);
    let Some(list) = reader.words.list(name) else {
        let hint = suggest::hint(
            name,
            reader.words.lists.iter().map(|list| list.name.as_str()),
        );
        reader.mistake(
            value.span.clone(),
            format!("there is no list `{name}`"),
            hint,
        );
        return None;
    };
    if reader.words.lists[list].items.is_empty() {
        reader.mistake(
            value.span.clone(),
            format!("the list `{name}` is empty"),
            None,
        );
        return None;
    }
    takes(reader, value, slot, "text", is_text)
        .then(|| Generator::Choice(Box::new(Choice::Listed { list, group, turns })))
}

impl Choice {
    pub(super) fn paths(&self, visit: &mut dyn FnMut(&Path)) {
        match self {
            Self::Listed {
                group: Some(path), ..
            } => visit(path),
            Self::Listed { .. } => {}
            Self::Weighted(options) => {
                for (option, _) in options {
                    option.paths(visit);
                }
            }
        }
    }
}
