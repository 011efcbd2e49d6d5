//! Rows given literally, and tenants that are rows themselves.

use std::collections::BTreeMap;
use std::ops::Range;

use super::draft::Draft;
use super::fields::Fields;
use super::header::Header;
use super::reader::{Reader, Slot};
use crate::files::suggest;
use crate::files::toml::{Data, Node};
use crate::files::{TextFile, csv};
use crate::seed::dataset::Dataset;
use crate::seed::grammar::Generator;
use crate::seed::value::Value;

/// Literal rows: `values = [ { name = "Alice" }, … ]`, or `values = { file = "rows/people.csv" }`.
pub(super) fn literal_rows<'a>(
    reader: &mut Reader<'a>,
    node: &Node,
    draft: &Draft<'_>,
    table: usize,
    files: &'a BTreeMap<String, TextFile>,
) -> Vec<Vec<(usize, Value)>> {
    if matches!(node.data, Data::Table(_)) {
        let mut fields = Fields::of(node);
        let path = fields
            .take("file")
            .and_then(|node| reader.text(node).map(str::to_owned));
        reader.finish(fields, "literal rows");
        return match path.and_then(|path| files.get(&path)) {
            Some(file) => rows_of_file(reader, draft, table, file),
            None => Vec::new(),
        };
    }
    let mut rows = Vec::new();
    for item in reader.array(node).unwrap_or_default() {
        let Data::Table(entries) = &item.data else {
            reader.mistake(
                item.span.clone(),
                "a row is a table of columns and values",
                None,
            );
            continue;
        };
        let mut row = Vec::new();
        for (key, value) in entries {
            let Some(slot) = slot(reader, draft, table, &key.text, key.span.clone()) else {
                continue;
            };
            if let Some(value) = reader.constant(value, &slot) {
                row.push((slot.column, value));
            }
        }
        rows.push(row);
    }
    rows
}

/// The rows of a CSV file whose first line names the columns. An empty cell is null, or what the column's line says.
fn rows_of_file<'a>(
    reader: &mut Reader<'a>,
    draft: &Draft<'_>,
    table: usize,
    file: &'a TextFile,
) -> Vec<Vec<(usize, Value)>> {
    // Mistakes are shown where they stand: in that file.
    let outer = std::mem::replace(&mut reader.file, file);
    let mut rows = Vec::new();
    match csv::records(&file.text) {
        Err((span, message)) => reader.mistake(span, message, None),
        Ok(records) => {
            let mut records = records.into_iter();
            let names = records.next().unwrap_or_default();
            let slots: Vec<Option<Slot>> = names
                .into_iter()
                .map(|(name, span)| slot(reader, draft, table, &name.unwrap_or_default(), span))
                .collect();
            for record in records {
                if record.len() != slots.len() {
                    let span = record.first().map_or(0..0, |(_, span)| span.clone());
                    let message = format!(
                        "this line does not have the {} cells that the first line names",
                        slots.len()
                    );
                    reader.mistake(span, message, None);
                    continue;
                }
                let mut row = Vec::new();
                for (slot, (text, span)) in slots.iter().zip(record) {
                    let (Some(slot), Some(text)) = (slot, text) else {
                        continue;
                    };
                    let node = Node {
                        data: Data::Text(text),
                        span,
                    };
                    if let Some(value) = reader.constant(&node, slot) {
                        row.push((slot.column, value));
                    }
                }
                rows.push(row);
            }
        }
    }
    reader.file = outer;
    rows
}

/// The column of a literal value.
fn slot(
    reader: &mut Reader<'_>,
    draft: &Draft<'_>,
    table: usize,
    name: &str,
    span: Range<usize>,
) -> Option<Slot> {
    let Some(column) = reader.names.column(table, name) else {
        let hint = suggest::hint(name, draft.stored.iter().map(|column| column.name.as_str()));
        reader.mistake(
            span,
            format!("{} has no column `{name}`", draft.label),
            hint,
        );
        return None;
    };
    let names = reader.names.tables[table].columns[column].clone();
    Some(Slot {
        label: format!("{}.{}", draft.label, names.name),
        data_type: names.data_type,
        labels: names.labels,
        not_null: names.not_null,
        table,
        column,
        references: None,
    })
}

/// Tenants that are rows of a table have its keys as their ids.
pub(super) fn tenant_ids(reader: &mut Reader<'_>, data: &mut Dataset, header: &Header) {
    let Some(node) = &header.tenant_table else {
        return;
    };
    let Some(table) = reader.table(node) else {
        return;
    };
    let key = data.tables[table]
        .columns
        .iter()
        .position(|column| matches!(column.generator, Generator::Key(_)));
    match key {
        // Packed, so that it is looked up when a row is made: see `grammar::place::tenant`.
        Some(column) => {
            for tenant in &mut data.tenants {
                if tenant.id == Value::Null {
                    tenant.id = Value::Int((table as i64) << 32 | column as i64);
                }
            }
        }
        None => reader.mistake(
            node.span.clone(),
            "the table of tenants has no key of its own",
            None,
        ),
    }
}
