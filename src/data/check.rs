//! A mapping against the live catalog and the files, before anything is sent: every table, column, field and source that
//! does not fit is named.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::mapping::{ColumnMapping, Mapping, Named, Origin, TableMapping};
use super::order::order;
use super::plan::{Plan, PlannedColumn, PlannedOrigin, PlannedTable, RowByValue, Tenant};
use super::rows::Rows;
use super::source::Source;
use crate::catalog::{Catalog, Column, Generated, Identity, Name};
use crate::error::{Error, Place, Result};
use crate::files::suggest::suggestion;

/// Joins a mapping with what it speaks of. `schemas` are the system's own, in which a table's name may stand alone.
///
/// # Errors
/// With every mistake of the mapping.
pub fn check(
    mapping: &Mapping,
    sources: Vec<Source>,
    catalog: &Catalog,
    facts: &Facts,
    schemas: &[String],
    tenant: Option<Tenant>,
) -> Result<Plan> {
    let mut checker = Checker {
        mapping,
        sources: &sources,
        catalog,
        facts,
        schemas,
        tenant: tenant.as_ref(),
        used: BTreeSet::new(),
        mistakes: Vec::new(),
    };
    let mut tables = Vec::new();
    for table in &mapping.tables {
        let planned = checker.table(table)?;
        if let Some(planned) = planned {
            let again = tables
                .iter()
                .any(|other: &PlannedTable| other.name == planned.name);
            if again {
                let message = format!("{} is mapped twice", planned.name);
                let mistake = mapping.mistake(&table.name.1, message);
                let hint = "give one table all its files: from = [\"a.csv\", \"b.csv\"]";
                checker.mistakes.push(mistake.hint(hint));
            }
            tables.push(planned);
        }
    }
    checker.left_over();
    Error::all(checker.mistakes)?;
    let names: Vec<Name> = tables.iter().map(|table| table.name.clone()).collect();
    let order = order(catalog, &names);
    Ok(Plan {
        tables: order.into_iter().map(|at| tables[at].clone()).collect(),
        sources,
        tenant,
    })
}

struct Checker<'a> {
    mapping: &'a Mapping,
    sources: &'a [Source],
    catalog: &'a Catalog,
    facts: &'a Facts,
    schemas: &'a [String],
    tenant: Option<&'a Tenant>,
    /// Sources that fill something.
    used: BTreeSet<usize>,
    mistakes: Vec<Error>,
}

