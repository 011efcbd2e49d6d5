//! The matrix, twice: what the policy file means, and what the grants and policies of a database come to.
//!
//! Both sides are read as names of policies, so that a cell agrees when the same policies let the same role do the
//! same thing, its grant is there, and nothing else lets it in.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Key, Kind};
use super::live::Live;
use super::spec::Command;
use super::statement::Section;
use super::statements::RenderedPolicies;
use crate::catalog::{Catalog, Grantee, Policy, PolicyCommand, Privilege, Relation, Target};
use crate::database::Rows;
use crate::sql::{qualified, text_array};

/// One role, one table, one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixCell {
    /// `schema.table`, as SQL has it.
    pub table: String,
    /// The database role, or PUBLIC.
    pub role: String,
    /// What.
    pub command: Command,
    /// What the policy file lets it do; "denied" for nothing.
    pub intent: String,
    /// What the database lets it do.
    pub effect: String,
}

impl MatrixCell {
    /// Whether both are the same, or the table is left as it is.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.intent == self.effect || self.intent == UNMANAGED
    }
}

/// What a role is in a database.
#[derive(Clone, Debug, Default)]
pub struct LiveRole {
    /// Policies do not bind it.
    bypasses: bool,
    /// Roles whose rights it has, itself included.
    has: BTreeSet<String>,
}

/// SQL that reads the roles that may matter; one result set for [`read_roles`].
#[must_use]
pub fn roles_query(rendered: &RenderedPolicies, catalog: &Catalog) -> String {
    let names = text_array(role_names(rendered, catalog));
    format!(
        "select role.rolname, role.rolsuper or role.rolbypassrls, other.rolname \
         from pg_catalog.pg_roles as role join pg_catalog.pg_roles as other \
         on pg_catalog.pg_has_role(role.oid, other.oid, 'usage') and (other.oid = role.oid or not role.rolsuper) \
         where role.rolname = any ({names});"
    )
}

/// Reads the result set of [`roles_query`].
#[must_use]
pub fn read_roles(rows: &Rows) -> BTreeMap<String, LiveRole> {
    let mut roles: BTreeMap<String, LiveRole> = BTreeMap::new();
    for row in rows {
        if let [Some(role), Some(bypasses), Some(other)] = row.as_slice() {
            let role = roles.entry(role.clone()).or_default();
            role.bypasses = bypasses == "t";
            role.has.insert(other.clone());
        }
    }
    roles
}

/// Roles of the policy file in its order, then those that have grants besides.
fn role_names(rendered: &RenderedPolicies, catalog: &Catalog) -> Vec<String> {
    let roles = &rendered.policies.roles;
    let mut names: Vec<String> = roles
        .iter()
        .map(|role| role.database_role.clone())
        .collect();
    let others: BTreeSet<&String> = catalog
        .grants
        .iter()
        .filter_map(|grant| match (&grant.target, &grant.grantee) {
            (Target::Relation(_) | Target::Column { .. }, Grantee::Role(role)) => Some(role),
            _ => None,
        })
        .collect();
    for role in others {
        if !names.contains(role) {
            names.push(role.clone());
        }
    }
    names
}

const DENIED: &str = "denied";

/// The intent for a table that is left as it is: whatever its own policies say.
const UNMANAGED: &str = "unmanaged";

/// Every cell where somebody may or shall do something.
#[must_use]
pub fn matrix(
    rendered: &RenderedPolicies,
    live: &Live,
    catalog: &Catalog,
    roles: &BTreeMap<String, LiveRole>,
) -> Vec<MatrixCell> {
    let intent = Intent::of(rendered);
    let mut names = role_names(rendered, catalog);
    names.push("PUBLIC".to_owned());
    let mut tables: Vec<(String, String)> = rendered
        .policies
        .tables
        .iter()
        .map(|table| (table.schema.clone(), table.name.clone()))
        .collect();
    for table in catalog.tables() {
        let name = (table.name.schema.clone(), table.name.name.clone());
        if !tables.contains(&name) {
            tables.push(name);
        }
    }
    let mut cells = Vec::new();
    for table in &tables {
        let mut unmanaged = rendered.policies.unmanaged.iter();
        let is_unmanaged = unmanaged.any(|one| (&one.schema, &one.name) == (&table.0, &table.1));
        for role in &names {
            for command in Command::ALL {
                let effect = effect(table, role, command, live, catalog, roles);
                let cell = MatrixCell {
                    table: qualified(&table.0, &table.1),
                    role: role.clone(),
                    command,
                    intent: if is_unmanaged && effect != DENIED {
                        UNMANAGED.to_owned()
                    } else {
                        intent.cell(table, &intent.all_of(role, roles), command)
                    },
                    effect,
                };
                if cell.intent != DENIED || cell.effect != DENIED {
                    cells.push(cell);
                }
            }
        }
    }
    cells
}

/// Commands and names of policies.
type Named<'a> = BTreeSet<(&'a str, &'a str)>;

