//! The draws of `grammar::family`.

use crate::seed::generate::{Row, Worker};
use crate::seed::grammar::family::Family;
use crate::seed::value::Value;

impl Family {
    pub(in crate::seed) fn draw(self, worker: &mut Worker<'_>, row: &Row) -> Value {
        match self {
            Self::Sum { table, column, by } => {
                Value::Number(worker.sum_over(row, table, column, by))
            }
            Self::Count { table } => {
                let (first, end) = worker.under(
                    table,
                    row.address.tenant,
                    row.address.pod,
                    row.address.index,
                );
                Value::Int(i64::from(end - first))
            }
            Self::Last { table, column } => {
                let (first, end) = worker.under(
                    table,
                    row.address.tenant,
                    row.address.pod,
                    row.address.index,
                );
                if end == first {
                    return Value::Null;
                }
                let address = worker.beside(row, table, end - 1);
                let mut last = worker.row_at(table, address);
                let value = worker.cell(&mut last, column);
                worker.put_back(last);
                value
            }
        }
    }
}
