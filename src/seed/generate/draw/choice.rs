//! The draws of `grammar::choice`.

use crate::seed::generate::{InScope, Worker};
use crate::seed::grammar::Generator;
use crate::seed::grammar::choice::Choice;
use crate::seed::value::Value;
use crate::seed::value::random::Draw;

impl Choice {
    pub(in crate::seed) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
        column: usize,
    ) -> Value {
        match self {
            Self::Weighted(options) => {
                let at = draw.bits() >> 32;
                let found = options.partition_point(|(_, threshold)| *threshold <= at);
                match options.get(found.min(options.len() - 1)) {
                    Some((Generator::Constant(value), _)) => value.clone(),
                    Some((other, _)) => other.draw(worker, scope, draw, column),
                    None => Value::Null,
                }
            }
            Self::Listed { list, group, turns } => {
                let data = worker.data;
                let items = match group {
                    None => &data.words.lists[*list].items[..],
                    Some(path) => {
                        let value = worker.path(scope, path);
                        let name = data.text(&value).unwrap_or_default();
                        match data.words.group(*list, name) {
                            Some(items) if !items.is_empty() => items,
                            _ => return Value::Null,
                        }
                    }
                };
                let at = match turns {
                    true => u64::from(scope.row.spot.order) % items.len() as u64,
                    false => draw.below(items.len() as u64),
                };
                Value::Word(items[at as usize])
            }
        }
    }
}
