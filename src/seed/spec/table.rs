//! `[table."schema.table"]`: a line for each column that should not be inferred.

use std::collections::BTreeMap;

use super::draft::{Draft, entry, label, text_of};
use super::fields::Fields;
use super::header::Header;
use super::literal_rows::literal_rows;
use super::names::Scope;
use super::reader::{Reader, Slot};
use super::shape::shape;
use super::{constraints, infer};
use crate::catalog::Catalog;
use crate::error::Place;
use crate::files::TextFile;
use crate::files::suggest;
use crate::files::toml::{Data, Node};
use crate::seed::dataset::{Column, Existing, Shape, Table, column_key};
use crate::seed::grammar::{self, Generator};
use crate::seed::value::Value;
use crate::seed::value::random::key_of;

/// Reads shapes and columns.
pub(super) fn read<'a>(
    reader: &mut Reader<'a>,
    drafts: &[Draft<'_>],
    catalog: &Catalog,
    header: &Header,
    existing: &BTreeMap<String, (Vec<String>, Existing)>,
    files: &'a BTreeMap<String, TextFile>,
) -> Vec<Table> {
    let mut tables = Vec::new();
    for (at, draft) in drafts.iter().enumerate() {
        reader.scope = Scope {
            table: at,
            ..Scope::default()
        };
        tables.push(match draft.node {
            Some(node) => filled(reader, at, drafts, node, (catalog, header, files)),
            None => referred(reader, at, draft, existing),
        });
    }
    tables
}

fn referred(
    reader: &Reader<'_>,
    at: usize,
    draft: &Draft<'_>,
    existing: &BTreeMap<String, (Vec<String>, Existing)>,
) -> Table {
    let names = &reader.names.tables[at];
    let columns = names.columns.iter().map(|column| Column {
        name: column.name.clone(),
        key: 0,
        generator: Generator::Constant(Value::Null),
        null: 0,
        when: None,
        data_type: column.data_type.clone(),
        not_null: false,
        comparison: column.comparison,
        place: draft.place.clone(),
        inferred: None,
    });
    Table {
        name: draft.name.clone(),
        label: draft.label.clone(),
        columns: columns.collect(),
        stored: Vec::new(),
        key: key_of(&draft.label),
        shape: Shape::Existing(
            existing
                .get(&draft.label)
                .map(|(_, rows)| rows.clone())
                .unwrap_or_default(),
        ),
        by_tenant: draft.by_tenant,
        fixed: true,
        least: 0,
        first: Vec::new(),
        first_of: None,
        pods: Vec::new(),
        place: draft.place.clone(),
        rules: Vec::new(),
        partitioned: false,
    }
}

