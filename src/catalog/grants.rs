//! Grants to others than the owner, what the server grants by default included.

use std::fmt;

use super::Name;
use super::row::Row;
use crate::error::Result;
use crate::sql;

pub(super) const SQL: &str = include_str!("grants.sql");

/// One privilege of one role on one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// On what.
    pub target: Target,
    /// To whom.
    pub grantee: Grantee,
    /// What it allows.
    pub privilege: Privilege,
    /// Whether it may be passed on.
    pub grantable: bool,
    /// Whether nobody granted it: the server's defaults for a new object do.
    pub by_default: bool,
}

/// What a grant is on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A schema.
    Schema(String),
    /// A table, view or materialized view.
    Relation(Name),
    /// One column of a relation.
    Column {
        /// The relation.
        relation: Name,
        /// The column.
        column: String,
    },
    /// A sequence.
    Sequence(Name),
    /// A function or procedure.
    Function {
        /// Its name.
        name: Name,
        /// The types of its arguments.
        signature: String,
    },
}

/// Whom a grant or a policy means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grantee {
    /// Every role there is and will be.
    Public,
    /// One role.
    Role(String),
}

/// What a grant allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the SQL word")]
pub enum Privilege {
    Select,
    Insert,
    Update,
    Delete,
    Truncate,
    References,
    Trigger,
    Maintain,
    Usage,
    Create,
    Execute,
}

impl Privilege {
    const WORDS: [(&str, Self); 11] = [
        ("SELECT", Self::Select),
        ("INSERT", Self::Insert),
        ("UPDATE", Self::Update),
        ("DELETE", Self::Delete),
        ("TRUNCATE", Self::Truncate),
        ("REFERENCES", Self::References),
        ("TRIGGER", Self::Trigger),
        ("MAINTAIN", Self::Maintain),
        ("USAGE", Self::Usage),
        ("CREATE", Self::Create),
        ("EXECUTE", Self::Execute),
    ];
}

impl fmt::Display for Privilege {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::WORDS.iter().find(|(_, privilege)| privilege == self);
        formatter.write_str(&word.map_or("", |(word, _)| word).to_ascii_lowercase())
    }
}

impl From<Option<String>> for Grantee {
    fn from(role: Option<String>) -> Self {
        role.map_or(Self::Public, Self::Role)
    }
}

impl fmt::Display for Grantee {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => formatter.write_str("PUBLIC"),
            Self::Role(role) => formatter.write_str(&sql::identifier(role)),
        }
    }
}

/// As `grant` and `revoke` want it: `table agency.clients`, `function agency.has_role(text)`. A column
/// comes last, as in `(salary) on table …`, so it is written `column agency.employees (salary)`.
impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema(name) => write!(formatter, "schema {}", sql::identifier(name)),
            Self::Relation(name) => write!(formatter, "table {name}"),
            Self::Column { relation, column } => {
                write!(formatter, "column {relation} ({})", sql::identifier(column))
            }
            Self::Sequence(name) => write!(formatter, "sequence {name}"),
            Self::Function { name, signature } => write!(formatter, "function {name}({signature})"),
        }
    }
}

pub(super) fn read(row: &Row<'_>) -> Result<Grant> {
    let target = match row.text("kind")?.as_str() {
        "schema" => Target::Schema(row.text("schema")?),
        "relation" => Target::Relation(row.name("schema", "name")?),
        "sequence" => Target::Sequence(row.name("schema", "name")?),
        "column" => Target::Column {
            relation: row.name("schema", "name")?,
            column: row.text("part")?,
        },
        "function" => Target::Function {
            name: row.name("schema", "name")?,
            signature: row.text("part")?,
        },
        _ => return row.code("kind", |_| None),
    };
    Ok(Grant {
        target,
        grantee: row.optional("grantee")?.into(),
        privilege: row.code("privilege", |code| {
            let word = Privilege::WORDS.iter().find(|(word, _)| *word == code);
            word.map(|(_, privilege)| *privilege)
        })?,
        grantable: row.flag("grantable")?,
        by_default: row.flag("by_default")?,
    })
}
