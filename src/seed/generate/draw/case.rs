//! The draws of `grammar::case`.

use crate::seed::generate::{InScope, Worker};
use crate::seed::grammar::case::Case;
use crate::seed::value::Value;
use crate::seed::value::random::Draw;

impl Case {
    pub(in crate::seed) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
        column: usize,
    ) -> Value {
        for (condition, result) in &self.branches {
            if condition
                .as_ref()
                .is_none_or(|condition| worker.holds(scope, condition))
            {
                return result.draw(worker, scope, draw, column);
            }
        }
        Value::Null
    }
}
