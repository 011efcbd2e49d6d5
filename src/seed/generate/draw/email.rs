//! The draws of `grammar::email`.

use crate::seed::generate::{RowsInScope, Worker};
use crate::seed::grammar::email::Email;
use crate::seed::value::Value;
use crate::seed::value::text::slug;

impl Email {
    pub(in crate::seed) fn draw(
        &self,
        worker: &mut Worker<'_>,
        rows_in_scope: &mut RowsInScope<'_>,
    ) -> Value {
        let name = worker.path(rows_in_scope, &self.name);
        let Some(name) = worker.data.text(&name) else {
            return Value::Null;
        };
        let tenant = rows_in_scope.row.address.tenant as usize;
        let domain = self
            .domains
            .get(tenant)
            .or(self.domains.first())
            .map_or("example.com", |domain| domain);
        Value::text(&format!("{}@{domain}", slug(name, '.')))
    }
}