/// What the rendering lets happen.
struct Intent<'a> {
    rendered: &'a RenderedPolicies,
    /// Schema, table and database role → permissive policies.
    permissive: BTreeMap<(&'a str, &'a str, &'a str), Named<'a>>,
}

impl<'a> Intent<'a> {
    fn of(rendered: &'a RenderedPolicies) -> Self {
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
    fn all_of<'r>(&'r self, role: &'r str, live: &BTreeMap<String, LiveRole>) -> Vec<&'r str> {
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

    /// What the first of some roles may, who has the rights of the others as well.
    fn cell(&self, (schema, table): &(String, String), roles: &[&str], command: Command) -> String {
        let policies = &self.rendered.policies;
        let granted = |statement: &&super::statement::RenderedStatement| {
            statement.facts.iter().any(|(key, value)| {
                key.kind == Kind::Grant
                    && key.schema == *schema
                    && key.name == *table
                    && roles.contains(&key.detail.as_str())
                    && value.split(", ").any(|part| is_of(part, command))
            })
        };
        if !self.rendered.statements.iter().any(|one| granted(&one)) {
            return DENIED.to_owned();
        }
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
            let found = self
                .permissive
                .get(&(schema.as_str(), table.as_str(), *role));
            let found = found.into_iter().flatten();
            names.extend(
                found
                    .filter(|(word, _)| *word == command.word())
                    .map(|(_, name)| *name),
            );
        }
        let names: Vec<&str> = names.into_iter().collect();
        let holds = |statement: &&super::statement::RenderedStatement| {
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
                    key.kind == Kind::Policy && key.schema == *schema && key.name == *table
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

/// Names of policies, shorter where they follow the scheme `<table>_<rule>_<command>`.
fn told(table: &str, command: Command, permissive: &[&str], restrictive: &[&str]) -> String {
    if permissive.is_empty() {
        return DENIED.to_owned();
    }
    let short = |name: &str| {
        let name = name.strip_prefix(&format!("{table}_")).unwrap_or(name);
        let end = format!("_{}", command.word());
        name.strip_suffix(&end).unwrap_or(name).to_owned()
    };
    let list = |names: &[&str]| {
        let mut names: Vec<String> = names.iter().map(|name| short(name)).collect();
        names.sort();
        names
    };
    let mut text = list(permissive).join(" or ");
    for name in list(restrictive) {
        text.push_str(" & ");
        text.push_str(&name);
    }
    text
}

fn effect(
    (schema, table): &(String, String),
    role: &str,
    command: Command,
    live: &Live,
    catalog: &Catalog,
    roles: &BTreeMap<String, LiveRole>,
) -> String {
    let is_here =
        |relation: &&Relation| relation.name.schema == *schema && relation.name.name == *table;
    let Some(relation) = catalog.relations.iter().find(is_here) else {
        return DENIED.to_owned();
    };
    let nobody = LiveRole::default();
    let known = roles.get(role).unwrap_or(&nobody);
    let is_meant = |grantee: &Grantee| match grantee {
        // What everybody has is shown as PUBLIC's, where it stands alone, and counts for each role, too.
        Grantee::Public => true,
        Grantee::Role(name) => known.has.contains(name),
    };
    let wanted = match command {
        Command::Select => Privilege::Select,
        Command::Insert => Privilege::Insert,
        Command::Update => Privilege::Update,
        Command::Delete => Privilege::Delete,
    };
    let is_granted = catalog.grants.iter().any(|grant| {
        let on = match &grant.target {
            Target::Relation(name) => name,
            Target::Column { relation, .. } => relation,
            _ => return false,
        };
        *on == relation.name && grant.privilege == wanted && is_meant(&grant.grantee)
    });
    let owns = known.has.contains(&relation.owner);
    if !is_granted && !owns {
        return DENIED.to_owned();
    }
    if known.bypasses {
        return "every row: bypasses".to_owned();
    }
    if !relation.row_security {
        return "every row: no row-level security".to_owned();
    }
    if owns && !relation.force_row_security {
        return "every row: owner".to_owned();
    }
    let applies = |policy: &&Policy| {
        policy.relation == relation.name
            && (policy.command == PolicyCommand::All
                || policy.command.to_string() == command.word())
            && policy.roles.iter().any(is_meant)
    };
    let (permissive, restrictive): (Vec<&Policy>, Vec<&Policy>) = catalog
        .policies
        .iter()
        .filter(applies)
        .partition(|policy| policy.permissive);
    let name = |policy: &&Policy| {
        let key = Key::new(Kind::Policy, schema, table, &policy.name);
        match live.facts.get(&key).map(String::as_str) {
            Some("altered") => format!("{} (altered)", policy.name),
            Some("unmanaged") => format!("{} (unmanaged)", policy.name),
            _ => policy.name.clone(),
        }
    };
    let permissive: Vec<String> = permissive.iter().map(name).collect();
    let restrictive: Vec<String> = restrictive.iter().map(name).collect();
    told(
        table,
        command,
        &permissive.iter().map(String::as_str).collect::<Vec<_>>(),
        &restrictive.iter().map(String::as_str).collect::<Vec<_>>(),
    )
}
