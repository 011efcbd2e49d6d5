//! What a proof comes to: numbers, and what went wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::mutate::Mutation;
use super::probe::{Kind, Outcome, Probe};
use crate::error::Place;

/// The proof of one system.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// The system.
    pub system: String,
    /// Personas that were acted as.
    pub personas: usize,
    /// Rows of the fixture or of the deployed data.
    pub rows: usize,
    /// Probes by their kind, as a word.
    pub probes: BTreeMap<&'static str, usize>,
    /// Rows that personas saw, all together: none means that nothing was proven.
    pub seen: usize,
    /// Table and role → probes, and how many of them failed.
    pub cells: BTreeMap<(String, String), (usize, usize)>,
    /// Tables that somebody may read and that nobody saw a row of.
    pub unseen: Vec<String>,
    /// Tables with tenants of which only one has rows, so that nothing between tenants was tried.
    pub lone: Vec<String>,
    /// What went wrong, one for each cause.
    pub counterexamples: Vec<Counterexample>,
    /// Further failures with the same cause as one of those.
    pub more: usize,
    /// Probes that got no answer, though they were tried twice: a lock, a time limit.
    pub inconclusive: Vec<String>,
    /// What could not be probed, and why.
    pub notes: Vec<String>,
    /// What came of breaking the policies.
    pub mutation: Option<Mutation>,
    /// How long the probes took.
    pub took: Duration,
}

/// One way in which the database does something else than the policy file says.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The pitfall that it shows, where that can be known.
    pub pitfall: Option<&'static str>,
    /// What sort of probe found it.
    pub kind: &'static str,
    /// Who.
    pub persona: String,
    /// On which table, view or function.
    pub object: String,
    /// With which command.
    pub command: &'static str,
    /// On which row.
    pub row: Option<String>,
    /// What should have happened.
    pub expected: String,
    /// What did.
    pub found: String,
    /// How many rows it takes, when few do; the statements make them.
    pub rows: usize,
    /// Statements that show it, to be pasted.
    pub sql: String,
    /// The policy, grant or object that is responsible, and how that is known.
    pub responsible: String,
    /// Where the file speaks of it.
    pub place: Place,
}

impl Proof {
    /// All probes.
    #[must_use]
    pub fn total(&self) -> usize {
        self.probes.values().sum()
    }

    /// Probes a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.total() as f64 / self.took.as_secs_f64().max(0.001)
    }
}

/// What was observed while proving, before it is explained.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) probes: BTreeMap<Kind, usize>,
    pub(super) cells: BTreeMap<(usize, String), (usize, usize)>,
    pub(super) failures: Vec<Failure>,
    /// Persona and table → the keys of the rows that were seen.
    pub(super) seen: BTreeMap<(usize, usize), BTreeSet<String>>,
    pub(super) notes: BTreeSet<String>,
    /// Probes that got no answer.
    pub(super) inconclusive: Vec<String>,
    /// Probes whose answer a constraint hides.
    pub(super) hidden: usize,
}

/// A probe that did not come out as it must.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// An index into the personas.
    pub(super) persona: usize,
    pub(super) probe: Probe,
    pub(super) outcome: Outcome,
    /// What is meant, when it is no table of the file.
    pub(super) object: Option<String>,
    /// Said instead of what the probe expected.
    pub(super) expected: Option<String>,
}

impl Tally {
    pub(super) fn append(&mut self, other: Self) {
        for (kind, count) in other.probes {
            *self.probes.entry(kind).or_default() += count;
        }
        for (cell, (probes, failures)) in other.cells {
            let entry = self.cells.entry(cell).or_default();
            entry.0 += probes;
            entry.1 += failures;
        }
        self.failures.extend(other.failures);
        self.seen.extend(other.seen);
        self.notes.extend(other.notes);
        self.inconclusive.extend(other.inconclusive);
        self.hidden += other.hidden;
    }

    /// What got no answer has not failed.
    pub(super) fn tell_apart(&mut self) {
        let (silent, failures): (Vec<Failure>, Vec<Failure>) = std::mem::take(&mut self.failures)
            .into_iter()
            .partition(|failure| failure.outcome.is_inconclusive());
        self.failures = failures;
        let lines = silent.iter();
        self.inconclusive
            .extend(lines.map(|one| format!("{}: {}", one.probe.sql, one.outcome.says())));
    }

    pub(super) fn count(&mut self, kind: Kind, count: usize) {
        *self.probes.entry(kind).or_default() += count;
    }
}
