//! Who the prover acts as: a database role and what its session says of tenant, user and application role.

use std::collections::BTreeSet;

use super::claims::{CLAIMS, Claim, json};
use crate::policy::{Policies, RoleIndex, RoleKind, TenantType};

/// Somebody to act as.
#[derive(Clone, Debug)]
pub(super) struct Persona {
    /// For people: "pm in tenant A as user 1".
    pub(super) name: String,
    /// The database role.
    pub(super) database_role: String,
    /// Settings of the session.
    pub(super) settings: Vec<(String, String)>,
    /// What they come to: tenant, user, application role.
    pub(super) context: [Option<String>; 3],
    /// Claims of its JWT that are texts, by their paths.
    pub(super) claims: Vec<Claim>,
    /// Whose cells count.
    pub(super) acts_as: Vec<RoleIndex>,
    /// Whose grants count; those of the shared role are those of all it may act as.
    pub(super) holds: Vec<RoleIndex>,
    /// Whether it is the shared role that acts.
    pub(super) is_shared: bool,
    /// Whether policies do not bind it.
    pub(super) bypasses: bool,
    /// Whether it owns the tables: every privilege is its own.
    pub(super) owns: bool,
    /// Whether its session says nonsense, which may end in an error.
    pub(super) is_garbled: bool,
    /// Whether it is one of those who use the application as it is meant, and not an odd one out.
    pub(super) is_ordinary: bool,
    /// Whether it tries every row all the same: only its role is missing.
    pub(super) tries_all: bool,
    /// Whether it is the first with its database role: what does not depend on settings is asked of it alone.
    pub(super) leads: bool,
    /// Its place among everybody.
    pub(super) place: Place,
}

/// A place among everybody, under which answers are kept. A copy is made to be somebody else, and has none.
#[derive(Debug, Default)]
pub(super) struct Place(pub(super) Option<usize>);

impl Clone for Place {
    fn clone(&self) -> Self {
        Self(None)
    }
}

/// Somebody who signs in.
#[derive(Clone, Debug)]
pub(super) struct Identities {
    /// Tenants' keys; the last one has no rows.
    pub(super) tenants: Vec<String>,
    /// Users' keys; the last one is nobody's in the fixture.
    pub(super) users: Vec<String>,
}

/// How a session says who is signed in.
#[derive(Clone, Debug)]
pub(super) struct UserSetting {
    /// The setting.
    pub(super) setting: String,
    /// Its value, with `{}` for the user's key.
    pub(super) pattern: String,
}

impl UserSetting {
    /// The claim that says who it is, where claims do.
    fn claim(&self) -> Option<&str> {
        let is_claims = self.setting == CLAIMS;
        let rest = self.pattern.strip_prefix("{\"").filter(|_| is_claims)?;
        rest.split('"').next()
    }
}

/// A database role outside the policy file.
#[derive(Clone, Debug)]
pub(super) struct Stranger {
    pub(super) name: String,
    pub(super) bypasses: bool,
    pub(super) owns: bool,
}

/// Who acts, and how.
#[derive(Clone, Copy)]
pub(super) struct Personas<'a> {
    pub(super) all: &'a [Persona],
    /// Every setting that some persona uses.
    pub(super) keys: &'a [String],
}

