//! The rows that the proof is about, as text, with what the catalog says of their tables.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::catalog::{Catalog, Column, ConstraintKind, Name};
use crate::database::Session;
use crate::error::Result;
use crate::policy::{Expression, Policies, visit};
use crate::sql::{identifier, literal};

/// A column of the world: table and position.
pub(super) type At = (usize, usize);

/// One row: the text of each column, in the order of the table.
pub(super) type Row = Vec<Option<String>>;

/// All rows of all tables that matter.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    /// The tables of the policy file first, in its order; then those that they refer to.
    pub(super) tables: Vec<Rc<Contents>>,
    /// Where names without a schema are looked for.
    pub(super) schema: String,
    /// When the rows were read, as the server writes it.
    pub(super) now: String,
}

/// A table and its rows.
#[derive(Clone, Debug)]
pub(super) struct Contents {
    /// Its name.
    pub(super) name: Name,
    /// Its columns.
    pub(super) columns: Vec<Column>,
    /// The primary key's columns; none when there is no primary key.
    pub(super) key: Vec<usize>,
    /// Columns of constraints and unique indexes: what they may be depends on more than their type.
    pub(super) bound: BTreeSet<usize>,
    /// Its rows.
    pub(super) rows: Vec<Row>,
}

impl Contents {
    /// The position of a column.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The columns' values that tell a row from the others.
    pub(super) fn key_of(&self, row: &Row) -> String {
        let values = self.key.iter().filter_map(|at| row[*at].clone());
        values.collect::<Vec<_>>().join(",")
    }

    /// The same as SQL.
    pub(super) fn key_sql(&self) -> String {
        let columns = self.key.iter().map(|at| {
            let column = &self.columns[*at];
            let name = identifier(&column.name);
            // Some types are written otherwise as text: a network without its mask.
            match column.type_name.name.as_str() {
                "inet" | "cidr" | "bool" | "bpchar" => format!("{name}::text"),
                _ => name,
            }
        });
        let columns: Vec<_> = columns.collect();
        format!("concat_ws(',', {})", columns.join(", "))
    }

    /// `id = '…'`
    pub(super) fn is_row(&self, row: &Row) -> String {
        self.is_row_of("", row)
    }

    /// `target.id = '…'` with `target.` before the name of each column.
    pub(super) fn is_row_of(&self, before: &str, row: &Row) -> String {
        let parts = self.key.iter().map(|at| {
            let name = identifier(&self.columns[*at].name);
            format!("{before}{name} = {}", value_sql(row[*at].as_deref()))
        });
        parts.collect::<Vec<_>>().join(" and ")
    }

    /// `insert into … (…) values (…)` with values for these columns.
    pub(super) fn insert<'v>(
        &self,
        given: impl IntoIterator<Item = (usize, Option<&'v str>)>,
    ) -> String {
        let given: Vec<(usize, Option<&str>)> = given.into_iter().collect();
        let numbers_itself = given.iter().any(|(at, _)| self.is_overridden(*at));
        let (names, values): (Vec<_>, Vec<_>) = given
            .into_iter()
            .map(|(at, value)| (identifier(&self.columns[at].name), value_sql(value)))
            .unzip();
        if names.is_empty() {
            return format!("insert into {} default values", self.name);
        }
        let overriding = if numbers_itself {
            " overriding system value"
        } else {
            ""
        };
        format!(
            "insert into {} ({}){overriding} values ({})",
            self.name,
            names.join(", "),
            values.join(", ")
        )
    }

    /// The query of all rows, in the order of their keys.
    pub(super) fn reading(&self) -> String {
        let columns = self.columns.iter();
        let columns = columns.map(|column| format!("{}::text", identifier(&column.name)));
        let columns: Vec<_> = columns.collect();
        format!(
            "select {} from {} order by {};",
            columns.join(", "),
            self.name,
            self.key_sql()
        )
    }

    /// Whether a column numbers itself and takes a number only from an insert that overrides it.
    pub(super) fn is_overridden(&self, at: usize) -> bool {
        matches!(
            self.columns[at].identity,
            Some(crate::catalog::Identity::Always)
        )
    }

