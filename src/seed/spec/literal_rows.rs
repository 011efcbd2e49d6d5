//! Rows given literally, and tenants that are rows themselves.

use super::draft::Draft;
use super::header::Header;
use super::reader::{Reader, Slot};
use super::suggest;
use crate::files::toml::{Data, Node};
use crate::seed::dataset::Dataset;
use crate::seed::grammar::Generator;
use crate::seed::value::Value;

/// Literal rows: `values = [ { name = "Alice" }, … ]`.
pub(super) fn literal_rows(
    reader: &mut Reader<'_>,
    node: &Node,
    draft: &Draft<'_>,
    table: usize,
) -> Vec<Vec<(usize, Value)>> {
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
            let Some(column) = reader.names.column(table, &key.text) else {
                let hint = suggest::hint(
                    &key.text,
                    draft.stored.iter().map(|column| column.name.as_str()),
                );
                reader.mistake(
                    key.span.clone(),
                    format!("{} has no column `{}`", draft.label, key.text),
                    hint,
                );
                continue;
            };
            let names = reader.names.tables[table].columns[column].clone();
            let slot = Slot {
                label: format!("{}.{}", draft.label, names.name),
                data_type: names.data_type,
                labels: names.labels,
                not_null: names.not_null,
                table,
                column,
                references: None,
            };
            if let Some(value) = reader.constant(value, &slot) {
                row.push((column, value));
            }
        }
        rows.push(row);
    }
    rows
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
