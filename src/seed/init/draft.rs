//! What is known of a first file so far: lines that were found, columns that need one, tables that get fewer rows or none,
//! and what nothing was found for.

use std::collections::{BTreeMap, BTreeSet};

use super::check::Broken;
use super::literals::Texts;
use super::{label, referred};
use crate::catalog::{Catalog, Column, Name};
use crate::error::Result;
use crate::files::toml::quoted;
use crate::seed::column_type::ColumnType;
use crate::seed::count;
use crate::seed::dataset::{Dataset, Unique};

/// Rows of a table, unless its keys allow fewer.
const ROWS: u64 = 100;

/// Ids of tenants that are no rows of a table.
const TENANT_IDS: [&str; 2] = [
    "10000000-0000-4000-8000-000000000001",
    "20000000-0000-4000-8000-000000000002",
];

/// A table and a column as the file names them; no column for the table itself.
pub(super) type Place = (String, String);

/// A first file on its way.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub(super) tenant: Option<String>,
    /// Tenants that are rows of a table that is filled already.
    tenant_ids: Vec<String>,
    fill: Vec<Name>,
    texts: Texts,
    pub(super) lines: BTreeMap<Place, String>,
    pub(super) open: BTreeSet<Place>,
    /// Columns for which names and keys say nothing any more: what they said led to something that is wrong.
    pub(super) barred: BTreeSet<Place>,
    /// Lines that led to something else that is wrong.
    tried: BTreeSet<(Place, String)>,
    rows: BTreeMap<String, u64>,
    /// Why a table has no more rows.
    limits: BTreeMap<String, String>,
    /// Tables whose rows refer to the rows of their own number everywhere, so that keys that share columns agree.
    along: BTreeSet<String>,
    /// Whether a column that is a key alone stays one where others of a key to another table agree with that table: they
    /// went round in a circle.
    pub(super) keys_stay: bool,
    /// Tables that cannot be filled, and why.
    out: BTreeMap<String, String>,
    /// By table, with the column at which they stand.
    remarks: BTreeMap<String, Vec<(String, String)>>,
}

impl Draft {
    /// A file for these tables, of which nothing is known but the column that says whose a row is, the ids of those whose
    /// they are where these are rows already, and texts of types.
    #[must_use]
    pub fn new(
        fill: Vec<Name>,
        tenant: Option<String>,
        tenant_ids: Vec<String>,
        texts: Texts,
    ) -> Self {
        Self {
            tenant,
            tenant_ids,
            fill,
            texts,
            ..Self::default()
        }
    }

    pub(super) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    pub(super) fn tenant_ids(&self) -> Vec<&str> {
        match &self.tenant_ids[..] {
            [] => TENANT_IDS.to_vec(),
            known => known.iter().map(String::as_str).collect(),
        }
    }

    /// Texts that the server reads, by type.
    #[must_use]
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Whether the file speaks of a table.
    #[must_use]
    pub fn has(&self, table: &Name) -> bool {
        self.fill.contains(table)
    }

    /// Whether the file fills a table.
    pub(super) fn fills(&self, table: &Name) -> bool {
        self.has(table) && !self.out.contains_key(&label(table))
    }

    pub(super) fn rows(&self, table: &str) -> u64 {
        self.rows.get(table).copied().unwrap_or(ROWS)
    }

    pub(super) fn line(&self, table: &str, column: &str) -> Option<&String> {
        self.lines.get(&(table.to_owned(), column.to_owned()))
    }

    pub(super) fn is_open(&self, table: &str, column: &str) -> bool {
        self.open.contains(&(table.to_owned(), column.to_owned()))
    }

    pub(super) fn is_barred(&self, table: &str, column: &str) -> bool {
        self.barred.contains(&(table.to_owned(), column.to_owned()))
    }

    pub(super) fn goes_along(&self, table: &str) -> bool {
        self.along.contains(table)
    }

    pub(super) fn limit(&self, table: &str) -> Option<&String> {
        self.limits.get(table)
    }

