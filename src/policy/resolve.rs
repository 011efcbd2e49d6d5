//! From the file as written to checked values: every name is looked up, and all mistakes are reported at once.

use std::collections::BTreeMap;

use super::model::{
    Class, Context, OnlyIf, Policies, Role, RoleIndex, RoleKind, Span, Table, TenantContext,
};
use super::patterns::{Seen, is_pattern};
use super::resolver::Resolver;
use super::spec::{MembershipEntry, Named, PolicyFile};
use super::table;
use crate::error::{Error, Result};
use crate::files::{TextFile, toml};
use crate::project::System;
use crate::sql::Declared;

impl Policies {
    /// Reads a system's policy file against what its migrations and views declare; `None` without one.
    ///
    /// # Errors
    /// With all mistakes of the file, each at its line.
    pub fn read(system: &System) -> Result<Option<Self>> {
        Self::read_seeing(system, None)
    }

    /// The same with the tables of a database that its patterns fit.
    pub(super) fn read_seeing(system: &System, seen: Option<Seen>) -> Result<Option<Self>> {
        let Some(file) = &system.policy else {
            return Ok(None);
        };
        let entry: PolicyFile = toml::read(file)?;
        let mut declared = system.declares().clone();
        let sees = seen.is_some();
        for (name, table) in seen.unwrap_or_default() {
            declared.tables.entry(name).or_insert(table);
        }
        let (policies, mistakes) = resolve(system, file, entry, declared, sees);
        Error::all(mistakes)?;
        Ok(Some(policies))
    }
}

/// What a file means, as far as its names are known, and everything that is wrong with it.
pub(super) fn resolve(
    system: &System,
    file: &TextFile,
    entry: PolicyFile,
    declared: Declared,
    sees: bool,
) -> (Policies, Vec<Error>) {
    let first = system.schemas.first().cloned().unwrap_or_default();
    let schema = entry.policies.schema.as_ref().map(Named::get_ref);
    let mut resolver = Resolver {
        file,
        schema: schema.cloned().unwrap_or(first),
        roles: Vec::new(),
        declared,
        macros: BTreeMap::new(),
        has_private_schema: entry.policies.private_schema.is_some(),
        mistakes: Vec::new(),
        sees,
        notes: Vec::new(),
    };
    let own: Vec<&str> = system.all_schemas().map(String::as_str).collect();
    let context_schema = entry
        .context
        .as_ref()
        .and_then(|context| context.schema.as_ref());
    for schema in entry
        .policies
        .schema
        .iter()
        .chain(&entry.policies.private_schema)
        .chain(context_schema)
    {
        if !own.contains(&schema.get_ref().as_str()) {
            resolver.mistake(
                schema,
                format!(
                    "`{}` is not a schema of system `{}`",
                    schema.get_ref(),
                    system.name
                ),
                format!(
                    "name one of its `schemas` or `private_schemas` in workroom.toml: {}",
                    own.join(", ")
                ),
            );
        }
    }
    resolver.unseen(&entry);
    let condition = resolver.asked_sql(&entry);
    resolver.read_roles(&entry);
    let owner = resolver.owner(&entry);
    resolver.read_macros(&entry);
    resolver.kept_grantees(&entry.policies.grants_kept_for);
    let context = resolver.context(&entry);
    let (unmanaged, tables) = table::read(&mut resolver, &entry, &own)
        .into_iter()
        .partition::<Vec<Table>, _>(|table| table.class == Class::Unmanaged);
    resolver.owner_of_all(&entry, &unmanaged);
    let (tables, elsewhere) = tables
        .into_iter()
        .partition::<Vec<Table>, _>(|table| own.contains(&table.schema.as_str()));
    resolver.policies_alone(&elsewhere);
    let lookups = resolver.lookups(&entry, &tables);
    let views = resolver.granted(&entry.views, |resolver, name| resolver.view(name));
    let functions = resolver.granted(&entry.functions, |resolver, name| resolver.function(name));
    let writes = resolver.writes(&entry, &tables);
    let external = resolver.granted(&entry.external.functions, |resolver, name| {
        resolver.external(name)
    });
    let position = |mistake: &Error| {
        mistake
            .place
            .as_ref()
            .and_then(|place| place.span.clone())
            .map(|span| span.start)
    };
    resolver.mistakes.sort_by_key(position);
    let names = entry.tables.keys().map(|name| name.get_ref());
    let patterns = names
        .filter(|name| is_pattern(name))
        .map(|name| resolver.qualify(name));
    let patterns = patterns.collect();
    let policies = Policies {
        system: system.name.clone(),
        file: file.clone(),
        schemas: system.all_schemas().cloned().collect(),
        schema: resolver.schema,
        private_schema: entry.policies.private_schema.map(Named::into_inner),
        only_if: condition
            .zip(entry.policies.only_if)
            .map(|(sql, only_if)| OnlyIf {
                sql,
                otherwise: only_if.otherwise,
            }),
        kept_grantees: entry
            .policies
            .grants_kept_for
            .into_iter()
            .map(Named::into_inner)
            .collect(),
        owner,
        revoke_temporary: entry.policies.revoke_temporary,
        roles: resolver.roles,
        context,
        lookups,
        macros: resolver.macros,
        tables,
        elsewhere,
        unmanaged,
        views,
        functions,
        writes,
        external,
        accept: entry.accept,
        notes: resolver.declared.notes().chain(resolver.notes).collect(),
        patterns,
    };
    (policies, resolver.mistakes)
}

