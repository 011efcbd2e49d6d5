//! The draws of `grammar::days`.

use crate::seed::generate::{InScope, Worker};
use crate::seed::grammar::days::After;
use crate::seed::value::Value;
use crate::seed::value::date::DAY;
use crate::seed::value::random::Draw;

impl After {
    pub(in crate::seed) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
    ) -> Value {
        let mut base = worker.path(scope, &self.of);
        if base == Value::Null
            && let Some(first) = &self.first
        {
            base = worker.path(scope, first);
            if !self.instant {
                return base;
            }
        }
        let Some(start) = base.instant() else {
            return Value::Null;
        };
        let mut instant = self.instant(start, draw);
        if let Some(no_later) = &self.no_later
            && let Some(limit) = worker.path(scope, no_later).instant()
        {
            instant = instant.min(limit).max(start);
        }
        if self.instant {
            Value::Timestamp(instant)
        } else {
            Value::Date(instant.div_euclid(DAY) as i32)
        }
    }
}
