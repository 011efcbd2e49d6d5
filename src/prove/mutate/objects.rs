//! What can be broken besides policies: switches, owners, grants, views, functions and roles.

use super::operators::{Change, Maker, Noticed};
use crate::catalog::{Grantee, Policy, PolicyCommand, RelationKind};
use crate::policy::{Command, RoleKind};
use crate::sql::{identifier, literal};

impl Maker<'_> {
    pub(super) fn table(&mut self, at: usize) {
        let name = self.context.world.tables[at].name.clone();
        let Some(relation) = self.context.catalog.relation(&name) else {
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
            .context
            .intent
            .policies
            .roles
            .iter()
            .find(|role| !role.bypass_rls && role.kind != RoleKind::Owner)
            .map(|role| identifier(&role.database_role));
        if let Some(first) = first {
            self.push("OWNER", format!("of {name} is {first}"), format!("grant usage, create on schema {schema} to {first}; alter table {name} owner to {first};", schema = identifier(&name.schema)), Some(at));
            for privilege in ["truncate", "trigger", "references"] {
                self.push(
                    match privilege {
                        "truncate" => "GRANT_TRUNCATE",
                        "trigger" => "GRANT_TRIGGER",
                        _ => "GRANT_REFERENCES",
                    },
                    format!("on {name} to {first}"),
                    format!("grant {privilege} on {name} to {first};"),
                    Some(at),
                );
            }
        }
        self.grants(at);
        for command in ["select", "insert", "update", "delete", "all"] {
            let check = match command {
                "select" | "delete" => "using (true)",
                "insert" => "with check (true)",
                _ => "using (true) with check (true)",
            };
            let mutant = self.push(
                "ADD",
                format!("permissive policy for {command} on {name}"),
                format!("create policy workroom_added on {name} for {command} to public {check};"),
                Some(at),
            );
            let text = || Some("true".to_owned());
            mutant.change = Some(Change {
                before: None,
                after: Some(Policy {
                    relation: name.clone(),
                    name: "workroom_added".to_owned(),
                    command: match command {
                        "select" => PolicyCommand::Select,
                        "insert" => PolicyCommand::Insert,
                        "update" => PolicyCommand::Update,
                        "delete" => PolicyCommand::Delete,
                        _ => PolicyCommand::All,
                    },
                    permissive: true,
                    roles: vec![Grantee::Public],
                    using: text().filter(|_| check.contains("using")),
                    check: text().filter(|_| check.contains("check")),
                    comment: None,
                }),
            });
        }
        let table = &self.context.intent.policies.tables[at];
        for column in table.confidential.keys() {
            let shut =
                self.context
                    .intent
                    .policies
                    .roles
                    .iter()
                    .enumerate()
                    .find(|(role, declared)| {
                        declared.kind != RoleKind::Owner
                            && !table.confidential[column].contains(role)
                    });
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

    /// Each command given to a role that should not have it, and taken from one that should.
    fn grants(&mut self, at: usize) {
        let name = self.context.world.tables[at].name.clone();
        let policies = self.context.intent.policies;
        let cells = &policies.tables[at].cells;
        for command in [
            Command::Select,
            Command::Insert,
            Command::Update,
            Command::Delete,
        ] {
            let has = |role: usize| {
                cells
                    .iter()
                    .any(|cell| cell.command == command && cell.role == role)
            };
            let (mut given, mut taken) = (None, None);
            for (role, declared) in policies.roles.iter().enumerate() {
                // Granting to the owner of a table changes nothing, and nobody is the owner.
                if declared.bypass_rls
                    || matches!(declared.kind, RoleKind::Shared | RoleKind::Owner)
                {
                    continue;
                }
                let slot = if has(role) { &mut taken } else { &mut given };
                slot.get_or_insert_with(|| identifier(&declared.database_role));
            }
            let word = command.word();
            if let Some(role) = given {
                self.push(
                    "GRANT_COMMAND",
                    format!("{word} on {name} to {role}"),
                    format!("grant {word} on {name} to {role};"),
                    Some(at),
                );
            }
            if let Some(role) = taken {
                self.push(
                    "REVOKE_COMMAND",
                    format!("{word} on {name} from {role}"),
                    format!("revoke {word} on {name} from {role};"),
                    Some(at),
                );
            }
        }
        for word in ["select", "all"] {
            self.push(
                "GRANT_PUBLIC",
                format!("{word} on {name}"),
                format!("grant {word} on {name} to public;"),
                Some(at),
            );
        }
    }

    pub(super) fn channels(&mut self) {
        self.paths();
        let policies = self.context.intent.policies;
        for view in &self.context.catalog.relations {
            if view.kind != RelationKind::View || !policies.schemas.contains(&view.name.schema) {
                continue;
            }
            let name = &view.name;
            if view.has_option("security_invoker") {
                self.push(
                    "VIEW_INVOKER",
                    format!("view {name}"),
                    format!("alter view {name} set (security_invoker = false);"),
                    None,
                )
                .noticed = Noticed::Channels;
            }
            self.push(
                "VIEW_GRANT",
                format!("view {name}"),
                format!("grant select on {name} to public;"),
                None,
            )
            .noticed = Noticed::Channels;
        }
        for function in &self.context.catalog.functions {
            let is_granted = policies.functions.iter().any(|one| {
                let name = one.name.split('(').next().unwrap_or(&one.name);
                one.schema == function.name.schema && name == function.name.name
            });
            if !is_granted {
                continue;
            }
            let name = format!("{}({})", function.name, function.signature);
            let change = if function.security_definer {
                ("FUNCTION_OWNER", "owner to current_user")
            } else {
                ("FUNCTION_DEFINER", "security definer")
            };
            let execute = (
                "EXECUTE_PUBLIC",
                format!("grant execute on function {name} to public;"),
            );
            let alter = (change.0, format!("alter function {name} {};", change.1));
            for (operator, sql) in [alter, execute] {
                self.push(operator, format!("function {name}"), sql, None)
                    .noticed = Noticed::Channels;
            }
        }
    }

    /// The functions that policies call.
    pub(super) fn helpers(&mut self, tenants: &[String]) {
        let context = &self.context.intent.policies.context;
        if let (Some(tenant), Some(first)) = (&context.tenant, tenants.first()) {
            let name = crate::sql::qualified(&context.schema, "current_tenant_id");
            let result = self
                .context
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
                self.push(operator, format!("function {name}"), format!("create or replace function {name}() returns {result} language sql stable return {body};"), None)
                    .noticed = Noticed::Both;
            }
        }
        if context.role_setting.is_some() {
            let name = crate::sql::qualified(&context.schema, "has_role");
            for (operator, body) in [
                ("HELPER_TRUE", "true".to_owned()),
                (
                    "HELPER_FAIL_OPEN",
                    format!(
                        "coalesce({}() = has_role.role, true)",
                        crate::sql::qualified(&context.schema, "current_user_role")
                    ),
                ),
            ] {
                self.push(operator, format!("function {name}"), format!("create or replace function {name}(role text) returns boolean language sql stable return {body};"), None)
                    .noticed = Noticed::Both;
            }
            let name = crate::sql::qualified(&context.schema, "has_any_role");
            for (operator, body) in [
                ("HELPER_TRUE", "true".to_owned()),
                (
                    "HELPER_FAIL_OPEN",
                    format!(
                        "coalesce({}() = any (has_any_role.roles), true)",
                        crate::sql::qualified(&context.schema, "current_user_role")
                    ),
                ),
            ] {
                self.push(operator, format!("function {name}"), format!("create or replace function {name}(roles text[]) returns boolean language sql stable return {body};"), None)
                    .noticed = Noticed::Both;
            }
        }
        if let Some(private) = &self.context.intent.policies.private_schema {
            for lookup in &self.context.intent.policies.lookups {
                let name = crate::sql::qualified(private, &lookup.name);
                self.push(
                    "LOOKUP_INVOKER",
                    format!("function {name}"),
                    format!("alter function {name}() security invoker;"),
                    None,
                )
                .noticed = Noticed::Channels;
                self.push(
                    "LOOKUP_OWNER",
                    format!("function {name}"),
                    format!("alter function {name}() owner to current_user;"),
                    None,
                )
                .noticed = Noticed::Channels;
            }
        }
    }

    /// What a role may be and whom it may become: roles are of the whole server.
    pub(super) fn roles(&mut self) {
        let policies = self.context.intent.policies;
        let definer = policies
            .definer()
            .map(|at| policies.roles[at].database_role.clone());
        for role in &policies.roles {
            let name = identifier(&role.database_role);
            if role.bypass_rls || role.kind == RoleKind::Owner {
                continue;
            }
            let mutant = self.push(
                "BYPASSRLS",
                format!("role {name}"),
                format!("alter role {name} bypassrls;"),
                None,
            );
            mutant.roles.insert(role.database_role.clone());
            mutant.is_shared = true;
            mutant.noticed = Noticed::Both;
            if let Some(definer) = definer.as_ref().filter(|one| **one != role.database_role) {
                let mutant = self.push(
                    "MEMBER",
                    format!("role {name} of {definer}"),
                    format!("grant {} to {name};", identifier(definer)),
                    None,
                );
                mutant.roles.insert(role.database_role.clone());
                mutant.is_shared = true;
                mutant.noticed = Noticed::Both;
            }
        }
        let first = policies
            .roles
            .iter()
            .find(|role| !role.bypass_rls && role.kind != RoleKind::Owner);
        if let Some(first) = first {
            let (schema, role) = (
                identifier(&policies.schema),
                identifier(&first.database_role),
            );
            self.push(
                "GRANT_CREATE",
                format!("in schema {schema} to {role}"),
                format!("grant create on schema {schema} to {role};"),
                None,
            )
            .noticed = Noticed::Channels;
        }
    }

    /// Functions that run with their owner's rights and then with their caller's search path.
    fn paths(&mut self) {
        let policies = self.context.intent.policies;
        for function in &self.context.catalog.functions {
            let is_set = function
                .config
                .iter()
                .any(|(name, _)| name == "search_path");
            if !policies.schemas.contains(&function.name.schema)
                || !function.security_definer
                || !is_set
                || function.sql_body
            {
                continue;
            }
            let name = format!("{}({})", function.name, function.signature);
            self.push(
                "SEARCH_PATH",
                format!("function {name}"),
                format!("alter function {name} reset search_path;"),
                None,
            )
            .noticed = Noticed::Channels;
        }
    }
}
