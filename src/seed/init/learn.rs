//! What a draft learns from the mistakes of the file that it came to: columns that need a line, lines that do not fit, keys
//! with less room, and tables of which nothing can be made.

use super::draft::Draft;
use super::file::Written;
use super::label;
use crate::catalog::{Catalog, Name};
use crate::error::{Error, Place};

impl Draft {
    /// Learns from mistakes. Returns whether there was something to learn.
    pub fn learn(&mut self, catalog: &Catalog, mistakes: &Error, written: &Written) -> bool {
        let mut learnt = false;
        for mistake in mistakes.iter() {
            learnt |= self.learn_from(catalog, mistake, written);
        }
        learnt
    }

    fn learn_from(&mut self, catalog: &Catalog, mistake: &Error, written: &Written) -> bool {
        let message = mistake.message.as_str();
        if let Some((place, _)) = message.split_once(" is not null and has no line")
            && let Some(place) = named(catalog, place)
            && self.open.insert(place)
        {
            return true;
        }
        if let Some(place) = message.strip_suffix(" depends on itself")
            && let Some((table, _)) = named(catalog, place)
            && self.go_round(catalog, &table)
        {
            return true;
        }
        if let Some((table, rows)) = room(catalog, message)
            && self.give_fewer(&table, rows, message)
        {
            return true;
        }
        let reason = match mistake.causes.last() {
            Some(cause) => format!("{message}: {cause}"),
            None => message.to_owned(),
        };
        if let Some((table, row)) = without_value(catalog, message)
            && self.give_fewer(&table, row - 1, &reason)
        {
            return true;
        }
        let line = mistake.place.as_ref().and_then(Place::line_column);
        let place = line.and_then(|(line, _)| written.place(line)).cloned();
        let Some((table, column)) = place else {
            // A mistake of the whole file, of which the tenants are the only guess.
            return self.tenant.take().is_some();
        };
        if !column.is_empty() {
            let place = (table.clone(), column);
            if self.lines.remove(&place).is_some() || self.barred.insert(place) {
                return true;
            }
        }
        self.leave_out(&table, &reason)
    }
}

/// The table and column that a message names.
fn named(catalog: &Catalog, text: &str) -> Option<(String, String)> {
    catalog.columns.iter().find_map(|column| {
        let table = label(&column.relation);
        let rest = text.strip_prefix(table.as_str())?.strip_prefix('.')?;
        (rest == column.name).then(|| (table, column.name.clone()))
    })
}

/// Labels of tables, the longest first, as one name may begin with another.
fn labels(catalog: &Catalog) -> Vec<String> {
    let names = catalog.tables().map(|table| &table.name);
    let mut labels: Vec<String> = names.map(|name: &Name| label(name)).collect();
    labels.sort_by_key(|label| std::cmp::Reverse(label.len()));
    labels
}

/// How many rows a key of a table has room for: `orders_key of shop.orders allows 40 rows, 100 asked`.
fn room(catalog: &Catalog, message: &str) -> Option<(String, u64)> {
    let (key, rest) = message.split_once(" allows ")?;
    let rows = rest.split(' ').next()?.parse().ok()?;
    let labels = labels(catalog).into_iter();
    let mut named = labels.filter(|label| key.ends_with(&format!(" of {label}")));
    Some((named.next()?, rows))
}

/// The first row that a column has no value in: `row 3 of shop.orders has no value for customer`.
fn without_value(catalog: &Catalog, message: &str) -> Option<(String, u64)> {
    let (row, rest) = message.strip_prefix("row ")?.split_once(" of ")?;
    let labels = labels(catalog).into_iter();
    let mut named = labels.filter(|label| rest.starts_with(&format!("{label} has no value for ")));
    Some((named.next()?, row.parse().ok()?))
}
