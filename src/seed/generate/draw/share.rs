//! The draws of `grammar::share`.

use crate::seed::generate::{Row, Worker};
use crate::seed::grammar::share::Share;
use crate::seed::value::Value;

impl Share {
    pub(in crate::seed) fn draw(&self, worker: &Worker<'_>, row: &Row, column: usize) -> Value {
        let data = worker.data;
        let table = &data.tables[row.table];
        let person = match table.shape.parent() {
            Some(parent) => data.row_key(parent, worker.beside(row, parent, row.spot.parent)),
            None => row.key,
        };
        let key = Self::key(table.columns[column].key);
        let mut own = 0;
        self.each(
            key,
            person,
            row.spot.day,
            row.spot.siblings,
            |order, share| {
                if order == row.spot.order {
                    own = share;
                }
            },
        );
        Value::Number(own)
    }
}
