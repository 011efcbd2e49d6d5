//! What the file's tables are called, before anything in them is read.

use std::collections::BTreeMap;

use super::header::Header;
use super::names::{ColumnNames, TableNames};
use super::reader::Reader;
use super::{SeedFile, constraints};
use crate::catalog::{Catalog, Column as CatalogColumn, Name};
use crate::error::Place;
use crate::files::suggest;
use crate::files::toml::{Data, Node};
use crate::seed::column_type::{self, ColumnType, Comparison};
use crate::seed::dataset::Existing;

/// A table of the file before its generators are read.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) name: Name,
    pub(super) label: String,
    /// What the file says; nothing for a table that is only referred to.
    pub(super) node: Option<&'a Node>,
    /// The columns of the catalog that can be written.
    pub(super) stored: Vec<&'a CatalogColumn>,
    pub(super) by_tenant: bool,
    pub(super) place: Place,
}

/// The name of a table as a file writes it.
pub(super) fn label(name: &Name) -> String {
    format!("{}.{}", name.schema, name.name)
}

/// The entries of a table's sub-table: `set` or `let`.
pub(super) fn section<'a>(
    node: &'a Node,
    name: &str,
) -> Vec<(&'a crate::files::toml::Key, &'a Node)> {
    let Data::Table(entries) = &node.data else {
        return Vec::new();
    };
    match entries
        .iter()
        .find(|(key, _)| key.text == name)
        .map(|(_, node)| &node.data)
    {
        Some(Data::Table(entries)) => entries.iter().map(|(key, value)| (key, value)).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn entry<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    match &node.data {
        Data::Table(entries) => entries
            .iter()
            .find(|(key, _)| key.text == name)
            .map(|(_, node)| node),
        _ => None,
    }
}

pub(super) fn text_of(node: Option<&Node>) -> Option<&str> {
    match node.map(|node| &node.data) {
        Some(Data::Text(text)) => Some(text),
        _ => None,
    }
}

/// Learns the names of all tables and columns before anything that uses them is read.
pub(super) fn drafts<'a>(
    reader: &mut Reader<'_>,
    file: &'a SeedFile,
    catalog: &'a Catalog,
    header: &Header,
    existing: &BTreeMap<String, (Vec<String>, Existing)>,
) -> Vec<Draft<'a>> {
    let mut drafts = Vec::new();
    let Data::Table(sections) = &file.tree.data else {
        return drafts;
    };
    let Some(Data::Table(tables)) = sections
        .iter()
        .find(|(key, _)| key.text == "table")
        .map(|(_, node)| &node.data)
    else {
        return drafts;
    };
    for (key, node) in tables {
        let place = reader.place(key.span.clone());
        let found = catalog
            .tables()
            .find(|relation| label(&relation.name) == key.text);
        let Some(relation) = found else {
            let hint = suggest::hint(
                &key.text,
                catalog
                    .tables()
                    .map(|relation| label(&relation.name))
                    .collect::<Vec<_>>()
                    .iter()
                    .map(String::as_str),
            );
            let message = if key.text.contains('.') {
                format!("there is no table {}", key.text)
            } else {
                format!("`{}` does not name its schema", key.text)
            };
            reader.mistake(key.span.clone(), message, hint);
            continue;
        };
        let columns: Vec<&CatalogColumn> = catalog
            .columns_of(&relation.name)
            .filter(|column| column.generated.is_none())
            .collect();
        let has_tenant = header
            .tenant_column
            .as_ref()
            .is_some_and(|tenant| columns.iter().any(|column| column.name == *tenant));
        let is_tenants = text_of(header.tenant_table.as_ref()) == Some(&key.text);
        drafts.push(Draft {
            name: relation.name.clone(),
            label: key.text.clone(),
            node: Some(node),
            stored: columns,
            by_tenant: has_tenant || is_tenants,
            place,
        });
    }
    if let Some(tenant) = &header.tenant_column {
        let columns = || drafts.iter().flat_map(|draft| &draft.stored);
        if !drafts.is_empty() && columns().all(|column| column.name != *tenant) {
            // The column that most tables have in their keys is meant, if one looks like it.
            let names = columns().map(|column| column.name.as_str());
            let hint =
                suggest::nearest(tenant, names).map(|name| format!("did you mean `{name}`?"));
            reader.mistake(
                header.tenant_place.clone(),
                format!("no table of this file has a column `{tenant}`"),
                hint,
            );
        }
    }
    for (label, (columns, _)) in existing {
        let Some(relation) = catalog
            .tables()
            .find(|relation| self::label(&relation.name) == *label)
        else {
            continue;
        };
        let by_tenant = header
            .tenant_column
            .as_ref()
            .is_some_and(|tenant| columns.contains(tenant));
        drafts.push(Draft {
            name: relation.name.clone(),
            label: label.clone(),
            node: None,
            stored: columns
                .iter()
                .filter_map(|name| {
                    catalog
                        .columns_of(&relation.name)
                        .find(|column| column.name == *name)
                })
                .collect(),
            by_tenant,
            place: Place::file(&file.file.path),
        });
    }
    let labels: Vec<String> = drafts.iter().map(|draft| draft.label.clone()).collect();
    let position = |label: &str| labels.iter().position(|known| known == label);
    for draft in &drafts {
        let mut columns: Vec<ColumnNames> = draft
            .stored
            .iter()
            .map(|column| ColumnNames {
                name: column.name.clone(),
                target: constraints::foreign_key(catalog, &draft.name, &column.name, header)
                    .and_then(|(target, _)| position(&label(&target))),
                data_type: Some(ColumnType::of(catalog, column)),
                not_null: column_type::refuses_null(catalog, column),
                comparison: column_type::comparison(catalog, column),
                labels: constraints::labels(catalog, &draft.name, &column.name),
            })
            .collect();
        let mut parent = None;
        if let Some(node) = draft.node {
            for (key, _) in section(node, "let") {
                columns.push(ColumnNames {
                    name: key.text.clone(),
                    target: None,
                    data_type: None,
                    not_null: false,
                    comparison: Comparison::Exact,
                    labels: None,
                });
            }
            for part in ["set", "let"] {
                for (key, value) in section(node, part) {
                    let Some(column) = columns.iter_mut().find(|column| column.name == key.text)
                    else {
                        continue;
                    };
                    // What is not a reference itself leads nowhere, whatever the foreign key says.
                    column.target = text_of(entry(value, "ref")).and_then(position);
                }
            }
            parent = text_of(entry(node, "per"))
                .or_else(|| text_of(entry(entry(node, "calendar")?, "who")))
                .and_then(position);
        }
        reader.names.tables.push(TableNames {
            label: draft.label.clone(),
            columns,
            parent,
        });
    }
    // A table without a tenant column has its tenants' rows when its parent has.
    for _ in 0..drafts.len() {
        for at in 0..drafts.len() {
            let inherits = reader.names.tables[at]
                .parent
                .is_some_and(|parent| drafts[parent].by_tenant);
            let by_name = drafts[at]
                .node
                .and_then(|node| entry(node, "rows"))
                .is_some_and(|rows| matches!(rows.data, Data::Table(_)));
            drafts[at].by_tenant |= inherits || (by_name && header.tenant_column.is_some());
        }
    }
    drafts
}
