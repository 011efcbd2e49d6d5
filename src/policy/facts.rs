//! What must hold in the catalog, line by line: the same facts are computed from a rendering and read from a
//! server, so that comparing them is comparing two lists.

use std::collections::BTreeMap;

use super::spec::Command;
use crate::files::fingerprint;

/// What a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A role's attribute: name → detail ("superuser", "bypassrls", "login") → "yes" or "no"; or a time-out: its value.
    Role,
    /// A managed role (name) is a member of another (detail).
    Member,
    /// A schema exists.
    Schema,
    /// Privileges on a schema, by grantee (detail).
    Usage,
    /// A table's row security: "forced", "enabled", "off".
    Table,
    /// A partition or a child (detail) of a table, which its file need not describe, and which row security does not
    /// bind as it binds the table: "enabled" or "off".
    Partition,
    /// A function that workroom wrote: its fingerprint, or "altered".
    Function,
    /// Who owns a `security definer` function.
    Owner,
    /// A policy (detail) of a table: its fingerprint, "altered", or "unmanaged".
    Policy,
    /// Privileges on a table, view or sequence, by grantee (detail).
    Grant,
    /// Who (detail) may call a function of the system.
    Execute,
    /// A role (detail) may call a function of another system.
    External,
    /// A schema and all that lies in it, but for what definer roles own: the owner.
    Belongs,
    /// PUBLIC (detail) may make no temporary objects in the database.
    Temporary,
    /// Default privileges in a schema: name is the object type, detail "grantor to grantee".
    Default,
}

impl Kind {
    const ALL: [(Self, &'static str); 15] = [
        (Self::Role, "role"),
        (Self::Member, "member"),
        (Self::Schema, "schema"),
        (Self::Usage, "usage"),
        (Self::Table, "table"),
        (Self::Partition, "partition"),
        (Self::Function, "function"),
        (Self::Owner, "owner"),
        (Self::Policy, "policy"),
        (Self::Grant, "grant"),
        (Self::Execute, "execute"),
        (Self::External, "external"),
        (Self::Belongs, "belongs"),
        (Self::Temporary, "temporary"),
        (Self::Default, "default"),
    ];

    /// The word for it in the state query.
    #[must_use]
    pub fn word(self) -> &'static str {
        let found = Self::ALL.iter().find(|(kind, _)| *kind == self);
        found.map_or("", |(_, word)| word)
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, other)| *other == word);
        found.map(|(kind, _)| *kind)
    }
}

/// What a fact is about, down to the grantee.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Which sort of fact.
    pub kind: Kind,
    /// The schema; empty for roles.
    pub schema: String,
    /// The object.
    pub name: String,
    /// The part of it that is meant.
    pub detail: String,
}

impl Key {
    /// A key of its parts.
    #[must_use]
    pub fn new(kind: Kind, schema: &str, name: &str, detail: &str) -> Self {
        Self {
            kind,
            schema: schema.to_owned(),
            name: name.to_owned(),
            detail: detail.to_owned(),
        }
    }
}

/// Facts by key.
pub type Facts = BTreeMap<Key, String>;

/// The fingerprint of facts, which the server computes in the same way from its own.
#[must_use]
pub fn fingerprint_of(facts: &Facts) -> String {
    let mut lines: Vec<String> = facts
        .iter()
        .map(|(key, value)| {
            [key.kind.word(), &key.schema, &key.name, &key.detail, value].join("\u{1f}")
        })
        .collect();
    lines.sort_unstable();
    fingerprint(&lines.join("\n"))
}

/// The role that everybody is a member of, as a grantee.
pub(super) const PUBLIC: &str = "public";

/// Privileges of one grantee on one relation, some of them on columns only.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Privileges {
    /// Privilege → its columns; empty means the whole relation.
    privileges: BTreeMap<&'static str, Vec<String>>,
}

impl Privileges {
    /// Adds a privilege on the whole relation, or on columns when there are some.
    pub(super) fn add(&mut self, command: Command, mut columns: Vec<String>) {
        columns.sort_unstable();
        let word = match command {
            Command::Select => "SELECT",
            Command::Insert => "INSERT",
            Command::Update => "UPDATE",
            Command::Delete => "DELETE",
        };
        self.privileges.insert(word, columns);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.privileges.is_empty()
    }

    /// As the state query shows it.
    pub(super) fn fact(&self) -> String {
        self.joined(|word, columns| match columns {
            [] => word.to_owned(),
            columns => format!("{word}({})", columns.join(",")),
        })
    }

    /// As it stands in a grant.
    pub(super) fn sql(&self) -> String {
        let quote = |column: &String| crate::sql::identifier(column);
        self.joined(|word, columns| match columns {
            [] => word.to_ascii_lowercase(),
            columns => format!(
                "{} ({})",
                word.to_ascii_lowercase(),
                columns.iter().map(quote).collect::<Vec<_>>().join(", ")
            ),
        })
    }

    fn joined(&self, show: impl Fn(&str, &[String]) -> String) -> String {
        let parts: Vec<_> = self
            .privileges
            .iter()
            .map(|(word, columns)| show(word, columns))
            .collect();
        parts.join(", ")
    }
}
