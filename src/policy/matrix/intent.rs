//! What the policy file lets roles do, as its rendering has it.

use std::collections::{BTreeMap, BTreeSet};

use super::role::LiveRole;
use super::told::{DENIED, GRANTED, told};
use crate::catalog::Function;
use crate::policy::column_list::ColumnList;
use crate::policy::facts::{Key, Kind, PUBLIC};
use crate::policy::spec::Command;
use crate::policy::statement::{RenderedStatement, Section};
use crate::policy::statements::RenderedPolicies;

/// Commands and names of policies.
type Named<'a> = BTreeSet<(&'a str, &'a str)>;

/// What the rendering lets happen.
pub(super) struct Intent<'a> {
    rendered: &'a RenderedPolicies,
    /// Schema, table and database role → permissive policies.
    permissive: BTreeMap<(&'a str, &'a str, &'a str), Named<'a>>,
}

impl<'a> Intent<'a> {
    pub(super) fn of(rendered: &'a RenderedPolicies) -> Self {
        let mut permissive: BTreeMap<_, Named<'_>> = BTreeMap::new();
        for statement in &rendered.statements {
            if statement.section != Section::Permissive {
                continue;
            }
            let Some(command) = command_of(&statement.sql) else {
                continue;
            };
            for key in statement
                .facts
                .keys()
                .filter(|key| key.kind == Kind::Policy)
            {
                for role in &statement.roles {
                    permissive
                        .entry((key.schema.as_str(), key.name.as_str(), role.as_str()))
                        .or_default()
                        .insert((command, key.detail.as_str()));
                }
            }
        }
        Self {
            rendered,
            permissive,
        }
    }

    /// A role and those that the file makes it a member of, as far as it inherits what they may.
    pub(super) fn all_of<'r>(
        &'r self,
        role: &'r str,
        live: &BTreeMap<String, LiveRole>,
    ) -> Vec<&'r str> {
        let inherits = |of: &str| live.get(role).is_some_and(|one| one.has.contains(of));
        let mut all = vec![role];
        let mut at = 0;
        while let Some(one) = all.get(at).copied() {
            let described = self.rendered.policies.roles.iter();
            let described = described.filter(|other| other.database_role == one);
            for (of, _) in described.flat_map(|other| &other.member_of) {
                if inherits(of) && !all.contains(&of.as_str()) {
                    all.push(of);
                }
            }
            at += 1;
        }
        all
    }

    /// What the first of some roles may do with a table of these columns, who has the rights of the others as well.
    pub(super) fn cell(
        &self,
        (schema, table): (&str, &str),
        roles: &[&str],
        command: Command,
        all: &[&str],
    ) -> String {
        let Some(columns) = self.granted((schema, table), roles, command) else {
            return DENIED.to_owned();
        };
        match self.rows((schema, table), roles, command) {
            rows if rows == DENIED => rows,
            rows => columns.limit(rows, all),
        }
    }

    /// What roles may do with a view: a grant is all that there is.
    pub(super) fn view(&self, name: (&str, &str), roles: &[&str], command: Command) -> String {
        match self.granted(name, roles, command) {
            Some(columns) => columns.limit(GRANTED.to_owned(), &[]),
            None => DENIED.to_owned(),
        }
    }

    /// Whether roles, or everybody, may call a function.
    pub(super) fn function(&self, function: &Function, roles: &[&str]) -> String {
        let name = &function.name;
        let is_meant = |key: &Key| {
            let is_named = key.name == name.name
                || key.name == format!("{}({})", name.name, function.signature);
            key.schema == name.schema
                && is_named
                && (key.detail == PUBLIC || roles.contains(&key.detail.as_str()))
        };
        let asked = self.rendered.statements.iter();
        let mut asked = asked.flat_map(|statement| statement.facts.keys());
        let is_granted = asked.any(|key| key.kind == Kind::Execute && is_meant(key))
            || self.rendered.tolerated.iter().any(is_meant);
        if is_granted { GRANTED } else { DENIED }.to_owned()
    }

    /// Whether the policy file makes a function itself.
    pub(super) fn makes(&self, function: &Function) -> bool {
        let key = Key::new(
            Kind::Function,
            &function.name.schema,
            &function.name.name,
            "",
        );
        let mut statements = self.rendered.statements.iter();
        statements.any(|statement| statement.facts.contains_key(&key))
    }

    /// The columns on which some of these roles have a privilege; `None` where none has it.
    fn granted(
        &self,
        (schema, name): (&str, &str),
        roles: &[&str],
        command: Command,
    ) -> Option<ColumnList> {
        let facts = self.rendered.statements.iter().flat_map(|one| &one.facts);
        let grants = facts.filter(|(key, _)| {
            key.kind == Kind::Grant
                && key.schema == schema
                && key.name == name
                && roles.contains(&key.detail.as_str())
        });
        let parts = grants.flat_map(|(_, value)| value.split(", "));
        let parts = parts.filter(|part| is_of(part, command));
        parts.map(ColumnList::of).reduce(ColumnList::and)
    }

    /// Which rows the first of some roles may have, who has the rights of the others as well.
    fn rows(&self, (schema, table): (&str, &str), roles: &[&str], command: Command) -> String {
        let policies = &self.rendered.policies;
        if policies
            .roles
            .iter()
            .any(|one| roles.first() == Some(&one.database_role.as_str()) && one.bypass_rls)
        {
            return "every row: bypasses".to_owned();
        }
        let is_off = self.rendered.statements.iter().any(|statement| {
            let key = Key::new(Kind::Table, schema, table, "");
            statement
                .facts
                .get(&key)
                .is_some_and(|value| value == "off")
        });
        if is_off {
            return "every row: no row-level security".to_owned();
        }
        let mut names = BTreeSet::new();
        for role in roles {
            let found = self.permissive.get(&(schema, table, *role));
            let found = found.into_iter().flatten();
            names.extend(
                found
                    .filter(|(word, _)| *word == command.word())
                    .map(|(_, name)| *name),
            );
        }
        let names: Vec<&str> = names.into_iter().collect();
        let holds = |statement: &&RenderedStatement| {
            let binds = match statement.section {
                Section::Floor | Section::Restrictive => true,
                Section::Path => roles.iter().any(|role| statement.roles.contains(*role)),
                _ => false,
            };
            binds
                && command_of(&statement.sql)
                    .is_none_or(|word| word == "all" || word == command.word())
        };
        let floors = self
            .rendered
            .statements
            .iter()
            .filter(holds)
            .flat_map(|statement| {
                let keys = statement.facts.keys();
                keys.filter(|key| {
                    key.kind == Kind::Policy && key.schema == schema && key.name == table
                })
            });
        told(
            table,
            command,
            &names,
            &floors.map(|key| key.detail.as_str()).collect::<Vec<_>>(),
        )
    }
}

/// The command of a `create policy`.
fn command_of(sql: &str) -> Option<&str> {
    let rest = sql.split_once(" for ")?.1;
    rest.split_whitespace().next()
}

/// Whether `SELECT` or `SELECT(a,b)` is the privilege of a command.
fn is_of(privilege: &str, command: Command) -> bool {
    let word = privilege.split(['(', '*']).next().unwrap_or_default();
    word.eq_ignore_ascii_case(command.word())
}
