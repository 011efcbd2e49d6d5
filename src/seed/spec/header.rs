//! `[seed]`, `[tenant]`, `[list]` and `[text]`: what all tables share.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::reader::{Reader, inside};
use super::{FORMAT, Options};
use crate::files::TextFile;
use crate::files::suggest;
use crate::files::toml::{Data, Key, Node};
use crate::seed::dataset::Show;
use crate::seed::dataset::Tenant;
use crate::seed::scale::Scale;
use crate::seed::show;
use crate::seed::value::random::key_of;
use crate::seed::value::{UNIT, Value, date, uuid};
use crate::seed::words::List;

/// What all tables share.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) seed: i64,
    pub(super) scale: Scale,
    pub(super) tenants: Vec<Tenant>,
    /// Each tenant's part of the counts that are not given by tenant.
    pub(super) shares: Vec<i64>,
    pub(super) tenant_column: Option<String>,
    /// Where the file names it.
    pub(super) tenant_place: std::ops::Range<usize>,
    pub(super) tenant_table: Option<Node>,
    pub(super) tenant_setting: Option<String>,
    pub(super) shows: Vec<Show>,
}

const SECTIONS: [&str; 7] = ["seed", "tenant", "season", "list", "text", "table", "show"];

/// The text files that lists and literal rows come from.
pub(super) fn other_files(tree: &Node) -> Vec<(String, &Node)> {
    let section = |name: &str| {
        let found = entries(tree).iter().find(|(key, _)| key.text == name);
        found.map_or(&[][..], |(_, node)| entries(node))
    };
    let lists = section("list").iter().map(|(_, node)| node);
    let rows = section("table")
        .iter()
        .flat_map(|(_, table)| entries(table))
        .filter(|(key, _)| key.text == "values")
        .map(|(_, node)| node);
    let mut files = Vec::new();
    for node in lists.chain(rows) {
        for (key, value) in entries(node) {
            if let Data::Text(path) = &value.data
                && matches!(key.text.as_str(), "file" | "lists")
            {
                files.push((path.clone(), value));
            }
        }
    }
    files
}

/// The entries of a table; none of anything else.
fn entries(node: &Node) -> &[(Key, Node)] {
    match &node.data {
        Data::Table(entries) => entries,
        _ => &[],
    }
}

pub(super) fn read(
    reader: &mut Reader<'_>,
    tree: &Node,
    lists: &BTreeMap<String, TextFile>,
    options: Options,
) -> Header {
    let mut fields = Fields::of(tree);
    let sections = SECTIONS.map(|name| fields.take(name));
    reader.finish(fields, "a seed file");
    let [seed, tenant, season, list, text, table, show] = sections;
    let mut header = Header {
        seed: 0,
        scale: Scale(1000),
        tenants: vec![Tenant {
            name: String::new(),
            id: Value::Null,
            key: 0,
        }],
        shares: vec![1],
        tenant_column: None,
        tenant_place: 0..0,
        tenant_table: None,
        tenant_setting: None,
        shows: Vec::new(),
    };
    match seed {
        Some(node) => read_seed(reader, node, &mut header),
        None => {
            let hint = "begin with [seed], format = 1, seed = 1 and as_of = 2026-03-31".to_owned();
            reader.mistake(0..0, "a seed file needs [seed]", Some(hint));
        }
    }
    if table.is_none() {
        reader.mistake(
            0..0,
            "the file fills no table",
            Some("add [table.\"schema.table\"]".to_owned()),
        );
    }
    header.seed = options.seed.unwrap_or(header.seed);
    header.scale = options.scale.unwrap_or(header.scale);
    if let Some(node) = tenant {
        read_tenant(reader, node, &mut header);
    }
    if let Some(node) = season {
        reader.read_seasons(node);
    }
    if let Some(node) = show {
        header.shows = show::read(reader, node);
    }
    if let Some(node) = list {
        read_lists(reader, node, lists);
    }
    if let Some(Node {
        data: Data::Table(entries),
        ..
    }) = text
    {
        for (key, node) in entries {
            if reader.words.list(&key.text).is_some() {
                reader.mistake(
                    key.span.clone(),
                    format!("`{}` is a list already", key.text),
                    None,
                );
            }
            reader.raw_phrases.push((key.text.clone(), node.clone()));
        }
    }
    header
}

fn read_seed(reader: &mut Reader<'_>, node: &Node, header: &mut Header) {
    let mut fields = Fields::of(node);
    match fields.take("format") {
        None => reader.mistake(
            node.span.clone(),
            "[seed] does not say its format",
            Some(format!("add format = {FORMAT}")),
        ),
        Some(value) => {
            if let Some(format) = reader.integer(value)
                && format != FORMAT
            {
                reader.mistake(
                    value.span.clone(),
                    format!("this workroom knows format {FORMAT}, not {format}"),
                    Some("use the workroom that the file was written for".to_owned()),
                );
            }
        }
    }
    if let Some(value) = fields.take("seed") {
        header.seed = reader.integer(value).unwrap_or(0);
    }
    match fields.take("as_of") {
        None => reader.mistake(
            node.span.clone(),
            "[seed] does not say its present day",
            Some("add as_of = 2026-03-31".to_owned()),
        ),
        Some(value) => reader.read_as_of(value),
    }
    let months = fields
        .take("months")
        .and_then(|value| reader.count(value, 1..=600))
        .unwrap_or(18);
    reader.start = date::add_months(reader.as_of, -(months as i32));
    if let Some(value) = fields.take("scale")
        && let Some(number) = reader.number(value)
    {
        if (UNIT / 100..=1000 * UNIT).contains(&number) {
            header.scale = Scale((number / 10) as u64);
        } else {
            reader.mistake(
                value.span.clone(),
                "the scale is between 0.01 and 1000",
                None,
            );
        }
    }
    reader.finish(fields, "[seed]");
}

