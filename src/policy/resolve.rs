//! From the file as written to checked values: every name is looked up, and all mistakes are reported at once.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{
    Context, Granted, Lookup, Macro, OnlyIf, Policies, Role, RoleIndex, RoleKind, Span,
    TenantContext,
};
use super::nearest::suggestion;
use super::render;
use super::spec::{ByNames, MembershipEntry, Named, PolicyFile};
use super::table;
use crate::error::{Error, Result};
use crate::files::{TextFile, toml};
use crate::project::System;
use crate::sql::{Declared, Name};

impl Policies {
    /// Reads a system's policy file against what its migrations and views declare; `None` without one.
    ///
    /// # Errors
    /// With all mistakes of the file, each at its line.
    pub fn read(system: &System) -> Result<Option<Self>> {
        let Some(file) = &system.policy else {
            return Ok(None);
        };
        let entry: PolicyFile = toml::read(file)?;
        let mut declared = Declared::default();
        let migrations = system
            .migrations
            .iter()
            .map(|migration| (&migration.file, &migration.statements));
        let objects = system
            .objects
            .iter()
            .map(|object| (&object.file, &object.statements));
        for (file, statements) in migrations.chain(objects) {
            declared.read(file, statements)?;
        }
        resolve(system, file, entry, declared).map(Some)
    }
}

/// What the SQL of a macro may use besides its parameters.
const VARIABLES: [&str; 5] = ["tenant", "owner", "team", "user", "current_tenant"];

/// What names are looked up in, and the mistakes found so far.
pub(super) struct Resolver<'file> {
    pub(super) file: &'file TextFile,
    pub(super) schema: String,
    pub(super) roles: Vec<Role>,
    pub(super) declared: Declared,
    pub(super) macros: BTreeMap<String, Macro>,
    pub(super) mistakes: Vec<Error>,
}

