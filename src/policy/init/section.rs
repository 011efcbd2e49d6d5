//! A table of a database as a section of the file.

use super::Ground;
use super::macros::Macros;
use super::matrix::Matrix;
use crate::catalog::{Grantee, Name, Privilege, Relation, Target};

/// A table and who may do what to it.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) table: Name,
    /// How it is protected, and why in this way where the file has to say it.
    pub(super) class: &'static str,
    pub(super) reason: Option<String>,
    pub(super) matrix: Matrix,
}

pub(super) fn of(
    ground: Ground<'_>,
    roles: &[&str],
    table: &Relation,
    macros: &mut Macros<'_>,
    notes: &mut Vec<String>,
) -> Section {
    let bypasses = |role: &str| ground.people.get(role).is_some_and(|one| one.bypasses);
    let matrix = Matrix::of(ground.catalog, table, roles, bypasses, macros);
    let has_clients = matrix.roles.keys().any(|role| !bypasses(role));
    let (class, reason) = match (table.row_security, has_clients) {
        (true, true) => ("global", None),
        (true, false) => ("system", None),
        (false, _) => {
            let why = "row security was off when this file was written";
            ("exempt", Some(why.to_owned()))
        }
    };
    notes.extend(beyond(ground, table, roles));
    Section {
        table: table.name.clone(),
        class,
        reason,
        matrix,
    }
}

/// Privileges that no cell gives, and that a deployment takes away.
fn beyond(ground: Ground<'_>, table: &Relation, roles: &[&str]) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for grant in &ground.catalog.grants {
        let is_of_table = matches!(&grant.target, Target::Relation(name) if *name == table.name);
        let is_beyond = !matches!(
            grant.privilege,
            Privilege::Select | Privilege::Insert | Privilege::Update | Privilege::Delete
        );
        let is_of_file = match &grant.grantee {
            Grantee::Public => true,
            Grantee::Role(role) => roles.contains(&role.as_str()),
        };
        if is_of_table && is_beyond && is_of_file {
            let one = format!("{} from {}", grant.privilege, grant.grantee);
            found.push(one);
        }
    }
    (!found.is_empty()).then(|| format!("{} loses {}", table.name, found.join(", ")))
}
