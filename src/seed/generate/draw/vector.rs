//! The draws of `grammar::vector`.

use std::sync::Arc;

use crate::seed::generate::{InScope, Worker};
use crate::seed::grammar::vector::{Vector, Where, centre, noise, normalise};
use crate::seed::value::Value;
use crate::seed::value::embedding::embed;
use crate::seed::value::random::{Draw, key_of};

/// Why a row has no vector.
const UNFOUND: &str = "a vector that is null, or all zeros, is left out of indexes by cosine: no search would find the row";

impl Vector {
    pub(in crate::seed) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
        column: usize,
    ) -> Value {
        let found = match &self.place {
            Where::Anywhere => {
                let mut numbers = noise(*draw, self.size);
                normalise(&mut numbers);
                Some(numbers.into())
            }
            Where::Of(columns) => {
                let mut text = String::new();
                for path in columns {
                    let value = worker.path(scope, path);
                    if value != Value::Null {
                        worker.write(&mut text, &value);
                        text.push('\n');
                    }
                }
                embed(&text, self.size)
            }
            Where::Near { topic, spread } => {
                let topic = worker.path(scope, topic);
                let name = worker.data.text(&topic);
                name.map(|name| self.near(worker, *draw, name, *spread))
            }
        };
        match found {
            Some(numbers) => Value::Vector(numbers),
            None => worker.fail(scope.row, column, || {
                let what = match self.place {
                    Where::Near { .. } => "its topic is null",
                    _ => "its text has no letter and no digit",
                };
                format!("{what}, and {UNFOUND}")
            }),
        }
    }

    /// A vector near that of a topic.
    fn near(&self, worker: &mut Worker<'_>, draw: Draw, topic: &str, spread: f32) -> Arc<[f32]> {
        let near = worker
            .centres
            .entry(key_of(topic))
            .or_insert_with(|| centre(topic, self.size));
        // Even noise has a third of its range's square as variance: this makes its length the spread.
        let scale = spread * (3.0 / self.size as f32).sqrt();
        let mut numbers = noise(draw, self.size);
        for (number, centre) in numbers.iter_mut().zip(near.iter()) {
            *number = *centre + *number * scale;
        }
        normalise(&mut numbers);
        numbers.into()
    }
}
