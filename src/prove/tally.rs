//! What is observed while proving, before it is explained: counts, and probes that did not come out as they must.

use std::collections::{BTreeMap, BTreeSet};

use super::persona::{Persona, Personas};
use super::probe::{Expected, Kind, Outcome, Probe};
use super::untried::Untried;
use super::world::At;
use crate::policy::Command;

/// What was observed while proving, before it is explained.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) probes: BTreeMap<Kind, usize>,
    pub(super) cells: BTreeMap<(usize, String), (usize, usize)>,
    pub(super) failures: Vec<Failure>,
    /// Persona and table → the keys of the rows that were seen.
    pub(super) seen: BTreeMap<(usize, usize), BTreeSet<String>>,
    /// Tables of which somebody saw a row that had another value than in the fixture.
    pub(super) shown: BTreeSet<usize>,
    pub(super) notes: BTreeSet<String>,
    /// Probes that got no answer.
    pub(super) inconclusive: Vec<String>,
    /// Constants that the SQL compares with something.
    pub(super) literals: usize,
    /// Those of them that were not tried.
    pub(super) untried: Vec<Untried>,
    /// Values that the server took in some row, each with its column.
    pub(super) taken: BTreeSet<(At, String)>,
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
    /// What was otherwise than in the fixture.
    pub(super) varied: Option<Box<Varied>>,
}

/// Rows or a session that are not those of the fixture.
#[derive(Clone, Debug)]
pub(super) struct Varied {
    /// One statement that makes the rows.
    pub(super) before: String,
    /// Who asked, if not the persona.
    pub(super) persona: Option<Persona>,
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
        self.shown.extend(other.shown);
        self.notes.extend(other.notes);
        self.inconclusive.extend(other.inconclusive);
        self.hidden += other.hidden;
        self.literals += other.literals;
        self.untried.extend(other.untried);
        self.taken.extend(other.taken);
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

impl Failure {
    /// Who it was; whoever may do all where nobody in particular asked.
    pub(super) fn asker<'a>(
        &'a self,
        personas: Personas<'a>,
        superuser: &'a Persona,
    ) -> &'a Persona {
        let other = self
            .varied
            .as_ref()
            .and_then(|varied| varied.persona.as_ref());
        let known = || personas.all.get(self.persona);
        other.or_else(known).unwrap_or(superuser)
    }

    /// The statement that makes the rows that it takes; none where those of the fixture do.
    pub(super) fn before(&self) -> &str {
        self.varied.as_ref().map_or("", |varied| &varied.before)
    }

    /// Whether more happened than may, rather than less.
    pub(super) fn is_leak(&self) -> bool {
        if self.expected.is_some() {
            return true;
        }
        let outcome = &self.outcome;
        match &self.probe.expected {
            Expected::Rows(rows) => {
                let is_remainder =
                    self.probe.kind == Kind::Blind && self.probe.command == Command::Delete;
                let found = outcome.rows();
                outcome.state.is_empty()
                    && if is_remainder {
                        !rows.is_subset(&found)
                    } else {
                        !found.is_subset(rows)
                    }
            }
            Expected::Touches(count) => outcome.state.is_empty() && outcome.touched > *count,
            Expected::Passes | Expected::Anything => false,
            Expected::RefusedByPolicy | Expected::RefusedByGrant => outcome.state != "42501",
        }
    }
}
