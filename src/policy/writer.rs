//! Writing a rendering down: roles, schemas, closing and sealing; policies, grants and functions have files of
//! their own.

use std::collections::BTreeMap;

use super::facts::{Key, Kind, PUBLIC};
use super::model::{Class, Policies, RoleKind, Span};
use super::render::{Engine, Values};
use super::seal::{FUNCTION_DEFINITION_HASH, POLICY_DEFINITION_HASH};
use super::statement::{RenderedStatement, Section};
use crate::error::{Error, Result};
use crate::sql::{identifier, literal, text_array};

/// The query of what belongs to nobody that it should: [`Kind::Belongs`].
pub(super) fn belongings(policies: &Policies) -> String {
    let owner = policies
        .owner
        .map(|at| policies.roles[at].database_role.as_str());
    let definers = policies.roles_of(RoleKind::Definer);
    let sql = include_str!("belongings.sql");
    sql.replace("{{owner}}", &literal(owner.unwrap_or_default()))
        .replace("{{schemas}}", &text_array(&policies.schemas))
        .replace(
            "{{definers}}",
            &text_array(definers.map(|(_, role)| &role.database_role)),
        )
}

/// Collects statements.
pub(super) struct Writer<'policies> {
    pub(super) engine: Engine,
    pub(super) policies: &'policies Policies,
    pub(super) statements: Vec<RenderedStatement>,
}

