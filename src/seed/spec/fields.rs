//! The entries of a table, each to be taken once, so that what nobody asked for is noticed.

use crate::files::toml::{Data, Key, Node};

/// The entries of a table, each to be taken once.
pub(crate) struct Fields<'n> {
    pub(super) entries: Vec<(&'n Key, &'n Node, bool)>,
    pub(super) asked: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The entries of a table; none of anything else.
    pub(crate) fn of(node: &'n Node) -> Self {
        let entries = match &node.data {
            Data::Table(entries) => entries
                .iter()
                .map(|(key, value)| (key, value, false))
                .collect(),
            _ => Vec::new(),
        };
        Self {
            entries,
            asked: Vec::new(),
        }
    }

    /// The value of a key.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<&'n Node> {
        self.asked.push(name);
        let (_, value, taken) = self.entries.iter_mut().find(|(key, ..)| key.text == name)?;
        *taken = true;
        Some(value)
    }

    /// Takes the value of the first of these keys that is there.
    pub(crate) fn take_first(
        &mut self,
        names: &[&'static str],
    ) -> Option<(&'static str, &'n Node)> {
        let found = names
            .iter()
            .find(|name| self.entries.iter().any(|(key, ..)| key.text == **name))?;
        self.take(found).map(|node| (*found, node))
    }

    /// Takes what is there.
    pub(crate) fn take_all(&mut self) {
        self.entries
            .iter_mut()
            .for_each(|(.., taken)| *taken = true);
    }

    /// Whether there is such a key.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(key, ..)| key.text == name)
    }

    /// The keys and values that nobody has taken.
    pub(crate) fn rest(&self) -> impl Iterator<Item = (&'n Key, &'n Node)> {
        let left = self.entries.iter().filter(|(.., taken)| !taken);
        left.map(|(key, value, _)| (*key, *value))
    }

    /// The keys and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'n Key, &'n Node)> {
        self.entries.iter().map(|(key, value, _)| (*key, *value))
    }
}
