//! What is known of a first file so far: lines that were found, columns that need one, and what nothing was found for.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::Broken;
use super::{generator, label};
use crate::catalog::{Catalog, ConstraintKind, Name};
use crate::error::{Error, Result};
use crate::seed::column_type::ColumnType;
use crate::seed::count;
use crate::seed::dataset::{Dataset, Unique};
use crate::seed::grammar::Generator;

/// Rows of a table, unless its keys allow fewer.
const ROWS: u64 = 100;

/// A table and a column as the file names them.
type Place = (String, String);

/// A first file on its way.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    tenant: Option<String>,
    lines: BTreeMap<Place, String>,
    open: BTreeSet<Place>,
    /// Lines that led to something else that is wrong.
    tried: BTreeSet<(Place, String)>,
    rows: BTreeMap<String, u64>,
    /// By table, with the column at which they stand.
    remarks: BTreeMap<String, Vec<(String, String)>>,
}

impl Draft {
    /// A file of which nothing is known but the column that says whose a row is.
    #[must_use]
    pub fn new(tenant: Option<String>) -> Self {
        Self {
            tenant,
            ..Self::default()
        }
    }

    pub(super) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
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

    pub(super) fn remarks(&self, table: &str, column: &str) -> impl Iterator<Item = &str> {
        let of_table = self.remarks.get(table).map_or(&[][..], Vec::as_slice);
        let at_column = of_table.iter().filter(move |(own, _)| own == column);
        at_column.map(|(_, remark)| remark.as_str())
    }

    /// What is left to the file's reader, with the tables.
    pub fn left(&self) -> impl Iterator<Item = (&str, &str)> {
        self.remarks.iter().flat_map(|(table, remarks)| {
            let remarks = remarks.iter();
            remarks.map(move |(_, remark)| (table.as_str(), remark.as_str()))
        })
    }

    fn remark(&mut self, table: &str, columns: &[String], remark: String) {
        let column = columns.last().cloned().unwrap_or_default();
        let remarks = self.remarks.entry(table.to_owned()).or_default();
        remarks.push((column, remark));
    }

    /// Whether a line was not tried yet for a column.
    #[must_use]
    pub fn may(&self, table: &str, column: &str, line: &str) -> bool {
        let place = (table.to_owned(), column.to_owned());
        !self.tried.contains(&(place, line.to_owned()))
    }

    fn write(&mut self, table: &str, column: &str, line: String) {
        let place = (table.to_owned(), column.to_owned());
        self.tried.insert((place.clone(), line.clone()));
        self.lines.insert(place, line);
    }

    /// Learns from the mistakes of the file that it came to: columns that need a line, lines that do not fit, keys with
    /// less room. Returns whether there was something to learn.
    pub fn learn(&mut self, mistakes: &Error, text: &str) -> bool {
        let mut learnt = false;
        for mistake in mistakes.iter() {
            if let Some((place, _)) = mistake.message.split_once(" is not null and has no line")
                && let Some((table, column)) = place.rsplit_once('.')
            {
                learnt |= self.open.insert((table.to_owned(), column.to_owned()));
                continue;
            }
            if let Some((table, rest)) = mistake
                .message
                .split_once(" allows ")
                .and_then(|(key, rest)| Some((key.split_once(" of ")?.1, rest)))
                && let Some(room) = rest.split(' ').next().and_then(|room| room.parse().ok())
            {
                learnt |= room > 0 && self.rows.insert(table.to_owned(), room) != Some(room);
                continue;
            }
            let line = mistake
                .place
                .as_ref()
                .and_then(crate::error::Place::line_column);
            let place = line.and_then(|(line, _)| column_at(text, line));
            learnt |= place.is_some_and(|place| self.lines.remove(&place).is_some());
        }
        learnt
    }

    /// Writes lines for keys that would be broken on one of several days. Returns whether there was one to write.
    ///
    /// # Errors
    /// When a row cannot be made.
    pub fn tell_apart(&mut self, catalog: &Catalog, by_day: &[Dataset]) -> Result<bool> {
        let mut written = false;
        for (data, unique) in alike(by_day)? {
            let label = &data.tables[unique.table].label;
            let found = apart(catalog, data, unique)
                .into_iter()
                .find(|(column, line)| self.may(label, column, line));
            if let Some((column, line)) = found {
                self.write(label, &column, line);
                written = true;
            }
        }
        Ok(written)
    }

