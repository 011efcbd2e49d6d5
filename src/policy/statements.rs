//! A rendering: the statements that make a database as its policy file says, in the order in which they run.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::Dialect;
use super::facts::{Facts, Key, Kind};
use super::model::{Class, Policies, RoleKind, Span, TenantType};
use super::render::{Engine, Values};
use super::{grants, rules};
use crate::error::{Error, Place, Result};
use crate::files::{Tree, fingerprint};
use crate::project::{Project, System};
use crate::sql::{identifier, literal};

/// What a statement belongs to; statements run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Roles and memberships.
    Roles,
    /// Schemas that the policy file makes.
    Schemas,
    /// Nothing is open, row security is on.
    Base,
    /// Where a session's tenant and role come from.
    Context,
    /// Look-ups for policies.
    Lookups,
    /// Who owns `security definer` functions.
    Ownership,
    /// The tenant floor: restrictive, for everybody.
    Floor,
    /// Further conditions that hold for everybody.
    Restrictive,
    /// What roles may do.
    Permissive,
    /// Privileges, derived from the matrix.
    Grants,
    /// What later objects are born with.
    Defaults,
    /// Fingerprints of what the server made of it all.
    Seal,
}

impl Section {
    /// The heading in a rendered file.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Roles => "Roles",
            Self::Schemas => "Schemas",
            Self::Base => "Nothing is open, row-level security is on",
            Self::Context => "Session context",
            Self::Lookups => "Look-ups for policies",
            Self::Ownership => "Owners of security definer functions",
            Self::Floor => "Tenant floor: restrictive, for every role and command",
            Self::Restrictive => "Further conditions for every role",
            Self::Permissive => "What roles may do inside their tenant",
            Self::Grants => "Grants, derived from the matrix",
            Self::Defaults => "Default privileges",
            Self::Seal => "Seal: what the server made of each definition",
        }
    }
}

/// One thing that is established by one or a few statements.
#[derive(Clone, Debug)]
pub struct RenderedStatement {
    /// What it belongs to.
    pub section: Section,
    /// What it establishes, in words: "policy clients_tenant_isolation on agency.clients".
    pub what: String,
    /// The SQL, ending with a semicolon.
    pub sql: String,
    /// Where the policy file asks for it.
    pub span: Span,
    /// Database roles that it concerns.
    pub roles: BTreeSet<String>,
    /// What holds in the catalog afterwards; empty for what only closes doors.
    pub facts: Facts,
    /// For a policy: its group of the document, "tenant", "role", "owner", "team" …
    pub group: Option<String>,
}

/// A policy file as SQL.
#[derive(Clone, Debug)]
pub struct RenderedPolicies {
    /// The intent that it renders.
    pub policies: Policies,
    /// In order.
    pub statements: Vec<RenderedStatement>,
    /// What other systems of the project grant in this one's schemas, as facts of the kind `External`: a
    /// function without its arguments, or no name for the use of the schema.
    pub tolerated: BTreeSet<Key>,
}

impl RenderedPolicies {
    /// Everything that holds in the catalog afterwards.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let facts = self
            .statements
            .iter()
            .flat_map(|statement| &statement.facts);
        facts
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Where the policy file asks for a statement.
    #[must_use]
    pub fn place(&self, statement: &RenderedStatement) -> Place {
        self.policies.place(&statement.span)
    }

    /// Number of policies by group.
    #[must_use]
    pub fn groups(&self) -> BTreeMap<String, usize> {
        let mut groups = BTreeMap::new();
        for group in self.statements.iter().filter_map(|one| one.group.as_ref()) {
            *groups.entry(group.clone()).or_default() += 1;
        }
        groups
    }
}

/// Reads and renders a system's policy file; `None` without one.
///
/// # Errors
/// With all mistakes of the file, or when it cannot be rendered.
pub fn load(
    project: &Project,
    system: &System,
    dialect: Dialect,
) -> Result<Option<RenderedPolicies>> {
    let Some(policies) = Policies::read(system)? else {
        return Ok(None);
    };
    let mut rendered = render(&policies, &project.tree, dialect)?;
    let own = rendered.facts();
    for other in project
        .systems
        .values()
        .filter(|other| other.name != system.name)
    {
        let Some(other) = Policies::read(other)? else {
            continue;
        };
        for function in other
            .external
            .iter()
            .filter(|one| policies.schemas.contains(&one.schema))
        {
            let (name, _) = function
                .name
                .split_once('(')
                .unwrap_or((&function.name, ""));
            for role in &function.roles {
                let role = &other.roles[*role].database_role;
                if !own.contains_key(&Key::new(Kind::Execute, &function.schema, name, role)) {
                    let key = Key::new(Kind::External, &function.schema, name, role);
                    rendered.tolerated.insert(key);
                }
                if !own.contains_key(&Key::new(Kind::Usage, &function.schema, "", role)) {
                    let key = Key::new(Kind::External, &function.schema, "", role);
                    rendered.tolerated.insert(key);
                }
            }
        }
    }
    Ok(Some(rendered))
}

