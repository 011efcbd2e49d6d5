//! drizzle-kit: `drizzle/0000_name.sql` in the order of `meta/_journal.json`, or since 1.0
//! `drizzle/20240504090241_name/migration.sql`; `__drizzle_migrations`.

use serde::Deserialize;

use super::convert::{found, moment};
use super::format::{Folder, Found};
use super::{Format, Reader};
use crate::error::{Error, Place, Result};
use crate::files::Tree;

pub(super) const FORMAT: Format = Format {
    name: "drizzle",
    folder: "drizzle",
    table: "__drizzle_migrations",
    beside: &[],
    read: Reader::Whole(read),
    // Until 1.0 a row has no name, and the moment at which the file was made, which the journal has too.
    history: |table| {
        format!(
            "select coalesce(h.it ->> 'name', h.it ->> 'created_at'), 'applied', {}, session_user, 0 \
             from (select pg_catalog.to_jsonb(t) as it from {table} as t) as h;",
            moment("(h.it ->> 'applied_at')")
        )
    },
    mend: "correct __drizzle_migrations",
};

const JOURNAL: &str = "meta/_journal.json";

#[derive(Deserialize)]
struct Journal {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    idx: u64,
    when: u64,
    tag: String,
}

fn read(tree: &Tree) -> Result<Folder> {
    if tree.exists(JOURNAL) {
        by_journal(tree)
    } else {
        by_folders(tree)
    }
}

fn by_journal(tree: &Tree) -> Result<Folder> {
    let file = tree.read(JOURNAL)?;
    let journal: Journal = serde_json::from_str(&file.text).map_err(|error| {
        Error::project(format!("{JOURNAL} is no journal of drizzle-kit"))
            .at(Place::file(JOURNAL))
            .because(error)
            .hint("bring it back from version control")
    })?;
    let mut all = Folder::default();
    let mut mistakes = Vec::new();
    for entry in &journal.entries {
        let path = format!("{}.sql", entry.tag);
        match tree.read(&path).and_then(|file| {
            found(
                &file,
                &entry.idx.to_string(),
                words(&entry.tag),
                &file.text,
                &[],
            )
        }) {
            Ok(one) => all.migrations.push(Found {
                identity: Some(entry.when.to_string()),
                ..one
            }),
            Err(error) => mistakes.push(error.because(format!("{JOURNAL} names it"))),
        }
    }
    Error::all(mistakes)?;
    for entry in tree.list("")?.unwrap_or_default() {
        let is_named = |one: &Found| one.source == entry.name;
        if entry.name.ends_with(".sql") && !all.migrations.iter().any(is_named) {
            all.left.push((
                entry.name,
                "not in meta/_journal.json, so that it never ran",
            ));
        }
    }
    Ok(all)
}

fn by_folders(tree: &Tree) -> Result<Folder> {
    let mut all = Folder::default();
    let mut mistakes = Vec::new();
    for entry in tree.list("")?.unwrap_or_default() {
        let path = format!("{}/migration.sql", entry.name);
        if !entry.is_folder || !tree.exists(&path) {
            all.left.push((entry.name, "no migration"));
            continue;
        }
        let version = entry.name.split('_').next().unwrap_or_default();
        match tree
            .read(&path)
            .and_then(|file| found(&file, version, words(&entry.name), &file.text, &[]))
        {
            Ok(one) => all.migrations.push(Found {
                identity: Some(entry.name),
                ..one
            }),
            Err(error) => mistakes.push(error),
        }
    }
    Error::all(mistakes)?;
    Ok(all)
}

/// Without the number before it, which the configuration may leave out.
fn words(tag: &str) -> &str {
    match tag.split_once('_') {
        Some((number, words)) if number.bytes().all(|one| one.is_ascii_digit()) => words,
        _ => tag,
    }
}
