//! What is sent where: a mapping that the catalog agrees with.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;
use crate::catalog::Name;

/// Whose rows are imported.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The tenant's key.
    pub id: String,
    /// The setting that names it to policies.
    pub setting: String,
    /// The column of each table that has one.
    pub columns: BTreeMap<Name, String>,
}

/// What is sent where.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The tables, those that others refer to first.
    pub(super) tables: Vec<PlannedTable>,
    /// Everything that rows come from.
    pub(super) sources: Vec<Source>,
    /// Whose rows they are.
    pub(super) tenant: Option<Tenant>,
}

/// A table that is filled.
#[derive(Clone, Debug)]
pub(super) struct PlannedTable {
    pub(super) name: Name,
    /// Positions in [`Plan::sources`].
    pub(super) sources: Vec<usize>,
    /// Fields that are read, in the order in which columns name them.
    pub(super) fields: Vec<String>,
    pub(super) ignored: BTreeSet<String>,
    pub(super) columns: Vec<PlannedColumn>,
    /// The column that says whose a row is.
    pub(super) tenant_column: Option<String>,
}

/// A column that is filled.
#[derive(Clone, Debug)]
pub(super) struct PlannedColumn {
    pub(super) name: String,
    /// The type as SQL, without modifiers.
    pub(super) data_type: String,
    /// `pg_type.typcategory`: S for texts, A for arrays.
    pub(super) category: char,
    pub(super) not_null: bool,
    /// What is written where a row has nothing, as an expression.
    pub(super) default: Option<String>,
    pub(super) origin: PlannedOrigin,
    pub(super) values: BTreeMap<String, String>,
}

/// Where values come from, by the position of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PlannedOrigin {
    /// A field.
    Field(usize),
    /// A UUID made of a name and a field.
    Key { field: usize, of: String },
    /// The key of a row that a field names.
    Row { field: usize, row: RowByValue },
    /// A text.
    Value(String),
}

/// A row of another table, found by a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowByValue {
    /// The table.
    pub(super) table: Name,
    /// The column that is written down.
    pub(super) key: String,
    /// The column that is compared.
    pub(super) by: String,
    /// The column there that says whose a row is.
    pub(super) tenant_column: Option<String>,
}

impl PlannedColumn {
    /// Whether the column takes an empty text as one. For all other types it is nothing.
    pub(super) fn is_text(&self) -> bool {
        self.category == 'S'
    }
}

impl PlannedTable {
    /// Whether every row is known without asking the server, so that COPY can write the table itself.
    pub(super) fn goes_straight(&self) -> bool {
        let is_row = |column: &PlannedColumn| matches!(column.origin, PlannedOrigin::Row { .. });
        !self.columns.iter().any(is_row)
    }
}

impl Plan {
    /// What fills which table, in the order of loading: the table, and the names of its sources.
    #[must_use]
    pub fn shown(&self) -> Vec<(String, Vec<String>)> {
        let sources = |table: &PlannedTable| {
            let names = table
                .sources
                .iter()
                .map(|at| self.sources[*at].name.clone());
            names.collect()
        };
        let tables = self.tables.iter();
        tables
            .map(|table| (table.name.to_string(), sources(table)))
            .collect()
    }
}