impl Checker<'_> {
    fn wrong(&mut self, named: &Named, message: String, hint: impl Into<String>) {
        let mistake = self.mapping.mistake(&named.1, message);
        self.mistakes.push(mistake.hint(hint));
    }

    fn table(&mut self, table: &TableMapping) -> Result<Option<PlannedTable>> {
        let sources = self.sources_of(table);
        let Some(name) = self.find(&table.name) else {
            return Ok(None);
        };
        let columns: Vec<&Column> = self.catalog.columns_of(&name).collect();
        let tenant_column = self
            .tenant
            .and_then(|tenant| tenant.columns.get(&name).cloned());
        let mut planned = PlannedTable {
            name: name.clone(),
            sources,
            fields: Vec::new(),
            ignored: table
                .ignore
                .iter()
                .map(|(field, _)| field.clone())
                .collect(),
            columns: Vec::new(),
            tenant_column,
        };
        for mapped in &table.columns {
            let Some(column) = columns.iter().find(|column| column.name == mapped.name.0) else {
                let message = format!("{name} has no column `{}`", mapped.name.0);
                let known = columns.iter().map(|column| column.name.as_str());
                self.wrong(&mapped.name, message, suggestion(&mapped.name.0, known));
                continue;
            };
            if let Some(why) = unwritable(column) {
                let message = format!("`{}` of {name} cannot be filled: {why}", column.name);
                self.wrong(
                    &mapped.name,
                    message,
                    "leave this column out of the mapping",
                );
                continue;
            }
            if let Some(column) = self.column(mapped, column, &mut planned.fields) {
                planned.columns.push(column);
            }
        }
        if let Some(own) = &planned.tenant_column
            && !planned.columns.iter().any(|column| column.name == *own)
            && let (Some(tenant), Some(column)) = (
                self.tenant,
                columns.iter().find(|column| column.name == *own),
            )
        {
            let origin = PlannedOrigin::Value(tenant.id.clone());
            let column = self.planned(column, origin, &BTreeMap::new());
            planned.columns.push(column);
        }
        for column in columns {
            let is_given = planned
                .columns
                .iter()
                .any(|given| given.name == column.name)
                || table
                    .columns
                    .iter()
                    .any(|given| given.name.0 == column.name);
            let fills_itself = column.expression.is_some() || column.identity.is_some();
            if column.not_null && !is_given && !fills_itself {
                let message = format!(
                    "`{}` of {name} is not null, has no default, and nothing fills it",
                    column.name
                );
                let hint = format!(
                    "give it a field or a value: {} = {{ value = \"…\" }}",
                    column.name
                );
                self.wrong(&table.name, message, hint);
            }
        }
        self.fields(table, &planned)?;
        Ok(Some(planned))
    }

    /// The table of a name, with or without its schema.
    fn find(&mut self, named: &Named) -> Option<Name> {
        let known: Vec<&Name> = self
            .catalog
            .tables()
            .map(|relation| &relation.name)
            .filter(|name| self.schemas.contains(&name.schema))
            .collect();
        let is_meant = |name: &&&Name| {
            name.name == named.0 || format!("{}.{}", name.schema, name.name) == named.0
        };
        let found: Vec<&&Name> = known.iter().filter(is_meant).collect();
        if let [one] = found[..] {
            return Some((**one).clone());
        }
        let hint = if found.is_empty() {
            suggestion(&named.0, known.iter().map(|name| name.name.as_str()))
        } else {
            "write the schema before it, in quotes: [tables.\"schema.name\"]".to_owned()
        };
        let message = format!("`{}` is not one table of this system", named.0);
        self.wrong(named, message, hint);
        None
    }

    fn sources_of(&mut self, table: &TableMapping) -> Vec<usize> {
        let mut found = Vec::new();
        for from in &table.from {
            match self.sources.iter().position(|source| source.name == from.0) {
                Some(at) => {
                    if !self.used.insert(at) {
                        let message = format!("`{}` fills two tables", from.0);
                        self.wrong(from, message, "a source fills one table");
                    }
                    found.push(at);
                }
                None => {
                    let names = self.sources.iter().map(|source| source.name.as_str());
                    let hint = suggestion(&from.0, names);
                    self.wrong(from, format!("the folder holds no `{}`", from.0), hint);
                }
            }
        }
        found
    }

    fn column(
        &mut self,
        mapped: &ColumnMapping,
        column: &Column,
        fields: &mut Vec<String>,
    ) -> Option<PlannedColumn> {
        let mut place = |field: &Named| {
            let known = fields.iter().position(|name| *name == field.0);
            known.unwrap_or_else(|| {
                fields.push(field.0.clone());
                fields.len() - 1
            })
        };
        let origin = match &mapped.origin {
            Origin::Field(field) => PlannedOrigin::Field(place(field)),
            Origin::Value(value) => PlannedOrigin::Value(value.clone()),
            Origin::Key { field, of } => {
                let field = place(field);
                let takes = column.type_name == Name::new("pg_catalog", "uuid")
                    || self.facts.categories.get(&column.type_name) == Some(&'S');
                if !takes {
                    let message = format!(
                        "`key_of` makes UUIDs, and `{}` is {}",
                        column.name, column.data_type
                    );
                    self.wrong(
                        &mapped.name,
                        message,
                        "map the field as it is, or find the row with `by`",
                    );
                    return None;
                }
                PlannedOrigin::Key {
                    field,
                    of: of.0.clone(),
                }
            }
            Origin::Row { field, by } => {
                let field = place(field);
                PlannedOrigin::Row {
                    field,
                    row: self.row_by(column, by)?,
                }
            }
        };
        Some(self.planned(column, origin, &mapped.values))
    }

    /// The row that a foreign key points to, found by one of its columns.
    fn row_by(&mut self, column: &Column, by: &Named) -> Option<RowByValue> {
        let catalog = self.catalog;
        let Some((table, key)) = catalog.referred(column) else {
            let message = format!(
                "`{}` refers to no other table, so there is no row to find",
                column.name
            );
            self.wrong(
                by,
                message,
                "leave `by` out, or make a UUID of the field with `key_of`",
            );
            return None;
        };
        let known: Vec<&str> = catalog
            .columns_of(table)
            .map(|column| column.name.as_str())
            .collect();
        if !known.contains(&by.0.as_str()) {
            let message = format!("{table} has no column `{}`", by.0);
            let hint = suggestion(&by.0, known);
            self.wrong(by, message, hint);
            return None;
        }
        let tenant_column = self
            .tenant
            .and_then(|tenant| tenant.columns.get(table).cloned());
        Some(RowByValue {
            table: table.clone(),
            key: key.to_owned(),
            by: by.0.clone(),
            tenant_column,
        })
    }

    fn planned(
        &self,
        column: &Column,
        origin: PlannedOrigin,
        values: &BTreeMap<String, String>,
    ) -> PlannedColumn {
        let category = self.facts.categories.get(&column.type_name).copied();
        PlannedColumn {
            name: column.name.clone(),
            data_type: column.type_name.to_string(),
            category: category.unwrap_or('U'),
            not_null: column.not_null,
            default: column.expression.clone(),
            origin,
            values: values.clone(),
        }
    }

    /// Fields of CSV that the mapping names and the file lacks, or the other way round. Those of JSON are known when all
    /// rows are read.
    fn fields(&mut self, table: &TableMapping, planned: &PlannedTable) -> Result<()> {
        for at in &planned.sources {
            let source = &self.sources[*at];
            let rows = Rows::open(source, &planned.fields, &planned.ignored)?;
            let Some(header) = rows.header() else {
                continue;
            };
            for column in &table.columns {
                let (Origin::Field(field) | Origin::Key { field, .. } | Origin::Row { field, .. }) =
                    &column.origin
                else {
                    continue;
                };
                if !header.contains(&field.0) {
                    let message = format!("{} has no field `{}`", source.name, field.0);
                    let hint = suggestion(&field.0, header.iter().map(String::as_str));
                    self.wrong(field, message, hint);
                }
            }
            let mut seen = BTreeSet::new();
            for field in header {
                let mistake = if !seen.insert(field) {
                    format!("the field `{field}` occurs twice")
                } else if planned.fields.contains(field) || planned.ignored.contains(field) {
                    continue;
                } else {
                    format!("the field `{field}` has no column in the mapping")
                };
                self.mistakes
                    .push(Error::project(mistake).at(source.place(1)).hint(format!(
                        "give it a column, or leave it out: ignore = [\"{field}\"]"
                    )));
            }
        }
        Ok(())
    }

    /// Sources that nothing speaks of.
    fn left_over(&mut self) {
        for named in &self.mapping.ignore {
            if !self.sources.iter().any(|source| source.name == named.0) {
                let names = self.sources.iter().map(|source| source.name.as_str());
                let hint = suggestion(&named.0, names);
                self.wrong(named, format!("the folder holds no `{}`", named.0), hint);
            }
        }
        for (at, source) in self.sources.iter().enumerate() {
            let is_ignored = self
                .mapping
                .ignore
                .iter()
                .any(|(name, _)| *name == source.name);
            if self.used.contains(&at) || is_ignored {
                continue;
            }
            self.mistakes.push(
                Error::project(format!("`{}` fills no table", source.name))
                    .at(Place::file(&source.shown))
                    .hint(format!(
                        "map it, or leave it out at the top of {}: ignore = [\"{}\"]",
                        self.mapping.file.path, source.name
                    )),
            );
        }
    }
}

fn unwritable(column: &Column) -> Option<&'static str> {
    match (column.generated, column.identity) {
        (Some(Generated::Stored | Generated::Virtual), _) => Some("the server computes it"),
        (None, Some(Identity::Always)) => Some("it numbers itself always"),
        _ => None,
    }
}
