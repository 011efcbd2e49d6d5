//! Mutations: the policies are broken one at a time, and the proof must notice each.
//!
//! `operators` lists what can be broken, from the catalog and not from the file. Each mutant lives in a transaction
//! that is rolled back. What survives is compared, without the oracle, under weakened surroundings: if it makes a
//! difference there, something else masks it; if it makes none anywhere, it is equivalent on these rows.

mod classify;
mod objects;
mod operators;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::channels;
use super::persona::Persona;
use super::probe::{Kind, Probe, Scene};
use super::proof::Tally;
use super::run::{Cast, judge};
use super::stage::{Manner, Stage, statements};
use crate::error::Result;

pub(super) use operators::{Mutant, mutants};

/// What came of all mutants.
#[derive(Clone, Debug, Default)]
pub struct Mutation {
    /// Operator → how many of its mutants there were, and how many were killed.
    pub operators: BTreeMap<&'static str, (usize, usize)>,
    /// Kind of probe → how many mutants it was the first to kill.
    pub killers: BTreeMap<&'static str, usize>,
    /// Mutants that the server refused.
    pub invalid: usize,
    /// Those that lived.
    pub survivors: Vec<Survivor>,
    /// Probes that were sent for it.
    pub probes: usize,
    /// How long it took.
    pub took: Duration,
}

/// A mutant that no probe noticed.
#[derive(Clone, Debug)]
pub struct Survivor {
    /// What was broken.
    pub what: String,
    /// The statement that breaks it.
    pub sql: String,
    /// E2 equivalent on these rows, E3 masked, E4 latent, E5 survived.
    pub class: &'static str,
    /// How that is known.
    pub evidence: String,
}

impl Mutation {
    /// Mutants that were tried.
    #[must_use]
    pub fn generated(&self) -> usize {
        self.operators.values().map(|(count, _)| count).sum()
    }

    /// Mutants that were noticed.
    #[must_use]
    pub fn killed(&self) -> usize {
        self.operators.values().map(|(_, killed)| killed).sum()
    }
}

/// Breaks everything, one at a time.
pub(super) async fn run(
    stages: &[Stage<'_>],
    scene: &Scene<'_>,
    cast: Cast<'_>,
    superuser: &Persona,
    tenants: &[String],
) -> Result<Mutation> {
    let started = Instant::now();
    let all = mutants(scene, tenants);
    let prepared = Prepared::new(scene, cast);
    let hunt = Hunt {
        stage: &stages[0],
        scene,
        cast,
        superuser,
        tenants,
        prepared: &prepared,
    };
    // One after the other: what a mutation locks, another session's probes would wait for.
    let mut mutation = hunt.all(&all).await?;
    mutation
        .survivors
        .sort_by(|one, other| (one.class, &one.what).cmp(&(other.class, &other.what)));
    mutation.took = started.elapsed();
    Ok(mutation)
}

/// The probes of every persona and table, made once.
struct Prepared {
    probes: Vec<Vec<Vec<Probe>>>,
    /// Table → itself and the tables whose conditions read it.
    touched: Vec<BTreeSet<usize>>,
}

impl Prepared {
    fn new(scene: &Scene<'_>, cast: Cast<'_>) -> Self {
        let tables = scene.intent.policies.tables.len();
        let probes = (cast.personas.iter())
            .map(|persona| {
                (0..tables)
                    .map(|table| scene.probes(persona, table))
                    .collect()
            })
            .collect();
        let touched = (0..tables)
            .map(|table| {
                let mut touched = BTreeSet::from([table]);
                let readers = scene
                    .hints
                    .reads
                    .iter()
                    .filter(|(_, reads)| reads.contains(&table));
                touched.extend(readers.map(|(reader, _)| *reader));
                touched
            })
            .collect();
        Self { probes, touched }
    }
}

/// Kinds of probes in the order in which they are tried: what kills most comes first.
const STAGES: [&[Kind]; 4] = [
    &[Kind::Select],
    &[Kind::Insert, Kind::CrossInsert, Kind::SideChannel],
    &[Kind::Blind, Kind::Columns],
    &[Kind::Update, Kind::Move, Kind::Delete, Kind::Conflict],
];

struct Hunt<'a> {
    stage: &'a Stage<'a>,
    scene: &'a Scene<'a>,
    cast: Cast<'a>,
    superuser: &'a Persona,
    tenants: &'a [String],
    prepared: &'a Prepared,
}

