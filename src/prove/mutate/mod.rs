//! Mutations: the policies are broken one at a time, and the proof must notice each.
//!
//! `operators`, `texts`, `objects` and `keys` list what can be broken, from the catalog and not from the file. Each
//! mutant lives in a transaction that is rolled back. `hunt` looks for a probe that notices; `truth` computes what a
//! broken policy comes to for everybody, and `classify` says by it why a mutant lived.

mod classify;
mod combine;
mod effect;
mod elsewhere;
mod evaluate;
mod hunt;
mod keys;
mod objects;
mod operators;
mod texts;
mod tried;
mod truth;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::accepted::print_of;
use super::persona::Persona;
use super::persona::Personas;
use super::probe::ProbeContext;
use super::probe_session::ProbeSession;
use super::workers::Queue;
use super::world::At;
use crate::database::together;
use crate::error::Result;
use effect::Verdict;
use hunt::Hunt;

pub(super) use operators::{Mutant, mutants};

/// What came of all mutants.
#[derive(Clone, Debug, Default)]
pub struct Mutation {
    /// Operator → what came of its mutants.
    pub operators: BTreeMap<&'static str, Count>,
    /// Kind of probe → how many mutants it was the first to kill.
    pub killers: BTreeMap<&'static str, usize>,
    /// Mutants that the server refused, and why.
    pub invalid: Vec<String>,
    /// Mutants that would have said the same in other words, and were not tried.
    pub unchanged: usize,
    /// Those that lived.
    pub survivors: Vec<Survivor>,
    /// Fingerprint of all policies, which an accepted survivor has to name.
    pub fingerprint: String,
    /// Entries of the file that accept what did not survive.
    pub unused: Vec<String>,
    /// Probes that were sent for it, as far as they can be counted: the server stops at the first that notices.
    pub probes: usize,
    /// How long it took.
    pub took: Duration,
}

/// What came of the mutants of an operator.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    /// Those that were tried.
    pub all: usize,
    /// Those that were noticed.
    pub killed: usize,
    /// Those that cannot make a difference (E2).
    pub equivalent: usize,
}

/// Why a mutant lived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// It makes no difference to anybody on a bounded set of rows (E2).
    Equivalent,
    /// Something else holds what it opens (E3).
    Masked,
    /// It would show once somebody else were let in (E4).
    Latent,
    /// It makes a difference that no probe noticed (E5).
    Survived,
    /// It survived, and the policy file says why that is accepted.
    Accepted,
    /// There was no answer: a lock, a time limit.
    Inconclusive,
}

impl Class {
    /// As it is shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Equivalent => "E2 equivalent",
            Self::Masked => "E3 masked",
            Self::Latent => "E4 latent",
            Self::Survived => "E5 survived",
            Self::Accepted => "accepted",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// A mutant that no probe noticed.
#[derive(Clone, Debug)]
pub struct Survivor {
    /// What was broken.
    pub what: String,
    /// The statement that breaks it.
    pub sql: String,
    /// Why it lived.
    pub class: Class,
    /// How that is known.
    pub evidence: String,
}

impl Mutation {
    /// Mutants that were tried.
    #[must_use]
    pub fn generated(&self) -> usize {
        self.operators.values().map(|count| count.all).sum()
    }

    /// Mutants that were noticed.
    #[must_use]
    pub fn killed(&self) -> usize {
        self.operators.values().map(|count| count.killed).sum()
    }

    /// Survivors of a class.
    #[must_use]
    pub fn count(&self, class: Class) -> usize {
        self.survivors
            .iter()
            .filter(|one| one.class == class)
            .count()
    }

    /// Mutants that could make a difference; what is masked or latent is reported beside them.
    #[must_use]
    pub fn countable(&self) -> usize {
        self.generated()
            - [
                Class::Equivalent,
                Class::Masked,
                Class::Latent,
                Class::Accepted,
            ]
            .map(|class| self.count(class))
            .iter()
            .sum::<usize>()
    }
}

/// Who notices.
#[derive(Clone, Copy)]
pub(super) struct Everybody<'a> {
    pub(super) personas: Personas<'a>,
    pub(super) superuser: &'a Persona,
    pub(super) tenants: &'a [String],
}

