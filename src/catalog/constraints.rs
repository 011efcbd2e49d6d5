//! Constraints of tables and domains.

use super::Name;
use super::row::Row;
use crate::error::Result;

pub(super) const SQL: &str = include_str!("constraints.sql");

/// A constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// The table, or the domain.
    pub relation: Name,
    /// Whether `relation` is a domain.
    pub on_domain: bool,
    /// Its name.
    pub name: String,
    /// What sort of constraint.
    pub kind: ConstraintKind,
    /// The columns it speaks of, in its own order; none for an expression over no column, or of a domain.
    pub columns: Vec<String>,
    /// What a foreign key points to.
    pub references: Option<Reference>,
    /// The whole as SQL: `FOREIGN KEY (…) REFERENCES …`.
    pub definition: String,
    /// Whether every row is known to satisfy it.
    pub validated: bool,
    /// Whether its check may be put off to the end of the transaction.
    pub deferrable: bool,
    /// Whether it came from a parent table.
    pub inherited: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// What sort of constraint it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConstraintKind {
    /// `primary key`
    PrimaryKey,
    /// `unique`
    Unique,
    /// `check`
    Check,
    /// `foreign key`
    ForeignKey,
    /// `exclude`
    Exclusion,
    /// `not null`; a constraint of its own from version 18 on, before that only in
    /// [`super::Column::not_null`].
    NotNull,
}

/// What a foreign key points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The table.
    pub relation: Name,
    /// Its columns, in the order of the constraint's own.
    pub columns: Vec<String>,
    /// What happens when the key there changes.
    pub on_update: ReferenceAction,
    /// What happens when the row there goes.
    pub on_delete: ReferenceAction,
}

/// What a foreign key does when the row that it points to changes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceAction {
    /// Refuses at the end of the statement.
    NoAction,
    /// Refuses at once.
    Restrict,
    /// Follows.
    Cascade,
    /// Becomes null.
    SetNull,
    /// Becomes the default.
    SetDefault,
}

impl Constraint {
    /// Whether the server holds new rows to it; `not enforced` exists from version 18 on.
    #[must_use]
    pub fn is_enforced(&self) -> bool {
        !self.definition.ends_with(" NOT ENFORCED")
    }
}

pub(super) fn read(row: &Row<'_>) -> Result<Constraint> {
    let references = match row.optional_name("referenced_schema", "referenced_relation")? {
        None => None,
        Some(relation) => Some(Reference {
            relation,
            columns: row.names("referenced_columns")?,
            on_update: row.code("on_update", action)?,
            on_delete: row.code("on_delete", action)?,
        }),
    };
    Ok(Constraint {
        relation: row.name("schema", "relation")?,
        on_domain: row.flag("on_domain")?,
        name: row.text("name")?,
        kind: row.code("kind", |code| {
            Some(match code {
                "p" => ConstraintKind::PrimaryKey,
                "u" => ConstraintKind::Unique,
                "c" => ConstraintKind::Check,
                "f" => ConstraintKind::ForeignKey,
                "x" => ConstraintKind::Exclusion,
                "n" => ConstraintKind::NotNull,
                _ => return None,
            })
        })?,
        columns: row.names("columns")?,
        references,
        definition: row.text("definition")?,
        validated: row.flag("validated")?,
        deferrable: row.flag("deferrable")?,
        inherited: row.flag("inherited")?,
        comment: row.optional("comment")?,
    })
}

fn action(code: &str) -> Option<ReferenceAction> {
    Some(match code {
        "a" => ReferenceAction::NoAction,
        "r" => ReferenceAction::Restrict,
        "c" => ReferenceAction::Cascade,
        "n" => ReferenceAction::SetNull,
        "d" => ReferenceAction::SetDefault,
        _ => return None,
    })
}