impl Hunt<'_> {
    async fn all(&self, mutants: &[Mutant]) -> Result<Mutation> {
        let mut mutation = Mutation::default();
        for mutant in mutants {
            let killer = match self.kill(mutant, &mut mutation.probes).await? {
                Verdict::Invalid => {
                    mutation.invalid += 1;
                    continue;
                }
                Verdict::Killed(kind) => Some(kind),
                Verdict::Lives => None,
            };
            let entry = mutation.operators.entry(mutant.operator).or_default();
            entry.0 += 1;
            if let Some(kind) = killer {
                entry.1 += 1;
                *mutation.killers.entry(kind.word()).or_default() += 1;
            } else {
                let survivor = self.classify(mutant, &mut mutation.probes).await?;
                mutation.survivors.push(survivor);
            }
        }
        Ok(mutation)
    }

    /// Whether some probe notices.
    async fn kill(&self, mutant: &Mutant, count: &mut usize) -> Result<Verdict> {
        // First that the server takes it at all.
        if self
            .stage
            .call(
                self.superuser,
                self.cast.keys,
                &[("select 1", "?")],
                self.manner(&mutant.sql),
            )
            .await
            .is_err()
        {
            return Ok(Verdict::Invalid);
        }
        if mutant.is_channel {
            for position in self.order(mutant) {
                let tally = channels::run(
                    self.stage,
                    self.scene,
                    self.cast,
                    &[position],
                    self.tenants,
                    &mutant.sql,
                )
                .await?;
                *count += tally.probes.values().sum::<usize>();
                if let Some(failure) = tally.failures.first() {
                    return Ok(Verdict::Killed(failure.probe.kind));
                }
            }
            return Ok(Verdict::Lives);
        }
        let tables = self.tables(mutant);
        for kinds in STAGES {
            for position in self.order(mutant) {
                let persona = &self.cast.personas[position];
                let probes: Vec<Probe> = tables
                    .iter()
                    .flat_map(|table| &self.prepared.probes[position][*table])
                    .filter(|probe| kinds.contains(&probe.kind))
                    .cloned()
                    .collect();
                if probes.is_empty() {
                    continue;
                }
                *count += probes.len();
                let outcomes = self
                    .stage
                    .call(
                        persona,
                        self.cast.keys,
                        &statements(&probes),
                        self.manner(&mutant.sql),
                    )
                    .await;
                let outcomes =
                    outcomes.map_err(|failure| failure.of_our_own("probing a mutant"))?;
                let mut tally = Tally::default();
                judge(
                    &mut tally, self.scene, position, persona, &probes, &outcomes,
                );
                if let Some(failure) = tally.failures.first() {
                    return Ok(Verdict::Killed(failure.probe.kind));
                }
            }
        }
        Ok(Verdict::Lives)
    }

    fn manner<'m>(&self, prelude: &'m str) -> Manner<'m> {
        Manner {
            prelude,
            ..Manner::default()
        }
    }

    fn tables(&self, mutant: &Mutant) -> Vec<usize> {
        match mutant.table {
            Some(table) => self.prepared.touched[table].iter().copied().collect(),
            None => (0..self.prepared.touched.len()).collect(),
        }
    }

    /// Those whom the mutation concerns first: they are the likeliest to notice.
    fn order(&self, mutant: &Mutant) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.cast.personas.len()).collect();
        order.sort_by_key(|at| {
            let persona = &self.cast.personas[*at];
            let concerned =
                mutant.roles.contains(&persona.database_role) || mutant.roles.is_empty();
            (!concerned, !persona.is_ordinary)
        });
        order
    }
}

enum Verdict {
    Invalid,
    Killed(Kind),
    Lives,
}
