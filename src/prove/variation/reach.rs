//! The SQL that has a say in what a table's policies decide: the policies, the functions and views that they name, and
//! what those name in turn.

use std::collections::BTreeSet;

use super::reading::{Reading, read};
use crate::catalog::{Catalog, Function, Name};

/// A text with what it is.
pub(super) struct Text {
    pub(super) label: String,
    pub(super) reading: Reading,
    /// Whether it lets rows in beside others: a permissive policy.
    pub(super) is_alternative: bool,
    /// Whether it is a policy, and not something that one calls.
    pub(super) is_policy: bool,
    /// Whether it is a function that is told what to look at.
    pub(super) has_arguments: bool,
}

/// The texts behind a table's policies.
pub(super) struct Reach {
    pub(super) texts: Vec<Text>,
}

/// What functions and views speak of, read once.
pub(in crate::prove) struct Texts<'c> {
    catalog: &'c Catalog,
    named: Vec<(&'c Name, String, Reading, bool)>,
}

impl<'c> Texts<'c> {
    pub(in crate::prove) fn new(catalog: &'c Catalog) -> Self {
        let functions = catalog.functions.iter().map(|one| {
            let reading = one.definition.as_deref().map(|text| read(body(text, one)));
            (
                &one.name,
                format!("function {}", one.label()),
                reading.unwrap_or_default(),
                !one.signature.is_empty(),
            )
        });
        let views = catalog.relations.iter().filter(|one| !one.is_table());
        let views = views.filter_map(|one| {
            let reading = read(one.definition.as_deref()?);
            Some((&one.name, format!("view {}", one.name), reading, false))
        });
        Self {
            catalog,
            named: functions.chain(views).collect(),
        }
    }

    /// What has a say about a table.
    pub(super) fn of(&self, table: &Name) -> Reach {
        let policies = self
            .catalog
            .policies
            .iter()
            .filter(|one| one.relation == *table);
        let mut texts: Vec<Text> = policies
            .flat_map(|policy| {
                let sides = [&policy.using, &policy.check].into_iter().flatten();
                sides.map(|text| Text {
                    label: format!("policy {} on {table}", policy.name),
                    reading: read(text),
                    is_alternative: policy.permissive,
                    is_policy: true,
                    has_arguments: false,
                })
            })
            .collect();
        let mut known: BTreeSet<usize> = BTreeSet::new();
        let mut at = 0;
        while at < texts.len() {
            let words = texts[at].reading.words.clone();
            for (position, (name, label, reading, has_arguments)) in self.named.iter().enumerate() {
                if self.is_meant(&words, name) && known.insert(position) {
                    texts.push(Text {
                        label: label.clone(),
                        reading: reading.clone(),
                        is_alternative: false,
                        is_policy: false,
                        has_arguments: *has_arguments,
                    });
                }
            }
            at += 1;
        }
        Reach { texts }
    }

    /// Whether what has a say about a table speaks of something.
    pub(in crate::prove) fn rests_on(&self, table: &Name, named: &BTreeSet<Name>) -> bool {
        let reach = self.of(table);
        let mut texts = reach.texts.iter();
        texts.any(|text| self.speaks_of(&text.reading.words, named))
    }

    /// What is named, and the functions and views that speak of it or of one another.
    pub(in crate::prove) fn that_rest_on(&self, mut named: BTreeSet<Name>) -> BTreeSet<Name> {
        loop {
            let rest = self.named.iter().filter(|one| !named.contains(one.0));
            let more: Vec<Name> = rest
                .filter(|(_, _, reading, _)| self.speaks_of(&reading.words, &named))
                .map(|one| one.0.clone())
                .collect();
            if more.is_empty() {
                return named;
            }
            named.extend(more);
        }
    }

    fn speaks_of(&self, words: &BTreeSet<String>, named: &BTreeSet<Name>) -> bool {
        named.iter().any(|name| self.is_meant(words, name))
    }

    /// Whether a text with these words may speak of something: it has its name, and no schema of a namesake instead of
    /// its own. Without any of their schemas a path decides, and each of them may be meant.
    fn is_meant(&self, words: &BTreeSet<String>, name: &Name) -> bool {
        let mut namesakes = self.named.iter().filter(|one| one.0.name == name.name);
        words.contains(&name.name)
            && (words.contains(&name.schema) || !namesakes.any(|one| words.contains(&one.0.schema)))
    }
}

/// What a function does, without the settings that it runs under.
fn body<'t>(definition: &'t str, function: &Function) -> &'t str {
    let starts = if function.sql_body {
        ["\nBEGIN ATOMIC", "\nRETURN "]
    } else {
        ["\nAS $", "\nAS '"]
    };
    let start = starts.iter().find_map(|start| definition.find(start));
    start.map_or(definition, |start| &definition[start..])
}

impl Reach {
    /// Whether some text has a word.
    pub(super) fn names(&self, word: &str) -> bool {
        self.texts
            .iter()
            .any(|one| one.reading.words.contains(word))
    }

    /// Whether something is compared with a pattern.
    pub(super) fn has_pattern(&self) -> bool {
        self.texts.iter().any(|one| one.reading.has_pattern)
    }
}
