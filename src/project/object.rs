//! Repeatable objects: `views/<system>/<object>.sql`, one view or function a file.

use crate::error::{Error, Place};
use crate::files::{TextFile, Tree};
use crate::sql;

/// One repeatable object's file.
#[derive(Clone, Debug)]
pub struct ObjectFile {
    /// The file name without `.sql`.
    pub name: String,
    /// The text.
    pub file: TextFile,
    /// Its statements.
    pub statements: Vec<sql::Statement>,
}

pub(super) fn read_folder(tree: &Tree, system: &str, mistakes: &mut Vec<Error>) -> Vec<ObjectFile> {
    let folder = format!("views/{system}");
    let entries = match tree.list(&folder) {
        Ok(entries) => entries.unwrap_or_default(),
        Err(error) => {
            mistakes.push(error);
            return Vec::new();
        }
    };
    let mut objects = Vec::new();
    for entry in entries {
        let path = format!("{folder}/{}", entry.name);
        let stem = entry
            .name
            .strip_suffix(".sql")
            .filter(|stem| !stem.is_empty() && !entry.is_folder);
        let Some(stem) = stem else {
            mistakes.push(
                Error::project(format!("{path} is not named like a repeatable object"))
                    .at(Place::file(&path))
                    .hint(format!("name it {folder}/<object>.sql, by the object's name as the catalog has it, or move it out of views/")),
            );
            continue;
        };
        match read(tree, &path, stem) {
            Ok(object) => objects.push(object),
            Err(error) => mistakes.push(error),
        }
    }
    objects
}

fn read(tree: &Tree, path: &str, stem: &str) -> Result<ObjectFile, Error> {
    let file = tree.read(path)?;
    let statements = sql::split(&file)?;
    if statements.is_empty() {
        return Err(Error::project(format!("{path} has no statement"))
            .at(file.place(0..0))
            .hint("write the object's `create or replace …`, or remove the file"));
    }
    super::refusal::refuse_what_cannot_run(&file, &statements, true)?;
    Ok(ObjectFile {
        name: stem.to_owned(),
        file,
        statements,
    })
}
