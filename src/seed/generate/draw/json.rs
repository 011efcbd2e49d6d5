//! The draws of `grammar::json`.

use crate::seed::generate::{InScope, Worker};
use crate::seed::grammar::json::{Form, Json};
use crate::seed::value::random::{Draw, join};
use crate::seed::value::text::write_json;
use crate::seed::value::{Value, write_number};

impl Json {
    pub(in crate::seed) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
        column: usize,
    ) -> Value {
        let mut out = String::with_capacity(64);
        match self.form {
            Form::Object => self.object(worker, scope, draw, column, &mut out),
            Form::Array => self.array(worker, scope, draw, column, &mut out),
            Form::Objects(low, high) => {
                out.push('[');
                let count = draw.between(i64::from(low), i64::from(high));
                for at in 0..count {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    self.object(worker, scope, draw, column, &mut out);
                }
                out.push(']');
            }
        }
        Value::Json(out.into())
    }

    fn array(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
        column: usize,
        out: &mut String,
    ) {
        out.push('[');
        for (at, (_, generator)) in self.entries.iter().enumerate() {
            let mut inner = Draw::new(join(draw.bits(), at as u64), scope.row.key);
            let value = generator.draw(worker, scope, &mut inner, column);
            if matches!(value, Value::Unset | Value::Null) {
                continue;
            }
            if out.len() > 1 {
                out.push_str(", ");
            }
            write_value(worker, out, &value);
        }
        out.push(']');
    }

    fn object(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
        column: usize,
        out: &mut String,
    ) {
        out.push('{');
        for (at, (key, generator)) in self.entries.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            write_json(out, key);
            out.push_str(": ");
            let mut inner = Draw::new(join(draw.bits(), at as u64), scope.row.key);
            let value = generator.draw(worker, scope, &mut inner, column);
            write_value(worker, out, &value);
        }
        out.push('}');
    }
}

fn write_value(worker: &Worker<'_>, out: &mut String, value: &Value) {
    match value {
        Value::Unset | Value::Null => out.push_str("null"),
        Value::Number(number) => {
            let mut text = String::new();
            write_number(&mut text, *number, 4);
            out.push_str(text.trim_end_matches('0').trim_end_matches('.'));
        }
        Value::Bool(_) | Value::Int(_) | Value::Json(_) => worker.write(out, value),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write_json(out, item);
            }
            out.push(']');
        }
        other => {
            let mut text = String::new();
            worker.write(&mut text, other);
            if matches!(other, Value::Timestamp(_)) {
                // As `to_jsonb` writes it: 2026-03-31T09:30:00+00:00.
                text = text.replacen(' ', "T", 1) + ":00";
            }
            write_json(out, &text);
        }
    }
}
