//! The part of a system that is proven, when it is not the whole: what was named, and what rests on it.

use std::collections::BTreeSet;

use super::probe::Channel;
use super::variation::Texts;
use super::world::World;
use crate::catalog::{Catalog, Name};
use crate::policy::{Policies, Table, fits};

/// What is to be proven, by names.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Tables, views, functions and types, with their schema or without; `*` stands for any characters.
    pub names: BTreeSet<String>,
    /// Macros of the policy file.
    pub macros: BTreeSet<String>,
    /// Systems that are meant as a whole.
    pub whole: BTreeSet<String>,
    /// Whether tables are meant as well whose conditions rest on what is named.
    pub follows: bool,
}

/// What of a system is proven: all of it, unless a part was chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen {
    /// Places in the policy file; none for all.
    tables: Option<BTreeSet<usize>>,
    /// Views and functions that have to do with those.
    objects: BTreeSet<Name>,
}

impl Part {
    /// Whether something is named.
    #[must_use]
    pub fn has(&self, schema: &str, name: &str) -> bool {
        let full = format!("{schema}.{name}");
        let mut names = self.names.iter();
        names.any(|one| fits(one, &full) || !one.contains('.') && fits(one, name))
    }

    /// Whether nothing is.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.names.is_empty() && self.macros.is_empty() && self.whole.is_empty()
    }

    fn is_said_of(&self, table: &Table) -> bool {
        table.terms().any(|term| self.macros.contains(&term.name))
    }
}

impl Chosen {
    /// Finds out what a part comes to.
    pub(super) fn of(
        part: Option<&Part>,
        policies: &Policies,
        catalog: &Catalog,
        world: &World,
    ) -> Self {
        let Some(part) = part.filter(|part| !part.whole.contains(&policies.system)) else {
            return Self::default();
        };
        let texts = Texts::new(catalog);
        let has = |name: &Name| part.has(&name.schema, &name.name);
        let mut tables: BTreeSet<usize> = (0..policies.tables.len())
            .filter(|at| {
                let name = &world.tables[*at].name;
                let typed = || {
                    let mut columns = world.tables[*at].columns.iter();
                    columns.any(|one| part.has(&one.type_name.schema, &one.type_name.name))
                };
                let called = || {
                    let mut triggers = catalog.triggers.iter();
                    triggers.any(|one| one.relation == *name && has(&one.function))
                };
                has(name)
                    || part.follows
                        && (part.is_said_of(&policies.tables[*at]) || typed() || called())
            })
            .collect();
        let mut named: BTreeSet<Name> = BTreeSet::new();
        if part.follows {
            let functions = catalog.functions.iter().map(|one| &one.name);
            let relations = catalog.relations.iter().map(|one| &one.name);
            named.extend(functions.chain(relations).filter(|one| has(one)).cloned());
            // Who sees what of a table may decide what is seen of another, and so on.
            loop {
                named.extend(tables.iter().map(|at| world.tables[*at].name.clone()));
                let rest = (0..policies.tables.len()).filter(|at| !tables.contains(at));
                let more: Vec<usize> = rest
                    .filter(|at| texts.rests_on(&world.tables[*at].name, &named))
                    .collect();
                if more.is_empty() {
                    break;
                }
                tables.extend(more);
            }
        }
        named.extend(tables.iter().map(|at| world.tables[*at].name.clone()));
        Self {
            tables: Some(tables),
            objects: texts.that_rest_on(named),
        }
    }

    /// Whether a table of the policy file is proven.
    pub(super) fn has(&self, at: usize) -> bool {
        self.tables
            .as_ref()
            .is_none_or(|tables| tables.contains(&at))
    }

    /// Whether nothing is.
    pub(super) fn is_nothing(&self) -> bool {
        self.tables.as_ref().is_some_and(BTreeSet::is_empty) && self.objects.is_empty()
    }

    /// Whether everything is.
    pub(super) fn is_whole(&self) -> bool {
        self.tables.is_none()
    }

    /// Whether a view or function is asked.
    pub(super) fn asks(&self, channel: &Channel<'_>) -> bool {
        let is_view = |name: &Name| channel.function.is_none() && channel.label == name.to_string();
        self.is_whole()
            || match channel.function {
                Some(function) => self.objects.contains(&function.name),
                None => self.objects.iter().any(is_view),
            }
    }

    /// Whether conditions that only tables of the part have are named so: what others have too, they may show.
    pub(super) fn has_all_of(&self, policies: &Policies, name: &str) -> bool {
        let part = Part {
            macros: BTreeSet::from([name.to_owned()]),
            ..Part::default()
        };
        let mut tables = policies.tables.iter().enumerate();
        self.is_whole() || tables.all(|(at, table)| self.has(at) || !part.is_said_of(table))
    }
}
