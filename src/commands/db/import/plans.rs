//! Which file becomes which, and what of it is applied.

use crate::error::{Error, Result};
use crate::import::{self, Folder, Row, Tool};
use crate::objects;
use crate::project::System;

/// One file that comes along.
pub(super) struct Plan {
    pub(super) source: String,
    pub(super) target: String,
    pub(super) text: String,
    /// The version as the tool has it.
    pub(super) key: Vec<u64>,
    /// What is otherwise than with the tool.
    pub(super) remark: Option<String>,
    pub(super) version: i64,
    pub(super) row: Option<Row>,
}

impl Plan {
    /// Whether it is assumed to be applied: some tools say which version was the last, and not whether one that came late was
    /// ever run.
    pub(super) fn is_assumed(&self) -> bool {
        let row = self.row.as_ref();
        row.is_some_and(|row| row.state == "upto" && row.key != self.key)
    }

    /// What becomes of it, for people.
    pub(super) fn state(&self) -> String {
        let state = match &self.row {
            None => "pending",
            Some(_) if self.is_assumed() => "assumed",
            Some(row) if row.state == "recorded" => "recorded, never run",
            Some(_) => "applied",
        };
        match &self.remark {
            Some(remark) => format!("{state}; {remark}"),
            None => state.to_owned(),
        }
    }
}

/// Files and history side by side.
pub(super) fn plans(
    tool: Tool,
    system: &System,
    folder: &Folder,
    rows: &[Row],
) -> Result<Vec<Plan>> {
    let keys: Vec<Vec<u64>> = folder
        .migrations
        .iter()
        .map(|found| found.key.clone())
        .collect();
    let numbers = import::numbers(&keys);
    let mut mistakes = Vec::new();
    for row in rows.iter().filter(|row| row.is_applied()) {
        if !folder.migrations.iter().any(|found| found.is_of(row)) {
            mistakes.push(
                Error::refused(format!(
                    "{tool} has applied version {}, but its file is gone",
                    row.shown()
                ))
                .hint("bring the file back from version control: without it, no new database can be made"),
            );
        }
    }
    Error::all(mistakes)?;
    let plans = folder
        .migrations
        .iter()
        .zip(numbers)
        .map(|(found, version)| Plan {
            source: found.source.clone(),
            target: format!("sql/{}/V{version:03}__{}.sql", system.name, found.name),
            text: found.text.clone(),
            key: found.key.clone(),
            remark: found.remark.clone(),
            version,
            row: rows
                .iter()
                .find(|row| match row.state.as_str() {
                    "applied" | "recorded" => found.is_of(row),
                    "upto" => found.key <= row.key,
                    _ => false,
                })
                .cloned(),
        });
    Ok(plans.collect())
}

/// A repeatable migration that becomes a repeatable object.
pub(super) struct Object {
    pub(super) source: String,
    pub(super) target: String,
    pub(super) text: String,
    pub(super) is_applied: bool,
}

pub(super) fn repeatables(system: &System, folder: &Folder, rows: &[Row]) -> Result<Vec<Object>> {
    let mut mistakes = Vec::new();
    let mut found = Vec::new();
    for repeatable in &folder.repeatables {
        match objects::file_name(&repeatable.source, &repeatable.text) {
            Ok(name) => found.push(Object {
                source: repeatable.source.clone(),
                target: format!("views/{}/{name}.sql", system.name),
                text: repeatable.text.clone(),
                is_applied: rows
                    .iter()
                    .any(|row| row.repeatable.as_ref() == Some(&repeatable.applied_as)),
            }),
            Err(error) => mistakes.push(error),
        }
    }
    Error::all(mistakes)?;
    Ok(found)
}
