//! Triggers that somebody made; those that implement foreign keys are left out.

use super::Name;
use super::row::Row;
use crate::error::Result;

pub(super) const SQL: &str = include_str!("triggers.sql");

/// A trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The table or view.
    pub relation: Name,
    /// Its name.
    pub name: String,
    /// The function that it calls.
    pub function: Name,
    /// When it fires, if at all.
    pub enabled: TriggerEnabled,
    /// Whether it came from a partitioned parent.
    pub inherited: bool,
    /// The whole as SQL: `CREATE TRIGGER …`.
    pub definition: String,
    /// Its comment.
    pub comment: Option<String>,
}

/// When a trigger fires, if at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerEnabled {
    /// As usual: not while changes of another server are replayed.
    Origin,
    /// Always.
    Always,
    /// Only while changes of another server are replayed.
    Replica,
    /// Never.
    Disabled,
}

pub(super) fn read(row: &Row<'_>) -> Result<Trigger> {
    Ok(Trigger {
        relation: row.name("schema", "relation")?,
        name: row.text("name")?,
        function: row.name("function_schema", "function_name")?,
        enabled: row.code("enabled", |code| {
            Some(match code {
                "O" => TriggerEnabled::Origin,
                "A" => TriggerEnabled::Always,
                "R" => TriggerEnabled::Replica,
                "D" => TriggerEnabled::Disabled,
                _ => return None,
            })
        })?,
        inherited: row.flag("inherited")?,
        definition: row.text("definition")?,
        comment: row.optional("comment")?,
    })
}
