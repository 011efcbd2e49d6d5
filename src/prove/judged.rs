//! What the words have shown once everything was asked: atoms that never decided, variants that nobody noticed, and what
//! goes without words.

use std::collections::BTreeSet;

use super::intent::Intent;
use super::oracle::Variant;
use super::part::Chosen;
use super::untried::Untried;
use crate::policy::{AcceptEntry, Predicate};

impl<'a> Intent<'a> {
    /// The variants of the words of macros that cells use: macro, variant, and whether it was noticed.
    pub(super) fn variants(&self) -> impl Iterator<Item = (&'a str, &Variant, bool)> {
        let used = self.coverage.borrow();
        let used: BTreeSet<String> = used.keys().cloned().collect();
        let variants = self
            .variants
            .iter()
            .filter(move |(name, _)| used.contains(**name));
        variants.flat_map(|(name, all)| all.iter().map(|(one, seen)| (*name, one, seen.get())))
    }

    /// How many atoms the words have that cells use, and those that never decided.
    pub(super) fn undecided(&self, chosen: &Chosen) -> (usize, Vec<Untried>) {
        let mut all = 0;
        let mut undecided = Vec::new();
        for (name, coverage) in self.coverage.borrow().iter() {
            let words = self.macros.get(name.as_str());
            let Some(words) = words.filter(|_| chosen.has_all_of(self.policies, name)) else {
                continue;
            };
            let (count, left) = coverage.left(words);
            all += count;
            undecided.extend(left.into_iter().map(|(atom, missing)| {
                Untried {
                    says: format!("`{atom}` in the words of {name} never decided {missing}"),
                    id: format!("undecided:{name} {atom}"),
                    fingerprint: self
                        .policies
                        .macros
                        .get(name)
                        .map_or_else(String::new, |one| AcceptEntry::print_of(&one.oracle)),
                }
            }));
        }
        (all, undecided)
    }

    /// What rests on macros without words, with their reasons.
    pub(super) fn wordless(&self, chosen: &Chosen) -> Vec<String> {
        let macros = &self.policies.macros;
        let told = |predicate: &Predicate| {
            let terms = predicate.terms.iter();
            let reasons = terms.filter_map(|term| {
                let reason = macros.get(&term.name)?.reason.as_ref()?;
                Some(format!("{}: {reason}", term.name))
            });
            reasons.collect::<Vec<_>>().join("; ")
        };
        let mut all = BTreeSet::new();
        let tables = self.policies.tables.iter().enumerate();
        for (_, table) in tables.filter(|(at, _)| chosen.has(*at)) {
            let cells = table.cells.iter().flat_map(|cell| {
                let role = &self.policies.roles[cell.role].name;
                let sides = [&cell.using, &cell.check].into_iter().flatten();
                sides.map(move |one| (one, format!("{role} {}", cell.command.word())))
            });
            let restrict = table.restrict.iter();
            let restrict = restrict.map(|one| (&one.using, "everybody".to_owned()));
            for (predicate, whose) in cells.chain(restrict) {
                if self.is_wordless(predicate) {
                    all.insert(format!("{}, {whose}: {}", table.title(), told(predicate)));
                }
            }
        }
        all.into_iter().collect()
    }
}