/// Everybody.
pub(super) fn personas(
    policies: &Policies,
    identities: &Identities,
    user: Option<&UserSetting>,
    strangers: &[(Stranger, Vec<RoleIndex>)],
) -> Vec<Persona> {
    let writer = Writer {
        policies,
        identities,
        user,
    };
    let mut all = Vec::new();
    for (at, role) in policies.roles.iter().enumerate() {
        match role.kind {
            RoleKind::Application => {
                writer.ordinary(&mut all, at, None);
                if policies.shared().is_some() {
                    writer.ordinary(&mut all, at, policies.shared());
                }
                writer.odd(&mut all, at);
            }
            RoleKind::Shared => {
                writer.odd(&mut all, at);
                for (says, value) in [("no role", ""), ("an unknown role", "nobody")] {
                    let mut persona = writer.persona(at, says, Some(0), Some(0));
                    persona.acts_as.clear();
                    persona.tries_all = true;
                    if let Some(setting) = &policies.context.role_setting {
                        persona.settings.push((setting.clone(), value.to_owned()));
                    }
                    all.push(persona);
                }
            }
            // People may come through a group's role, too.
            RoleKind::Group if !role.bypass_rls && reads_user(policies, at) => {
                writer.ordinary(&mut all, at, None);
                writer.odd(&mut all, at);
            }
            // Nobody is the owner, and policies bind it like everybody.
            RoleKind::Owner => {}
            RoleKind::Definer | RoleKind::Group => {
                all.push(Persona {
                    is_ordinary: true,
                    ..writer.persona(at, "", Some(0), Some(0))
                });
                all.push(writer.persona(at, "", Some(1), Some(0)));
                all.push(writer.persona(at, "no context", None, None));
            }
        }
    }
    for (stranger, _) in strangers {
        for (tenant, says) in [(Some(0), ""), (None, "no context")] {
            let mut persona = writer.persona(usize::MAX, says, tenant, tenant);
            persona.name = format!("{}{}", stranger.name, persona.name);
            persona.database_role.clone_from(&stranger.name);
            persona.bypasses = stranger.bypasses;
            persona.owns = stranger.owns;
            all.push(persona);
        }
    }
    let mut known = BTreeSet::new();
    for persona in &mut all {
        persona.leads = known.insert(persona.database_role.clone());
    }
    all
}

/// The people of deployed rows, in every role that people come through.
pub(super) fn residents(
    policies: &Policies,
    residents: &[(Option<String>, Option<String>)],
    user: Option<&UserSetting>,
) -> Vec<Persona> {
    let mut all = Vec::new();
    for (tenant, who) in residents {
        let identities = Identities {
            tenants: tenant.iter().cloned().collect(),
            users: who.iter().cloned().collect(),
        };
        let writer = Writer {
            policies,
            identities: &identities,
            user,
        };
        for (at, role) in policies.roles.iter().enumerate() {
            let is_peoples = match role.kind {
                RoleKind::Application => true,
                RoleKind::Group => !role.bypass_rls && reads_user(policies, at),
                RoleKind::Shared | RoleKind::Definer | RoleKind::Owner => false,
            };
            if is_peoples {
                let mut persona = writer.persona(at, "", Some(0), Some(0));
                let who = who.as_deref().unwrap_or_default();
                persona.name = format!("{} as {who}, of the deployed rows", role.name);
                persona.is_ordinary = true;
                all.push(persona);
            }
        }
    }
    all
}

/// Whether it makes a difference to a role who is signed in.
fn reads_user(policies: &Policies, role: RoleIndex) -> bool {
    let predicates = policies.tables.iter().flat_map(|table| {
        let cells = table.cells.iter().filter(|cell| cell.role == role);
        cells.flat_map(|cell| [&cell.using, &cell.check]).flatten()
    });
    let mut terms = predicates.flat_map(|predicate| &predicate.terms);
    terms.any(|term| {
        let found = policies.macros.get(&term.name);
        found.is_some_and(|one| one.words.is_none() || one.oracle.contains("context.user"))
    })
}

struct Writer<'a> {
    policies: &'a Policies,
    identities: &'a Identities,
    user: Option<&'a UserSetting>,
}

