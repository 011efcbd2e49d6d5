//! Types that were made on their own: enums, domains, ranges and composite types.

use super::Name;
use super::row::Row;
use crate::error::Result;

pub(super) const SQL: &str = include_str!("types.sql");

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// Its name.
    pub name: Name,
    /// What sort of type, and what it is made of.
    pub kind: TypeKind,
    /// The role that owns it.
    pub owner: String,
    /// Its comment.
    pub comment: Option<String>,
}

/// What sort of type it is, and what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// An enumeration, with its labels in their order.
    Enum {
        /// The labels.
        labels: Vec<String>,
    },
    /// A domain; its checks are among the constraints.
    Domain {
        /// The type beneath, with its modifiers.
        base: String,
        /// Whether null is refused.
        not_null: bool,
        /// The default, as an expression.
        default: Option<String>,
    },
    /// A range.
    Range {
        /// The type of its bounds.
        subtype: String,
    },
    /// A composite type.
    Composite {
        /// Each attribute's name and type, as SQL.
        attributes: Vec<String>,
    },
}

pub(super) fn read(row: &Row<'_>) -> Result<Type> {
    let kind = match row.text("kind")?.as_str() {
        "e" => TypeKind::Enum {
            labels: row.names("labels")?,
        },
        "d" => TypeKind::Domain {
            base: row.text("base")?,
            not_null: row.flag("not_null")?,
            default: row.optional("default_value")?,
        },
        "r" => TypeKind::Range {
            subtype: row.text("base")?,
        },
        "c" => TypeKind::Composite {
            attributes: row.names("attributes")?,
        },
        _ => return row.code("kind", |_| None),
    };
    Ok(Type {
        name: row.name("schema", "name")?,
        kind,
        owner: row.text("owner")?,
        comment: row.optional("comment")?,
    })
}
