//! The draws of `grammar::vector`.

use crate::seed::generate::{InScope, Worker};
use crate::seed::grammar::vector::{Vector, centre, noise, normalise};
use crate::seed::value::Value;
use crate::seed::value::random::{Draw, key_of};

impl Vector {
    pub(in crate::seed) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
    ) -> Value {
        let Some(topic) = &self.topic else {
            let mut numbers = noise(*draw, self.size);
            normalise(&mut numbers);
            return Value::Vector(numbers.into());
        };
        let topic = worker.path(scope, topic);
        let Some(name) = worker.data.text(&topic) else {
            return Value::Null;
        };
        let near = worker
            .centres
            .entry(key_of(name))
            .or_insert_with(|| centre(name, self.size));
        // Even noise has a third of its range's square as variance: this makes its length the spread.
        let scale = self.spread * (3.0 / self.size as f32).sqrt();
        let mut numbers = noise(*draw, self.size);
        for (number, centre) in numbers.iter_mut().zip(near.iter()) {
            *number = *centre + *number * scale;
        }
        normalise(&mut numbers);
        Value::Vector(numbers.into())
    }
}