impl Writer<'_> {
    /// Each user in the first tenant, and the first user in the second; through the role's own database role,
    /// or through the shared one.
    fn ordinary(&self, all: &mut Vec<Persona>, role: RoleIndex, shared: Option<RoleIndex>) {
        let users = if self.user.is_some() {
            self.identities.users.len()
        } else {
            1
        };
        let mut places: Vec<(usize, usize)> = (0..users).map(|user| (0, user)).collect();
        if self.identities.tenants.len() > 1 {
            places.push((1, 0));
        }
        for (tenant, user) in places {
            let mut persona = self.persona(shared.unwrap_or(role), "", Some(tenant), Some(user));
            if let Some(shared) = shared {
                let name = &self.policies.roles[role].name;
                persona.name = format!(
                    "{}{}",
                    self.policies.roles[shared].name,
                    persona.name.replacen(
                        &self.policies.roles[shared].name,
                        &format!(" as {name}"),
                        1
                    )
                );
                persona.acts_as = vec![role];
                persona.context[2] = Some(name.clone());
                if let Some(setting) = &self.policies.context.role_setting {
                    persona.settings.push((setting.clone(), name.clone()));
                }
            }
            persona.is_ordinary = true;
            all.push(persona);
        }
    }

    /// Sessions that lack something, or say nonsense.
    fn odd(&self, all: &mut Vec<Persona>, role: RoleIndex) {
        all.push(self.persona(role, "no context", None, None));
        if self.user.is_some() {
            all.push(self.persona(role, "no user", Some(0), None));
            if self.policies.context.tenant.is_some() {
                all.push(self.persona(role, "no tenant", None, Some(0)));
            }
            let mut persona = self.persona(role, "a garbled user", Some(0), None);
            if let Some(user) = self.user {
                set(&mut persona.settings, &user.setting, "garbage%'");
            }
            all.push(persona);
        }
        if let Some(tenant) = &self.policies.context.tenant {
            let mut persona = self.persona(role, "an empty tenant", Some(2), Some(0));
            persona.context[0] = self.identities.tenants.last().cloned();
            if let Some(last) = self.identities.tenants.last() {
                set(&mut persona.settings, &tenant.setting, last);
            }
            all.push(persona);
            if tenant.kind != TenantType::Text {
                let mut persona = self.persona(role, "a garbled tenant", None, Some(0));
                set(&mut persona.settings, &tenant.setting, "garbage%'");
                all.push(persona);
            }
        }
    }

    fn persona(
        &self,
        role: RoleIndex,
        says: &str,
        tenant: Option<usize>,
        user: Option<usize>,
    ) -> Persona {
        let mut settings = Vec::new();
        let context = &self.policies.context;
        let tenant_key = tenant
            .and_then(|at| self.identities.tenants.get(at))
            .cloned();
        let tenant_key = tenant_key.filter(|_| context.tenant.is_some());
        let user_key = user.and_then(|at| self.identities.users.get(at)).cloned();
        let user_key = user_key.filter(|_| self.user.is_some());
        let mut name = String::new();
        let mut claims = Vec::new();
        if let (Some(of), Some(key)) = (&context.tenant, &tenant_key) {
            settings.push((of.setting.clone(), key.clone()));
            name.push_str(&format!(" in tenant {}", tenant.unwrap_or_default() + 1));
        }
        if let (Some(of), Some(key)) = (self.user, &user_key) {
            settings.push((of.setting.clone(), of.pattern.replace("{}", key)));
            claims.extend(
                of.claim()
                    .map(|claim| (vec![claim.to_owned()], key.clone())),
            );
            name.push_str(&format!(" as user {}", user.unwrap_or_default() + 1));
        }
        if !says.is_empty() {
            name = format!(" with {says}");
        }
        let known = self.policies.roles.get(role);
        // What a role is a member of inside the file counts as its own.
        let mut acts_as: Vec<RoleIndex> = known.map(|_| role).into_iter().collect();
        let mut at = 0;
        while at < acts_as.len() {
            for (of, _) in &self.policies.roles[acts_as[at]].member_of {
                let found = self
                    .policies
                    .roles
                    .iter()
                    .position(|role| role.database_role == *of);
                acts_as.extend(found.filter(|found| !acts_as.contains(found)));
            }
            at += 1;
        }
        let application = known.filter(|known| known.kind == RoleKind::Application);
        Persona {
            name: format!("{}{name}", known.map_or("", |known| known.name.as_str())),
            database_role: known
                .map(|known| known.database_role.clone())
                .unwrap_or_default(),
            settings,
            context: [
                tenant_key,
                user_key,
                application.map(|known| known.name.clone()),
            ],
            claims,
            holds: acts_as.clone(),
            is_shared: known.is_some_and(|known| known.kind == RoleKind::Shared),
            bypasses: known.is_some_and(|known| known.bypass_rls),
            owns: false,
            is_garbled: says.starts_with("a garbled"),
            is_ordinary: false,
            tries_all: false,
            leads: false,
            place: Place::default(),
            acts_as,
        }
    }
}

impl Persona {
    /// The same with another claim, or another value for one.
    pub(super) fn with_claim(&self, path: &[String], value: &str) -> Self {
        let mut persona = self.clone();
        persona.claims.retain(|(known, _)| known != path);
        persona.claims.push((path.to_vec(), value.to_owned()));
        set(&mut persona.settings, CLAIMS, &json(&persona.claims));
        persona
    }
}

fn set(settings: &mut Vec<(String, String)>, key: &str, value: &str) {
    settings.retain(|(known, _)| known != key);
    settings.push((key.to_owned(), value.to_owned()));
}