    /// Whether anybody can write a column at all.
    pub(super) fn is_writable(&self, at: usize) -> bool {
        self.columns[at].generated.is_none() && !self.is_overridden(at)
    }
}

/// Whether an expression has a name in it, as a word.
pub(super) fn mentions(expression: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    expression.match_indices(name).any(|(at, _)| {
        !expression[..at].ends_with(is_part) && !expression[at + name.len()..].starts_with(is_part)
    })
}

/// A value as SQL.
pub(super) fn value_sql(value: Option<&str>) -> String {
    value.map_or_else(|| "null".to_owned(), literal)
}

impl World {
    /// The tables of a policy file, and those that they refer to, without rows.
    pub(super) fn of(policies: &Policies, catalog: &Catalog) -> Self {
        let mut names: Vec<Name> = policies
            .tables
            .iter()
            .map(|table| Name::new(&table.schema, &table.name))
            .collect();
        // Words may ask for rows of a table that is left as it is.
        for words in policies
            .macros
            .values()
            .filter_map(|one| one.words.as_ref())
        {
            visit(words, &mut |one| {
                if let Expression::Exists { table, .. } = one {
                    let (schema, table) =
                        table.split_once('.').unwrap_or((&policies.schema, table));
                    let name = Name::new(schema, table);
                    if catalog.relation(&name).is_some() && !names.contains(&name) {
                        names.push(name);
                    }
                }
            });
        }
        let mut at = 0;
        while at < names.len() {
            let name = names[at].clone();
            let references = catalog
                .constraints
                .iter()
                .filter(|one| one.relation == name)
                .filter_map(|one| one.references.as_ref());
            for reference in references {
                // Of a table in a schema that nobody is responsible for nothing is known, and nothing is made in it.
                let is_known = catalog.relation(&reference.relation).is_some();
                if is_known && !names.contains(&reference.relation) {
                    names.push(reference.relation.clone());
                }
            }
            at += 1;
        }
        let tables = names.into_iter().map(|name| {
            let columns: Vec<Column> = catalog.columns_of(&name).cloned().collect();
            let primary = catalog
                .constraints
                .iter()
                .find(|one| one.relation == name && one.kind == ConstraintKind::PrimaryKey);
            let key = primary.map_or_else(
                || (0..columns.len()).collect(),
                |primary| {
                    let position =
                        |wanted: &String| columns.iter().position(|column| column.name == *wanted);
                    primary.columns.iter().filter_map(position).collect()
                },
            );
            let constraints = catalog
                .constraints
                .iter()
                .filter(|one| one.relation == name && one.kind != ConstraintKind::NotNull);
            let indexes = catalog.indexes.iter();
            let indexes = indexes.filter(|one| one.relation == name && one.unique);
            let names = constraints
                .flat_map(|one| &one.columns)
                .chain(indexes.flat_map(|one| one.keys.iter().flatten()));
            let place = |name: &String| columns.iter().position(|column| column.name == *name);
            Rc::new(Contents {
                bound: names.filter_map(place).collect(),
                name,
                columns,
                key,
                rows: Vec::new(),
            })
        });
        Self {
            tables: tables.collect(),
            schema: policies.schema.clone(),
            now: String::new(),
        }
    }

    /// The table that an expression names.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let (schema, name) = name.split_once('.').unwrap_or((&self.schema, name));
        self.position(&Name::new(schema, name))
    }

    /// The table of this name.
    pub(super) fn position(&self, name: &Name) -> Option<usize> {
        self.tables.iter().position(|table| table.name == *name)
    }

    /// Reads all rows, in one round trip.
    pub(super) async fn read(&mut self, session: &Session) -> Result<()> {
        let sql: String = self
            .tables
            .iter()
            .map(|table| table.reading())
            .chain(["select pg_catalog.now()::text;".to_owned()])
            .collect();
        let mut results = session.run("reading the rows to be proven", &sql).await?;
        let now = results.pop().into_iter().flatten().flatten().flatten();
        self.now = now.collect();
        for (table, rows) in self.tables.iter_mut().zip(results) {
            Rc::make_mut(table).rows = rows;
        }
        Ok(())
    }
}
