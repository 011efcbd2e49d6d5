//! Schemas as a script that makes them anew: one statement for each object, in an order in which they can run.
//!
//! Kinds differ in their queries alone, which are the files beside this one; each row is a statement with the number of its
//! object, a place among the kinds and a label. What must be there before what is the server's to say (`pg_depend`), and
//! where it leaves a choice, place and label decide, so that the same schema gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{Client, SimpleQueryRow};

use super::description::COMMON;
use super::{RESTORE, SESSION, results, set_names};
use crate::database::BatchFailure;
use crate::error::{Error, Kind, Result};

const DEPLOYERS: &str = include_str!("dump/deployers.sql");
const LATER: &str = include_str!("dump/later.sql");
const STATEMENTS: [&str; 11] = [
    include_str!("dump/schemas.sql"),
    include_str!("dump/types.sql"),
    include_str!("dump/functions.sql"),
    include_str!("dump/sequences.sql"),
    include_str!("dump/tables.sql"),
    include_str!("dump/constraints.sql"),
    include_str!("dump/indexes.sql"),
    include_str!("dump/views.sql"),
    include_str!("dump/triggers.sql"),
    include_str!("dump/policies.sql"),
    include_str!("dump/comments.sql"),
];
const RIGHTS: &str = include_str!("dump/rights.sql");
const EDGES: &str = include_str!("dump/edges.sql");

/// Class and number of an object; 0 where nothing can stand on it.
type Address = (u32, u32);

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    address: Address,
    place: u32,
    label: String,
    statement: String,
}

/// Schemas as statements that make them anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dump {
    /// What is there, in order.
    pub definitions: Vec<String>,
    /// To whom it belongs and who may do what with it.
    pub rights: Vec<String>,
}

/// Where rights begin among the places.
const FIRST_RIGHT: u32 = 180;

impl Dump {
    /// Reads the objects of some schemas in one round trip. What belongs to the connected role belongs, where the script
    /// runs, to whoever runs it.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn load(client: &Client, schemas: &[&str]) -> Result<Self> {
        let mut batch = format!(
            "{SESSION}select {};\n",
            set_names("workroom.schemas", schemas)
        );
        for query in STATEMENTS.iter().chain([&RIGHTS, &EDGES]) {
            batch.push_str(&format!("with {DEPLOYERS}{COMMON}{LATER}{query};\n"));
        }
        batch.push_str(RESTORE);
        let messages = client
            .simple_query(&batch)
            .await
            .map_err(|error| BatchFailure::from(error).of_our_own("reading the schema"))?;
        Self::read(&results(messages))
    }

    fn read(results: &[Vec<SimpleQueryRow>]) -> Result<Self> {
        let mut items = Vec::new();
        let mut edges = Vec::new();
        for row in results.iter().flatten() {
            if row.columns().len() == 4 {
                let number = |at: usize| number(row, at);
                edges.push(((number(0)?, number(1)?), (number(2)?, number(3)?)));
            } else {
                items.push(item(row)?);
            }
        }
        items.retain(|item: &Item| !item.statement.trim().is_empty());
        let (rights, definitions): (Vec<Item>, Vec<Item>) = ordered(items, &edges)
            .into_iter()
            .partition(|item| item.place >= FIRST_RIGHT);
        let statements = |items: Vec<Item>| items.into_iter().map(|item| item.statement).collect();
        Ok(Self {
            definitions: statements(definitions),
            rights: statements(rights),
        })
    }

    /// What the script begins with.
    pub const HEAD: &str = "set client_min_messages = warning;\nset check_function_bodies = off;\n\
         select pg_catalog.set_config('search_path', '', false);";

    /// The script.
    #[must_use]
    pub fn text(&self) -> String {
        let mut parts = vec![format!(
            "-- Load it into an empty database: psql -v ON_ERROR_STOP=1 -f FILE\n{}",
            Self::HEAD
        )];
        parts.extend(self.definitions.iter().cloned());
        if !self.rights.is_empty() {
            parts.push(self.rights.join("\n"));
        }
        parts.join("\n\n") + "\n"
    }
}

fn number(row: &SimpleQueryRow, at: usize) -> Result<u32> {
    let cell = row.try_get(at).ok().flatten();
    cell.and_then(|cell| cell.parse().ok())
        .ok_or_else(unreadable)
}

fn item(row: &SimpleQueryRow) -> Result<Item> {
    let text = |at: usize| {
        row.try_get(at)
            .ok()
            .flatten()
            .unwrap_or_default()
            .to_owned()
    };
    Ok(Item {
        address: (number(row, 0)?, number(row, 1)?),
        place: number(row, 2)?,
        label: text(3),
        statement: text(4),
    })
}

fn unreadable() -> Error {
    Error::new(Kind::Bug, "the statements of the schema could not be read")
}

/// In an order in which everything stands on what is there; among what is ready by place and label. What goes round in a
/// circle follows in that order as well.
fn ordered(items: Vec<Item>, edges: &[(Address, Address)]) -> Vec<Item> {
    let at: BTreeMap<Address, usize> = items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.address.1 != 0)
        .map(|(at, item)| (item.address, at))
        .collect();
    let mut waits_for: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); items.len()];
    let mut holds_up: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
    for (from, to) in edges {
        if let (Some(from), Some(to)) = (at.get(from), at.get(to))
            && from != to
            && waits_for[*from].insert(*to)
        {
            holds_up[*to].push(*from);
        }
    }
    let key = |at: usize| (items[at].place, items[at].label.as_str(), at);
    let mut left: BTreeSet<_> = (0..items.len()).map(key).collect();
    let mut ready: BTreeSet<_> = left
        .iter()
        .copied()
        .filter(|(.., at)| waits_for[*at].is_empty())
        .collect();
    let mut order = Vec::with_capacity(items.len());
    while let Some(next) = ready.pop_first().or_else(|| left.first().copied()) {
        if !left.remove(&next) {
            continue;
        }
        order.push(next.2);
        for waiting in &holds_up[next.2] {
            let waits = &mut waits_for[*waiting];
            waits.remove(&next.2);
            if waits.is_empty() {
                ready.insert(key(*waiting));
            }
        }
    }
    let mut items: Vec<Option<Item>> = items.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|at| items[at].take())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(number: u32, place: u32, label: &str) -> Item {
        Item {
            address: (1, number),
            place,
            label: label.to_owned(),
            statement: format!("create {label};"),
        }
    }

    fn labels(items: Vec<Item>, edges: &[(u32, u32)]) -> Vec<String> {
        let edges: Vec<_> = edges
            .iter()
            .map(|(from, to)| ((1, *from), (1, *to)))
            .collect();
        let ordered = ordered(items, &edges).into_iter();
        ordered.map(|item| item.label).collect()
    }

    #[test]
    fn what_is_stood_on_comes_first_and_else_place_and_label_decide() {
        let items = || {
            vec![
                item(1, 60, "orders"),
                item(2, 40, "count_orders"),
                item(3, 60, "customers"),
                item(4, 40, "touch"),
            ]
        };
        // The function reads the table, and the table refers to a later one.
        assert_eq!(
            labels(items(), &[(2, 1), (1, 3)]),
            ["touch", "customers", "orders", "count_orders"]
        );
        let mut backwards = items();
        backwards.reverse();
        assert_eq!(labels(items(), &[]), labels(backwards, &[]));
    }

    #[test]
    fn circles_end() {
        let items = vec![item(1, 60, "b"), item(2, 60, "a"), item(3, 90, "c")];
        assert_eq!(labels(items, &[(1, 2), (2, 1), (3, 1)]), ["a", "b", "c"]);
    }
}
