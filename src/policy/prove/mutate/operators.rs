//! What can be broken: policies, switches, grants, views, functions, keys and roles, each in every known way.

use std::collections::BTreeSet;

use crate::catalog::{Grantee, Policy, PolicyCommand};
use crate::policy::prove::probe::Scene;
use crate::sql::identifier;

/// One thing broken.
pub(in crate::policy::prove) struct Mutant {
    /// Which operator broke it.
    pub(in crate::policy::prove) operator: &'static str,
    /// In words.
    pub(in crate::policy::prove) what: String,
    /// The statements that break it.
    pub(in crate::policy::prove) sql: String,
    /// The table whose probes can notice; `None` means all.
    pub(in crate::policy::prove) table: Option<usize>,
    /// The policy that is broken.
    pub(in crate::policy::prove) policy: Option<String>,
    /// Roles that it concerns.
    pub(in crate::policy::prove) roles: BTreeSet<String>,
    /// Whether views and functions notice, not tables.
    pub(in crate::policy::prove) is_channel: bool,
    /// Why it cannot make a difference, where that is known beforehand.
    pub(in crate::policy::prove) equivalent: Option<String>,
}

/// Every mutant of a system.
pub(in crate::policy::prove) fn mutants(scene: &Scene<'_>, tenants: &[String]) -> Vec<Mutant> {
    let mut maker = Maker {
        scene,
        all: Vec::new(),
    };
    for (at, table) in scene.intent.policies.tables.iter().enumerate() {
        let name = &scene.world.tables[at].name;
        for policy in scene
            .catalog
            .policies
            .iter()
            .filter(|one| one.relation == *name)
        {
            maker.policy(at, policy, table.tenant.as_deref());
        }
        maker.table(at);
    }
    maker.channels();
    maker.helpers(tenants);
    maker.roles();
    maker.all
}

pub(super) struct Maker<'a> {
    pub(super) scene: &'a Scene<'a>,
    all: Vec<Mutant>,
}

fn create(policy: &Policy, change: impl FnOnce(&mut Policy)) -> String {
    let mut other = policy.clone();
    change(&mut other);
    let roles: Vec<String> = other
        .roles
        .iter()
        .map(|role| match role {
            Grantee::Public => "public".to_owned(),
            Grantee::Role(name) => identifier(name),
        })
        .collect();
    let mut sql = format!(
        "drop policy {name} on {table}; create policy {name} on {table} as {kind} for {command} to {roles}",
        name = identifier(&policy.name),
        table = policy.relation,
        kind = if other.permissive {
            "permissive"
        } else {
            "restrictive"
        },
        command = other.command,
        roles = roles.join(", "),
    );
    if let Some(using) = other
        .using
        .filter(|_| other.command != PolicyCommand::Insert)
    {
        sql.push_str(&format!(" using ({using})"));
    }
    if let Some(check) = other
        .check
        .filter(|_| !matches!(other.command, PolicyCommand::Select | PolicyCommand::Delete))
    {
        sql.push_str(&format!(" with check ({check})"));
    }
    sql.push(';');
    sql
}

