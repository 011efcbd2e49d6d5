//! Which file becomes which, and what of it is applied.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::import::{self, Folder, Found, Row, Tool};
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
    let history = Index::of(rows);
    let known: BTreeSet<&str> = folder
        .migrations
        .iter()
        .filter_map(|found| Some(history.of_its_own(found)?.identity.as_str()))
        .collect();
    let gone = rows
        .iter()
        .filter(|row| row.is_applied() && !known.contains(row.identity.as_str()));
    let mistakes = gone.map(|row| {
        Error::refused(format!(
            "{tool} has applied version {}, but its file is gone",
            row.shown()
        ))
        .hint("bring the file back from version control: without it, no new database can be made")
    });
    Error::all(mistakes.collect())?;
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
            row: history
                .of_its_own(found)
                .or_else(|| history.up_to(found))
                .cloned(),
        });
    Ok(plans.collect())
}

/// The rows of a history by what they are found by.
struct Index<'a> {
    by_key: BTreeMap<&'a [u64], &'a Row>,
    by_identity: BTreeMap<&'a str, &'a Row>,
    upto: Option<&'a Row>,
}

impl<'a> Index<'a> {
    fn of(rows: &'a [Row]) -> Self {
        let applied = || rows.iter().filter(|row| row.is_applied());
        let upto = rows.iter().filter(|row| row.state == "upto");
        Self {
            by_key: applied().map(|row| (row.key.as_slice(), row)).collect(),
            by_identity: applied().map(|row| (row.identity.as_str(), row)).collect(),
            upto: upto.max_by(|one, other| one.key.cmp(&other.key)),
        }
    }

    /// The row that says of this very migration that it is applied.
    fn of_its_own(&self, found: &Found) -> Option<&'a Row> {
        match &found.identity {
            Some(identity) => self.by_identity.get(identity.as_str()),
            None => self.by_key.get(found.key.as_slice()),
        }
        .copied()
    }

    /// The row of a later one, where that says so of all before.
    fn up_to(&self, found: &Found) -> Option<&'a Row> {
        self.upto.filter(|row| found.key <= row.key)
    }
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
