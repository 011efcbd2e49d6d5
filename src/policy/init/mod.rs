//! A first policy file for a database that has policies of its own: who may do what there, as a matrix.
//!
//! The SQL of the conditions is taken over as it is, so that nothing changes; the words are proposed where a condition has a
//! known form, and where it has none, the file says why. Nothing is asked but the catalog, and the same catalog gives the
//! same bytes.

mod condition;
mod inline;
mod macros;
mod matrix;
mod query;
mod section;
mod session;
mod tree;
mod visible;
mod words;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Grantee, Name, Relation, RelationKind, Target};
use crate::database::Rows;
use crate::project::System;
use crate::sql::text_array;
use macros::Macros;
use section::Section;

/// What a first file is written from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The system, for its schemas and for what its migrations declare.
    pub system: &'a System,
    /// The system's schemas, private ones included.
    pub catalog: &'a Catalog,
    /// The roles that hold something in them, by [`read_people`].
    pub people: &'a BTreeMap<String, Person>,
    /// The tables that the file shall manage; all where there are none. The others are left as they are.
    pub only: &'a BTreeSet<Name>,
}

/// What a role is in a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    is_superuser: bool,
    bypasses: bool,
    member_of: BTreeSet<String>,
}

/// A first file.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The file.
    pub text: String,
    /// Tables that it manages, and those that it leaves as they are.
    pub tables: (usize, usize),
    /// Cells of the matrix, and those of which all conditions have words.
    pub cells: (usize, usize),
    /// Policies without words, each with the reason.
    pub wordless: Vec<String>,
    /// What the file does not take over.
    pub notes: Vec<String>,
}

/// The roles that have grants or policies in what the catalog holds.
fn named(catalog: &Catalog) -> BTreeSet<&str> {
    let granted = catalog
        .grants
        .iter()
        .filter_map(|grant| match &grant.target {
            Target::Relation(_) | Target::Column { .. } | Target::Function { .. } => {
                Some(&grant.grantee)
            }
            Target::Schema(_) | Target::Sequence(_) => None,
        });
    let bound = catalog.policies.iter().flat_map(|policy| &policy.roles);
    let roles = granted.chain(bound).filter_map(|grantee| match grantee {
        Grantee::Role(role) => Some(role.as_str()),
        Grantee::Public => None,
    });
    roles.filter(|role| !role.starts_with("pg_")).collect()
}

/// SQL that reads what the roles are; one result set for [`read_people`].
#[must_use]
pub fn people_query(catalog: &Catalog) -> String {
    format!(
        "select role.rolname, role.rolsuper, role.rolbypassrls, other.rolname \
         from pg_catalog.pg_roles as role \
         left join pg_catalog.pg_auth_members as membership on membership.member = role.oid \
         left join pg_catalog.pg_roles as other on other.oid = membership.roleid \
         where role.rolname = any ({});",
        text_array(named(catalog))
    )
}

/// Reads the result set of [`people_query`].
#[must_use]
pub fn read_people(rows: &Rows) -> BTreeMap<String, Person> {
    let mut people: BTreeMap<String, Person> = BTreeMap::new();
    for row in rows {
        if let [Some(role), is_superuser, bypasses, of] = row.as_slice() {
            let person = people.entry(role.clone()).or_default();
            person.is_superuser = is_superuser.as_deref() == Some("t");
            person.bypasses = bypasses.as_deref() == Some("t");
            person.member_of.extend(of.clone());
        }
    }
    people
}

/// Writes a first policy file.
#[must_use]
pub fn draft(ground: Ground<'_>) -> Draft {
    let catalog = ground.catalog;
    let mut notes = Vec::new();
    // Nothing binds a superuser, and no file can say who they are.
    let roles: Vec<&str> = ground
        .people
        .iter()
        .filter(|(_, person)| !person.is_superuser)
        .map(|(name, _)| name.as_str())
        .collect();
    let managed = |table: &&Relation| ground.only.is_empty() || ground.only.contains(&table.name);
    let declared = &ground.system.declares().tables;
    let is_part = |table: &Relation| {
        let name = (table.name.schema.clone(), table.name.name.clone());
        declared
            .get(&name)
            .is_some_and(|one| !one.parents.is_empty())
    };
    let (tables, others): (Vec<&Relation>, Vec<&Relation>) = catalog
        .tables()
        .filter(|table| !is_part(table))
        .partition(managed);
    // Row security does not bind tables of other servers.
    let foreign = catalog.relations.iter();
    let foreign = foreign.filter(|one| one.kind == RelationKind::ForeignTable);
    let others: Vec<&Relation> = others.into_iter().chain(foreign).collect();
    let conditions = Macros::conditions(catalog, &tables);
    let session = session::Session::of(&conditions, catalog);
    let mut macros = Macros::new(&session, catalog);
    let sections: Vec<Section> = tables
        .iter()
        .map(|table| section::of(ground, &roles, table, &mut macros, &mut notes))
        .collect();
    let cells = sections.iter().flat_map(|section| section.matrix.cells());
    let counted: Vec<bool> = cells.map(|cell| macros.are_worded(cell)).collect();
    let wordless = macros.wordless();
    let text = write::file(ground, &roles, &session, &macros, &sections, &others);
    Draft {
        text,
        tables: (tables.len(), others.len()),
        cells: (
            counted.len(),
            counted.iter().filter(|has_words| **has_words).count(),
        ),
        wordless,
        notes,
    }
}
