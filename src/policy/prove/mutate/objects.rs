//! What can be broken besides policies: switches, owners, grants, views, functions and roles.

use super::operators::Maker;
use crate::catalog::RelationKind;
use crate::sql::{identifier, literal};

impl Maker<'_> {
    pub(super) fn table(&mut self, at: usize) {
        let name = self.scene.world.tables[at].name.clone();
        let Some(relation) = self.scene.catalog.relation(&name) else {
            return;
        };
        if relation.row_security {
            self.push(
                "DISABLE",
                format!("row-level security of {name}"),
                format!("alter table {name} disable row level security;"),
                Some(at),
            );
        }
        if relation.force_row_security {
            self.push(
                "NO_FORCE",
                format!("row-level security of {name}"),
                format!("alter table {name} no force row level security;"),
                Some(at),
            );
        }
        let first = self
            .scene
            .intent
            .policies
            .roles
            .iter()
            .find(|role| !role.bypass_rls)
            .map(|role| identifier(&role.database_role));
        if let Some(first) = first {
            self.push("OWNER", format!("of {name} is {first}"), format!("grant usage, create on schema {schema} to {first}; alter table {name} owner to {first};", schema = identifier(&name.schema)), Some(at));
            self.push(
                "GRANT_TRUNCATE",
                format!("on {name} to {first}"),
                format!("grant truncate on {name} to {first};"),
                Some(at),
            );
            self.push(
                "GRANT_TRIGGER",
                format!("on {name} to {first}"),
                format!("grant trigger, references on {name} to {first};"),
                Some(at),
            );
        }
        for command in ["select", "insert", "update", "delete", "all"] {
            let check = match command {
                "select" | "delete" => "using (true)",
                "insert" => "with check (true)",
                _ => "using (true) with check (true)",
            };
            self.push(
                "ADD",
                format!("permissive policy for {command} on {name}"),
                format!("create policy workroom_added on {name} for {command} to public {check};"),
                Some(at),
            );
        }
        let table = &self.scene.intent.policies.tables[at];
        for column in table.confidential.keys() {
            let shut = self
                .scene
                .intent
                .policies
                .roles
                .iter()
                .enumerate()
                .find(|(role, _)| !table.confidential[column].contains(role));
            if let Some((_, role)) = shut {
                let (column, role) = (identifier(column), identifier(&role.database_role));
                self.push(
                    "GRANT_COLUMN",
                    format!("{column} of {name} to {role}"),
                    format!("grant select ({column}) on {name} to {role};"),
                    Some(at),
                );
            }
        }
    }

    pub(super) fn channels(&mut self) {
        let policies = self.scene.intent.policies;
        for view in &self.scene.catalog.relations {
            if view.kind != RelationKind::View || !policies.schemas.contains(&view.name.schema) {
                continue;
            }
            let name = &view.name;
            self.push(
                "VIEW_INVOKER",
                format!("view {name}"),
                format!("alter view {name} set (security_invoker = false);"),
                None,
            )
            .is_channel = true;
            self.push(
                "VIEW_GRANT",
                format!("view {name}"),
                format!("grant select on {name} to public;"),
                None,
            )
            .is_channel = true;
        }
        for function in &policies.functions {
            let name = crate::sql::qualified(
                &function.schema,
                function.name.split('(').next().unwrap_or(&function.name),
            );
            self.push(
                "FUNCTION_DEFINER",
                format!("function {name}"),
                format!("alter function {name} security definer;"),
                None,
            )
            .is_channel = true;
            self.push(
                "EXECUTE_PUBLIC",
                format!("function {name}"),
                format!("grant execute on function {name} to public;"),
                None,
            )
            .is_channel = true;
        }
    }

    /// The functions that policies call.
    pub(super) fn helpers(&mut self, tenants: &[String]) {
        let context = &self.scene.intent.policies.context;
        if let (Some(tenant), Some(first)) = (&context.tenant, tenants.first()) {
            let name = crate::sql::qualified(&context.schema, "current_tenant_id");
            let result = self
                .scene
                .catalog
                .functions
                .iter()
                .find(|one| one.name.name == "current_tenant_id")
                .and_then(|one| one.result.clone())
                .unwrap_or_default();
            let setting = literal(&tenant.setting);
            for (operator, body) in [
                (
                    "HELPER_DEFAULT",
                    format!(
                        "coalesce(nullif(current_setting({setting}, true), '')::{result}, {}::{result})",
                        literal(first)
                    ),
                ),
                (
                    "HELPER_NULLIF",
                    format!("current_setting({setting}, true)::{result}"),
                ),
            ] {
                self.push(operator, format!("function {name}"), format!("create or replace function {name}() returns {result} language sql stable return {body};"), None);
            }
        }
        if context.role_setting.is_some() {
            let name = crate::sql::qualified(&context.schema, "has_role");
            self.push("HELPER_TRUE", format!("function {name}"), format!("create or replace function {name}(role text) returns boolean language sql stable return true;"), None);
        }
        if let Some(private) = &self.scene.intent.policies.private_schema {
            for lookup in &self.scene.intent.policies.lookups {
                let name = crate::sql::qualified(private, &lookup.name);
                self.push(
                    "LOOKUP_INVOKER",
                    format!("function {name}"),
                    format!("alter function {name}() security invoker;"),
                    None,
                )
                .is_channel = true;
                self.push(
                    "LOOKUP_OWNER",
                    format!("function {name}"),
                    format!("alter function {name}() owner to current_user;"),
                    None,
                )
                .is_channel = true;
            }
        }
    }

    pub(super) fn roles(&mut self) {
        for role in &self.scene.intent.policies.roles {
            let name = identifier(&role.database_role);
            if !role.bypass_rls {
                let mutant = self.push(
                    "BYPASSRLS",
                    format!("role {name}"),
                    format!("alter role {name} bypassrls;"),
                    None,
                );
                mutant.roles.insert(role.database_role.clone());
            }
        }
    }
}
