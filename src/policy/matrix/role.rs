//! The roles of a matrix, and what they are in a database.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Grantee, Target};
use crate::database::Rows;
use crate::policy::statements::RenderedPolicies;
use crate::sql::text_array;

/// What a role is in a database.
#[derive(Clone, Debug, Default)]
pub struct LiveRole {
    /// Policies do not bind it.
    pub(super) bypasses: bool,
    /// Roles whose rights it has, itself included.
    pub(super) has: BTreeSet<String>,
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
pub(super) fn role_names(rendered: &RenderedPolicies, catalog: &Catalog) -> Vec<String> {
    let roles = &rendered.policies.roles;
    let mut names: Vec<String> = roles
        .iter()
        .map(|role| role.database_role.clone())
        .collect();
    let others: BTreeSet<&String> = catalog
        .grants
        .iter()
        .filter_map(|grant| match (&grant.target, &grant.grantee) {
            (Target::Schema(_) | Target::Sequence(_), _) => None,
            (_, Grantee::Role(role)) => Some(role),
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
