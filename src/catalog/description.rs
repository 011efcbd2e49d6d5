//! Everything that two databases are compared by: each property of each object of some schemas, as text.
//!
//! Kinds differ in their queries alone, which are the files beside this one: a column's name is a property's, and null
//! says that the object has none, or what every object has that nobody touched. So a kind that is added needs no line of
//! Rust. What compares is what holds in any database that the same files have made: no object number, no position, no
//! name of whoever deploys, and of a text only what the server keeps when the text is dumped and read again. Objects of
//! extensions are left out.

use std::collections::BTreeMap;

use tokio_postgres::{Client, SimpleQueryRow};

use super::{Name, RESTORE, SESSION, results, set_names};
use crate::database::BatchFailure;
use crate::error::{Error, Kind, Result};

/// Property → value.
pub type Properties = BTreeMap<String, String>;

/// Objects by kind and name, as people know them: `table agency.clients`.
pub type Objects = BTreeMap<String, Object>;

/// What an object has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// Its own properties.
    pub properties: Properties,
    /// What belongs to it, by kind and name, with properties: `column id`, `policy readers`.
    pub parts: BTreeMap<String, Properties>,
}

/// The objects of some schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The server's major version.
    pub major: u32,
    schemas: BTreeMap<String, Objects>,
}

const DEPLOYERS: &str = include_str!("description/deployers.sql");
pub(super) const COMMON: &str = include_str!("description/common.sql");

/// One kind of object each, but for grants, which all have.
const QUERIES: [&str; 21] = [
    include_str!("description/schemas.sql"),
    include_str!("description/relations.sql"),
    include_str!("description/columns.sql"),
    include_str!("description/constraints.sql"),
    include_str!("description/indexes.sql"),
    include_str!("description/triggers.sql"),
    include_str!("description/rules.sql"),
    include_str!("description/policies.sql"),
    include_str!("description/statistics.sql"),
    include_str!("description/sequences.sql"),
    include_str!("description/functions.sql"),
    include_str!("description/types.sql"),
    include_str!("description/operators.sql"),
    include_str!("description/operator_classes.sql"),
    include_str!("description/casts.sql"),
    include_str!("description/collations.sql"),
    include_str!("description/text_search.sql"),
    include_str!("description/publications.sql"),
    include_str!("description/event_triggers.sql"),
    include_str!("description/extensions.sql"),
    include_str!("description/default_privileges.sql"),
];
const GRANTS: &str = include_str!("description/grants.sql");

/// Properties that are text of the server's: made of what it has stored, and not in the same words by every version.
const WRITTEN_BY_THE_SERVER: [&str; 9] = [
    "arguments",
    "default",
    "definition",
    "generated",
    "partition bound",
    "partition by",
    "published by",
    "using",
    "with check",
];

/// How a property is called that holds the text of another one as the server writes it once it was dumped and restored.
const RESTORED: &str = ", once restored";

/// The name of the property that holds the text of another one once it was dumped and restored.
#[must_use]
pub fn once_restored(property: &str) -> String {
    format!("{property}{RESTORED}")
}

/// Whether a property holds the text of another one once it was dumped and restored.
#[must_use]
pub fn is_once_restored(property: &str) -> bool {
    property.ends_with(RESTORED)
}

/// Whether the server writes a property's text, and another major version may write another one for the same.
#[must_use]
pub fn is_written_by_the_server(property: &str) -> bool {
    WRITTEN_BY_THE_SERVER
        .iter()
        .any(|known| property == *known || property.starts_with("published by "))
}

