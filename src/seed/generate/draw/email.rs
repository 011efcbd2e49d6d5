//! The draws of `grammar::email`.

use crate::seed::generate::{InScope, Worker};
use crate::seed::grammar::email::Email;
use crate::seed::value::Value;
use crate::seed::value::text::slug;

impl Email {
    pub(in crate::seed) fn draw(&self, worker: &mut Worker<'_>, scope: &mut InScope<'_>) -> Value {
        let name = worker.path(scope, &self.name);
        let Some(name) = worker.data.text(&name) else {
            return Value::Null;
        };
        let tenant = scope.row.address.tenant as usize;
        let domain = self
            .domains
            .get(tenant)
            .or(self.domains.first())
            .map_or("example.com", |domain| domain);
        let mut local = slug(name, '.');
        if self.unique {
            let row = &*scope.row;
            let number = worker.data.global_number(row.table, row.address) + 1;
            local.push_str(&format!(".{number}"));
        }
        Value::text(&format!("{local}@{domain}"))
    }
}
