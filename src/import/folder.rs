//! A tool's folder, read.

use std::collections::BTreeMap;
use std::path::Path;

use super::flyway;
use super::format::{Folder, Format, Read, Reader, Repeatable};
use crate::error::{Error, Place, Result};
use crate::files::{TextFile, Tree};

/// Reads a folder.
///
/// # Errors
/// With every file that cannot be taken over.
pub(super) fn read(format: &Format, folder: &Path) -> Result<Folder> {
    let tree = Tree::Folder(folder.to_path_buf());
    let mut found = match format.read {
        Reader::Files(read) => read_files(&tree, read, false)?,
        Reader::UpAndDown(read) => read_files(&tree, read, true)?,
        Reader::Whole(read) => {
            if tree.list("")?.is_none() {
                return Err(missing());
            }
            read(&tree)?
        }
    };
    found
        .migrations
        .sort_by(|one, other| one.key.cmp(&other.key));
    refuse_twins(&found)?;
    number_ties(&mut found);
    if found.migrations.is_empty() && found.code.is_none() {
        return Err(Error::refused(format!(
            "{} has no migrations of {}",
            folder.display(),
            format.name
        ))
        .hint(format!(
            "name the folder: `workroom db import --from {} FOLDER`",
            format.name
        )));
    }
    Ok(found)
}

fn read_files(tree: &Tree, read: fn(&TextFile) -> Result<Read>, has_down: bool) -> Result<Folder> {
    let mut paths = Vec::new();
    collect(tree, "", &mut paths)?;
    let mut found = Folder::default();
    let mut mistakes = Vec::new();
    for path in paths {
        if has_down && (path.ends_with(".down.sql") || path.ends_with("/down.sql")) {
            found.left.push((path, "undoes a migration"));
            continue;
        }
        let file = match tree.read(&path) {
            Ok(file) => file,
            Err(error) => {
                mistakes.push(error);
                continue;
            }
        };
        match read(&file) {
            Ok(Read::Migration(migration)) => found.migrations.push(migration),
            Ok(Read::Repeatable(text)) => found.repeatables.push(Repeatable {
                applied_as: flyway::applied_as(&path, &text),
                source: path,
                text,
            }),
            Ok(Read::Left(why)) => found.left.push((path, why)),
            Err(error) => mistakes.push(error),
        }
    }
    Error::all(mistakes)?;
    Ok(found)
}

fn refuse_twins(found: &Folder) -> Result<()> {
    let mut mistakes = Vec::new();
    let mut seen: BTreeMap<(Option<&str>, &[u64]), &str> = BTreeMap::new();
    for one in &found.migrations {
        let place = one.identity.is_none().then_some(one.key.as_slice());
        let called = (one.identity.as_deref(), place.unwrap_or_default());
        if let Some(other) = seen.insert(called, &one.source) {
            mistakes.push(
                Error::project(format!("{} has a version that is used twice", one.source))
                    .at(Place::file(&one.source))
                    .because(format!("{other} has it too"))
                    .hint("rename one of them in both places, the folder and the tool's history"),
            );
        }
    }
    Error::all(mistakes)
}

/// Where a history has names, several of them may begin with one number: they keep the order in which they were read.
fn number_ties(found: &mut Folder) {
    let keys: Vec<Vec<u64>> = found.migrations.iter().map(|one| one.key.clone()).collect();
    let mut time = 0;
    for at in 1..keys.len() {
        time = if keys[at] == keys[at - 1] {
            time + 1
        } else {
            0
        };
        if time > 0 {
            found.migrations[at].key.push(time);
        }
    }
}

fn missing() -> Error {
    Error::refused("the folder does not exist").hint("name the folder that holds the migrations")
}

/// Every file below a folder, in the order of paths.
pub(super) fn collect(tree: &Tree, folder: &str, paths: &mut Vec<String>) -> Result<()> {
    let entries = tree.list(folder)?.ok_or_else(missing)?;
    for entry in entries {
        let path = if folder.is_empty() {
            entry.name.clone()
        } else {
            format!("{folder}/{}", entry.name)
        };
        if entry.is_folder {
            collect(tree, &path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}