impl Maker<'_> {
    pub(super) fn push(
        &mut self,
        operator: &'static str,
        what: String,
        sql: String,
        table: Option<usize>,
    ) -> &mut Mutant {
        self.all.push(Mutant {
            operator,
            what: format!("{operator} {what}"),
            sql,
            table,
            policy: None,
            roles: BTreeSet::new(),
            is_channel: false,
            equivalent: None,
        });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    fn of_policy(
        &mut self,
        operator: &'static str,
        at: usize,
        policy: &Policy,
        change: impl FnOnce(&mut Policy),
    ) {
        let sql = create(policy, change);
        if sql == create(policy, |_| {}) {
            return;
        }
        let roles: BTreeSet<String> = policy
            .roles
            .iter()
            .filter_map(|role| match role {
                Grantee::Role(name) => Some(name.clone()),
                Grantee::Public => None,
            })
            .collect();
        let what = format!("policy {} on {}", identifier(&policy.name), policy.relation);
        let mutant = self.push(operator, what, sql, Some(at));
        mutant.policy = Some(policy.name.clone());
        mutant.roles = roles;
    }

    fn policy(&mut self, at: usize, policy: &Policy, tenant: Option<&str>) {
        let name = identifier(&policy.name);
        let sql = format!("drop policy {name} on {};", policy.relation);
        let mutant = self.push(
            "DROP",
            format!("policy {name} on {}", policy.relation),
            sql,
            Some(at),
        );
        mutant.policy = Some(policy.name.clone());
        self.of_policy("FLIP", at, policy, |one| one.permissive = !one.permissive);
        if let Some(using) = policy.using.clone() {
            for (operator, text) in [
                ("USING_TRUE", "true".to_owned()),
                ("USING_FALSE", "false".to_owned()),
                ("USING_NEG", format!("not ({using})")),
            ] {
                self.of_policy(operator, at, policy, |one| one.using = Some(text));
            }
        }
        if let Some(check) = policy.check.clone() {
            for (operator, text) in [
                ("CHECK_TRUE", "true".to_owned()),
                ("CHECK_FALSE", "false".to_owned()),
                ("CHECK_NEG", format!("not ({check})")),
            ] {
                self.of_policy(operator, at, policy, |one| one.check = Some(text));
            }
            if let Some(using) = policy.using.clone().filter(|using| *using != check) {
                self.of_policy("CHECK_EQ_USING", at, policy, |one| one.check = Some(using));
                self.of_policy("CHECK_DROP", at, policy, |one| one.check = None);
            }
        }
        if policy.command == PolicyCommand::All {
            self.of_policy("CMD_NARROW", at, policy, |one| {
                one.command = PolicyCommand::Select;
            });
            for command in [
                PolicyCommand::Insert,
                PolicyCommand::Update,
                PolicyCommand::Delete,
            ] {
                self.of_policy("CMD_OTHER", at, policy, |one| one.command = command);
            }
        } else {
            self.of_policy("CMD_WIDEN", at, policy, |one| {
                one.using = one.using.clone().or_else(|| one.check.clone());
                one.command = PolicyCommand::All;
            });
        }
        self.of_policy("ROLE_PUBLIC", at, policy, |one| {
            one.roles = vec![Grantee::Public];
        });
        let known: Vec<String> = self
            .scene
            .intent
            .policies
            .roles
            .iter()
            .map(|role| role.database_role.clone())
            .collect();
        if policy.roles.contains(&Grantee::Public) {
            if let Some(first) = known.first() {
                self.of_policy("ROLE_NARROW", at, policy, |one| {
                    one.roles = vec![Grantee::Role(first.clone())];
                });
            }
        } else {
            for drop in 0..policy.roles.len().min(8) {
                if policy.roles.len() > 1 {
                    self.of_policy("ROLE_DROP", at, policy, |one| {
                        one.roles.remove(drop);
                    });
                }
            }
            let other = known
                .iter()
                .find(|name| !policy.roles.contains(&Grantee::Role((*name).clone())));
            if let Some(other) = other {
                self.of_policy("ROLE_OTHER", at, policy, |one| {
                    one.roles = vec![Grantee::Role(other.clone())];
                });
            }
        }
        self.texts(at, policy, tenant);
    }

    /// Changes inside the conditions.
    fn texts(&mut self, at: usize, policy: &Policy, tenant: Option<&str>) {
        let names: Vec<String> = self
            .scene
            .intent
            .policies
            .roles
            .iter()
            .map(|role| role.name.clone())
            .collect();
        let text = policy
            .using
            .clone()
            .or_else(|| policy.check.clone())
            .unwrap_or_default();
        let everywhere = |from: String, to: String| {
            move |one: &mut Policy| {
                one.using = one.using.as_ref().map(|text| text.replacen(&from, &to, 1));
                one.check = one.check.as_ref().map(|text| text.replacen(&from, &to, 1));
            }
        };
        for name in &names {
            let from = format!("'{name}'::text");
            if !text.contains(&from) {
                continue;
            }
            if let Some(other) = names
                .iter()
                .find(|other| !text.contains(&format!("'{other}'::text")))
            {
                self.of_policy(
                    "SWAP_ROLE",
                    at,
                    policy,
                    everywhere(from.clone(), format!("'{other}'::text")),
                );
                self.of_policy(
                    "ADD_ROLE",
                    at,
                    policy,
                    everywhere(
                        format!("ARRAY[{from}"),
                        format!("ARRAY['{other}'::text, {from}"),
                    ),
                );
            }
            self.of_policy(
                "DROP_ROLE",
                at,
                policy,
                everywhere(from, "'nobody at all'::text".to_owned()),
            );
        }
        for (operator, from, to) in [("AND_OR", " AND ", " OR "), ("OR_AND", " OR ", " AND ")] {
            if text.contains(from) {
                self.of_policy(
                    operator,
                    at,
                    policy,
                    everywhere(from.to_owned(), to.to_owned()),
                );
            }
        }
        for part in conjuncts(&text) {
            self.of_policy(
                "DROP_CONJUNCT",
                at,
                policy,
                everywhere(part, "true".to_owned()),
            );
        }
        let table = &self.scene.world.tables[at];
        for column in &table.columns {
            let Some(other) = table.columns.iter().find(|other| {
                other.name != column.name
                    && other.type_name == column.type_name
                    && !text.contains(&other.name)
            }) else {
                continue;
            };
            let from = format!("({} ", identifier(&column.name));
            if text.contains(&from) {
                let operator = if tenant == Some(column.name.as_str()) {
                    "WRONG_TENANT_COL"
                } else {
                    "WRONG_COL"
                };
                self.of_policy(
                    operator,
                    at,
                    policy,
                    everywhere(from, format!("({} ", identifier(&other.name))),
                );
            }
        }
        if !policy.permissive {
            let open =
                |text: &Option<String>| text.as_ref().map(|text| format!("({text}) is not false"));
            self.of_policy("FAIL_OPEN", at, policy, |one| {
                one.using = open(&one.using);
                one.check = open(&one.check);
            });
        }
    }
}

/// The parts that an `AND` on the outermost level joins; the server puts each in parentheses.
fn conjuncts(text: &str) -> Vec<String> {
    if !text.contains(" AND ") {
        return Vec::new();
    }
    let inner = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'))
        .unwrap_or(text);
    let (mut depth, mut start) = (0i32, 0);
    let mut parts = Vec::new();
    for (at, letter) in inner.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && inner[at..].starts_with(" AND ") => {
                parts.push(inner[start..at].to_owned());
                start = at + 5;
            }
            _ => {}
        }
    }
    parts.push(inner[start..].to_owned());
    parts.retain(|part| part.matches('(').count() == part.matches(')').count());
    if parts.len() < 2 { Vec::new() } else { parts }
}
