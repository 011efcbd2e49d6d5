//! What stands on an object, by the server's own record of it: what is to be dropped before the object can change.

use std::collections::{BTreeMap, BTreeSet};

use super::signature::SIGNATURE;
use crate::database::Session;
use crate::error::{Error, Kind, Result};
use crate::sql::literal;

/// An object's catalog and its number there, as `pg_depend` names it.
pub(super) type Address = (String, u32);

/// Where to begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    /// Names in a statement, as the server folds them.
    pub words: BTreeSet<String>,
    /// Only what uses a column that is among the words.
    pub narrow: bool,
    /// Begin with all objects.
    pub everything: bool,
    /// Count the managed objects that are named as well.
    pub with_seeds: bool,
}

/// Something that stands on what changes.
#[derive(Clone, Debug)]
pub(super) struct Dependant {
    /// Which object it is.
    pub address: Address,
    /// System and name in `workroom.objects`; `None` for a policy.
    pub managed: Option<(String, String)>,
    /// What it stands on among the others.
    pub stands_on: BTreeSet<Address>,
}

/// Everything that stands on what changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Dependants {
    /// What workroom can drop and create again, each after what it stands on.
    pub ordered: Vec<Dependant>,
    /// What stands on one of these and is not managed, in the server's words.
    pub in_the_way: Vec<String>,
    /// What stands on the object itself and is not managed; it need not be in the way.
    pub unmanaged: Vec<String>,
}

/// Asks the server.
///
/// # Errors
/// When the server does not answer.
pub(super) async fn find(session: &Session, search: &Search) -> Result<Dependants> {
    let words: Vec<String> = search.words.iter().map(|word| literal(word)).collect();
    let query = include_str!("dependants.sql")
        .replace("{words}", &format!("array[{}]", words.join(", ")))
        .replace("{signature}", SIGNATURE)
        .replace("{narrow}", &search.narrow.to_string())
        .replace("{everything}", &search.everything.to_string())
        .replace("{with_seeds}", &search.with_seeds.to_string());
    let sql = format!("select pg_catalog.set_config('search_path', '', true);{query}");
    let results = session.run("asking what stands on an object", &sql).await?;
    let edges: Vec<Edge> = results[1]
        .iter()
        .filter_map(|row| Edge::read(row))
        .collect();
    sort(edges)
}

/// A row of `dependants.sql`.
struct Edge {
    address: Address,
    managed: Option<(String, String)>,
    label: String,
    is_internal: bool,
    stands_on: Option<Address>,
    from_seed: bool,
}

impl Edge {
    fn read(row: &[Option<String>]) -> Option<Self> {
        let [
            class,
            object,
            system,
            name,
            label,
            internal,
            ref_class,
            ref_object,
            from_seed,
        ] = row
        else {
            return None;
        };
        let address = |class: &Option<String>, object: &Option<String>| -> Option<Address> {
            let class = class.as_deref()?;
            let class = class.strip_prefix("pg_catalog.").unwrap_or(class);
            Some((class.to_owned(), object.as_deref()?.parse().ok()?))
        };
        Some(Self {
            address: address(class, object)?,
            managed: system.clone().zip(name.clone()),
            label: label.clone().unwrap_or_default(),
            is_internal: internal.as_deref() == Some("t"),
            stands_on: address(ref_class, ref_object),
            from_seed: from_seed.as_deref() == Some("t"),
        })
    }

    fn can_be_dropped(&self) -> bool {
        self.managed.is_some() || self.address.0 == "pg_policy"
    }
}

/// The edges as objects in order; the row types of relations, which come and go with them, are left out.
fn sort(edges: Vec<Edge>) -> Result<Dependants> {
    let mut nodes: BTreeMap<Address, Dependant> = BTreeMap::new();
    let mut types: BTreeMap<Address, Address> = BTreeMap::new();
    for edge in &edges {
        if edge.can_be_dropped() {
            let node = nodes
                .entry(edge.address.clone())
                .or_insert_with(|| Dependant {
                    address: edge.address.clone(),
                    managed: edge.managed.clone(),
                    stands_on: BTreeSet::new(),
                });
            node.stands_on.extend(edge.stands_on.clone());
        } else if let (true, Some(owner)) = (edge.is_internal, &edge.stands_on) {
            types.insert(edge.address.clone(), owner.clone());
        }
    }
    // An array's type stands on the row type, the row type on the relation.
    let owner = |address: &Address| {
        let mut address = address;
        while let Some(owner) = types.get(address) {
            address = owner;
        }
        address.clone()
    };
    let mut found = Dependants::default();
    for edge in &edges {
        let Some(stands_on) = edge.stands_on.as_ref().map(owner) else {
            continue;
        };
        if edge.can_be_dropped() || edge.is_internal {
            continue;
        }
        let list = if nodes.contains_key(&stands_on) {
            &mut found.in_the_way
        } else if edge.from_seed {
            &mut found.unmanaged
        } else {
            continue;
        };
        if !list.contains(&edge.label) {
            list.push(edge.label.clone());
        }
    }
    let known: BTreeSet<Address> = nodes.keys().cloned().collect();
    for node in nodes.values_mut() {
        let me = node.address.clone();
        let stands_on = std::mem::take(&mut node.stands_on);
        node.stands_on = stands_on
            .iter()
            .map(owner)
            .filter(|other| known.contains(other) && *other != me)
            .collect();
    }
    let mut done: BTreeSet<Address> = BTreeSet::new();
    while !nodes.is_empty() {
        let ready = nodes
            .values()
            .find(|node| node.stands_on.is_subset(&done))
            .map(|node| node.address.clone());
        let Some(node) = ready.and_then(|ready| nodes.remove(&ready)) else {
            return Err(circle(&nodes));
        };
        done.insert(node.address.clone());
        found.ordered.push(node);
    }
    Ok(found)
}

/// Adds to an error what stands on an object and is not managed, in the server's words.
pub(super) fn named(error: Error, labels: &[String]) -> Error {
    labels.iter().fold(error, |error, label| {
        // A view stands on something by its rule.
        let label = label.strip_prefix("rule _RETURN on ").unwrap_or(label);
        error.because(format!(
            "{label} stands on it, and workroom does not manage it"
        ))
    })
}

fn circle(nodes: &BTreeMap<Address, Dependant>) -> Error {
    let names: Vec<&str> = nodes
        .values()
        .filter_map(|node| Some(node.managed.as_ref()?.1.as_str()))
        .collect();
    Error::new(
        Kind::Database,
        "repeatable objects stand on one another in a circle",
    )
    .because(format!("among these: {}", names.join(", ")))
    .hint("drop one of them in the migration; it is created again after it")
}
