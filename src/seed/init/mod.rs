//! A first seed file for a schema that is there: a line for each column that nothing is known of, and every line that is
//! inferred as a comment, so that its reader sees what happens without it. `judge` finds lines that make checks hold,
//! `answer` what to do where the server refuses rows in a load that is taken back; what cannot be loaded is left out.

mod answer;
mod check;
mod clock;
mod combine;
mod days;
mod draft;
mod file;
mod generator;
mod judge;
mod learn;
mod lists;
mod literals;
mod names;
mod pattern;
mod propose;
mod rows;
mod shapes;

pub use check::Broken;
pub use days::days;
pub use draft::Draft;
pub use file::{Written, extended, file, lines_of};
pub use judge::judge;
pub use literals::Texts;

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Column, ConstraintKind, Name, Relation};
use crate::seed::column_type::{ColumnType, refuses_null};

/// Names by which columns usually hold the tenant.
const TENANT_COLUMNS: [&str; 4] = ["tenant_id", "organisation_id", "organization_id", "org_id"];

/// The tables of a file.
fn tables<'c>(catalog: &'c Catalog, fill: &'c [Name]) -> impl Iterator<Item = &'c Relation> {
    catalog
        .tables()
        .filter(|relation| fill.contains(&relation.name))
}

/// The tables of some schemas.
#[must_use]
pub fn tables_of(catalog: &Catalog, schemas: &[String]) -> Vec<Name> {
    let tables = catalog.tables().map(|relation| &relation.name);
    tables
        .filter(|name| schemas.contains(&name.schema))
        .cloned()
        .collect()
}

/// Some tables, and all others that they refer to.
#[must_use]
pub fn reached(catalog: &Catalog, tables: Vec<Name>) -> Vec<Name> {
    let mut reached = tables;
    let mut at = 0;
    while at < reached.len() {
        let from = reached[at].clone();
        let constraints = catalog.constraints.iter();
        let targets = constraints
            .filter(|constraint| constraint.relation == from)
            .filter_map(|constraint| Some(&constraint.references.as_ref()?.relation));
        for target in targets {
            if !reached.contains(target) {
                reached.push(target.clone());
            }
        }
        at += 1;
    }
    reached
}

/// The table that a nullable column refers to, when others refer to the column itself: it must have values.
fn passed_on(catalog: &Catalog, table: &Name, column: &Column) -> Option<Name> {
    let is_target = catalog.constraints.iter().any(|constraint| {
        constraint.references.as_ref().is_some_and(|reference| {
            reference.relation == *table && reference.columns.contains(&column.name)
        })
    });
    if refuses_null(catalog, column) || !is_target {
        return None;
    }
    catalog.constraints.iter().find_map(|constraint| {
        let is_own = constraint.relation == *table && constraint.columns.contains(&column.name);
        constraint
            .references
            .as_ref()
            .filter(|_| is_own)
            .map(|reference| reference.relation.clone())
    })
}

/// Of a key of several columns the last refers, and the others agree with it: how such a column is read from there.
fn agreed(
    catalog: &Catalog,
    table: &Name,
    column: &Column,
    tenant: Option<&str>,
) -> Option<String> {
    catalog.constraints.iter().find_map(|constraint| {
        let reference = constraint
            .references
            .as_ref()
            .filter(|reference| constraint.relation == *table && reference.relation != *table)?;
        let (last, others) = constraint.columns.split_last()?;
        let at = others
            .iter()
            .position(|name| *name == column.name && Some(name.as_str()) != tenant)?;
        let refers = catalog
            .columns_of(table)
            .any(|column| column.name == *last && refuses_null(catalog, column));
        refers.then(|| format!("{{ copy = \"{last}.{}\" }}", reference.columns[at]))
    })
}

/// The table and column that a column refers to, alone or with others, of those tables for which `may` holds.
fn referred<'c>(
    catalog: &'c Catalog,
    column: &Column,
    may: &dyn Fn(&Name) -> bool,
) -> Option<(&'c Name, &'c str)> {
    catalog.constraints.iter().find_map(|constraint| {
        let reference = constraint.references.as_ref()?;
        let is_own = constraint.relation == column.relation && may(&reference.relation);
        let at = constraint
            .columns
            .iter()
            .position(|name| is_own && *name == column.name)?;
        Some((&reference.relation, reference.columns[at].as_str()))
    })
}

/// The table whose rows the tenants are and its key, if one is.
#[must_use]
pub fn tenants(catalog: &Catalog, column: &str) -> Option<(Name, String)> {
    catalog.constraints.iter().find_map(|constraint| {
        let reference = constraint.references.as_ref()?;
        let key = reference.columns.first()?;
        (constraint.columns == [column]).then(|| (reference.relation.clone(), key.clone()))
    })
}

/// The types of the tables' columns that values are written as texts for.
#[must_use]
pub fn types_as_texts(catalog: &Catalog, fill: &[Name]) -> BTreeSet<String> {
    let columns = tables(catalog, fill).flat_map(|table| catalog.columns_of(&table.name));
    let others =
        columns.filter(|column| matches!(ColumnType::of(catalog, column), ColumnType::Other(_)));
    others.map(|column| column.data_type.clone()).collect()
}

/// Whether a column must differ in all rows, whatever their tenant.
fn is_unique(catalog: &Catalog, table: &Name, column: &Column) -> bool {
    is_key(catalog, table, |key| key == [column.name.as_str()])
}

/// Whether a column must differ in all rows of a tenant.
fn is_unique_in_tenant(
    catalog: &Catalog,
    table: &Name,
    column: &Column,
    tenant: Option<&str>,
) -> bool {
    is_key(catalog, table, |key| {
        let mut own = key.iter().filter(|name| Some(**name) != tenant);
        own.next() == Some(&column.name.as_str()) && own.next().is_none()
    })
}

/// Whether a table has a key of which this holds.
fn is_key(catalog: &Catalog, table: &Name, test: impl Fn(&[&str]) -> bool) -> bool {
    let by_constraint = catalog.constraints.iter().any(|constraint| {
        let columns: Vec<&str> = constraint.columns.iter().map(String::as_str).collect();
        constraint.relation == *table && constraint.kind == ConstraintKind::Unique && test(&columns)
    });
    by_constraint
        || catalog.indexes.iter().any(|index| {
            let keys: Vec<&str> = index.keys.iter().flatten().map(String::as_str).collect();
            index.relation == *table
                && index.unique
                && keys.len() == index.keys.len()
                && test(&keys)
        })
}

fn label(name: &Name) -> String {
    format!("{}.{}", name.schema, name.name)
}

/// The column that says whose a row is: the one that the project declares, or one that looks like it. Tenants have UUIDs.
#[must_use]
pub fn tenant_column(catalog: &Catalog, fill: &[Name], declared: Option<&str>) -> Option<String> {
    let is_there = |name: &&str| {
        let mut columns = tables(catalog, fill).flat_map(|table| catalog.columns_of(&table.name));
        columns.any(|column| {
            column.name == **name && ColumnType::of(catalog, column) == ColumnType::Uuid
        })
    };
    let mut names = declared.into_iter().chain(TENANT_COLUMNS);
    names.find(is_there).map(str::to_owned)
}
