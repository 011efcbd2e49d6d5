//! The draws of `grammar::copy`.

use crate::seed::generate::{InScope, Worker};
use crate::seed::grammar::copy::Copied;
use crate::seed::value::Value;
use crate::seed::value::random::Draw;

impl Copied {
    pub(in crate::seed) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
    ) -> Value {
        let at = if self.paths.len() > 1 {
            let drawn = draw.bits() >> 32;
            self.paths
                .partition_point(|(_, threshold)| *threshold <= drawn)
                .min(self.paths.len() - 1)
        } else {
            0
        };
        worker.path(scope, &self.paths[at].0)
    }
}
