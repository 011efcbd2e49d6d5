//! The proof: acting as everybody, trying everything, and comparing what happens with what the policy file says.
//!
//! `oracle` computes what must happen from the matrix and the macros' oracle form; it never reads a policy.
//! `fixture` makes up rows that are hard to keep apart, `persona` the people, `probe` the statements, `probe_session`
//! runs them in transactions that are rolled back, `explain` says which policy is to blame.

mod ablation;
mod accepted;
mod changes;
mod channels;
mod claims;
mod escalation;
mod explain;
mod fixture;
mod intent;
mod invariants;
mod judged;
mod keys;
mod measured;
mod minimise;
mod monotone;
mod mutate;
mod new_session;
mod oracle;
mod ordinary;
mod part;
mod persona;
mod pitfall;
mod place;
mod probe;
mod probe_session;
mod proof;
mod run;
mod sampling;
mod setup;
mod shape;
mod signing_in;
mod strangers;
mod tally;
mod triggers;
mod unchanged;
mod untried;
mod variation;
mod workers;
mod world;
mod worlds;

use std::time::Instant;

pub use mutate::{Class, Count, Mutation, Survivor};
pub use part::Part;
pub use proof::{Counterexample, Proof};
pub use setup::{ProofOptions, prepare_clone};
pub use unchanged::{Comparison, compare};

use crate::database::{Connect, Session};
use crate::error::Result;
use crate::event::{Event, Observer};
use crate::policy::RenderedPolicies;
use intent::Intent;
use part::Chosen;
use probe::Kind;
use probe_session::ProbeSession;
use untried::Untried;

/// Proves one system. In a disposable database, rows that were made up are committed, and the work is divided among
/// copies of the database; elsewhere everything happens in one transaction that is rolled back.
///
/// # Errors
/// When the database cannot be asked, or when no rows can be made up.
pub async fn prove(
    session: &Session,
    connect: &Connect<'_>,
    rendered: &RenderedPolicies,
    proof_options: &ProofOptions<'_>,
    observer: &dyn Observer,
) -> Result<Proof> {
    let intent = Intent::new(&rendered.policies, proof_options.mutates);
    let ready = setup::ready(session, &intent, proof_options).await?;
    let copies = if proof_options.is_clone {
        workers::copies(session, connect, &ready.able).await?
    } else {
        Vec::new()
    };
    let sessions: Vec<ProbeSession<'_>> = std::iter::once(session)
        .chain(&copies)
        .map(|session| ProbeSession::new(session, ready.is_inside, ready.able.holds_still))
        .collect();
    let mut result = prove_ready(&sessions, rendered, &intent, &ready, observer).await;
    drop(sessions);
    // Whatever happened, nothing stays.
    let left = workers::remove(session, copies).await;
    if let Ok(proof) = &mut result {
        proof.notes.extend(left);
    }
    setup::undo(session, &ready).await?;
    result
}

