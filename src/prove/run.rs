//! Running all probes of some personas, and comparing what came of them with what the oracle says.

use super::channels;
use super::persona::Persona;
use super::probe::{Kind, Outcome, Probe, Scene};
use super::proof::{Failure, Tally};
use super::stage::{BATCH, Manner, Stage, statements};
use super::workers::{self, Queue};
use crate::error::Result;
use crate::policy::Command;

/// The SQLSTATE of a row that a check refuses.
const CHECK_VIOLATION: &str = "23514";

/// Who acts, and how.
#[derive(Clone, Copy)]
pub(super) struct Cast<'a> {
    pub(super) personas: &'a [Persona],
    /// Every setting that some persona uses.
    pub(super) keys: &'a [String],
}

/// Runs every probe of everybody, divided among the stages.
pub(super) async fn everybody(
    stages: &[Stage<'_>],
    scene: &Scene<'_>,
    cast: Cast<'_>,
    tenants: &[String],
) -> Result<Tally> {
    // Sorted by role: what the server has planned for a role stays good for the next persona of that role.
    let mut order: Vec<usize> = (0..cast.personas.len()).collect();
    order.sort_by_key(|at| &cast.personas[*at].database_role);
    let queue = Queue::new(order, stages.len());
    let work = stages.iter().enumerate().map(|(worker, stage)| {
        let queue = &queue;
        async move {
            let mut tally = Tally::default();
            while let Some(position) = queue.next(worker) {
                one(stage, scene, cast, position, &mut tally).await?;
                let more = channels::run(stage, scene, cast, &[position], tenants, "").await?;
                tally.append(more);
            }
            Ok(tally)
        }
    });
    let mut tally = Tally::default();
    for one in workers::together(work).await {
        tally.append(one?);
    }
    Ok(tally)
}

/// Runs every probe of one persona.
async fn one(
    stage: &Stage<'_>,
    scene: &Scene<'_>,
    cast: Cast<'_>,
    position: usize,
    tally: &mut Tally,
) -> Result<()> {
    let persona = &cast.personas[position];
    let mut probes: Vec<Probe> = Vec::new();
    for table in 0..scene.intent.policies.tables.len() {
        probes.extend(scene.probes(persona, table));
    }
    for probes in probes.chunks(BATCH) {
        let call = async |probes: &[Probe]| {
            stage
                .call(persona, cast.keys, &statements(probes), Manner::default())
                .await
                .map_err(|failure| failure.of_our_own("probing"))
        };
        let mut outcomes = call(probes).await?;
        // No time or no lock says nothing of policies: it is asked once more.
        for (probe, outcome) in probes.iter().zip(&mut outcomes) {
            if outcome.is_inconclusive() {
                let again = call(std::slice::from_ref(probe)).await?;
                *outcome = again.into_iter().next().unwrap_or_default();
            }
        }
        judge(tally, scene, position, persona, probes, &outcomes);
    }
    Ok(())
}

/// Compares outcomes with what they must be.
pub(super) fn judge(
    tally: &mut Tally,
    scene: &Scene<'_>,
    position: usize,
    persona: &Persona,
    probes: &[Probe],
    outcomes: &[Outcome],
) {
    for (probe, outcome) in probes.iter().zip(outcomes) {
        tally.count(probe.kind, 1);
        let cell = tally
            .cells
            .entry((probe.table, persona.database_role.clone()))
            .or_default();
        cell.0 += 1;
        if probe.kind == Kind::Select && outcome.state.is_empty() {
            tally
                .seen
                .entry((position, probe.table))
                .or_insert_with(|| outcome.rows());
        }
        if outcome.is_inconclusive() {
            let sql = &probe.sql;
            tally
                .inconclusive
                .push(format!("{}: {sql}: {}", persona.name, outcome.says()));
            continue;
        }
        let invariant = breaks_invariant(scene, persona, probe, outcome);
        // Without `where`, one row that breaks a constraint hides what becomes of the others; moves tell. A row that
        // meets another leaves out what the server gives, which a check may not go with; a clone has no checks.
        let is_hidden = match probe.kind {
            Kind::Blind => outcome.state.starts_with("23"),
            Kind::Conflict => outcome.state == CHECK_VIOLATION,
            _ => false,
        };
        if is_hidden {
            tally.hidden += 1;
        }
        // Nonsense in the session may end in an error instead of in nothing.
        let is_closed = persona.is_garbled && outcome.state.starts_with("22");
        if (is_hidden || is_closed || probe.expected.is_met(outcome)) && invariant.is_none() {
            continue;
        }
        cell.1 += 1;
        tally.failures.push(Failure {
            persona: position,
            probe: probe.clone(),
            outcome: outcome.clone(),
            object: None,
            expected: invariant
                .filter(|_| probe.expected.is_met(outcome))
                .map(str::to_owned),
        });
    }
}

/// What must hold whatever the matrix says: I1, without a tenant nothing of any tenant is seen or touched; I5 and
/// I6, what is seen and what is written is of the session's tenant.
fn breaks_invariant(
    scene: &Scene<'_>,
    persona: &Persona,
    probe: &Probe,
    outcome: &Outcome,
) -> Option<&'static str> {
    let table = scene.intent.policies.tables.get(probe.table)?;
    let tenant = table.tenant.as_ref()?;
    if persona.bypasses
        || !outcome.state.is_empty()
        || matches!(probe.kind, Kind::Columns | Kind::SideChannel)
    {
        return None;
    }
    let contents = &scene.world.tables[probe.table];
    let column = contents.column(tenant)?;
    let is_write_by_key = probe.kind == Kind::Blind && probe.command == Command::Delete;
    if persona.context[0].is_none() {
        let is_seen = !is_write_by_key && !outcome.rows().is_empty();
        return (is_seen || outcome.touched > 0 && probe.kind != Kind::Select)
            .then_some("without a tenant nothing is seen or touched (I1)");
    }
    if is_write_by_key {
        return None;
    }
    let keys = outcome.rows();
    let is_foreign = contents
        .rows
        .iter()
        .any(|row| row[column] != persona.context[0] && keys.contains(&contents.key_of(row)));
    is_foreign.then_some("only rows of the session's tenant are seen or touched (I5, I6)")
}
