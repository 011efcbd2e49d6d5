//! The draws of `grammar::code`.

use crate::seed::generate::{Row, Worker};
use crate::seed::grammar::code::Code;
use crate::seed::value::Value;

impl Code {
    pub(in crate::seed) fn draw(&self, worker: &Worker<'_>, row: &Row) -> Value {
        let data = worker.data;
        let number = data.number(row.table, row.address) + 1;
        Value::text(&format!(
            "{}{number:0width$}{}",
            self.before,
            self.after,
            width = self.digits
        ))
    }
}
