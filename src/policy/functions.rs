//! The functions that a policy file makes: where a session's tenant and role come from, and look-ups.

use super::facts::{Key, Kind};
use super::model::{RoleKind, Span, TenantType};
use super::render::{Values, render_piece};
use super::session_values::context_values;
use super::statement::Section;
use super::writer::Writer;
use crate::error::Result;
use crate::files::fingerprint;
use crate::sql::{identifier, literal};

impl Writer<'_> {
    /// A function that workroom writes: its fingerprint goes into its comment and its facts.
    pub(super) fn function(
        &mut self,
        section: Section,
        schema: &str,
        (name, parameters): (&str, &str),
        sql: &str,
        comment: &str,
        span: Span,
    ) {
        let hash = fingerprint(sql);
        let target = format!("{}.{}({parameters})", identifier(schema), identifier(name));
        let note = literal(&format!("workroom:{hash} {comment}"));
        // Postgres lets everybody call a function that is new.
        let sql = format!(
            "{sql}\nrevoke all on function {target} from public;\ncomment on function {target} is {note};"
        );
        let fact = Key::new(Kind::Function, schema, name, "");
        let roles = self.all_roles();
        self.push(
            section,
            format!("function {target}"),
            sql,
            span,
            roles,
            [(fact, hash)],
        );
    }

    pub(super) fn context(&mut self) -> Result<()> {
        let context = &self.policies.context;
        let (schema, span) = (context.schema.clone(), context.span.clone());
        if let Some(tenant) = &context.tenant {
            let private = self.policies.private_schema.clone().unwrap_or_default();
            if tenant.claim.is_some() {
                let sql = self
                    .engine
                    .render("claims", Values::new().text("schema", &private))?;
                let says = "The claims of the request (request.jwt.claims); null when there are none or they are not JSON.";
                self.function(
                    Section::Context,
                    &private,
                    ("request_claims", ""),
                    &sql,
                    says,
                    span.clone(),
                );
            }
            let (kind, pattern) = match tenant.kind {
                TenantType::Uuid => (
                    "uuid",
                    "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
                ),
                TenantType::Bigint => ("bigint", "^-?[0-9]{1,18}$"),
                TenantType::Text => ("text", ""),
            };
            let values = Values::new()
                .text("schema", &schema)
                .text("private", &private)
                .text("setting", &tenant.setting)
                .texts("claim", tenant.claim.iter().flatten())
                .text("pattern", pattern)
                .sql("type", kind);
            let sql = self.engine.render("tenant", values)?;
            let says = "The session's tenant; null when none is set or what is set is malformed.";
            self.function(
                Section::Context,
                &schema,
                ("current_tenant_id", ""),
                &sql,
                says,
                span.clone(),
            );
        }
        if let Some(setting) = &context.role_setting {
            let application: Vec<_> = self.policies.roles_of(RoleKind::Application).collect();
            let shared = self
                .policies
                .shared()
                .map(|at| &self.policies.roles[at].database_role);
            let pairs = application
                .iter()
                .map(|(_, role)| (role.database_role.as_str(), role.name.as_str()));
            let values = Values::new()
                .text("schema", &schema)
                .pairs("roles", pairs)
                .text("shared", shared.map_or("", String::as_str))
                .text("setting", setting)
                .texts("names", application.iter().map(|(_, role)| &role.name));
            let sql = self.engine.render("current_role", values)?;
            let says = "The application role: that of the database role, or the setting's under the shared role; otherwise null.";
            self.function(
                Section::Context,
                &schema,
                ("current_user_role", ""),
                &sql,
                says,
                span.clone(),
            );
            for (name, parameters, says) in [
                (
                    "has_role",
                    "text",
                    "Whether the session has this application role; never null.",
                ),
                (
                    "has_any_role",
                    "text[]",
                    "Whether the session has one of these application roles; never null.",
                ),
            ] {
                let sql = self
                    .engine
                    .render(name, Values::new().text("schema", &schema))?;
                self.function(
                    Section::Context,
                    &schema,
                    (name, parameters),
                    &sql,
                    says,
                    span.clone(),
                );
            }
        }
        if let Some(private) = self.policies.private_schema.clone()
            && super::paths::has_any(self.policies)
        {
            let values = Values::new()
                .text("schema", &schema)
                .text("private", &private);
            let sql = self.engine.render("planned_as", values)?;
            let says = "Whether a plan is made for one of these application roles; a hint, which may be out of date.";
            self.function(
                Section::Context,
                &private,
                ("planned_as", "text[]"),
                &sql,
                says,
                span,
            );
        }
        Ok(())
    }

    pub(super) fn lookups(&mut self) -> Result<()> {
        let (Some(schema), Some(definer)) =
            (&self.policies.private_schema, self.policies.definer())
        else {
            return Ok(());
        };
        let owner = &self.policies.roles[definer].database_role;
        for lookup in &self.policies.lookups {
            let query = render_piece(
                &self.policies.file,
                &lookup.span,
                &lookup.sql,
                context_values(self.policies),
            )?;
            let rows = lookup.rows.map(|rows| rows.to_string()).unwrap_or_default();
            let values = Values::new()
                .text("schema", schema)
                .text("name", &lookup.name)
                .text("owner", owner)
                .sql("returns", &lookup.returns)
                .sql("rows", &rows)
                .sql("query", query.trim_end_matches(';'));
            let sql = self.engine.render("lookup", values)?;
            let says = lookup
                .comment
                .as_deref()
                .unwrap_or("A look-up for policies.");
            self.function(
                Section::Lookups,
                schema,
                (&lookup.name, ""),
                &sql,
                says,
                lookup.span.clone(),
            );
        }
        Ok(())
    }

    pub(super) fn ownership(&mut self) -> Result<()> {
        for role in &self.policies.roles {
            for ((schema, function), span) in &role.owns {
                let target = function_target(schema, function);
                let values = Values::new()
                    .sql("function", &target)
                    .text("owner", &role.database_role);
                let sql = self.engine.render("function_owner", values)?;
                let fact = (
                    Key::new(Kind::Owner, schema, function, ""),
                    role.database_role.clone(),
                );
                let concerned = [role.database_role.clone()];
                self.push(
                    Section::Ownership,
                    format!("owner of function {target}"),
                    sql,
                    span.clone(),
                    concerned,
                    [fact],
                );
            }
        }
        Ok(())
    }
}

/// A function as it stands in a grant: `schema.name`, or with its argument types where others share the name.
pub(super) fn function_target(schema: &str, function: &str) -> String {
    match function.split_once('(') {
        Some((name, arguments)) => {
            format!("{}.{}({arguments}", identifier(schema), identifier(name))
        }
        None => format!("{}.{}", identifier(schema), identifier(function)),
    }
}
