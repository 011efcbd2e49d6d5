//! What macros and look-ups may use of the session.

use super::model::Policies;
use super::render::Values;
use crate::sql::identifier;

/// What macros and look-ups may use of the session, each read once a statement.
pub(super) fn context_values(policies: &Policies) -> Values {
    let context = &policies.context;
    let mut values = Values::new();
    if let Some((user, _)) = &context.user {
        values = values.sql("user", &format!("(select {user})"));
    }
    if context.tenant.is_some() {
        let tenant = format!(
            "(select {}.current_tenant_id())",
            identifier(&context.schema)
        );
        values = values.sql("current_tenant", &tenant);
    }
    values
}
