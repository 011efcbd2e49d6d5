//! Where foreign keys lead, column by column, and how the page names tables and columns.

use super::escape::slug;
use crate::catalog::{Catalog, ConstraintKind, Name};

/// One column that refers to another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link<'a> {
    pub(super) from: &'a Name,
    pub(super) column: &'a str,
    pub(super) to: &'a Name,
    pub(super) key: &'a str,
    pub(super) constraint: &'a str,
}

/// The links of all foreign keys, in order.
pub(super) fn links(catalog: &Catalog) -> Vec<Link<'_>> {
    let keys = catalog.constraints.iter();
    let keys = keys.filter(|one| one.kind == ConstraintKind::ForeignKey && !one.inherited);
    let mut links: Vec<Link<'_>> = keys
        .filter_map(|key| Some((key, key.references.as_ref()?)))
        .flat_map(|(key, target)| {
            let columns = key.columns.iter().zip(&target.columns);
            columns.map(move |(column, other)| Link {
                from: &key.relation,
                column,
                to: &target.relation,
                key: other,
                constraint: &key.name,
            })
        })
        .collect();
    links.sort();
    links
}

/// Whether a column is part of the primary key.
pub(super) fn is_key(catalog: &Catalog, table: &Name, column: &str) -> bool {
    let mut keys = catalog.constraints.iter();
    keys.any(|one| {
        one.kind == ConstraintKind::PrimaryKey
            && one.relation == *table
            && one.columns.iter().any(|name| name == column)
    })
}

/// The identifier of a table's section, and what the others about it are made of.
pub(super) fn table_id(name: &Name) -> String {
    format!("{}-{}", slug(&name.schema), slug(&name.name))
}

/// The identifier of a column's row.
pub(super) fn column_id(table: &Name, column: &str) -> String {
    format!("c-{}-{}", table_id(table), slug(column))
}