impl Resolver<'_> {
    /// Grants of the file's own roles follow from the matrix.
    fn kept_grantees(&mut self, names: &[Named]) {
        for name in names {
            let is_own = |role: &Role| role.database_role == *name.get_ref();
            if name.get_ref() == "public" || self.roles.iter().any(is_own) {
                self.mistake(
                    name,
                    format!("the grants of {} follow from the matrix", name.get_ref()),
                    "`grants_kept_for` is for roles that the file says nothing else of, such as that of pgaudit.role",
                );
            }
        }
    }

    fn read_roles(&mut self, entry: &PolicyFile) {
        let mut entries: Vec<_> = entry.roles.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let has_role_setting = entry
            .context
            .as_ref()
            .is_some_and(|context| context.role.is_some());
        let defaults = self.read_timeouts(&entry.policies.timeouts);
        for (database_role, role) in entries {
            self.kept_whole(database_role);
            let own = self.read_timeouts(&role.timeouts);
            let name = role.name.as_ref().unwrap_or(database_role);
            if let Some(twin) = self
                .roles
                .iter()
                .find(|other| other.name == *name.get_ref())
            {
                let message = format!(
                    "roles {} and {} are both called `{}`",
                    twin.database_role,
                    database_role.get_ref(),
                    name.get_ref()
                );
                self.mistake(name, message, "give each role a `name` of its own");
            }
            if role.kind == RoleKind::Shared {
                if !has_role_setting {
                    self.mistake(
                        database_role,
                        format!(
                            "the shared role {} has nowhere to take its role from",
                            database_role.get_ref()
                        ),
                        "add [context.role] with the `setting` that back ends set",
                    );
                }
                if self
                    .roles
                    .iter()
                    .any(|other| other.kind == RoleKind::Shared)
                {
                    self.mistake(
                        database_role,
                        "there is more than one shared role".to_owned(),
                        "keep one; give other back ends roles of the kind \"group\"",
                    );
                }
            }
            if role.kind != RoleKind::Definer
                && let Some(first) = role.owns.first()
            {
                self.mistake(
                    first,
                    format!("{} cannot own functions", database_role.get_ref()),
                    "only a role of the kind \"definer\" owns functions: nobody is a member of it",
                );
            }
            let mut owns = Vec::new();
            for function in &role.owns {
                if let Some(found) = self.function(function) {
                    owns.push((found, function.span()));
                }
            }
            let member_of = role.member_of.iter().map(|member| match member.get_ref() {
                MembershipEntry::Always(of) => (of.clone(), false),
                MembershipEntry::Maybe(maybe) => (maybe.role.clone(), maybe.optional),
            });
            self.roles.push(Role {
                database_role: database_role.get_ref().clone(),
                name: name.get_ref().clone(),
                kind: role.kind,
                login: role.login,
                bypass_rls: role.bypass_rls,
                member_of: member_of.collect(),
                timeouts: self.timeouts(&defaults, role, own),
                owns,
                comment: role.comment.clone(),
                span: database_role.span(),
            });
        }
    }

    /// The role that owns the system's schemas.
    fn owner(&mut self, entry: &PolicyFile) -> Option<RoleIndex> {
        let is_owner = |role: &Role| role.kind == RoleKind::Owner;
        let Some(named) = &entry.policies.owner else {
            if let Some(role) = self.roles.iter().find(|role| is_owner(role)) {
                let (message, span) = (
                    format!("{} owns nothing", role.database_role),
                    role.span.clone(),
                );
                self.mistake_at(span, message, "name it as `owner` under [policies]");
            }
            return None;
        };
        let mut roles = self.roles.iter();
        let found = roles.position(|role| role.database_role == *named.get_ref() && is_owner(role));
        if found.is_none() {
            self.mistake(
                named,
                format!(
                    "there is no role `{}` of the kind \"owner\"",
                    named.get_ref()
                ),
                format!(
                    "add [roles.{}] with kind = \"owner\" and login = false",
                    named.get_ref()
                ),
            );
        } else if let Some(role) = found.map(|at| &self.roles[at])
            && (role.login != Some(false) || role.bypass_rls || !role.member_of.is_empty())
        {
            let (message, span) = (
                format!(
                    "{} owns tables and could do more than that",
                    role.database_role
                ),
                role.span.clone(),
            );
            self.mistake_at(
                span,
                message,
                "an owner has login = false, no bypass_rls and no member_of",
            );
        }
        found
    }

    /// An owner is handed all that lies in the schemas, which leaves no table as it is.
    fn owner_of_all(&mut self, entry: &PolicyFile, unmanaged: &[Table]) {
        if let (Some(owner), Some(table)) = (&entry.policies.owner, unmanaged.first()) {
            self.mistake(
                owner,
                format!(
                    "{} cannot own all, since {} is left as it is",
                    owner.get_ref(),
                    table.title()
                ),
                "leave `owner` out until no table is of the class \"unmanaged\"",
            );
        }
    }

    /// Of a table of somebody else a file can say no more than policies.
    fn policies_alone(&mut self, elsewhere: &[Table]) {
        for table in elsewhere {
            let has_columns = !table.confidential.is_empty()
                || [
                    &table.select_columns,
                    &table.insert_columns,
                    &table.update_columns,
                ]
                .iter()
                .any(|columns| !columns.is_empty())
                || table.cells.iter().any(|cell| cell.columns.is_some());
            if matches!(table.class, Class::Global | Class::Public) && !has_columns {
                continue;
            }
            let message = format!(
                "{} is in a schema of no system of this file, and only gets policies",
                table.title()
            );
            self.mistake_at(
                table.span.clone(),
                message,
                "give it class = \"global\" and a matrix; row security, grants and columns are its owner's",
            );
        }
    }

    fn context(&mut self, entry: &PolicyFile) -> Context {
        let Some(context) = &entry.context else {
            return Context::default();
        };
        if let Some(claim) = context
            .tenant
            .as_ref()
            .and_then(|tenant| tenant.claim.as_ref())
            && entry.policies.private_schema.is_none()
        {
            self.mistake(
                claim,
                "a claim needs a private schema".to_owned(),
                "set `private_schema` under [policies]: the function that reads the claims lives there",
            );
        }
        let tenant = context.tenant.as_ref().map(|tenant| TenantContext {
            setting: tenant.setting.clone(),
            claim: tenant
                .claim
                .as_ref()
                .map(|claim| claim.get_ref().split('.').map(str::to_owned).collect()),
            kind: tenant.kind,
        });
        let schema = context
            .schema
            .as_ref()
            .map(|schema| schema.get_ref().clone());
        let start = context.schema.as_ref().map(Named::span);
        Context {
            schema: schema.unwrap_or_else(|| self.schema.clone()),
            tenant,
            user: context
                .user
                .as_ref()
                .map(|user| (user.sql.get_ref().clone(), user.sql.span())),
            role_setting: context.role.as_ref().map(|role| role.setting.clone()),
            span: start
                .or_else(|| context.user.as_ref().map(|user| user.sql.span()))
                .unwrap_or_else(|| self.find("[context")),
        }
    }

    /// Where a heading stands, for what has no place of its own.
    fn find(&self, heading: &str) -> Span {
        let start = self.file.text.find(heading).unwrap_or_default();
        start..start + heading.len().min(self.file.text.len() - start)
    }
}
