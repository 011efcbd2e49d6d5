//! The draws of `grammar::case`.

use crate::seed::generate::{Scene, Worker};
use crate::seed::grammar::case::Case;
use crate::seed::value::Value;
use crate::seed::value::random::Draw;

impl Case {
    pub(in crate::seed) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scene: &mut Scene<'_>,
        draw: &mut Draw,
        column: usize,
    ) -> Value {
        for (condition, result) in &self.branches {
            if condition
                .as_ref()
                .is_none_or(|condition| worker.holds(scene, condition))
            {
                return result.draw(worker, scene, draw, column);
            }
        }
        Value::Null
    }
}