fn read_tenant(reader: &mut Reader<'_>, node: &Node, header: &mut Header) {
    let mut fields = Fields::of(node);
    match fields.take("column") {
        Some(value) => {
            header.tenant_column = reader.text(value).map(str::to_owned);
            header.tenant_place = inside(value);
        }
        None => reader.mistake(
            node.span.clone(),
            "[tenant] does not name the column that holds the tenant",
            Some("add column = \"tenant_id\"".to_owned()),
        ),
    }
    header.tenant_table = fields.take("table").cloned();
    header.tenant_setting = fields
        .take("setting")
        .and_then(|value| reader.text(value).map(str::to_owned));
    let names = fields.take("names");
    reader.finish(fields, "[tenant]");
    let Some(Node {
        data: Data::Table(entries),
        ..
    }) = names
    else {
        reader.mistake(
            node.span.clone(),
            "[tenant] names no tenants",
            Some(
                "add [tenant.names] with one line each: acme = { id = \"…\", share = 3 }"
                    .to_owned(),
            ),
        );
        return;
    };
    header.tenants.clear();
    header.shares.clear();
    for (key, value) in entries {
        let mut fields = Fields::of(value);
        let id = fields.take("id").and_then(|node| {
            let found = reader.text(node).and_then(uuid::parse);
            if found.is_none() {
                reader.mistake(node.span.clone(), "a tenant's id is a UUID", None);
            }
            found
        });
        let share = fields
            .take("share")
            .and_then(|node| reader.count(node, 1..=1_000_000))
            .unwrap_or(1);
        reader.finish(fields, "a tenant");
        if id.is_none()
            && header.tenant_table.is_none()
            && !matches!(value.data, Data::Table(ref entries) if entries.iter().any(|(key, _)| key.text == "id"))
        {
            reader.mistake(key.span.clone(), format!("the tenant {} has no id", key.text), Some("add id = \"…\", or say which table holds the tenants: table = \"schema.table\"".to_owned()));
        }
        reader.words.word(&key.text);
        reader.tenants.push(key.text.clone());
        header.tenants.push(Tenant {
            name: key.text.clone(),
            id: id.map_or(Value::Null, Value::Uuid),
            key: key_of(&key.text),
        });
        header.shares.push(share);
    }
    if header.tenants.is_empty() {
        reader.mistake(node.span.clone(), "[tenant] names no tenants", None);
        header.tenants.push(Tenant {
            name: String::new(),
            id: Value::Null,
            key: 0,
        });
        header.shares.push(1);
    }
}

fn read_lists(reader: &mut Reader<'_>, node: &Node, files: &BTreeMap<String, TextFile>) {
    let Data::Table(entries) = &node.data else {
        return;
    };
    for (key, value) in entries {
        match &value.data {
            Data::Array(items) => {
                let words: Vec<u32> = items
                    .iter()
                    .filter_map(|item| {
                        let text = reader.text(item)?.to_owned();
                        Some(reader.words.word(&text))
                    })
                    .collect();
                reader.words.lists.push(List {
                    name: key.text.clone(),
                    items: words,
                    groups: Vec::new(),
                });
            }
            Data::Table(_) => {
                let mut fields = Fields::of(value);
                let named = fields.take_first(&["file", "lists"]);
                let path = named.and_then(|(_, node)| reader.text(node).map(str::to_owned));
                reader.finish(fields, "a list");
                match (named, path.and_then(|path| files.get(&path))) {
                    (Some(("lists", _)), Some(file)) => reader.words.add_lists(&file.text),
                    (_, Some(file)) => reader.words.add_lines(&key.text, &file.text),
                    (_, None) => reader.mistake(
                        value.span.clone(),
                        format!("the list `{}` names no file", key.text),
                        Some("write { file = \"words/names.txt\" }".to_owned()),
                    ),
                }
            }
            _ => reader.mistake(
                inside(value),
                format!("the list `{}` is neither an array nor a file", key.text),
                None,
            ),
        }
        if let Some(list) = reader.words.list(&key.text)
            && reader.words.lists[list].items.is_empty()
        {
            reader.mistake(
                key.span.clone(),
                format!("the list `{}` is empty", key.text),
                None,
            );
        }
    }
}

/// A count for each tenant: one number, shared out, or one for each.
pub(super) fn counts(
    reader: &mut Reader<'_>,
    node: &Node,
    header: &Header,
    by_tenant: bool,
) -> Option<Vec<u64>> {
    const MOST: i64 = 16_000_000;
    if let Data::Table(entries) = &node.data {
        let mut counts = vec![0; header.tenants.len()];
        let mut is_fine = true;
        for (key, value) in entries {
            match header
                .tenants
                .iter()
                .position(|tenant| tenant.name == key.text)
            {
                Some(at) => match reader.count(value, 0..=MOST) {
                    Some(count) => counts[at] = count as u64,
                    None => is_fine = false,
                },
                None => {
                    let hint = suggest::hint(
                        &key.text,
                        header.tenants.iter().map(|tenant| tenant.name.as_str()),
                    );
                    reader.mistake(
                        key.span.clone(),
                        format!("there is no tenant `{}`", key.text),
                        hint,
                    );
                    is_fine = false;
                }
            }
        }
        return is_fine.then_some(counts);
    }
    let total = reader.count(node, 0..=MOST)?;
    if !by_tenant {
        return Some(vec![total as u64]);
    }
    let all: i64 = header.shares.iter().sum();
    let mut before = 0;
    Some(
        header
            .shares
            .iter()
            .map(|share| {
                let start = total * before / all;
                before += share;
                (total * before / all - start) as u64
            })
            .collect(),
    )
}
