//! The draws of `grammar::place`.

use crate::seed::generate::{Row, Worker};
use crate::seed::value::{Value, date};

pub(super) fn calendar(row: &Row, week: bool) -> Value {
    Value::Date(if week {
        date::monday(row.spot.day)
    } else {
        row.spot.day
    })
}

/// The tenant's id: its own, or the key of its row in the table of tenants.
pub(super) fn tenant(worker: &mut Worker<'_>, row: &Row) -> Value {
    let data = worker.data;
    match &data.tenants[row.address.tenant as usize].id {
        Value::Int(packed) => {
            // The table of tenants and its key column, see `spec::tenants`.
            let (table, column) = ((packed >> 32) as usize, (packed & 0xffff_ffff) as usize);
            worker.first_of_tenant(table, row.address.tenant, column)
        }
        id => id.clone(),
    }
}
