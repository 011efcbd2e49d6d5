//! What grants and policies come to, cell by cell: the permissive policies of a command are alternatives, and each of them
//! holds together with all restrictive ones.

use std::collections::{BTreeMap, BTreeSet};

use super::macros::Macros;
use crate::catalog::{Catalog, Grantee, Policy, PolicyCommand, Privilege, Relation, Target};
use crate::policy::spec::Command;

/// Names of macros that hold together; none is every row.
type Terms = BTreeSet<String>;

/// Which rows, and what they must be afterwards.
type Alternative = (Terms, Terms);

/// The cells of a table by role.
#[derive(Clone, Debug, Default)]
pub(super) struct Matrix {
    pub(super) roles: BTreeMap<String, BTreeMap<Command, Vec<Alternative>>>,
    /// Roles that a command is open to for some columns only.
    pub(super) columns: BTreeMap<Command, BTreeMap<String, BTreeSet<String>>>,
}

impl Matrix {
    /// The names of macros in each cell.
    pub(super) fn cells(&self) -> impl Iterator<Item = impl Iterator<Item = &String>> {
        let cells = self.roles.values().flat_map(BTreeMap::values);
        cells.map(|cell| {
            let sides = cell.iter();
            sides.flat_map(|(using, check)| using.iter().chain(check))
        })
    }

    /// The matrix of a table as grants and policies have it. `bypasses` tells whom policies do not bind.
    pub(super) fn of(
        catalog: &Catalog,
        table: &Relation,
        roles: &[&str],
        bypasses: impl Fn(&str) -> bool,
        macros: &mut Macros<'_>,
    ) -> Self {
        let mut matrix = Self::default();
        let is_read = is_read(catalog, table);
        let policies = catalog.policies.iter();
        let policies: Vec<&Policy> = policies
            .filter(|policy| policy.relation == table.name)
            .collect();
        for role in roles {
            for command in Command::ALL {
                let Some(columns) = granted(catalog, table, role, command) else {
                    continue;
                };
                let alternatives = if bypasses(role) || !table.row_security {
                    vec![Alternative::default()]
                } else {
                    let concerned: Vec<&&Policy> = policies
                        .iter()
                        .filter(|policy| concerns(policy, role, command))
                        .collect();
                    alternatives(&concerned, command, role, macros)
                };
                let alternatives =
                    if alternatives.is_empty() && command == Command::Select && is_read {
                        vec![(Terms::from([macros.nobody(&table.name)]), Terms::new())]
                    } else {
                        alternatives
                    };
                if alternatives.is_empty() {
                    continue;
                }
                if !columns.is_empty() {
                    let of_command = matrix.columns.entry(command).or_default();
                    of_command.insert((*role).to_owned(), columns);
                }
                let of_role = matrix.roles.entry((*role).to_owned()).or_default();
                of_role.insert(command, alternatives);
            }
        }
        matrix
    }
}

/// Whether something reads the table with its caller's rights: another policy, a view or a function.
fn is_read(catalog: &Catalog, table: &Relation) -> bool {
    let name = &table.name.name;
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let names = |text: &str| {
        text.match_indices(name.as_str()).any(|(at, _)| {
            !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part)
        })
    };
    let policies = catalog.policies.iter();
    let mut policies = policies.flat_map(|policy| policy.using.iter().chain(&policy.check));
    let mut views = catalog
        .relations
        .iter()
        .filter_map(|one| one.definition.as_ref());
    let functions = catalog.functions.iter().filter(|one| !one.security_definer);
    let mut functions = functions.filter_map(|one| one.definition.as_ref());
    policies.any(|text| text.contains("FROM") && names(text))
        || views.any(|text| names(text))
        || functions.any(|text| names(text))
}

/// The columns that a command is granted for, none meaning all; `None` where it is not granted.
fn granted(
    catalog: &Catalog,
    table: &Relation,
    role: &str,
    command: Command,
) -> Option<BTreeSet<String>> {
    let privilege = match command {
        Command::Select => Privilege::Select,
        Command::Insert => Privilege::Insert,
        Command::Update => Privilege::Update,
        Command::Delete => Privilege::Delete,
    };
    let is_meant = |grantee: &Grantee| match grantee {
        Grantee::Public => true,
        Grantee::Role(name) => name == role,
    };
    let mut columns = BTreeSet::new();
    for grant in &catalog.grants {
        if grant.privilege != privilege || !is_meant(&grant.grantee) {
            continue;
        }
        match &grant.target {
            Target::Relation(name) if *name == table.name => return Some(BTreeSet::new()),
            Target::Column { relation, column } if *relation == table.name => {
                columns.insert(column.clone());
            }
            _ => {}
        }
    }
    (!columns.is_empty()).then_some(columns)
}

fn concerns(policy: &Policy, role: &str, command: Command) -> bool {
    let is_of_command =
        policy.command == PolicyCommand::All || policy.command.to_string() == command.word();
    is_of_command
        && policy.roles.iter().any(|grantee| match grantee {
            Grantee::Public => true,
            Grantee::Role(name) => name == role,
        })
}

/// The alternatives of a cell; none where nothing is let in.
fn alternatives(
    policies: &[&&Policy],
    command: Command,
    role: &str,
    macros: &mut Macros<'_>,
) -> Vec<Alternative> {
    let (permissive, restrictive): (Vec<&&Policy>, Vec<&&Policy>) = policies
        .iter()
        .copied()
        .partition(|policy| policy.permissive);
    let mut narrowed = Alternative::default();
    for policy in restrictive {
        let Some((using, check)) = sides(policy, command, role, macros) else {
            return Vec::new();
        };
        narrowed.0.extend(using);
        narrowed.1.extend(check);
    }
    let mut found: Vec<Alternative> = Vec::new();
    for policy in permissive {
        let Some((using, check)) = sides(policy, command, role, macros) else {
            continue;
        };
        let mut one = narrowed.clone();
        one.0.extend(using);
        one.1.extend(check);
        if !found.contains(&one) {
            found.push(one);
        }
    }
    // Where every row is let in, narrower alternatives add nothing.
    match found.iter().position(|one| *one == narrowed) {
        Some(at) => vec![found.swap_remove(at)],
        None => found,
    }
}

/// The macros of a policy for rows as they are found and as they are left; `None` where it lets in nothing.
fn sides(
    policy: &Policy,
    command: Command,
    role: &str,
    macros: &mut Macros<'_>,
) -> Option<(Option<String>, Option<String>)> {
    let using = policy.using.as_deref();
    let check = policy.check.as_deref().or(using);
    let (using, check) = match command {
        Command::Select | Command::Delete => (using, None),
        Command::Insert => (None, check),
        Command::Update => (using, check),
    };
    if [using, check]
        .into_iter()
        .flatten()
        .any(|text| text == "false")
    {
        return None;
    }
    let mut name = |text: Option<&str>| text.and_then(|text| macros.name_of(policy, text, role));
    Some((name(using), name(check)))
}