impl Writer<'_> {
    /// Database roles of the file that policies bind or that get privileges: all but the owner of it all.
    pub(super) fn all_roles(&self) -> Vec<String> {
        let roles = self.policies.roles.iter();
        let roles = roles.filter(|role| role.kind != RoleKind::Owner);
        roles.map(|role| role.database_role.clone()).collect()
    }

    pub(super) fn push(
        &mut self,
        section: Section,
        what: String,
        sql: String,
        span: Span,
        roles: impl IntoIterator<Item = String>,
        facts: impl IntoIterator<Item = (Key, String)>,
    ) {
        self.statements.push(RenderedStatement {
            section,
            what,
            sql,
            span,
            roles: roles.into_iter().collect(),
            facts: facts.into_iter().collect(),
            group: None,
        });
    }

    pub(super) fn roles(&mut self) -> Result<()> {
        for role in &self.policies.roles {
            let name = &role.database_role;
            let yes_no = |flag: bool| if flag { "yes" } else { "no" };
            let mut attributes = vec![if role.bypass_rls {
                "bypassrls"
            } else {
                "nobypassrls"
            }];
            let mut differs = format!(
                "found.rolsuper or found.rolbypassrls is distinct from {}",
                role.bypass_rls
            );
            let mut facts = vec![
                (
                    Key::new(Kind::Role, "", name, "bypassrls"),
                    yes_no(role.bypass_rls).to_owned(),
                ),
                (Key::new(Kind::Role, "", name, "superuser"), "no".to_owned()),
            ];
            attributes.push(if role.login == Some(true) {
                "login"
            } else {
                "nologin"
            });
            if let Some(login) = role.login {
                differs.push_str(&format!(" or found.rolcanlogin is distinct from {login}"));
                facts.push((
                    Key::new(Kind::Role, "", name, "login"),
                    yes_no(login).to_owned(),
                ));
            }
            for (setting, value) in &role.timeouts {
                facts.push((Key::new(Kind::Role, "", name, setting), value.clone()));
            }
            let timeouts = role.timeouts.iter();
            let created = self.engine.render(
                "role",
                Values::new()
                    .text("role", name)
                    .text("comment", role.comment.as_deref().unwrap_or_default())
                    .sql("attributes", &attributes.join(" "))
                    .sql("differs", &differs)
                    .pairs(
                        "timeouts",
                        timeouts.map(|(setting, value)| (*setting, value.as_str())),
                    ),
            )?;
            let what = format!("role {}", identifier(name));
            self.push(
                Section::Roles,
                what,
                created,
                role.span.clone(),
                [name.clone()],
                facts,
            );
        }
        for role in &self.policies.roles {
            for (of, optional) in &role.member_of {
                let sql = self.engine.render(
                    "membership",
                    Values::new()
                        .text("role", &role.database_role)
                        .text("of", of)
                        .flag("optional", *optional),
                )?;
                let what = format!(
                    "membership of {} in {}",
                    identifier(&role.database_role),
                    identifier(of)
                );
                let fact = Key::new(Kind::Member, "", &role.database_role, of);
                let concerned = [role.database_role.clone()];
                self.push(
                    Section::Roles,
                    what,
                    sql,
                    role.span.clone(),
                    concerned,
                    [(fact, String::new())],
                );
            }
        }
        Ok(())
    }

    pub(super) fn schemas(&mut self) -> Result<()> {
        for schema in &self.policies.schemas {
            let made_here = self.policies.private_schema.as_ref() == Some(schema)
                || (self.policies.context.tenant.is_some()
                    && self.policies.context.schema == *schema);
            let is_private = self.policies.private_schema.as_ref() == Some(schema);
            let comment = if is_private {
                format!(
                    "What the policies of {} look up; no client may look in here.",
                    self.policies.system
                )
            } else {
                String::new()
            };
            let sql = if made_here {
                let values = Values::new()
                    .text("schema", schema)
                    .text("comment", &comment);
                self.engine.render("schema", values)?
            } else {
                String::new()
            };
            let fact = (Key::new(Kind::Schema, schema, "", ""), String::new());
            let span = self.policies.context.span.clone();
            self.push(
                Section::Schemas,
                format!("schema {}", identifier(schema)),
                sql,
                span,
                [],
                [fact],
            );
        }
        Ok(())
    }

    pub(super) fn base(&mut self) -> Result<()> {
        let roles = self.all_roles();
        let policies = self.policies;
        for schema in &policies.schemas {
            let tables = policies.tables.iter();
            let tables = tables.filter(|table| table.schema == *schema);
            let values = Values::new()
                .text("schema", schema)
                .flag("in_part", policies.is_partly_managed(schema))
                .texts("tables", tables.map(|table| &table.name))
                .texts("roles", &roles);
            let sql = self.engine.render("revoke", values)?;
            let what = format!("closing schema {}", identifier(schema));
            self.push(Section::Base, what, sql, 0..0, [], []);
        }
        for table in &policies.tables {
            let enabled = table.class != Class::Exempt;
            let sql = self.engine.render(
                "row_security",
                Values::new()
                    .text("schema", &table.schema)
                    .text("table", &table.name)
                    .flag("enabled", enabled),
            )?;
            let fact = Key::new(Kind::Table, &table.schema, &table.name, "");
            let state = if enabled { "forced" } else { "off" };
            let what = format!("row-level security of {}", table.title());
            self.push(
                Section::Base,
                what,
                sql,
                table.span.clone(),
                [],
                [(fact, state.to_owned())],
            );
        }
        Ok(())
    }

    /// Who owns it all, and what nobody may make beside it.
    pub(super) fn belongings(&mut self) -> Result<()> {
        if self.policies.revoke_temporary {
            let sql = self.engine.render("temporary", Values::new())?;
            let fact = Key::new(Kind::Temporary, "", "", PUBLIC);
            let what = "taking TEMPORARY on the database from PUBLIC".to_owned();
            self.push(
                Section::Base,
                what,
                sql,
                0..0,
                [],
                [(fact, "none".to_owned())],
            );
        }
        let Some(owner) = self.policies.owner.map(|at| &self.policies.roles[at]) else {
            return Ok(());
        };
        let values = Values::new()
            .text("owner", &owner.database_role)
            .sql("strays", belongings(self.policies).trim_end());
        let sql = self.engine.render("belongings", values)?;
        let facts = self.policies.schemas.iter().map(|schema| {
            let key = Key::new(Kind::Belongs, schema, "", "");
            (key, owner.database_role.clone())
        });
        self.push(
            Section::Belongings,
            format!("handing all else to {}", identifier(&owner.database_role)),
            sql,
            owner.span.clone(),
            [owner.database_role.clone()],
            facts.collect::<Vec<_>>(),
        );
        Ok(())
    }

    pub(super) fn defaults_and_seal(&mut self) -> Result<()> {
        let roles = self.all_roles();
        for schema in &self.policies.schemas {
            // New tables beside those that are left as they are may be meant to be like them.
            if self.policies.is_partly_managed(schema) {
                continue;
            }
            let values = Values::new().text("schema", schema).texts("roles", &roles);
            let sql = self.engine.render("default_privileges", values)?;
            self.push(
                Section::Defaults,
                format!("default privileges in {}", identifier(schema)),
                sql,
                0..0,
                [],
                [],
            );
        }
        let elsewhere = self.policies.elsewhere.iter().map(|table| &table.schema);
        let values = Values::new()
            .texts("schemas", self.policies.schemas.iter().chain(elsewhere))
            .sql("policy_seal", POLICY_DEFINITION_HASH)
            .sql("function_seal", FUNCTION_DEFINITION_HASH);
        let sql = self.engine.render("seal", values)?;
        self.push(
            Section::Seal,
            "the seal of policies and functions".to_owned(),
            sql,
            0..0,
            [],
            [],
        );
        Ok(())
    }

    /// Refuses two policies of one name on one table.
    pub(super) fn refuse_twins(&self) -> Result<()> {
        let mut seen = BTreeMap::new();
        for statement in &self.statements {
            for key in statement
                .facts
                .keys()
                .filter(|key| key.kind == Kind::Policy)
            {
                if let Some(other) = seen.insert(key.clone(), statement) {
                    return Err(
                        Error::project(format!("{} would exist twice", statement.what))
                            .at(self.policies.place(&statement.span))
                            .because(format!("{} is rendered from another cell, too", other.what))
                            .hint("rename one of the macros, or merge the cells"),
                    );
                }
            }
        }
        Ok(())
    }
}
