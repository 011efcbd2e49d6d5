//! The fields of a source and some of their values, for a proposal.

use std::collections::BTreeSet;

use super::row::{Cell, Next, Row};
use super::rows::Rows;
use super::source::Source;
use crate::error::Result;

/// Fields of the first rows with a few of their values, for a proposal: in the order in which they occur.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn sample(source: &Source, rows: usize) -> Result<Vec<(String, Vec<String>)>> {
    let none = BTreeSet::new();
    let mut fields: Vec<String> = Vec::new();
    let first = Rows::open(source, &[], &none)?;
    if let Some(header) = first.header() {
        fields.extend(header.iter().filter(|name| !name.is_empty()).cloned());
    } else {
        let mut all = first;
        let mut row = Row::default();
        for _ in 0..rows {
            // Fields that nobody mentions are told, each once: here that is every one.
            match all.next(&mut row)? {
                Next::End => break,
                Next::Row | Next::Unreadable(_) => {}
            }
        }
        let mut told: Vec<String> = all.unmentioned().into_iter().collect();
        fields.append(&mut told);
    }
    let mut values = vec![Vec::new(); fields.len()];
    let mut all = Rows::open(source, &fields, &none)?;
    let mut row = Row::default();
    for _ in 0..rows {
        match all.next(&mut row)? {
            Next::End => break,
            Next::Unreadable(_) => {}
            Next::Row => {
                for (cell, values) in row.cells.iter().zip(&mut values) {
                    if let Cell::Text(span) = cell {
                        values.push(String::from_utf8_lossy(&row.bytes[span.clone()]).into_owned());
                    }
                }
            }
        }
    }
    Ok(fields.into_iter().zip(values).collect())
}