/// Breaks everything, one at a time in each of the sessions. Words are broken as well: by what the rows of the proof,
/// some of which have the values that were taken, come to.
pub(super) async fn run(
    sessions: &[ProbeSession<'_>],
    context: &ProbeContext<'_>,
    everybody: Everybody<'_>,
    taken: &BTreeSet<(At, String)>,
) -> Result<Mutation> {
    let started = Instant::now();
    let Everybody {
        personas,
        superuser,
        tenants,
    } = everybody;
    let made = mutants(context, tenants);
    let hunt = Hunt::new(context, personas, superuser, tenants, &made.keys);
    // Roles are of the whole server: whoever changes them does so alone.
    let (shared, own): (Vec<usize>, Vec<usize>) =
        (0..made.all.len()).partition(|at| made.all[*at].is_shared);
    let queue = Queue::new(own, sessions.len());
    let work = sessions.iter().enumerate().map(|(worker, session)| {
        let (hunt, queue, all) = (&hunt, &queue, &made.all);
        let mut first = if worker == 0 {
            shared.clone()
        } else {
            Vec::new()
        };
        async move {
            let mut mutation = Mutation::default();
            while let Some(at) = first.pop().or_else(|| queue.next(worker)) {
                one(hunt, session, &all[at], &mut mutation).await?;
            }
            Ok(mutation)
        }
    });
    let mut mutation = Mutation::default();
    for one in together(work).await {
        mutation.append(one?);
    }
    mutation.unchanged = made.unchanged;
    mutation.fingerprint = print_of(context, |_| true);
    words::append(context, taken, &mut mutation);
    mutation.accept(context);
    mutation
        .survivors
        .sort_by(|one, other| (one.class, &one.what).cmp(&(other.class, &other.what)));
    mutation.took = started.elapsed();
    Ok(mutation)
}

async fn one(
    hunt: &Hunt<'_>,
    session: &ProbeSession<'_>,
    mutant: &Mutant,
    mutation: &mut Mutation,
) -> Result<()> {
    let verdict = hunt.kill(session, mutant, &mut mutation.probes).await?;
    if let Verdict::Invalid(message) = verdict {
        mutation.invalid.push(format!("{}: {message}", mutant.what));
        return Ok(());
    }
    let count = mutation.operators.entry(mutant.operator).or_default();
    count.all += 1;
    if let Verdict::Killed(kind) = verdict {
        count.killed += 1;
        *mutation.killers.entry(kind.word()).or_default() += 1;
        return Ok(());
    }
    let (class, evidence) = hunt.classify(mutant, verdict);
    if class == Class::Equivalent {
        count.equivalent += 1;
    }
    mutation.survivors.push(Survivor {
        what: mutant.what.clone(),
        sql: mutant.sql.clone(),
        class,
        evidence,
    });
    Ok(())
}

impl Mutation {
    fn append(&mut self, other: Self) {
        for (operator, count) in other.operators {
            let entry = self.operators.entry(operator).or_default();
            entry.all += count.all;
            entry.killed += count.killed;
            entry.equivalent += count.equivalent;
        }
        for (kind, count) in other.killers {
            *self.killers.entry(kind).or_default() += count;
        }
        self.invalid.extend(other.invalid);
        self.survivors.extend(other.survivors);
        self.probes += other.probes;
    }

    /// What the policy file accepts may stay, as long as the policies are what they were.
    fn accept(&mut self, context: &ProbeContext<'_>) {
        for entry in &context.intent.policies.accept {
            let Some(what) = entry.id.get_ref().strip_prefix("mutant:") else {
                continue;
            };
            let found = self
                .survivors
                .iter_mut()
                .find(|one| one.what == what && one.class == Class::Survived);
            match found {
                Some(survivor) if entry.fingerprint == self.fingerprint => {
                    survivor.class = Class::Accepted;
                    survivor.evidence.clone_from(&entry.reason);
                }
                Some(survivor) => survivor.evidence.push_str(&format!(
                    "; it was accepted for the policies {}, and they have changed since",
                    entry.fingerprint
                )),
                None => self.unused.push(entry.id.get_ref().clone()),
            }
        }
    }
}