impl Description {
    /// Reads the objects of these schemas in one round trip. Whoever owns one of the relations `made_by_deployers` is
    /// called `(deployer)`, whatever the name; where there is none of them, whoever owns most.
    ///
    /// Inside a transaction it sees what the transaction sees and leaves its settings as they were.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn load(
        client: &Client,
        schemas: &[&str],
        made_by_deployers: &[Name],
    ) -> Result<Self> {
        let made: Vec<String> = made_by_deployers.iter().map(Name::to_string).collect();
        let made: Vec<&str> = made.iter().map(String::as_str).collect();
        let mut batch = format!(
            "{SESSION}select {}, {};\nselect pg_catalog.current_setting('server_version_num') as major;\n",
            set_names("workroom.schemas", schemas),
            set_names("workroom.made_by_deployers", &made)
        );
        for query in QUERIES.iter().chain([&GRANTS]) {
            batch.push_str(&format!("with {DEPLOYERS}{COMMON}{query};\n"));
        }
        batch.push_str(RESTORE);
        let messages = client
            .simple_query(&batch)
            .await
            .map_err(|error| BatchFailure::from(error).of_our_own("reading the catalog"))?;
        Self::read(&results(messages))
    }

    fn read(results: &[Vec<SimpleQueryRow>]) -> Result<Self> {
        let number = results.first().and_then(|rows| rows.first()?.get(0));
        let number: u32 = number
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| Error::new(Kind::Bug, "the server does not say its version"))?;
        let mut description = Self {
            major: number / 10_000,
            schemas: BTreeMap::new(),
        };
        for row in results.iter().skip(1).flatten() {
            description.add(row);
        }
        Ok(description)
    }

    fn add(&mut self, row: &SimpleQueryRow) {
        let cell = |name: &str| {
            let at = row
                .columns()
                .iter()
                .position(|column| column.name() == name);
            at.and_then(|at| row.get(at))
        };
        let (Some(schema), Some(name)) = (cell("schema"), cell("object")) else {
            return;
        };
        let objects = self.schemas.entry(schema.to_owned()).or_default();
        let object = objects.entry(name.to_owned()).or_default();
        let properties = match cell("part") {
            Some(part) => object.parts.entry(part.to_owned()).or_default(),
            None => &mut object.properties,
        };
        if let (Some(property), Some(value)) = (cell("property"), cell("value")) {
            properties.insert(property.to_owned(), as_it_compares(property, value));
            return;
        }
        for (at, column) in row.columns().iter().enumerate() {
            let property = column.name();
            let Some(value) = row.get(at) else { continue };
            if !["schema", "object", "part", "property", "value"].contains(&property) {
                let value = as_it_compares(property, value);
                if !value.is_empty() {
                    properties.insert(property.to_owned(), value);
                }
            }
        }
    }

    /// Adds the texts that are others in a database restored from a dump of this one. The server writes what it has parsed,
    /// and what it has written it may parse into something else that means the same: `a in (b, c)` comes back as `a = b or
    /// a = c`, with its parentheses first and without them after a dump.
    pub fn add_restored(&mut self, restored: &Self) {
        for (schema, objects) in &mut self.schemas {
            for (name, object) in objects {
                let Some(other) = restored.schemas.get(schema).and_then(|all| all.get(name)) else {
                    continue;
                };
                add_restored(&mut object.properties, &other.properties);
                for (part, held) in &mut object.parts {
                    if let Some(other) = other.parts.get(part) {
                        add_restored(held, other);
                    }
                }
            }
        }
    }

    /// The objects of some of the schemas together.
    #[must_use]
    pub fn of<'a>(&self, schemas: impl IntoIterator<Item = &'a String>) -> Objects {
        let found = schemas
            .into_iter()
            .filter_map(|schema| self.schemas.get(schema));
        let mut all = Objects::new();
        for (name, object) in found.flatten() {
            let into = all.entry(name.clone()).or_default();
            into.properties.extend(object.properties.clone());
            into.parts.extend(object.parts.clone());
        }
        all
    }
}

fn add_restored(properties: &mut Properties, restored: &Properties) {
    let differing = restored.iter().filter(|(name, value)| {
        let own = properties.get(*name);
        is_written_by_the_server(name) && own.is_some_and(|own| own != *value)
    });
    let differing: Vec<(String, String)> = differing
        .map(|(name, value)| (once_restored(name), value.clone()))
        .collect();
    properties.extend(differing);
}

fn as_it_compares(property: &str, value: &str) -> String {
    match property {
        "comment" => without_mark(value).to_owned(),
        _ => value.to_owned(),
    }
}

/// A comment without what workroom writes before it on what it has made.
fn without_mark(comment: &str) -> &str {
    let Some(rest) = comment.strip_prefix("workroom:") else {
        return comment;
    };
    let marked = rest.find(|part: char| !part.is_ascii_hexdigit() && part != ':');
    rest[marked.unwrap_or(rest.len())..].trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_off_comments() {
        let mark = format!("workroom:{}:{}", "a1".repeat(32), "0f".repeat(8));
        assert_eq!(without_mark(&format!("{mark} Who reads.")), "Who reads.");
        assert_eq!(without_mark(&mark), "");
        assert_eq!(without_mark("workroom made it"), "workroom made it");
    }

    #[test]
    fn texts_of_the_server_have_a_second_form_where_a_dump_changes_them() {
        let texts = |pairs: &[(&str, &str)]| -> Properties {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            pairs.iter().map(owned).collect()
        };
        let mut properties = texts(&[
            ("definition", "((a OR b) OR c)"),
            ("default", "1"),
            ("owner", "ann"),
        ]);
        let restored = [
            ("definition", "(a OR b OR c)"),
            ("default", "1"),
            ("owner", "bob"),
        ];
        add_restored(&mut properties, &texts(&restored));
        assert_eq!(properties.len(), 4);
        assert_eq!(properties["definition, once restored"], "(a OR b OR c)");
        assert!(is_once_restored("definition, once restored"));
    }
}