async fn prove_ready(
    sessions: &[ProbeSession<'_>],
    rendered: &RenderedPolicies,
    intent: &Intent<'_>,
    ready: &setup::Ready,
    observer: &dyn Observer,
) -> Result<Proof> {
    let started = Instant::now();
    let tables = || intent.policies.tables.iter().enumerate();
    let left_out = tables().filter(|(at, _)| !ready.chosen.has(*at));
    let mut proof = Proof {
        system: intent.policies.system.clone(),
        left_out: left_out.map(|(_, table)| table.title()).collect(),
        is_part: !ready.chosen.is_whole(),
        ..Proof::default()
    };
    if ready.chosen.is_nothing() {
        return Ok(proof);
    }
    let memory = probe::Memory::default();
    let context = ready.context(intent, rendered, &memory);
    let personas = ready.everybody();
    let tenants = &ready.identities.tenants;
    let mut tally = run::everybody(sessions, &context, personas, tenants).await?;
    let session = &sessions[0];
    invariants::symmetry(&context, personas, tenants, &mut tally);
    tally.append(variation::run(sessions, &context, personas, tenants).await?);
    tally.append(keys::pairs(session, &context, personas, &ready.superuser, "", None).await?);
    let added = monotone::policies(session, &context, personas);
    if let [_, other, ..] = sessions {
        let (added, written) = tokio::join!(added, escalation::run(other, &context, personas, ""));
        tally.append(added?);
        tally.append(written?);
    } else {
        tally.append(added.await?);
        tally.append(escalation::run(session, &context, personas, "").await?);
    }
    if ready.triggers {
        tally.append(triggers::run(session, &context, personas).await?);
    }
    monotone::service(&context, personas, &mut tally);
    tally.tell_apart();
    let took = started.elapsed();

    proof = Proof {
        personas: ready.personas.len(),
        rows: ready
            .world
            .tables
            .iter()
            .take(intent.policies.tables.len())
            .map(|table| table.rows.len())
            .sum(),
        has_own_rows: ready.has_own_rows,
        seen: tally
            .seen
            .values()
            .map(std::collections::BTreeSet::len)
            .sum::<usize>()
            .max(tally.shown.len()),
        took,
        inconclusive: tally.inconclusive,
        wordless: intent.wordless(&ready.chosen),
        notes: ready.notes.iter().cloned().chain(tally.notes).collect(),
        ..proof
    };
    cover(
        &mut proof,
        intent,
        &ready.chosen,
        tally.literals,
        tally.untried,
    );
    for kind in Kind::ALL {
        if let Some(count) = tally.probes.get(&kind) {
            proof.probes.insert(kind.word(), *count);
        }
    }
    for ((table, role), counts) in tally.cells {
        proof
            .cells
            .insert((ready.world.tables[table].name.to_string(), role), counts);
    }
    for (at, table) in tables().filter(|(at, _)| ready.chosen.has(*at)) {
        let is_readable = table
            .cells
            .iter()
            .any(|cell| cell.command == crate::policy::Command::Select);
        let is_seen = tally
            .seen
            .iter()
            .any(|((_, of), keys)| *of == at && !keys.is_empty())
            || tally.shown.contains(&at);
        let reason = ready.unmade.iter().find(|(of, _)| *of == at);
        if let Some((_, because)) = reason {
            proof.unmade.push((table.title(), because.clone()));
            continue;
        }
        if is_readable && !is_seen {
            proof.unseen.push(table.title());
        }
        if ready.has_one_tenant(at) {
            proof.lone.push(table.title());
        }
    }
    if tally.hidden > 0 {
        observer.event(&Event::Detail(&format!(
            "{} probes ended at a constraint; moves, row by row, tell what policies do there",
            tally.hidden
        )));
    }
    observer.event(&Event::Detail(&format!(
        "{} failed probes",
        tally.failures.len()
    )));
    let (failures, more) = explain::distinct(tally.failures);
    proof.more = more;
    for failure in &failures {
        let example = explain::explain(
            session,
            &context,
            personas,
            &ready.superuser,
            rendered,
            failure,
        )
        .await?;
        proof.counterexamples.push(example);
    }
    // Mutants of what does not hold would tell nothing.
    if ready.mutates && proof.counterexamples.is_empty() && proof.inconclusive.is_empty() {
        let everybody = mutate::Everybody {
            personas,
            superuser: &ready.superuser,
            tenants,
        };
        proof.mutation = Some(mutate::run(sessions, &context, everybody, &tally.taken).await?);
    }
    Ok(proof)
}

/// What was not tried makes a proof incomplete, unless the file accepts it.
fn cover(
    proof: &mut Proof,
    intent: &Intent<'_>,
    chosen: &Chosen,
    literals: usize,
    mut left: Vec<Untried>,
) {
    let (atoms, undecided) = intent.undecided(chosen);
    proof.covered = [
        (literals - left.len(), literals),
        (atoms - undecided.len(), atoms),
    ];
    left.extend(undecided);
    let told = left.iter().filter_map(|one| {
        let how = untried::how_to_accept(intent.policies, &one.id, &one.fingerprint)?;
        Some(format!("{} ({how})", one.says))
    });
    proof.untried = told.collect();
}