fn filled<'a>(
    reader: &mut Reader<'a>,
    at: usize,
    drafts: &[Draft<'_>],
    node: &Node,
    (catalog, header, files): (&Catalog, &Header, &'a BTreeMap<String, TextFile>),
) -> Table {
    let draft = &drafts[at];
    let mut fields = Fields::of(node);
    let shape = shape(reader, &mut fields, draft, node, header);
    let fixed = fields
        .take("fixed")
        .and_then(|node| reader.boolean(node))
        .unwrap_or(false)
        || text_of(header.tenant_table.as_ref()) == Some(&draft.label);
    let least = fields
        .take("least")
        .and_then(|node| reader.count(node, 0..=1_000_000))
        .unwrap_or(0);
    let salt = fields
        .take("salt")
        .and_then(|node| reader.text(node).map(str::to_owned));
    let first = fields.take("values");
    let first_of = fields.take("values_of").and_then(|node| {
        let name = reader.text(node)?;
        let found = header.tenants.iter().position(|tenant| tenant.name == name);
        if found.is_none() {
            let hint = suggest::hint(
                name,
                header.tenants.iter().map(|tenant| tenant.name.as_str()),
            );
            reader.mistake(
                node.span.clone(),
                format!("there is no tenant `{name}`"),
                hint,
            );
        }
        found
    });
    let (set, lets) = (fields.take("set"), fields.take("let"));
    reader.finish(fields, &format!("[table.\"{}\"]", draft.label));
    let table_key = key_of(salt.as_deref().unwrap_or(&draft.label));
    let mut lines: BTreeMap<String, (&Node, Place)> = BTreeMap::new();
    for (part, is_set) in [(set, true), (lets, false)] {
        let Some(Node {
            data: Data::Table(entries),
            ..
        }) = part
        else {
            continue;
        };
        for (key, value) in entries {
            let known = draft.stored.iter().any(|column| column.name == key.text);
            if is_set && !known {
                unknown_column(reader, catalog, draft, key);
                continue;
            }
            if !is_set && known {
                reader.mistake(
                    key.span.clone(),
                    format!(
                        "{} has a column `{}`: a helper value needs another name",
                        draft.label, key.text
                    ),
                    None,
                );
                continue;
            }
            let place = reader.place(key.span.clone());
            lines.insert(key.text.clone(), (value, place));
        }
    }
    let first = first.map_or_else(Vec::new, |node| {
        literal_rows(reader, node, draft, at, files)
    });
    let has_values_alone = matches!(shape, Some(Shape::Rows(_)) | None)
        && node_has(node, "values")
        && !node_has(node, "rows");
    // Whether a column needs no line: no row is there but those that are given, and each of them gives it.
    let is_given = |column: usize| {
        let gives = |row: &Vec<(usize, Value)>| row.iter().any(|(of, _)| *of == column);
        fixed && has_values_alone && first.iter().all(gives)
    };
    let mut columns = Vec::new();
    for column in 0..reader.names.tables[at].columns.len() {
        let names = reader.names.tables[at].columns[column].clone();
        let references = constraints::foreign_key(catalog, &draft.name, &names.name, header)
            .and_then(|(target, name)| {
                let table = reader.names.table(&label(&target))?;
                Some((table, reader.names.column(table, &name)?))
            });
        let slot = Slot {
            label: format!("{}.{}", draft.label, names.name),
            data_type: names.data_type.clone(),
            labels: names.labels.clone(),
            not_null: names.not_null,
            table: at,
            column,
            references,
        };
        let own_place = lines
            .get(&names.name)
            .map_or_else(|| draft.place.clone(), |(_, place)| place.clone());
        let mut made = Column {
            name: names.name.clone(),
            key: 0,
            generator: Generator::Server,
            null: 0,
            when: None,
            data_type: names.data_type.clone(),
            not_null: names.not_null,
            comparison: names.comparison,
            place: own_place,
            inferred: None,
        };
        let mut salt = names.name.clone();
        if let Some((line, _)) = lines.get(&names.name) {
            reader.scope.own = Some(column);
            line_of(reader, line, &slot, &mut made, &mut salt);
            reader.scope.own = None;
        } else {
            let facts = infer::Facts {
                catalog,
                header,
                draft,
                slot: &slot,
            };
            match infer::infer(reader, &facts) {
                Ok((generator, reason)) => {
                    made.generator = generator;
                    made.inferred = Some(reason);
                }
                Err(_) if is_given(column) => {
                    made.generator = Generator::Constant(Value::Null);
                    made.inferred = Some("each row gives it");
                }
                Err(reason) => {
                    let hint = format!("add a line for it under [table.\"{}\".set]", draft.label);
                    let span = draft.place.span.clone().unwrap_or_default();
                    reader.mistake(
                        span,
                        format!("{} is not null and has no line: {reason}", slot.label),
                        Some(hint),
                    );
                }
            }
        }
        if matches!(made.generator, Generator::Reference(_))
            && let Generator::Reference(reference) = &made.generator
        {
            reader.names.tables[at].columns[column].target = Some(reference.target);
        }
        made.key = column_key(header.seed, table_key, key_of(&salt));
        columns.push(made);
    }
    let stored = (0..draft.stored.len())
        .filter(|at| !matches!(columns[*at].generator, Generator::Server))
        .collect();
    let mut shape = shape.unwrap_or_else(|| Shape::Rows(vec![0; header.tenants.len()]));
    if let Shape::Rows(counts) = &mut shape
        && has_values_alone
    {
        let count = first.len() as u64;
        counts.iter_mut().enumerate().for_each(|(tenant, rows)| {
            *rows = if first_of.is_none_or(|only| only == tenant) {
                count
            } else {
                0
            }
        });
    }
    Table {
        name: draft.name.clone(),
        label: draft.label.clone(),
        columns,
        stored,
        key: column_key(header.seed, table_key, 0),
        shape,
        by_tenant: draft.by_tenant,
        least: least as u64,
        fixed,
        first,
        first_of,
        pods: Vec::new(),
        place: draft.place.clone(),
        rules: Vec::new(),
        partitioned: false,
    }
}

fn node_has(node: &Node, name: &str) -> bool {
    entry(node, name).is_some()
}

fn unknown_column(
    reader: &mut Reader<'_>,
    catalog: &Catalog,
    draft: &Draft<'_>,
    key: &crate::files::toml::Key,
) {
    let generated = catalog
        .columns_of(&draft.name)
        .any(|column| column.name == key.text && column.generated.is_some());
    if generated {
        let message = format!(
            "{}.{} is a generated column: the server computes it",
            draft.label, key.text
        );
        reader.mistake(
            key.span.clone(),
            message,
            Some("remove the line".to_owned()),
        );
        return;
    }
    let hint = suggest::hint(
        &key.text,
        draft.stored.iter().map(|column| column.name.as_str()),
    );
    reader.mistake(
        key.span.clone(),
        format!("{} has no column `{}`", draft.label, key.text),
        hint.or_else(|| Some("a helper value belongs under `let`".to_owned())),
    );
}

/// A column's line: what all generators may have, and the generator itself.
fn line_of(
    reader: &mut Reader<'_>,
    node: &Node,
    slot: &Slot,
    made: &mut Column,
    salt: &mut String,
) {
    let mut fields = Fields::of(node);
    if let Data::Table(_) = &node.data {
        if let Some(value) = fields.take("null") {
            made.null = match value.data {
                Data::Boolean(true) => 1 << 32,
                _ => reader.share(value).unwrap_or(0),
            };
            if slot.not_null && made.null > 0 {
                reader.mistake(
                    value.span.clone(),
                    format!("{} is not null", slot.label),
                    Some("remove `null`".to_owned()),
                );
            }
            if made.null == 1 << 32 && fields.iter().count() == 1 {
                made.generator = Generator::Constant(Value::Null);
                return;
            }
        }
        if let Some(value) = fields.take("when") {
            if slot.not_null {
                reader.mistake(
                    value.span.clone(),
                    format!("{} is not null, and `when` leaves it out", slot.label),
                    Some("use `case` with an `else`".to_owned()),
                );
            }
            made.when = reader.expression(value);
        }
        if let Some(value) = fields.take("salt")
            && let Some(text) = reader.text(value)
        {
            text.clone_into(salt);
        }
    }
    let before = reader.mistakes.len();
    if let Some(generator) = grammar::parse_fields(reader, node, &mut fields, slot) {
        if matches!(node.data, Data::Table(_)) {
            reader.finish(fields, "this generator");
        }
        made.generator = generator;
    } else if reader.mistakes.len() == before {
        reader.mistake(
            node.span.clone(),
            format!("{} cannot be read", slot.label),
            None,
        );
    }
}
