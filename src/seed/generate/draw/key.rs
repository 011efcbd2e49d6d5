//! The draws of `grammar::key`.

use crate::seed::generate::{Row, Worker};
use crate::seed::grammar::key::Key;
use crate::seed::value::{Value, uuid};

impl Key {
    pub(in crate::seed) fn draw(self, worker: &Worker<'_>, row: &Row) -> Value {
        let data = worker.data;
        match self {
            Self::Uuid => {
                let number =
                    u64::from(row.address.pod) << 24 | u64::from(row.address.index) & 0x00ff_ffff;
                Value::Uuid(uuid::derived(data.tables[row.table].key, row.key, number))
            }
            Self::Number(first) => {
                Value::Int(first + data.global_number(row.table, row.address) as i64)
            }
        }
    }
}
