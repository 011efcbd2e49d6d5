//! `{ copy = "employee.manager_id" }`: another column's value; of several, one by chance.

use super::Generator;
use crate::files::toml::{Data, Node};
use crate::seed::expression::Path;
use crate::seed::spec::{Fields, Reader, Slot};

/// Columns to copy from, each with the threshold up to which it is taken.
#[derive(Clone, Debug)]
pub struct Copied {
    pub(crate) paths: Vec<(Path, u64)>,
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    _: &Slot,
) -> Option<Generator> {
    let items = match &value.data {
        Data::Array(items) => items.iter().collect(),
        _ => vec![value],
    };
    let weights = match fields.take("weights") {
        None => vec![1; items.len()],
        Some(node) => {
            let numbers: Option<Vec<i64>> = reader
                .array(node)?
                .iter()
                .map(|item| reader.count(item, 0..=1_000_000))
                .collect();
            let numbers = numbers?;
            if numbers.len() != items.len() || numbers.iter().sum::<i64>() == 0 {
                reader.mistake(
                    node.span.clone(),
                    "there must be one weight for each column",
                    None,
                );
                return None;
            }
            numbers
        }
    };
    let total: i64 = weights.iter().sum();
    let mut sum = 0;
    let paths: Vec<Option<(Path, u64)>> = items
        .into_iter()
        .zip(weights)
        .map(|(item, weight)| {
            sum += weight;
            Some((
                reader.path(item)?,
                ((i128::from(sum) << 32) / i128::from(total)) as u64,
            ))
        })
        .collect();
    let paths: Option<Vec<_>> = paths.into_iter().collect();
    paths.map(|paths| Generator::Copy(Box::new(Copied { paths })))
}

impl Copied {
    /// Where it copies from.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().map(|(path, _)| path)
    }
}
