//! A page to look at: the tables of some systems as a diagram and one by one, who may do what, and the migrations.
//!
//! Everything is a function of values, and the same values give the same bytes: no time, no name of a host, no network. The
//! HTML is one file that asks for nothing else, and says so in its content security policy.

mod access;
mod diagram;
mod escape;
mod html;
mod layout;
mod links;
mod markdown;
mod matrix;
mod sections;

use std::collections::BTreeMap;

pub use html::html;
pub use markdown::markdown;

use crate::catalog::{Catalog, Name, Relation};

/// What the page shows.
#[derive(Debug)]
pub struct Source<'a> {
    /// The heading.
    pub title: &'a str,
    /// Systems in the order of their deployment.
    pub systems: Vec<SystemPart<'a>>,
    /// All schemas of the systems.
    pub catalog: &'a Catalog,
    /// The major version of Postgres that wrote the definitions.
    pub postgres: u32,
    /// Roles in the order in which they are shown.
    pub roles: Vec<Role>,
    /// Table → rows that its seed file makes at scale 1.
    pub rows: BTreeMap<Name, u64>,
}

/// One system.
#[derive(Debug)]
pub struct SystemPart<'a> {
    /// Its name.
    pub name: &'a str,
    /// One line for people.
    pub title: &'a str,
    /// Its schemas.
    pub schemas: Vec<&'a str>,
    /// Its migrations, ascending.
    pub migrations: Vec<MigrationLine<'a>>,
}

/// One migration.
#[derive(Debug)]
pub struct MigrationLine<'a> {
    /// `V001__name`.
    pub label: &'a str,
    /// What it does, in a few words.
    pub does: String,
}

/// A role of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Whether policies do not bind it.
    pub bypasses: bool,
}

impl<'a> Source<'a> {
    /// The tables of a schema by name, partitions only through their parents.
    fn tables(&self, schema: &str) -> Vec<&'a Relation> {
        let tables = self.catalog.tables();
        let mut tables: Vec<&Relation> = tables.filter(|one| one.name.schema == schema).collect();
        tables.sort_by(|one, other| one.name.cmp(&other.name));
        tables
    }

    /// Schemas that have tables, in the order of the systems.
    fn schemas_with_tables(&self) -> Vec<&'a str> {
        let all = self.systems.iter().flat_map(|system| &system.schemas);
        let mut schemas = Vec::new();
        for schema in all.copied() {
            if !schemas.contains(&schema) && !self.tables(schema).is_empty() {
                schemas.push(schema);
            }
        }
        schemas
    }

    /// All tables, schema by schema.
    fn all_tables(&self) -> Vec<&'a Relation> {
        let schemas = self.schemas_with_tables();
        schemas
            .iter()
            .flat_map(|schema| self.tables(schema))
            .collect()
    }
}
