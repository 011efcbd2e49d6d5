//! What a proof comes to: numbers, and what went wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use super::mutate::Mutation;
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
    /// Whether only a part of the system was asked for.
    pub is_part: bool,
    /// Tables of the policy file that were not proven then.
    pub left_out: Vec<String>,
    /// Whether some of them are the database's own, which are what they are.
    pub has_own_rows: bool,
    /// Probes by their kind, as a word.
    pub probes: BTreeMap<&'static str, usize>,
    /// Rows that personas saw, all together: none means that nothing was proven.
    pub seen: usize,
    /// Table and role → probes, and how many of them failed.
    pub cells: BTreeMap<(String, String), (usize, usize)>,
    /// Tables that somebody may read and that nobody saw a row of.
    pub unseen: Vec<String>,
    /// Cells of which only the invariants were proven, since their macro has no words, each with the reason.
    pub wordless: Vec<String>,
    /// Comparisons of the SQL with a constant, and atoms of the words: those that were tried, and all.
    pub covered: [(usize, usize); 2],
    /// Constants that no row had and atoms that never decided, each with how to accept that.
    pub untried: Vec<String>,
    /// Tables for which no row could be made, and why: nothing of them was proven.
    pub unmade: Vec<(String, String)>,
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
