//! What differs between two descriptions of the same schemas, object by object and property by property.

use std::collections::BTreeSet;
use std::fmt;

use super::values::values;
use crate::catalog::{
    Object, Objects, Properties, is_once_restored, is_written_by_the_server, once_restored,
};

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Kind and name: `table agency.clients`.
    pub object: String,
    /// Kind and name of what belongs to it: `column id`.
    pub part: Option<String>,
    /// How it differs.
    pub change: Change,
}

/// How something differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It should be there.
    Missing,
    /// It should not.
    Surplus,
    /// A property has another value; `None` is what every object has that nobody touched.
    Property {
        /// Which.
        name: String,
        /// What it should be.
        expected: Option<String>,
        /// What it is.
        found: Option<String>,
    },
}

/// Whether both sides come from servers of the same major version, so that texts of the server compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// They do.
    Same,
    /// What the server writes itself is left out, and a privilege that older versions do not have.
    Different,
}

/// All differences, in the order of the objects. A partition that is not expected is left out where the table that it is a
/// partition of is expected: those are made and dropped while nobody deploys.
#[must_use]
pub fn differences(expected: &Objects, found: &Objects, versions: Versions) -> Vec<Difference> {
    let mut all = Vec::new();
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    for name in names {
        let mut tell = |part: Option<&str>, change: Change| {
            all.push(Difference {
                object: name.clone(),
                part: part.map(str::to_owned),
                change,
            });
        };
        match (expected.get(name), found.get(name)) {
            (Some(expected), Some(found)) => objects(expected, found, versions, &mut tell),
            (Some(_), None) => tell(None, Change::Missing),
            (None, Some(object)) if is_of_an_expected_table(object, expected, found) => {}
            (None, _) => tell(None, Change::Surplus),
        }
    }
    all
}

fn is_of_an_expected_table(partition: &Object, expected: &Objects, found: &Objects) -> bool {
    let Some(parent) = partition.properties.get("partition of") else {
        return false;
    };
    let parent = format!("table {parent}");
    expected.contains_key(&parent)
        || found
            .get(&parent)
            .is_some_and(|above| is_of_an_expected_table(above, expected, found))
}

fn objects(
    expected: &Object,
    found: &Object,
    versions: Versions,
    tell: &mut impl FnMut(Option<&str>, Change),
) {
    for change in properties(&expected.properties, &found.properties, versions) {
        tell(None, change);
    }
    let names: BTreeSet<&String> = expected.parts.keys().chain(found.parts.keys()).collect();
    for name in names {
        match (expected.parts.get(name), found.parts.get(name)) {
            (Some(expected), Some(found)) => {
                for change in properties(expected, found, versions) {
                    tell(Some(name), change);
                }
            }
            (Some(_), None) => tell(Some(name), Change::Missing),
            (None, _) => tell(Some(name), Change::Surplus),
        }
    }
}

fn properties(expected: &Properties, found: &Properties, versions: Versions) -> Vec<Change> {
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let differing = names.into_iter().filter(|name| {
        let (was, is) = (expected.get(*name), found.get(*name));
        let is_equal = match versions {
            Versions::Same => was == is,
            Versions::Different => {
                was.is_some() == is.is_some() && is_written_by_the_server(name)
                    || was.map(|it| in_any_version(it)) == is.map(|it| in_any_version(it))
            }
        };
        // A database may have been restored from a dump; that it could be is no property of it.
        let is_equal = is_equal
            || is.is_some() && is == expected.get(&once_restored(name))
            || is_once_restored(name) && is.is_none();
        // Where columns are missing or surplus, that is said.
        !is_equal && (*name != "column order" || is_reordered(was, is))
    });
    let change = |name: &String| Change::Property {
        name: name.clone(),
        expected: expected.get(name).cloned(),
        found: found.get(name).cloned(),
    };
    differing.map(change).collect()
}

/// Postgres 17 brought the privilege MAINTAIN, which `all` has held since.
fn in_any_version(value: &str) -> String {
    let words = value
        .split(", ")
        .filter(|word| !word.starts_with("maintain"));
    words.collect::<Vec<_>>().join(", ")
}

fn is_reordered(expected: Option<&String>, found: Option<&String>) -> bool {
    let names = |list: Option<&String>| -> BTreeSet<String> {
        let names = list.into_iter().flat_map(|list| list.split(", "));
        names.map(str::to_owned).collect()
    };
    names(expected) == names(found)
}

