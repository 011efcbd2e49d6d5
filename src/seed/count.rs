//! Keys that are not known to differ are counted: rows are made and compared before anything is sent, in passes over
//! parts of the keys, so that memory stays bounded.

use std::collections::HashMap;
use std::ops::ControlFlow;

use crate::error::{Error, Result};
use crate::seed::column_type::Comparison;
use crate::seed::dataset::{Dataset, Unique};
use crate::seed::encode::{binary, row_hash};
use crate::seed::generate::{InScope, Pieces, Rows, Worker};
use crate::seed::value::Value;

/// Keys compared in one pass.
const KEYS_A_PASS: u64 = 1 << 20;

/// Counts every key without a proof.
///
/// # Errors
/// With the first two rows of each key that are alike, or when a row cannot be made.
pub fn count(data: &Dataset) -> Result<()> {
    let mut mistakes = Vec::new();
    for unique in data.uniques.iter().filter(|unique| unique.proof.is_none()) {
        let alike = match duplicate(data, unique) {
            Ok(alike) => alike,
            Err(mistake) => {
                mistakes.push(mistake);
                continue;
            }
        };
        if let Some((first, second)) = alike {
            let table = &data.tables[unique.table];
            let columns: Vec<&str> = unique
                .columns
                .iter()
                .map(|at| table.columns[*at].name.as_str())
                .collect();
            let place = unique
                .columns
                .last()
                .map_or(&table.place, |at| &table.columns[*at].place)
                .clone();
            mistakes.push(
                Error::project(format!("{} ({}) would be broken: rows {} and {} of {} are alike", unique.name, columns.join(", "), first + 1, second + 1, table.label))
                    .at(place)
                    .hint("make the values differ: `unique = true` for a text, `distinct = true` for a reference, `code` or `order` for a number"),
            );
        }
    }
    Error::all(mistakes)
}

/// The first two rows that are alike. What is kept of a key are eight bytes, and nothing of where it was; only when
/// there are two of one are the rows gone through again.
pub(super) fn duplicate(data: &Dataset, unique: &Unique) -> Result<Option<(u64, u64)>> {
    let rows = data.rows(unique.table);
    let passes = rows.div_ceil(KEYS_A_PASS).max(1);
    let mut keys = Vec::with_capacity(rows.min(KEYS_A_PASS) as usize);
    for pass in 0..passes {
        keys.clear();
        each_key(data, unique, |_, key| {
            if key % passes == pass {
                keys.push(key);
            }
            ControlFlow::Continue(())
        })?;
        keys.sort_unstable();
        let twice: Vec<u64> = keys
            .windows(2)
            .filter(|pair| pair[0] == pair[1])
            .map(|pair| pair[0])
            .collect();
        if twice.is_empty() {
            continue;
        }
        let (mut seen, mut found) = (HashMap::new(), None);
        each_key(data, unique, |row, key| {
            if twice.binary_search(&key).is_err() {
                return ControlFlow::Continue(());
            }
            found = seen.insert(key, row).map(|first| (first, row));
            found.map_or(ControlFlow::Continue(()), |_| ControlFlow::Break(()))
        })?;
        return Ok(found);
    }
    Ok(None)
}

/// Makes the rows of a table and visits those that have a key, each with its number from 0.
fn each_key(
    data: &Dataset,
    unique: &Unique,
    mut visit: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<()> {
    let columns = &data.tables[unique.table].columns;
    let mut worker = Worker::new(data);
    let mut sizes = vec![1; data.tables.len()];
    sizes[unique.table] = 8192;
    let mut pieces = Pieces::new(vec![unique.table], sizes, Vec::new());
    let mut number = 0;
    let mut key = Vec::new();
    while let Some(piece) = pieces.next(data) {
        let mut rows = Rows::new(piece);
        while let Some(row) = rows.next_row(&mut worker) {
            number += 1;
            if let Some(predicate) = &unique.predicate
                && !worker.holds(&mut InScope::of(row), predicate)
            {
                continue;
            }
            key.clear();
            let mut is_null = false;
            for &column in &unique.columns {
                let mut value = worker.cell(row, column);
                is_null |= value == Value::Null;
                if columns[column].comparison == Comparison::Folded
                    && let Some(text) = data.text(&value)
                {
                    value = Value::text(&text.to_lowercase());
                }
                // What its column does not take is said when the row is encoded.
                let data_type = columns[column].data_type.as_ref();
                let _ = binary::write(data, data_type, &value, &mut key);
            }
            if (unique.nulls_alike || !is_null)
                && visit(number - 1, row_hash(&key) as u64).is_break()
            {
                return Ok(());
            }
        }
    }
    worker.verdict()
}
