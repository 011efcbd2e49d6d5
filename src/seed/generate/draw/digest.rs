//! The draws of `grammar::digest`.

use crate::files::fingerprint;
use crate::seed::generate::{InScope, Worker};
use crate::seed::grammar::digest::{Id, Length, Sha};
use crate::seed::value::Value;

impl Id {
    pub(in crate::seed) fn draw(&self, worker: &mut Worker<'_>, scope: &mut InScope<'_>) -> Value {
        let value = worker.path(scope, &self.of);
        if value == Value::Null {
            return Value::Null;
        }
        let mut text = String::new();
        worker.write(&mut text, &value);
        let digits = fingerprint(&text);
        let number = u128::from_str_radix(&digits[..32], 16).unwrap_or_default();
        let version = number & !(0xf << 76) | 8 << 76;
        Value::Uuid((version & !(3 << 62) | 2 << 62).to_be_bytes())
    }
}

impl Length {
    pub(in crate::seed) fn draw(&self, worker: &mut Worker<'_>, scope: &mut InScope<'_>) -> Value {
        let value = worker.path(scope, &self.of);
        let length = worker
            .data
            .text(&value)
            .map_or(0, |text| text.chars().count() as i64);
        Value::Int((length / self.per).max(1))
    }
}

impl Sha {
    pub(in crate::seed) fn draw(&self, worker: &mut Worker<'_>, scope: &mut InScope<'_>) -> Value {
        let value = worker.path(scope, &self.of);
        match worker.data.text(&value) {
            Some(text) => Value::text(&fingerprint(text)),
            None => Value::Null,
        }
    }
}
