//! Who may do what with a table, as grants and policies come to it.

use std::collections::BTreeSet;

use super::{Role, Source};
use crate::catalog::{Grantee, Policy, PolicyCommand, Privilege, Relation, Target};

/// What a role may do with a table by one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Nothing.
    Nothing,
    /// Whatever policies let through.
    Rows,
    /// Every row.
    Everything,
    /// A grant that no policy lets through, or a policy that no grant goes with.
    Broken,
}

/// One cell of the matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) access: Access,
    /// The conditions in full, line by line.
    pub(super) says: String,
}

pub(super) const COMMANDS: [(Privilege, PolicyCommand); 4] = [
    (Privilege::Select, PolicyCommand::Select),
    (Privilege::Insert, PolicyCommand::Insert),
    (Privilege::Update, PolicyCommand::Update),
    (Privilege::Delete, PolicyCommand::Delete),
];

/// What a role may do with a table.
pub(super) fn cell(
    source: &Source<'_>,
    table: &Relation,
    role: &Role,
    (privilege, command): (Privilege, PolicyCommand),
) -> Cell {
    let is_meant = |grantee: &Grantee| match grantee {
        Grantee::Public => true,
        Grantee::Role(name) => *name == role.name,
    };
    let mut is_whole = false;
    let mut columns: BTreeSet<&str> = BTreeSet::new();
    for grant in &source.catalog.grants {
        if grant.privilege != privilege || !is_meant(&grant.grantee) {
            continue;
        }
        match &grant.target {
            Target::Relation(name) if *name == table.name => is_whole = true,
            Target::Column { relation, column } if *relation == table.name => {
                columns.insert(column);
            }
            _ => {}
        }
    }
    let is_granted = is_whole || !columns.is_empty();
    let limited = if is_whole || columns.is_empty() {
        String::new()
    } else {
        let columns: Vec<&str> = columns.into_iter().collect();
        format!("\ncolumns: {}", columns.join(", "))
    };
    let policies = || {
        let policies = source.catalog.policies.iter();
        policies.filter(|one| {
            one.relation == table.name
                && (one.command == PolicyCommand::All || one.command == command)
        })
    };
    let own = |policy: &&Policy| {
        let mut roles = policy.roles.iter();
        policy.permissive
            && roles.any(|one| matches!(one, Grantee::Role(name) if *name == role.name))
    };
    let new = |access, says: String| Cell { access, says };
    if !is_granted {
        return match policies().find(own) {
            Some(policy) if !role.bypasses => new(
                Access::Broken,
                format!("policy {} and no grant: nothing may be done", policy.name),
            ),
            _ => new(Access::Nothing, String::new()),
        };
    }
    if role.bypasses {
        return new(
            Access::Everything,
            format!("every row: policies do not bind the role{limited}"),
        );
    }
    if !table.row_security {
        return new(
            Access::Everything,
            format!("every row: no row-level security{limited}"),
        );
    }
    let binds = |policy: &&Policy| policy.roles.iter().any(is_meant);
    let (permissive, restrictive): (Vec<&Policy>, Vec<&Policy>) = policies()
        .filter(binds)
        .partition(|policy| policy.permissive);
    if permissive.is_empty() {
        return new(
            Access::Broken,
            format!("a grant and no policy: no row is let through{limited}"),
        );
    }
    let told: Vec<String> = permissive
        .iter()
        .map(|one| condition(one, command))
        .collect();
    let mut says = told.join("\nor ");
    for policy in restrictive {
        says.push_str("\nand ");
        says.push_str(&condition(policy, command));
    }
    new(Access::Rows, says + &limited)
}

/// What a policy asks of the rows of a command, under its name.
fn condition(policy: &Policy, command: PolicyCommand) -> String {
    let using = policy.using.as_deref();
    let check = policy.check.as_deref();
    let said = match command {
        PolicyCommand::Insert => check.or(using).unwrap_or("true").to_owned(),
        PolicyCommand::Update => match (using, check) {
            (Some(using), Some(check)) if using != check => {
                format!("{using}, and afterwards {check}")
            }
            _ => using.unwrap_or("true").to_owned(),
        },
        _ => using.unwrap_or("true").to_owned(),
    };
    format!("{}: {said}", policy.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalog::{Catalog, Grant, Name, Persistence, RelationKind};

    fn relation(row_security: bool) -> Relation {
        Relation {
            name: Name::new("shop", "orders"),
            kind: RelationKind::Table,
            persistence: Persistence::Permanent,
            owner: "ann".to_owned(),
            partition_of: None,
            row_security,
            force_row_security: row_security,
            options: Vec::new(),
            definition: None,
            partition_bound: None,
            comment: None,
        }
    }

    fn policy(role: Grantee, permissive: bool) -> Policy {
        Policy {
            relation: Name::new("shop", "orders"),
            name: if permissive { "own" } else { "floor" }.to_owned(),
            command: PolicyCommand::All,
            permissive,
            roles: vec![role],
            using: Some("(mine)".to_owned()),
            check: None,
            comment: None,
        }
    }

    fn grant(grantee: Grantee, column: Option<&str>) -> Grant {
        let relation = Name::new("shop", "orders");
        Grant {
            target: match column {
                Some(column) => Target::Column {
                    relation,
                    column: column.to_owned(),
                },
                None => Target::Relation(relation),
            },
            grantee,
            privilege: Privilege::Select,
            grantable: false,
            by_default: false,
        }
    }

    #[test]
    fn a_grant_without_a_policy_and_a_policy_without_a_grant_are_broken() {
        let clerk = || Grantee::Role("clerk".to_owned());
        for (grants, policies, row_security, bypasses, access, says) in [
            (vec![], vec![], true, false, Access::Nothing, ""),
            (
                vec![grant(clerk(), None)],
                vec![],
                true,
                false,
                Access::Broken,
                "no row is let through",
            ),
            (
                vec![],
                vec![policy(clerk(), true)],
                true,
                false,
                Access::Broken,
                "policy own and no grant",
            ),
            (
                vec![],
                vec![policy(Grantee::Public, true)],
                true,
                false,
                Access::Nothing,
                "",
            ),
            (
                vec![grant(Grantee::Public, Some("id"))],
                vec![policy(clerk(), true), policy(Grantee::Public, false)],
                true,
                false,
                Access::Rows,
                "own: (mine)\nand floor: (mine)\ncolumns: id",
            ),
            (
                vec![grant(clerk(), None)],
                vec![policy(clerk(), false)],
                true,
                false,
                Access::Broken,
                "a grant and no policy",
            ),
            (
                vec![grant(clerk(), None)],
                vec![],
                false,
                false,
                Access::Everything,
                "no row-level security",
            ),
            (
                vec![grant(clerk(), None)],
                vec![],
                true,
                true,
                Access::Everything,
                "do not bind",
            ),
        ] {
            let catalog = Catalog {
                grants,
                policies,
                ..Catalog::default()
            };
            let role = Role {
                name: "clerk".to_owned(),
                bypasses,
            };
            let source = Source {
                title: "Shop",
                systems: Vec::new(),
                catalog: &catalog,
                postgres: 18,
                roles: vec![role.clone()],
                rows: BTreeMap::new(),
            };
            let found = cell(&source, &relation(row_security), &role, COMMANDS[0]);
            assert_eq!(found.access, access, "{found:?}");
            assert!(found.says.contains(says), "{found:?}");
        }
    }
}
