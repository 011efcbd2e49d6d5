//! What can be broken: policies, switches, grants, views, functions, keys and roles, each in every known way.

use std::collections::BTreeSet;

use crate::catalog::{Constraint, Grantee, Policy, PolicyCommand};
use crate::prove::probe::ProbeContext;
use crate::sql::identifier;

/// One thing broken.
pub(in crate::prove) struct Mutant {
    /// Which operator broke it.
    pub(in crate::prove) operator: &'static str,
    /// In words.
    pub(in crate::prove) what: String,
    /// The statements that break it.
    pub(in crate::prove) sql: String,
    /// The table whose probes can notice; `None` means all.
    pub(in crate::prove) table: Option<usize>,
    /// The policy that is broken.
    pub(in crate::prove) policy: Option<String>,
    /// Roles that it concerns.
    pub(in crate::prove) roles: BTreeSet<String>,
    /// The policy as it was and as it is now, where that is all that is broken.
    pub(in crate::prove) change: Option<Change>,
    /// Who notices.
    pub(in crate::prove) noticed: Noticed,
    /// Whether it touches roles, which all databases of a server have in common.
    pub(in crate::prove) is_shared: bool,
}

/// A policy before and after; none is none.
pub(in crate::prove) struct Change {
    pub(in crate::prove) before: Option<Policy>,
    pub(in crate::prove) after: Option<Policy>,
}

/// Which probes notice a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::prove) enum Noticed {
    /// Those of tables.
    Tables,
    /// Those of views, functions and rights.
    Channels,
    /// First those of tables, then those of views, functions and rights.
    Both,
    /// Pairs of inserts, for a key that is now this one.
    Pairs(usize),
}

/// Every mutant of a system.
pub(in crate::prove) fn mutants(context: &ProbeContext<'_>, tenants: &[String]) -> Mutants {
    let mut maker = Maker {
        context,
        all: Vec::new(),
        unchanged: 0,
    };
    for (at, table) in context.intent.policies.tables.iter().enumerate() {
        let name = &context.world.tables[at].name;
        for policy in context
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
    let keys = maker.keys();
    Mutants {
        all: maker.all,
        unchanged: maker.unchanged,
        keys,
    }
}

/// All that is to be tried.
pub(in crate::prove) struct Mutants {
    pub(in crate::prove) all: Vec<Mutant>,
    /// Those that say the same in other words (E1), which are not tried.
    pub(in crate::prove) unchanged: usize,
    /// Keys without the tenant, which [`Noticed::Pairs`] counts.
    pub(in crate::prove) keys: Vec<Key>,
}

/// A key as a mutant leaves it: what tells which pairs of inserts must end in the same way.
#[derive(Clone, Debug)]
pub(in crate::prove) struct Key {
    pub(in crate::prove) constraint: Constraint,
}

pub(super) struct Maker<'a> {
    pub(super) context: &'a ProbeContext<'a>,
    all: Vec<Mutant>,
    unchanged: usize,
}

/// The database roles that a policy names.
fn named(policy: &Policy) -> impl Iterator<Item = String> {
    policy.roles.iter().filter_map(|role| match role {
        Grantee::Role(name) => Some(name.clone()),
        Grantee::Public => None,
    })
}

/// What a policy comes to: without a check, new rows have to satisfy what old ones have to.
type Meaning = (
    bool,
    PolicyCommand,
    BTreeSet<String>,
    bool,
    Option<String>,
    Option<String>,
);

fn means(policy: &Policy) -> Meaning {
    let reads = policy.command != PolicyCommand::Insert;
    let writes = !matches!(
        policy.command,
        PolicyCommand::Select | PolicyCommand::Delete
    );
    let check = policy.check.clone().or_else(|| policy.using.clone());
    (
        policy.permissive,
        policy.command,
        named(policy).collect(),
        policy.roles.contains(&Grantee::Public),
        policy.using.clone().filter(|_| reads),
        check.filter(|_| writes),
    )
}

/// What tells a mutant from others of its operator, in words.
fn difference(policy: &Policy, other: &Policy) -> Option<String> {
    let (before, after): (Vec<String>, Vec<String>) =
        (named(policy).collect(), named(other).collect());
    if let Some(gone) = before.iter().find(|role| !after.contains(role)) {
        let to = after.first().filter(|_| after.len() <= 1);
        return Some(to.map_or_else(|| format!(": without {gone}"), |to| format!(": to {to}")));
    }
    if policy.command != other.command {
        return Some(format!(": for {}", other.command));
    }
    let text = |one: &Policy| {
        one.using
            .clone()
            .or_else(|| one.check.clone())
            .unwrap_or_default()
    };
    let (before, after) = (text(policy), text(other));
    let same = before
        .bytes()
        .zip(after.bytes())
        .take_while(|(one, two)| one == two)
        .count();
    let start = (0..=same).rev().find(|at| after.is_char_boundary(*at))?;
    let end = (start..=(start + 40).min(after.len()))
        .rev()
        .find(|at| after.is_char_boundary(*at))?;
    (before != after && start > 0).then(|| format!(": …{}…", &after[start..end]))
}

fn create(other: &Policy) -> String {
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
        name = identifier(&other.name),
        table = other.relation,
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
        .as_ref()
        .filter(|_| other.command != PolicyCommand::Insert)
    {
        sql.push_str(&format!(" using ({using})"));
    }
    if let Some(check) = other
        .check
        .as_ref()
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
            change: None,
            noticed: Noticed::Tables,
            is_shared: false,
        });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    pub(super) fn of_policy(
        &mut self,
        operator: &'static str,
        at: usize,
        policy: &Policy,
        change: impl FnOnce(&mut Policy),
    ) {
        let mut other = policy.clone();
        change(&mut other);
        if means(&other) == means(policy) {
            self.unchanged += 1;
            return;
        }
        let roles = named(policy).chain(named(&other)).collect();
        let mut what = format!("policy {} on {}", identifier(&policy.name), policy.relation);
        if let Some(what_else) = difference(policy, &other) {
            what.push_str(&what_else);
        }
        let mutant = self.push(operator, what, create(&other), Some(at));
        mutant.policy = Some(policy.name.clone());
        mutant.roles = roles;
        mutant.change = Some(Change {
            before: Some(policy.clone()),
            after: Some(other),
        });
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
        mutant.roles = named(policy).collect();
        mutant.change = Some(Change {
            before: Some(policy.clone()),
            after: None,
        });
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
            .context
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
            for drop in 0..policy.roles.len() {
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
}