    /// Why a table is left out.
    pub(super) fn left_out(&self, table: &str) -> Option<&String> {
        self.out.get(table)
    }

    pub(super) fn remarks(&self, table: &str, column: &str) -> impl Iterator<Item = &str> {
        let of_table = self.remarks.get(table).map_or(&[][..], Vec::as_slice);
        let at_column = of_table.iter().filter(move |(own, _)| own == column);
        at_column.map(|(_, remark)| remark.as_str())
    }

    /// What is left to the file's reader, table by table.
    #[must_use]
    pub fn left(&self) -> Vec<String> {
        let out = self.out.iter();
        let out = out.map(|(table, reason)| format!("{table} is left out, as {reason}"));
        let limits = self.limits.iter();
        let limits = limits
            .filter(|(table, _)| !self.out.contains_key(*table))
            .map(|(table, limit)| match self.rows(table) {
                1 => format!("{table} has one row: {limit}"),
                rows => format!("{table} has {rows} rows: {limit}"),
            });
        let remarks = self.remarks.iter().flat_map(|(table, remarks)| {
            let remarks = remarks.iter();
            remarks.map(move |(_, remark)| format!("{table}: {remark}"))
        });
        out.chain(limits).chain(remarks).collect()
    }

    /// Whether there is a table that the file fills.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.fill.iter().any(|table| self.fills(table))
    }

    /// Gives a table fewer rows, for a reason. Returns whether it had more.
    pub(super) fn give_fewer(&mut self, table: &str, rows: u64, reason: &str) -> bool {
        let is_less = rows > 0 && rows < self.rows(table);
        if is_less {
            self.rows.insert(table.to_owned(), rows);
            self.limits.insert(table.to_owned(), one_line(reason));
        }
        is_less
    }

    /// Leaves a table out, for a reason. Returns whether it was in.
    pub(super) fn leave_out(&mut self, table: &str, reason: &str) -> bool {
        if self.out.contains_key(table) {
            return false;
        }
        self.remarks.remove(table);
        self.out.insert(table.to_owned(), one_line(reason));
        true
    }

    /// Lets the rows of a table, and of those that it refers to, refer to rows of their own number. Returns whether that
    /// is new.
    pub(super) fn go_along(&mut self, catalog: &Catalog, table: &Name) -> bool {
        if !self.has(table) || !self.along.insert(label(table)) {
            return false;
        }
        let keys = catalog.constraints.iter();
        let targets = keys.filter(|key| key.relation == *table);
        for target in targets.filter_map(|key| Some(&key.references.as_ref()?.relation)) {
            self.go_along(catalog, target);
        }
        true
    }

    /// Lets a circle of keys be one of rows of the same number. Returns whether that is new.
    pub(super) fn go_round(&mut self, catalog: &Catalog, table: &str) -> bool {
        let mut fill = self.fill.iter();
        let found = fill.find(|name| label(name) == table).cloned();
        let is_new = found.is_some_and(|table| self.go_along(catalog, &table));
        is_new | !std::mem::replace(&mut self.keys_stay, true)
    }

    /// Whether a line was not tried yet for a column.
    #[must_use]
    pub fn may(&self, table: &str, column: &str, line: &str) -> bool {
        let place = (table.to_owned(), column.to_owned());
        !self.tried.contains(&(place, line.to_owned()))
    }

    pub(super) fn write(&mut self, table: &str, column: &str, line: String) {
        let place = (table.to_owned(), column.to_owned());
        self.tried.insert((place.clone(), line.clone()));
        self.lines.insert(place, line);
    }

    /// Writes lines for keys that would be broken on one of several days. Returns whether there was one to write.
    ///
    /// # Errors
    /// When a row cannot be made.
    pub fn tell_apart(&mut self, catalog: &Catalog, by_day: &[Dataset]) -> Result<bool> {
        let mut written = false;
        for (data, unique) in alike(by_day)? {
            let table = &data.tables[unique.table];
            let names = unique.columns.iter().map(|at| &table.columns[*at].name);
            let names: Vec<String> = names.cloned().collect();
            written |= self.differ(catalog, &table.name, &names);
        }
        Ok(written)
    }

    /// Writes a line that alone keeps rows apart in some of their columns, if there is one that was not tried. Returns
    /// whether there was.
    pub(super) fn differ(&mut self, catalog: &Catalog, table: &Name, columns: &[String]) -> bool {
        let name = label(table);
        let found = self
            .apart(catalog, table, columns)
            .into_iter()
            .find(|(column, line)| self.may(&name, column, line));
        let Some((column, line)) = found else {
            return false;
        };
        self.write(&name, &column, line);
        true
    }

    /// Writes the lines that were found for checks, and notes what none was found for. Returns whether there was one.
    pub fn mend(&mut self, catalog: &Catalog, table: &Name, broken: Vec<Broken>) -> bool {
        let mut written = false;
        let name = &label(table);
        self.remarks.remove(name);
        // What is only there to look well gives way first.
        let spoken = broken.iter().flat_map(|check| &check.columns);
        let more: Vec<&Column> = catalog
            .columns_of(table)
            .filter(|column| spoken.clone().any(|name| *name == column.name))
            .filter(|column| self.embellished(catalog, column).is_some())
            .collect();
        for column in &more {
            self.barred.insert((name.clone(), column.name.clone()));
        }
        if !more.is_empty() {
            return true;
        }
        for check in broken {
            if check.lines.is_empty() {
                let remark = format!(
                    "nothing was found that {} accepts in every row: {}",
                    check.name,
                    one_line(&check.definition)
                );
                let column = check.columns.last().cloned().unwrap_or_default();
                let remarks = self.remarks.entry(name.clone()).or_default();
                remarks.push((column, remark));
            }
            for (column, line) in check.lines {
                self.write(name, &column, line);
                written = true;
            }
        }
        written
    }

    /// Lines each of which alone keeps rows apart, those that say least first.
    fn apart(&self, catalog: &Catalog, table: &Name, columns: &[String]) -> Vec<(String, String)> {
        let own = catalog.columns_of(table).filter(|column| {
            columns.contains(&column.name)
                && Some(column.name.as_str()) != self.tenant()
                && column.generated.is_none()
        });
        let mut lines = Vec::new();
        let mut references = Vec::new();
        for column in own {
            let name = column.name.clone();
            let leads = |target: &Name| self.fills(target) || !self.has(target);
            if let Some((target, of)) = referred(catalog, column, &leads) {
                let (target, of) = (quoted(&label(target)), quoted(of));
                let line = format!("{{ ref = {target}, column = {of}, pick = \"same\" }}");
                references.push((name, line));
            } else if let Some(line) = self.alone(catalog, column) {
                lines.push((name, line));
            }
        }
        references.extend(lines);
        references
    }

    /// A line whose values differ from row to row.
    pub(super) fn alone(&self, catalog: &Catalog, column: &Column) -> Option<String> {
        Some(match ColumnType::of(catalog, column) {
            ColumnType::Int(_) => "{ key = \"number\" }".to_owned(),
            ColumnType::Numeric(_) | ColumnType::Float(_) => "{ value = \"row\" }".to_owned(),
            ColumnType::Date | ColumnType::Timestamp => "{ value = \"as_of - row\" }".to_owned(),
            ColumnType::Text(_) | ColumnType::Character(_) | ColumnType::Uuid => {
                self.differing(catalog, column)
            }
            ColumnType::Other(_) => self.texts.of(&column.data_type)?.numbered.clone()?,
            _ => return None,
        })
    }
}

/// Words of several lines on one.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// The keys that rows break on one of several days, each with the first such day.
fn alike(by_day: &[Dataset]) -> Result<Vec<(&Dataset, &Unique)>> {
    let mut found = Vec::new();
    let keys = by_day.first().map_or(0, |data| data.uniques.len());
    for at in 0..keys {
        for data in by_day {
            let unique = &data.uniques[at];
            if unique.proof.is_none() && count::duplicate(data, unique)?.is_some() {
                found.push((data, unique));
                break;
            }
        }
    }
    Ok(found)
}