impl Difference {
    /// What differs, without how: `table agency.clients, column id, type`. What is accepted is named by its beginning.
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = self.object.clone();
        let property = match &self.change {
            Change::Property { name, .. } => Some(name),
            Change::Missing | Change::Surplus => None,
        };
        for further in self.part.iter().chain(property) {
            label.push_str(", ");
            label.push_str(further);
        }
        label
    }

    /// Whether a name of an object, of a part or of a property takes this in.
    #[must_use]
    pub fn is_of(&self, name: &str) -> bool {
        let label = self.label();
        let rest = label.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(", "))
    }

    /// The kind of what differs: `table`, `column`.
    #[must_use]
    pub fn kind(&self) -> &str {
        let titled = self.part.as_ref().unwrap_or(&self.object);
        kind_of(titled)
    }
}

/// Kinds of more than one word.
const LONG_KINDS: [&str; 8] = [
    "default privileges",
    "event trigger",
    "foreign table",
    "materialized view",
    "operator class",
    "operator family",
    "text search configuration",
    "text search dictionary",
];

/// The kind at the beginning of `table agency.clients`.
pub(super) fn kind_of(title: &str) -> &str {
    let long = LONG_KINDS.iter().find(|kind| title.starts_with(**kind));
    match long {
        Some(kind) => kind,
        None => title.split(' ').next().unwrap_or(title),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.change {
            Change::Missing => write!(formatter, "missing: {}", self.label()),
            Change::Surplus => write!(formatter, "surplus: {}", self.label()),
            Change::Property {
                expected, found, ..
            } => write!(
                formatter,
                "{}: {}",
                self.label(),
                values(expected.as_deref(), found.as_deref())
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties_of(pairs: &[(&str, &str)]) -> Properties {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn orders(owner: &str, columns: &[(&str, &str)]) -> Objects {
        let parts = columns.iter().map(|(name, kind)| {
            let column = properties_of(&[("type", kind)]);
            (format!("column {name}"), column)
        });
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let object = Object {
            properties: properties_of(&[("owner", owner), ("column order", &names.join(", "))]),
            parts: parts.collect(),
        };
        [("table shop.orders".to_owned(), object)].into()
    }

    fn shown(expected: &Objects, found: &Objects) -> Vec<String> {
        let all = differences(expected, found, Versions::Same);
        all.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn objects_parts_and_properties_are_named() {
        let expected = orders("(deployer)", &[("id", "uuid"), ("note", "text")]);
        assert!(shown(&expected, &expected).is_empty());
        assert_eq!(
            shown(
                &expected,
                &orders("ann", &[("id", "bigint"), ("by", "text")])
            ),
            [
                "table shop.orders, owner: expected (deployer), found ann",
                "surplus: table shop.orders, column by",
                "table shop.orders, column id, type: expected uuid, found bigint",
                "missing: table shop.orders, column note",
            ]
        );
        assert_eq!(
            shown(&expected, &Objects::new()),
            ["missing: table shop.orders"]
        );
        assert_eq!(
            shown(&Objects::new(), &expected),
            ["surplus: table shop.orders"]
        );
    }

    #[test]
    fn columns_in_another_order_are_a_difference_of_their_own() {
        let expected = orders("ann", &[("id", "uuid"), ("note", "text")]);
        let found = orders("ann", &[("note", "text"), ("id", "uuid")]);
        assert_eq!(
            shown(&expected, &found),
            ["table shop.orders, column order: expected id, note, found note, id"]
        );
    }

    #[test]
    fn partitions_come_and_go() {
        let expected = orders("ann", &[]);
        let mut found = expected.clone();
        for (name, of) in [
            ("of_2026", "orders"),
            ("of_may", "of_2026"),
            ("odd", "other"),
        ] {
            let object = Object {
                properties: properties_of(&[("partition of", &format!("shop.{of}"))]),
                ..Object::default()
            };
            found.insert(format!("table shop.{name}"), object);
        }
        assert_eq!(shown(&expected, &found), ["surplus: table shop.odd"]);
    }

    #[test]
    fn another_version_of_the_server_may_write_other_texts() {
        let of = |default: &str, granted: &str| {
            let object = Object {
                properties: properties_of(&[("default", default), ("granted to a", granted)]),
                ..Object::default()
            };
            Objects::from([("table shop.orders".to_owned(), object)])
        };
        let all = of("now()", "maintain, select");
        let count = |found: &Objects| differences(&all, found, Versions::Different).len();
        assert_eq!(count(&of("pg_catalog.now()", "select")), 0);
        assert_eq!(count(&of("now()", "insert")), 1);
    }

    #[test]
    fn what_is_named_takes_in_what_belongs_to_it() {
        let difference = Difference {
            object: "table shop.orders".to_owned(),
            part: Some("column id".to_owned()),
            change: Change::Surplus,
        };
        assert!(difference.is_of("table shop.orders"));
        assert!(difference.is_of("table shop.orders, column id"));
        assert!(!difference.is_of("table shop.orders, column i"));
        assert!(!difference.is_of("table shop.order"));
        assert_eq!(
            (difference.kind(), kind_of("materialized view a.b")),
            ("column", "materialized view")
        );
    }
}
