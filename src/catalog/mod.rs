//! `pg_catalog` as a typed model: what the schemas of a system really hold.
//!
//! One kind of object is one `.rs` beside one `.sql`. All queries travel in one message and come back as
//! text, so that loading costs one round trip whatever the number of kinds. Objects that an extension owns
//! are left out. Everything is sorted by name, in byte order, and deparsed under the same session settings,
//! so that the same objects give equal values on any connection.

mod columns;
mod constraints;
mod description;
mod dump;
mod extensions;
mod functions;
mod grants;
mod indexes;
mod policies;
mod relations;
mod row;
mod schemas;
mod triggers;
mod types;
mod written;

use std::fmt;

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

pub use columns::{Column, Generated, Identity};
pub use constraints::{Constraint, ConstraintKind, Reference, ReferenceAction};
pub use description::{
    Description, Object, Objects, Properties, is_once_restored, is_written_by_the_server,
    once_restored,
};
pub use dump::Dump;
pub use extensions::Extension;
pub use functions::{Function, FunctionKind, Parallel, Volatility};
pub use grants::{Grant, Grantee, Privilege, Target};
pub use indexes::Index;
pub use policies::{Policy, PolicyCommand};
pub use relations::{Persistence, Relation, RelationKind};
pub use schemas::Schema;
pub use triggers::{Trigger, TriggerEnabled};
pub use types::{Type, TypeKind};

use crate::database::BatchFailure;
use crate::error::Result;
use crate::sql;

const SESSION: &str = include_str!("session.sql");
const RESTORE: &str = include_str!("restore.sql");

/// The objects of some schemas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// The schemas asked for that exist.
    pub schemas: Vec<Schema>,
    /// Every extension that is installed in the database or could be, whatever its schema.
    pub extensions: Vec<Extension>,
    /// Enums, domains, ranges and composite types.
    pub types: Vec<Type>,
    /// Tables, partitions, views, materialized views, foreign tables and sequences.
    pub relations: Vec<Relation>,
    /// Columns of all relations but sequences, in the order of the table.
    pub columns: Vec<Column>,
    /// Constraints of tables and domains.
    pub constraints: Vec<Constraint>,
    /// Indexes, those of constraints included.
    pub indexes: Vec<Index>,
    /// Functions, procedures, aggregates and window functions.
    pub functions: Vec<Function>,
    /// Triggers, those that implement foreign keys left out.
    pub triggers: Vec<Trigger>,
    /// Row-level-security policies.
    pub policies: Vec<Policy>,
    /// What others than the owners may do.
    pub grants: Vec<Grant>,
}

/// SQL that is true of what no extension has made; `class` is the catalog, `oid` the expression of the object's number.
#[must_use]
pub fn is_of_no_extension(class: &str, oid: &str) -> String {
    format!(
        "not exists (select from pg_catalog.pg_depend as part where part.classid = 'pg_catalog.{class}'::pg_catalog.regclass \
         and part.objid = {oid} and part.deptype = 'e')"
    )
}

/// A name within a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The schema.
    pub schema: String,
    /// The name in it.
    pub name: String,
}

impl Name {
    /// A name within a schema.
    #[must_use]
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }
}

/// As SQL: `agency.clients`, quoted where it has to be.
impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&sql::qualified(&self.schema, &self.name))
    }
}

impl Catalog {
    /// Reads the objects of these schemas in one round trip. A schema that does not exist has none.
    ///
    /// Inside a transaction it sees what the transaction sees and leaves its settings as they were.
    ///
    /// # Errors
    /// When the server does not answer, or answers in a way that this version does not know.
    pub async fn load(client: &Client, schemas: &[&str]) -> Result<Self> {
        let messages = client
            .simple_query(&batch(schemas))
            .await
            .map_err(|error| BatchFailure::from(error).of_our_own("reading the catalog"))?;
        Self::read(&results(messages))
    }

    fn read(results: &[Vec<SimpleQueryRow>]) -> Result<Self> {
        let mut results = results.iter();
        let mut next = || results.next().map_or(&[][..], Vec::as_slice);
        Ok(Self {
            schemas: row::read_all(next(), "schemas", schemas::read)?,
            extensions: row::read_all(next(), "extensions", extensions::read)?,
            types: row::read_all(next(), "types", types::read)?,
            relations: row::read_all(next(), "relations", relations::read)?,
            columns: row::read_all(next(), "columns", columns::read)?,
            constraints: row::read_all(next(), "constraints", constraints::read)?,
            indexes: row::read_all(next(), "indexes", indexes::read)?,
            functions: row::read_all(next(), "functions", functions::read)?,
            triggers: row::read_all(next(), "triggers", triggers::read)?,
            policies: row::read_all(next(), "policies", policies::read)?,
            grants: row::read_all(next(), "grants", grants::read)?,
        })
    }

    /// Tables and partitioned tables; partitions only through their parents.
    pub fn tables(&self) -> impl Iterator<Item = &Relation> {
        self.relations
            .iter()
            .filter(|relation| relation.is_table() && relation.partition_of.is_none())
    }

    /// The relation of this name.
    #[must_use]
    pub fn relation(&self, name: &Name) -> Option<&Relation> {
        self.relations
            .iter()
            .find(|relation| relation.name == *name)
    }

    /// A relation's columns, in the order of the table.
    pub fn columns_of<'a>(&'a self, relation: &'a Name) -> impl Iterator<Item = &'a Column> {
        self.columns
            .iter()
            .filter(move |column| column.relation == *relation)
    }

    /// The table and column that a column refers to: of several foreign keys, the first by name of table.
    #[must_use]
    pub fn referred(&self, column: &Column) -> Option<(&Name, &str)> {
        let keys = self.constraints.iter().filter(|constraint| {
            constraint.kind == ConstraintKind::ForeignKey && constraint.relation == column.relation
        });
        let targets = keys.filter_map(|key| {
            let at = key.columns.iter().position(|name| *name == column.name)?;
            let target = key.references.as_ref()?;
            Some((&target.relation, target.columns.get(at)?.as_str()))
        });
        targets.min()
    }

    /// The extension of this name, installed or not.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&Extension> {
        self.extensions
            .iter()
            .find(|extension| extension.name == name)
    }
}

/// Lends names to queries, as the text of an array.
fn set_names(setting: &str, names: &[&str]) -> String {
    let names = sql::text_array(names);
    format!("pg_catalog.set_config('{setting}', {names}::pg_catalog.text, true)")
}

/// One message: settings, the queries in the order of [`Catalog::read`], settings back.
fn batch(schemas: &[&str]) -> String {
    let set_schemas = format!("select {};\n", set_names("workroom.schemas", schemas));
    [
        SESSION,
        &set_schemas,
        schemas::SQL,
        extensions::SQL,
        types::SQL,
        relations::SQL,
        columns::SQL,
        constraints::SQL,
        indexes::SQL,
        functions::SQL,
        triggers::SQL,
        policies::SQL,
        grants::SQL,
        RESTORE,
    ]
    .join("\n")
}

/// The rows of each query; what only sets something is left out.
fn results(messages: Vec<SimpleQueryMessage>) -> Vec<Vec<SimpleQueryRow>> {
    let mut results: Vec<Vec<SimpleQueryRow>> = Vec::new();
    let mut sets = false;
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                sets = columns.iter().any(|column| column.name() == "set_config");
                if !sets {
                    results.push(Vec::new());
                }
            }
            SimpleQueryMessage::Row(row) if !sets => {
                if let Some(rows) = results.last_mut() {
                    rows.push(row);
                }
            }
            _ => {}
        }
    }
    results
}