/// Renders a policy file.
///
/// # Errors
/// When a template cannot be rendered, or two things would have one name.
pub fn render(policies: &Policies, tree: &Tree, dialect: Dialect) -> Result<RenderedPolicies> {
    let mut writer = Writer {
        engine: Engine::new(tree, dialect)?,
        policies,
        statements: Vec::new(),
    };
    writer.roles()?;
    writer.schemas()?;
    writer.base()?;
    writer.context()?;
    writer.lookups()?;
    writer.ownership()?;
    rules::write(&mut writer)?;
    grants::write(&mut writer)?;
    writer.defaults_and_seal()?;
    let mut statements = writer.statements;
    statements.sort_by_key(|statement| statement.section);
    Ok(RenderedPolicies {
        policies: policies.clone(),
        statements,
        tolerated: BTreeSet::new(),
    })
}

/// What a policy is on the server, for its seal. `policy` is the row of `pg_policy`.
pub(super) const POLICY_SEAL: &str = "pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(\
     pg_catalog.concat(policy.polcmd, policy.polpermissive, '|', policy.polroles, '|', policy.polqual, '|', \
     policy.polwithcheck), 'UTF8')), 'hex'), 16)";

/// What a function is on the server, for its seal. `routine` is the row of `pg_proc`.
pub(super) const FUNCTION_SEAL: &str = "pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(\
     pg_catalog.concat(routine.prosrc, '|', routine.prosqlbody, '|', routine.prosecdef, routine.provolatile, \
     routine.proparallel, routine.proretset, '|', routine.prorettype, '|', routine.proowner, '|', routine.proconfig), \
     'UTF8')), 'hex'), 16)";

/// Collects statements.
pub(super) struct Writer<'policies> {
    pub(super) engine: Engine,
    pub(super) policies: &'policies Policies,
    pub(super) statements: Vec<RenderedStatement>,
}

impl Writer<'_> {
    /// Database roles of the file that policies bind or that get privileges: all of them.
    fn all_roles(&self) -> Vec<String> {
        let roles = self.policies.roles.iter();
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

    fn roles(&mut self) -> Result<()> {
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
            let created = self.engine.render(
                "role",
                Values::new()
                    .text("role", name)
                    .text("comment", role.comment.as_deref().unwrap_or_default())
                    .sql("attributes", &attributes.join(" "))
                    .sql("differs", &differs),
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

    fn schemas(&mut self) -> Result<()> {
        for schema in &self.policies.schemas {
            let made_here = self.policies.private_schema.as_ref() == Some(schema)
                || (self.policies.context.tenant.is_some()
                    && self.policies.context.schema == *schema);
            let sql = if made_here {
                self.engine
                    .render("schema", Values::new().text("schema", schema))?
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

    fn base(&mut self) -> Result<()> {
        let roles = self.all_roles();
        for schema in &self.policies.schemas {
            let values = Values::new().text("schema", schema).texts("roles", &roles);
            let sql = self.engine.render("revoke", values)?;
            let what = format!("closing schema {}", identifier(schema));
            self.push(Section::Base, what, sql, 0..0, [], []);
        }
        for table in &self.policies.tables {
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

    /// A function that workroom writes: its fingerprint goes into its comment and its facts.
    fn function(
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

    fn context(&mut self) -> Result<()> {
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
        Ok(())
    }

    fn lookups(&mut self) -> Result<()> {
        let (Some(schema), Some(definer)) =
            (&self.policies.private_schema, self.policies.definer())
        else {
            return Ok(());
        };
        let owner = &self.policies.roles[definer].database_role;
        for lookup in &self.policies.lookups {
            let query = super::render::render_piece(
                &self.policies.file,
                &lookup.span,
                &lookup.sql,
                rules::context_values(self.policies),
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

    fn ownership(&mut self) -> Result<()> {
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

    fn defaults_and_seal(&mut self) -> Result<()> {
        let roles = self.all_roles();
        for schema in &self.policies.schemas {
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
        let values = Values::new()
            .texts("schemas", &self.policies.schemas)
            .sql("policy_seal", POLICY_SEAL)
            .sql("function_seal", FUNCTION_SEAL);
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

/// A function as it stands in a grant: `schema.name`, or with its argument types where others share the name.
pub(super) fn function_target(schema: &str, function: &str) -> String {
    match function.split_once('(') {
        Some((name, arguments)) => {
            format!("{}.{}({arguments}", identifier(schema), identifier(name))
        }
        None => format!("{}.{}", identifier(schema), identifier(function)),
    }
}
