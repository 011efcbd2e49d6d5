//! Functions, procedures, aggregates and window functions.

use super::Name;
use super::row::Row;
use crate::error::Result;

pub(super) const SQL: &str = include_str!("functions.sql");

/// A function or procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: Name,
    /// The types of its input arguments, which tell overloads apart: `text, integer`.
    pub signature: String,
    /// Its arguments in full, with names and defaults.
    pub arguments: String,
    /// What it returns, as SQL; none for a procedure.
    pub result: Option<String>,
    /// What sort of function.
    pub kind: FunctionKind,
    /// Its language.
    pub language: String,
    /// What the planner may assume of it.
    pub volatility: Volatility,
    /// Whether parallel workers may call it.
    pub parallel: Parallel,
    /// Whether it runs with its owner's rights.
    pub security_definer: bool,
    /// Whether it tells nothing of its arguments but by its result.
    pub leakproof: bool,
    /// Whether a null argument gives null unseen.
    pub strict: bool,
    /// Whether its body is SQL-standard: parsed, its names bound, when it was made.
    pub sql_body: bool,
    /// Settings that it runs under: `("search_path", "\"\"")`.
    pub config: Vec<(String, String)>,
    /// The role that owns it.
    pub owner: String,
    /// The whole as SQL; an aggregate has none.
    pub definition: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// What sort of function it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// An ordinary function.
    Function,
    /// A procedure.
    Procedure,
    /// An aggregate.
    Aggregate,
    /// A window function.
    Window,
}

/// What the planner may assume of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volatility {
    /// The same arguments give the same result for ever.
    Immutable,
    /// They do within one statement.
    Stable,
    /// Anything may happen.
    Volatile,
}

/// Whether parallel workers may call a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parallel {
    /// They may.
    Safe,
    /// Only the leader may.
    Restricted,
    /// The query must not be parallel.
    Unsafe,
}

impl Function {
    /// Whether it is a trigger's function.
    #[must_use]
    pub fn returns_trigger(&self) -> bool {
        matches!(self.result.as_deref(), Some("trigger" | "event_trigger"))
    }

    /// The value that a setting is pinned to while it runs.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.config
            .iter()
            .find(|(setting, _)| setting == name)
            .map(|(_, value)| value.as_str())
    }

    /// Name and signature: `agency.has_role(text)`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}({})", self.name, self.signature)
    }
}

pub(super) fn read(row: &Row<'_>) -> Result<Function> {
    Ok(Function {
        name: row.name("schema", "name")?,
        signature: row.text("signature")?,
        arguments: row.text("arguments")?,
        result: row.optional("result")?,
        kind: row.code("kind", |code| {
            Some(match code {
                "f" => FunctionKind::Function,
                "p" => FunctionKind::Procedure,
                "a" => FunctionKind::Aggregate,
                "w" => FunctionKind::Window,
                _ => return None,
            })
        })?,
        language: row.text("language")?,
        volatility: row.code("volatility", |code| {
            Some(match code {
                "i" => Volatility::Immutable,
                "s" => Volatility::Stable,
                "v" => Volatility::Volatile,
                _ => return None,
            })
        })?,
        parallel: row.code("parallel", |code| {
            Some(match code {
                "s" => Parallel::Safe,
                "r" => Parallel::Restricted,
                "u" => Parallel::Unsafe,
                _ => return None,
            })
        })?,
        security_definer: row.flag("security_definer")?,
        leakproof: row.flag("leakproof")?,
        strict: row.flag("strict")?,
        sql_body: row.flag("sql_body")?,
        config: row.settings("config")?,
        owner: row.text("owner")?,
        definition: row.optional("definition")?,
        comment: row.optional("comment")?,
    })
}