    /// Writes the lines that were found for checks, and notes what none was found for. Returns whether there was one.
    pub fn mend(&mut self, table: &str, broken: Vec<Broken>) -> bool {
        let mut written = false;
        self.remarks.remove(table);
        for check in broken {
            let one_line: Vec<&str> = check.definition.split_whitespace().collect();
            if check.lines.is_empty() {
                let remark = format!(
                    "nothing was found that {} accepts: {}",
                    check.name,
                    one_line.join(" ")
                );
                self.remark(table, &check.columns, remark);
            }
            for (column, line) in check.lines {
                self.write(table, &column, line);
                written = true;
            }
        }
        written
    }

    /// Notes keys that the rows would break all the same, and what no temporary table can tell: exclusion constraints.
    ///
    /// # Errors
    /// When a row cannot be made.
    pub fn note_rest(
        &mut self,
        catalog: &Catalog,
        fill: &[Name],
        by_day: &[Dataset],
    ) -> Result<()> {
        for (data, unique) in alike(by_day)? {
            let table = &data.tables[unique.table];
            let columns = unique.columns.iter().map(|at| &table.columns[*at].name);
            let columns: Vec<String> = columns.cloned().collect();
            let remark = format!(
                "nothing was found that makes the rows differ as {} asks: {}",
                unique.name,
                columns.join(", ")
            );
            self.remark(&table.label, &columns, remark);
        }
        let exclusions = catalog.constraints.iter().filter(|constraint| {
            constraint.kind == ConstraintKind::Exclusion && fill.contains(&constraint.relation)
        });
        for constraint in exclusions {
            let remark = format!(
                "only the load judges {}: {}",
                constraint.name, constraint.definition
            );
            self.remark(&label(&constraint.relation), &constraint.columns, remark);
        }
        Ok(())
    }
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

/// Lines each of which alone keeps the rows of a key apart, those that say least first.
fn apart(catalog: &Catalog, data: &Dataset, unique: &Unique) -> Vec<(String, String)> {
    let table = &data.tables[unique.table];
    let own = unique
        .columns
        .iter()
        .map(|at| &table.columns[*at])
        .filter(|column| !matches!(column.generator, Generator::Tenant));
    let mut lines = Vec::new();
    let mut references = Vec::new();
    for column in own {
        let target = catalog.constraints.iter().find_map(|constraint| {
            let reference = constraint.references.as_ref()?;
            (constraint.relation == table.name && constraint.columns.last() == Some(&column.name))
                .then(|| label(&reference.relation))
        });
        let line = match (&target, &column.data_type) {
            (Some(target), _) => {
                references.push((
                    column.name.clone(),
                    format!("{{ ref = \"{target}\", pick = \"same\" }}"),
                ));
                continue;
            }
            (None, Some(ColumnType::Int(_))) => "{ key = \"number\" }".to_owned(),
            (None, Some(ColumnType::Numeric(_) | ColumnType::Float(_))) => {
                "{ value = \"row\" }".to_owned()
            }
            (None, Some(ColumnType::Other(sql))) if sql == "inet" => {
                "{ text = \"192.0.2.{row}\" }".to_owned()
            }
            (None, Some(ColumnType::Date | ColumnType::Timestamp)) => {
                "{ value = \"as_of - row\" }".to_owned()
            }
            (None, Some(data_type @ (ColumnType::Text(_) | ColumnType::Uuid))) => {
                generator(&column.name, data_type, data.tenants.len() > 1)
            }
            _ => continue,
        };
        lines.push((column.name.clone(), line));
    }
    references.extend(lines);
    references
}

/// The table and column that a line of the file is for.
fn column_at(text: &str, line: usize) -> Option<Place> {
    let lines: Vec<&str> = text.lines().take(line).collect();
    let (name, _) = lines.last()?.split_once(" = ")?;
    let table = lines
        .iter()
        .rev()
        .find_map(|line| line.strip_prefix("[table.\"")?.strip_suffix("\".set]"))?;
    Some((table.to_owned(), name.trim_matches('"').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_file_is_for_a_column() {
        let text = "[seed]\nas_of = 2026-03-31\n[table.\"a.b\"]\nrows = 1\n[table.\"a.b\".set]\n# x — nullable\n\"odd name\" = 3\n";
        assert_eq!(
            column_at(text, 7),
            Some(("a.b".to_owned(), "odd name".to_owned()))
        );
        assert_eq!(column_at(text, 2), None);
        assert_eq!(column_at(text, 6), None);
    }
}