fn resolve(
    system: &System,
    file: &TextFile,
    entry: PolicyFile,
    declared: Declared,
) -> Result<Policies> {
    let first = system.schemas.first().cloned().unwrap_or_default();
    let schema = entry.policies.schema.as_ref().map(Named::get_ref);
    let mut resolver = Resolver {
        file,
        schema: schema.cloned().unwrap_or(first),
        roles: Vec::new(),
        declared,
        macros: BTreeMap::new(),
        mistakes: Vec::new(),
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
    resolver.unseen(&entry.policies.unseen);
    resolver.read_roles(&entry);
    resolver.read_macros(&entry);
    let context = resolver.context(&entry);
    let tables = table::read(&mut resolver, &entry, &own);
    let lookups = resolver.lookups(&entry, &tables);
    let views = resolver.granted(&entry.views, |resolver, name| resolver.view(name));
    let functions = resolver.granted(&entry.functions, |resolver, name| resolver.function(name));
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
    Error::all(resolver.mistakes)?;
    Ok(Policies {
        system: system.name.clone(),
        file: file.clone(),
        schemas: system.all_schemas().cloned().collect(),
        schema: resolver.schema,
        private_schema: entry.policies.private_schema.map(Named::into_inner),
        only_if: entry.policies.only_if.map(|only_if| OnlyIf {
            span: only_if.sql.span(),
            sql: only_if.sql.into_inner(),
            otherwise: only_if.otherwise,
        }),
        roles: resolver.roles,
        context,
        lookups,
        macros: resolver.macros,
        tables,
        views,
        functions,
        external,
        accept: entry.accept,
    })
}

impl Resolver<'_> {
    pub(super) fn mistake(&mut self, at: &Named, message: String, hint: impl Into<String>) {
        self.mistake_at(at.span(), message, hint);
    }

    pub(super) fn mistake_at(&mut self, span: Span, message: String, hint: impl Into<String>) {
        let error = Error::project(message).at(self.file.place(span)).hint(hint);
        self.mistakes.push(error);
    }

    /// `name` or `schema.name`.
    pub(super) fn qualify(&self, name: &str) -> Name {
        match name.split_once('.') {
            Some((schema, name)) => (schema.to_owned(), name.to_owned()),
            None => (self.schema.clone(), name.to_owned()),
        }
    }

    /// As people write it: without the schema where that is the file's own.
    fn short(&self, (schema, name): &Name) -> String {
        if *schema == self.schema {
            name.clone()
        } else {
            format!("{schema}.{name}")
        }
    }

    fn suggest<'a>(&self, name: &str, known: impl Iterator<Item = &'a Name>) -> String {
        let known: Vec<String> = known.map(|name| self.short(name)).collect();
        suggestion(name, known.iter().map(String::as_str))
    }

    /// Adds what a `do` block creates to what is declared.
    fn unseen(&mut self, names: &[Named]) {
        for named in names {
            let text = named.get_ref();
            if let Some((function, _)) = text.split_once('(') {
                let name = self.qualify(function.trim());
                *self.declared.functions.entry(name).or_default() += 1;
            } else if let Some((table, column)) = text
                .rsplit_once('.')
                .filter(|(table, _)| self.declared.tables.contains_key(&self.qualify(table)))
            {
                let name = self.qualify(table);
                if let Some(table) = self.declared.tables.get_mut(&name) {
                    table.columns.push(crate::sql::DeclaredColumn {
                        name: column.to_owned(),
                        generated: false,
                        sequence: None,
                    });
                }
            } else {
                let name = self.qualify(text);
                self.declared.tables.entry(name).or_default();
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
        for (database_role, role) in entries {
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
                owns,
                comment: role.comment.clone(),
                span: database_role.span(),
            });
        }
    }

    fn read_macros(&mut self, entry: &PolicyFile) {
        for (name, entry) in &entry.macros {
            let is_name = |text: &str| {
                text.starts_with(|first: char| first.is_ascii_lowercase())
                    && text
                        .chars()
                        .all(|part| part.is_ascii_alphanumeric() || part == '_')
            };
            let reserved = ["all", "and"].contains(&name.get_ref().as_str());
            if reserved || !is_name(name.get_ref()) {
                self.mistake(
                    name,
                    format!("a macro cannot be called `{}`", name.get_ref()),
                    "a macro's name is lower_snake_case and not `all` or `and`",
                );
            }
            let known = VARIABLES.iter().copied();
            let known = known.chain(entry.parameters.iter().map(String::as_str));
            let uses = self.variables(&entry.sql, known.collect());
            self.macros.insert(
                name.get_ref().clone(),
                Macro {
                    uses,
                    parameters: entry.parameters.clone(),
                    sql: entry.sql.get_ref().clone(),
                    oracle: entry.oracle.get_ref().clone(),
                    group: entry.group.clone(),
                    says: entry.says.clone(),
                    span: entry.sql.span(),
                },
            );
        }
    }

    /// The variables of a template, each of which has to be a known one.
    fn variables(&mut self, sql: &Named, known: Vec<&str>) -> BTreeSet<String> {
        let uses = render::variables(self.file, &sql.span(), sql.get_ref());
        let uses = uses.unwrap_or_else(|error| {
            self.mistakes.push(error);
            BTreeSet::new()
        });
        for unknown in uses.iter().filter(|name| !known.contains(&name.as_str())) {
            let hint = suggestion(unknown, known.iter().copied());
            let source = &self.file.text[sql.span()];
            let at = source.find(unknown.as_str()).map_or(sql.span(), |at| {
                sql.span().start + at..sql.span().start + at + unknown.len()
            });
            self.mistake_at(at, format!("there is no variable `{unknown}`"), hint);
        }
        uses
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

    fn lookups(&mut self, entry: &PolicyFile, tables: &[super::model::Table]) -> Vec<Lookup> {
        let mut entries: Vec<_> = entry.lookups.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let definers: Vec<RoleIndex> = (0..self.roles.len())
            .filter(|at| self.roles[*at].kind == RoleKind::Definer)
            .collect();
        let mut lookups = Vec::new();
        for (name, entry_of) in entries {
            if entry.policies.private_schema.is_none() || definers.len() != 1 {
                self.mistake(
                    name,
                    format!("the look-up `{}` has nowhere to live", name.get_ref()),
                    "look-ups need `private_schema` under [policies] and one role of the kind \"definer\"",
                );
                continue;
            }
            let mut reads = Vec::new();
            for table in &entry_of.reads {
                let (schema, short) = self.qualify(table.get_ref());
                let found = tables
                    .iter()
                    .position(|other| other.schema == schema && other.name == short);
                let Some(found) = found else {
                    let known: Vec<Name> = tables
                        .iter()
                        .map(|table| (table.schema.clone(), table.name.clone()))
                        .collect();
                    let hint = self.suggest(table.get_ref(), known.iter());
                    let message = format!("there is no table `{}` in this file", table.get_ref());
                    self.mistake(table, message, hint);
                    continue;
                };
                let may_read = tables[found].cells.iter().any(|cell| {
                    cell.role == definers[0] && cell.command == super::model::Command::Select
                });
                if !may_read {
                    let definer = &self.roles[definers[0]].name;
                    let message = format!(
                        "the look-up `{}` reads {}, which {definer} may not read",
                        name.get_ref(),
                        table.get_ref()
                    );
                    let hint = format!(
                        "add `{definer} = {{ select = \"all\" }}` to the matrix of {}",
                        table.get_ref()
                    );
                    self.mistake(table, message, hint);
                }
                reads.push(found);
            }
            self.variables(&entry_of.sql, vec!["user", "current_tenant"]);
            lookups.push(Lookup {
                name: name.get_ref().clone(),
                returns: entry_of.returns.clone(),
                sql: entry_of.sql.get_ref().clone(),
                reads,
                rows: entry_of.rows,
                comment: entry_of.comment.clone(),
                span: entry_of.sql.span(),
            });
        }
        lookups
    }

    fn granted(
        &mut self,
        entries: &ByNames<Vec<Named>>,
        find: impl Fn(&mut Self, &Named) -> Option<Name>,
    ) -> Vec<Granted> {
        let mut entries: Vec<_> = entries.iter().collect();
        entries.sort_by_key(|(names, _)| names.span().start);
        let mut granted: Vec<Granted> = Vec::new();
        for (names, roles) in entries {
            let roles = self.roles_in_list(roles);
            for name in split_names(self.file, names) {
                let Some((schema, found)) = find(self, &name) else {
                    continue;
                };
                let twin = granted
                    .iter_mut()
                    .find(|other| other.schema == schema && other.name == found);
                match twin {
                    Some(twin) => twin.roles.extend(&roles),
                    None => granted.push(Granted {
                        schema,
                        name: found,
                        roles: roles.clone(),
                        span: name.span(),
                    }),
                }
            }
        }
        granted
    }

    fn view(&mut self, name: &Named) -> Option<Name> {
        let found = self.qualify(name.get_ref());
        if self.declared.views.contains(&found) {
            return Some(found);
        }
        let hint = self.suggest(name.get_ref(), self.declared.views.iter());
        let message = format!("there is no view `{}`", name.get_ref());
        self.mistake(name, message, hint);
        None
    }

    /// A function of the system, `name` or, where several share the name, `name(type, type)`.
    fn function(&mut self, name: &Named) -> Option<Name> {
        let text = name.get_ref();
        let (bare, arguments) = match text.split_once('(') {
            Some((bare, arguments)) => (bare.trim(), Some(arguments)),
            None => (text.as_str(), None),
        };
        let found = self.qualify(bare);
        match (self.declared.functions.get(&found), arguments) {
            (None, _) => {
                let hint = self.suggest(bare, self.declared.functions.keys());
                self.mistake(name, format!("there is no function `{bare}`"), hint);
                None
            }
            (Some(1), _) => Some(found),
            (Some(_), Some(arguments)) => {
                let arguments: Vec<_> = arguments
                    .trim_end_matches(')')
                    .split(',')
                    .map(str::trim)
                    .collect();
                Some((found.0, format!("{}({})", found.1, arguments.join(", "))))
            }
            (Some(count), None) => {
                let message = format!("there are {count} functions called `{bare}`");
                self.mistake(
                    name,
                    message,
                    format!("say which one by its argument types: \"{bare}(uuid, integer)\""),
                );
                None
            }
        }
    }

    fn external(&mut self, name: &Named) -> Option<Name> {
        let text = name.get_ref();
        let found = text.split_once('(').and_then(|(name, arguments)| {
            let (schema, name) = name.trim().split_once('.')?;
            arguments
                .ends_with(')')
                .then(|| (schema.to_owned(), format!("{name}({arguments}")))
        });
        if found.is_none() {
            self.mistake(
                name,
                format!("`{text}` does not say which function is meant"),
                "write its schema and its argument types: \"auth.uid()\"",
            );
        }
        found
    }

    /// A list of roles; `*` is every application role and the shared one.
    pub(super) fn roles_in_list(&mut self, names: &[Named]) -> BTreeSet<RoleIndex> {
        let mut roles = BTreeSet::new();
        for name in names {
            if name.get_ref() == "*" {
                let all = self.roles.iter().enumerate().filter(|(_, role)| {
                    matches!(role.kind, RoleKind::Application | RoleKind::Shared)
                });
                roles.extend(all.map(|(at, _)| at));
            } else {
                roles.extend(self.role(name));
            }
        }
        roles
    }

    /// A role by its name.
    pub(super) fn role(&mut self, name: &Named) -> Option<RoleIndex> {
        let found = self
            .roles
            .iter()
            .position(|role| role.name == *name.get_ref());
        if found.is_none() {
            let known = self.roles.iter().map(|role| role.name.as_str());
            let hint = suggestion(name.get_ref(), known);
            self.mistake(name, format!("there is no role `{}`", name.get_ref()), hint);
        }
        found
    }
}

/// `"a, b"` as its names, each with its own place.
pub(super) fn split_names(file: &TextFile, names: &Named) -> Vec<Named> {
    let span = names.span();
    let source = file.text.get(span.clone()).unwrap_or_default();
    names
        .get_ref()
        .split(',')
        .map(str::trim)
        .map(|name| {
            // The text in the file may be quoted or escaped; where the name is not found, all of it is meant.
            let place = source
                .match_indices(name)
                .find(|(at, _)| {
                    let before = source[..*at].chars().next_back();
                    let after = source[at + name.len()..].chars().next();
                    let part = |letter: Option<char>| {
                        letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
                    };
                    !part(before) && !part(after)
                })
                .map_or(span.clone(), |(at, _)| {
                    span.start + at..span.start + at + name.len()
                });
            Named::new(place, name.to_owned())
        })
        .collect()
}
