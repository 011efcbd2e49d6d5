//! `created_by = { copy = "owner_id", also = "updated_by" }`: a line for several columns.

use crate::files::toml::{Data, Key, Node};

/// Gives each column that a line names under `also` the same line. Returns the columns that have one of their own.
pub(super) fn spread(tree: &mut Node) -> Vec<Key> {
    let mut twice = Vec::new();
    let Some(tables) = entries(tree).and_then(|entries| named(entries, "table")) else {
        return twice;
    };
    for (_, table) in entries(tables).into_iter().flatten() {
        for (_, section) in entries(table).into_iter().flatten() {
            let Some(lines) = entries(section) else {
                continue;
            };
            let mut more = Vec::new();
            for (_, line) in lines.iter_mut() {
                let others = entries(line).map_or_else(Vec::new, others);
                more.extend(others.into_iter().map(|key| (key, line.clone())));
            }
            for (key, line) in more {
                if lines.iter().any(|(other, _)| other.text == key.text) {
                    twice.push(key);
                } else {
                    lines.push((key, line));
                }
            }
        }
    }
    twice
}

fn entries(node: &mut Node) -> Option<&mut Vec<(Key, Node)>> {
    match &mut node.data {
        Data::Table(entries) => Some(entries),
        _ => None,
    }
}

fn named<'e>(entries: &'e mut [(Key, Node)], name: &str) -> Option<&'e mut Node> {
    let mut entries = entries.iter_mut();
    let found = entries.find(|(key, _)| key.text == name);
    found.map(|(_, node)| node)
}

/// Takes the columns out of a line that it names; a weight of that name is none.
fn others(line: &mut Vec<(Key, Node)>) -> Vec<Key> {
    let Some(at) = line.iter().position(|(key, _)| key.text == "also") else {
        return Vec::new();
    };
    let texts: Option<Vec<Key>> = match &line[at].1.data {
        Data::Array(items) => items.iter().map(column).collect(),
        _ => column(&line[at].1).map(|key| vec![key]),
    };
    if texts.is_some() {
        line.remove(at);
    }
    texts.unwrap_or_default()
}

fn column(node: &Node) -> Option<Key> {
    match &node.data {
        Data::Text(text) => Some(Key {
            text: text.clone(),
            span: node.span.clone(),
        }),
        _ => None,
    }
}
