//! Row-level-security policies.

use std::fmt;

use super::row::Row;
use super::{Grantee, Name};
use crate::error::Result;

pub(super) const SQL: &str = include_str!("policies.sql");

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The table.
    pub relation: Name,
    /// Its name, unique within the table.
    pub name: String,
    /// The command that it governs.
    pub command: PolicyCommand,
    /// Whether it adds rows (permissive, OR-ed) or takes them away (restrictive, AND-ed).
    pub permissive: bool,
    /// Whom it binds.
    pub roles: Vec<Grantee>,
    /// Which existing rows are seen.
    pub using: Option<String>,
    /// Which new rows are let in.
    pub check: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// The command that a policy governs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyCommand {
    /// Every command.
    All,
    /// `select`
    Select,
    /// `insert`
    Insert,
    /// `update`
    Update,
    /// `delete`
    Delete,
}

impl fmt::Display for PolicyCommand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::All => "all",
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        })
    }
}

pub(super) fn read(row: &Row<'_>) -> Result<Policy> {
    let roles = row.list("roles")?;
    Ok(Policy {
        relation: row.name("schema", "relation")?,
        name: row.text("name")?,
        command: row.code("command", |code| {
            Some(match code {
                "*" => PolicyCommand::All,
                "r" => PolicyCommand::Select,
                "a" => PolicyCommand::Insert,
                "w" => PolicyCommand::Update,
                "d" => PolicyCommand::Delete,
                _ => return None,
            })
        })?,
        permissive: row.flag("permissive")?,
        roles: roles.into_iter().map(Grantee::from).collect(),
        using: row.optional("using_text")?,
        check: row.optional("check_text")?,
        comment: row.optional("comment")?,
    })
}
