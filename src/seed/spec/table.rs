//! `[table."schema.table"]`: the shape of its rows and a line for each column that should not be inferred.

use std::collections::BTreeMap;

use super::header::{self, Header};
use super::names::{ColumnNames, Scope, TableNames};
use super::reader::{Fields, Reader, Slot};
use super::{SeedFile, infer, suggest};
use crate::catalog::{Catalog, Column as CatalogColumn, Name};
use crate::error::Place;
use crate::files::toml::{Data, Node};
use crate::seed::column_type::ColumnType;
use crate::seed::dataset::{Calendar, Column, Dataset, Existing, Shape, Table, column_key};
use crate::seed::grammar::{self, Generator};
use crate::seed::value::Value;
use crate::seed::value::random::key_of;

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
fn section<'a>(node: &'a Node, name: &str) -> Vec<(&'a crate::files::toml::Key, &'a Node)> {
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

fn entry<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    match &node.data {
        Data::Table(entries) => entries
            .iter()
            .find(|(key, _)| key.text == name)
            .map(|(_, node)| node),
        _ => None,
    }
}

fn text_of(node: Option<&Node>) -> Option<&str> {
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
                target: infer::foreign_key(catalog, &draft.name, &column.name, header)
                    .and_then(|(target, _)| position(&label(&target))),
                data_type: Some(ColumnType::of(catalog, column)),
                not_null: column.not_null,
                labels: infer::labels(catalog, &draft.name, &column.name),
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

/// Reads shapes and columns.
pub(super) fn read(
    reader: &mut Reader<'_>,
    drafts: &[Draft<'_>],
    catalog: &Catalog,
    header: &Header,
    existing: &BTreeMap<String, (Vec<String>, Existing)>,
) -> Vec<Table> {
    let mut tables = Vec::new();
    for (at, draft) in drafts.iter().enumerate() {
        reader.scope = Scope {
            table: at,
            it: None,
            via: None,
        };
        tables.push(match draft.node {
            Some(node) => filled(reader, at, drafts, node, catalog, header),
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
        first: Vec::new(),
        first_of: None,
        pods: Vec::new(),
        place: draft.place.clone(),
    }
}

fn filled(
    reader: &mut Reader<'_>,
    at: usize,
    drafts: &[Draft<'_>],
    node: &Node,
    catalog: &Catalog,
    header: &Header,
) -> Table {
    let draft = &drafts[at];
    let mut fields = Fields::of(node);
    let shape = shape(reader, &mut fields, draft, node, header);
    let fixed = fields
        .take("fixed")
        .and_then(|node| reader.boolean(node))
        .unwrap_or(false);
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
    let mut columns = Vec::new();
    for column in 0..reader.names.tables[at].columns.len() {
        let names = reader.names.tables[at].columns[column].clone();
        let references = infer::foreign_key(catalog, &draft.name, &names.name, header).and_then(
            |(target, name)| {
                let table = reader.names.table(&label(&target))?;
                Some((table, reader.names.column(table, &name)?))
            },
        );
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
            place: own_place,
            inferred: None,
        };
        let mut salt = names.name.clone();
        if let Some((line, _)) = lines.get(&names.name) {
            line_of(reader, line, &slot, &mut made, &mut salt);
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
    let first = first.map_or_else(Vec::new, |node| literal_rows(reader, node, draft, at));
    let mut shape = shape.unwrap_or_else(|| Shape::Rows(vec![0; header.tenants.len()]));
    if let Shape::Rows(counts) = &mut shape
        && node_has(node, "values")
        && !node_has(node, "rows")
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
        fixed: fixed || text_of(header.tenant_table.as_ref()) == Some(&draft.label),
        first,
        first_of,
        pods: Vec::new(),
        place: draft.place.clone(),
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
    if let Some(ColumnType::Other(name)) = &slot.data_type
        && !matches!(made.generator, Generator::Server)
    {
        reader.mistake(
            node.span.clone(),
            format!("{} is {name}, which workroom cannot write", slot.label),
            Some("leave it to the server with { server = true }".to_owned()),
        );
    }
}

fn shape(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    draft: &Draft<'_>,
    node: &Node,
    header: &Header,
) -> Option<Shape> {
    let (rows, per, count, calendar) = (
        fields.take("rows"),
        fields.take("per"),
        fields.take("count"),
        fields.take("calendar"),
    );
    let condition = fields.take("where");
    let has_values = fields.has("values");
    match (per, calendar, rows) {
        (Some(per), None, None) => {
            let (least, most) = count.map_or(Some((1, 1)), |node| {
                reader.bounds(node, |reader, node| reader.count(node, 0..=100_000))
            })?;
            let parent = reader.table(per)?;
            let condition = match condition {
                None => None,
                Some(node) => {
                    let outer = reader.scope;
                    reader.scope.it = Some(parent);
                    let read = reader.expression(node);
                    reader.scope = outer;
                    Some(read?)
                }
            };
            Some(Shape::Per {
                parent,
                least: least as u32,
                most: most as u32,
                condition,
            })
        }
        (None, Some(calendar), Some(rows)) => {
            let rows = header::counts(reader, rows, header, draft.by_tenant);
            let calendar = self::calendar(reader, calendar);
            let mut calendar = calendar?;
            calendar.rows = rows?;
            Some(Shape::Calendar(Box::new(calendar)))
        }
        (None, Some(calendar), None) => {
            reader.mistake(
                calendar.span.clone(),
                "a calendar needs `rows`",
                Some("add rows = 50_000: they are spread over the days".to_owned()),
            );
            None
        }
        (None, None, Some(rows)) => {
            if let Some(node) = condition {
                reader.mistake(node.span.clone(), "`where` belongs to `per`", None);
            }
            header::counts(reader, rows, header, draft.by_tenant).map(Shape::Rows)
        }
        (None, None, None) if has_values => Some(Shape::Rows(vec![
            0;
            if draft.by_tenant {
                header.tenants.len()
            } else {
                1
            }
        ])),
        (None, None, None) => {
            let is_tenants = text_of(header.tenant_table.as_ref()) == Some(&draft.label);
            if is_tenants {
                return Some(Shape::Rows(vec![1; header.tenants.len()]));
            }
            let span = draft.place.span.clone().unwrap_or(node.span.clone());
            reader.mistake(
                span,
                format!("{} does not say how many rows it has", draft.label),
                Some("add rows = 100, or per = \"schema.table\" with count = [1, 3]".to_owned()),
            );
            None
        }
        (Some(per), _, _) => {
            reader.mistake(
                per.span.clone(),
                "`per`, `rows` and `calendar` exclude each other",
                Some("a calendar has `rows`; `per` has `count`".to_owned()),
            );
            None
        }
    }
}

fn calendar(reader: &mut Reader<'_>, node: &Node) -> Option<Calendar> {
    let mut fields = Fields::of(node);
    let Some(who) = fields.take("who") else {
        reader.mistake(
            node.span.clone(),
            "a calendar needs the table of those whose days it has",
            Some("add who = \"schema.people\"".to_owned()),
        );
        return None;
    };
    let who = reader.table(who);
    let mut made = Calendar {
        who: who.unwrap_or(0),
        rows: Vec::new(),
        per_day: (1, 1),
        between: (reader.start, reader.as_of),
        weekly: false,
        weekdays: 0x1f,
        holidays: Vec::new(),
        absent: 0,
        weekend: 0,
        from: None,
        until: None,
    };
    if let Some(node) = fields.take("per_day")
        && let Some((low, high)) = reader.bounds(node, |reader, node| reader.count(node, 1..=1000))
    {
        made.per_day = (low as u32, high as u32);
    }
    if let Some(node) = fields.take("between")
        && let Some(bounds) = reader.bounds(node, Reader::day)
    {
        made.between = bounds;
    }
    if let Some(node) = fields.take("weekly") {
        made.weekly = reader.boolean(node).unwrap_or(false);
    }
    if let Some(node) = fields.take("weekdays") {
        made.weekdays = reader.weekdays(node).unwrap_or(0x1f);
    }
    if let Some(node) = fields.take("absent") {
        made.absent = reader.share(node).unwrap_or(0);
    }
    if let Some(node) = fields.take("weekend") {
        made.weekend = reader.share(node).unwrap_or(0);
    }
    if let Some(node) = fields.take("holidays") {
        made.holidays = holidays(reader, node);
    }
    for (name, bound) in [("from", &mut made.from), ("until", &mut made.until)] {
        let Some(node) = fields.take(name) else {
            continue;
        };
        let (Some(column), Some(who)) = (reader.text(node), who) else {
            continue;
        };
        *bound = reader.names.column(who, column);
        if bound.is_none() {
            let label = reader.names.tables[who].label.clone();
            let hint = suggest::hint(
                column,
                reader.names.tables[who]
                    .columns
                    .iter()
                    .map(|column| column.name.as_str()),
            );
            reader.mistake(
                node.span.clone(),
                format!("{label} has no column `{column}`"),
                hint,
            );
        }
    }
    reader.finish(fields, "a calendar");
    who.map(|_| made)
}

/// The days of a list of dates.
fn holidays(reader: &mut Reader<'_>, node: &Node) -> Vec<i32> {
    let Some(name) = reader.text(node) else {
        return Vec::new();
    };
    let Some(list) = reader.words.list(name) else {
        let hint = suggest::hint(
            name,
            reader.words.lists.iter().map(|list| list.name.as_str()),
        );
        reader.mistake(
            node.span.clone(),
            format!("there is no list `{name}`"),
            hint,
        );
        return Vec::new();
    };
    let texts: Vec<String> = reader.words.lists[list]
        .items
        .iter()
        .map(|word| reader.words.text(*word).to_owned())
        .collect();
    let mut days = Vec::new();
    for text in texts {
        match crate::seed::value::date::parse(text.get(..10).unwrap_or(&text)) {
            Some(day) => days.push(day),
            None => reader.mistake(
                node.span.clone(),
                format!("`{text}` in the list `{name}` is not a date"),
                None,
            ),
        }
    }
    days.sort_unstable();
    days
}

/// Literal rows: `values = [ { name = "Alice" }, … ]`.
fn literal_rows(
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
