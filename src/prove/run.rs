//! Running all probes of some personas, and comparing what came of them with what the oracle says.

use super::channels;
use super::measured::measured;
use super::persona::{Persona, Personas};
use super::probe::{Kind, Outcome, Probe, ProbeContext};
use super::probe_session::{BATCH, CallOptions, ProbeSession, statements};
use super::tally::{Failure, Tally};
use super::workers::Queue;
use crate::database::together;
use crate::error::{Error, Result};
use crate::policy::Command;

/// Runs every probe of everybody, divided among the sessions.
pub(super) async fn everybody(
    sessions: &[ProbeSession<'_>],
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    tenants: &[String],
) -> Result<Tally> {
    // Sorted by role: what the server has planned for a role stays good for the next persona of that role.
    let mut order: Vec<usize> = (0..personas.all.len()).collect();
    order.sort_by_key(|at| &personas.all[*at].database_role);
    let queue = Queue::new(order, sessions.len());
    let work = sessions.iter().enumerate().map(|(worker, session)| {
        let queue = &queue;
        async move {
            let mut tally = Tally::default();
            while let Some(position) = queue.next(worker) {
                let mut own = Tally::default();
                let asked = async {
                    one(session, context, personas, position, &mut own).await?;
                    channels::run(session, context, personas, &[position], tenants, "").await
                };
                match asked.await {
                    Ok(more) => {
                        tally.append(own);
                        tally.append(more);
                    }
                    Err(error) if is_gone(context, &personas.all[position], &error) => {
                        let role = &personas.all[position].database_role;
                        tally.notes.insert(format!(
                            "the role {role}, which the file does not name, was dropped meanwhile"
                        ));
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(tally)
        }
    });
    let mut tally = Tally::default();
    for one in together(work).await {
        tally.append(one?);
    }
    Ok(tally)
}

/// Whether a role that no file names is no longer there.
fn is_gone(context: &ProbeContext<'_>, persona: &Persona, error: &Error) -> bool {
    let roles = &context.intent.policies.roles;
    let is_of_file = roles
        .iter()
        .any(|role| role.database_role == persona.database_role);
    // What the server says of a setting that cannot have a value: `role` with a name that nobody has.
    !is_of_file && error.code.as_deref() == Some("22023")
}

/// Runs every probe of one persona.
async fn one(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    position: usize,
    tally: &mut Tally,
) -> Result<()> {
    let persona = &personas.all[position];
    let mut probes: Vec<Probe> = Vec::new();
    for table in 0..context.intent.policies.tables.len() {
        if context.chosen.has(table) {
            probes.extend(context.probes(persona, table));
        }
    }
    for probes in probes.chunks(BATCH) {
        let call = async |probes: &[Probe]| {
            session
                .call(
                    persona,
                    personas.keys,
                    &statements(probes),
                    CallOptions::default(),
                )
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
        judge(tally, context, position, persona, probes, &outcomes);
    }
    Ok(())
}

/// Compares outcomes with what they must be.
pub(super) fn judge(
    tally: &mut Tally,
    context: &ProbeContext<'_>,
    position: usize,
    persona: &Persona,
    probes: &[Probe],
    outcomes: &[Outcome],
) {
    for (probe, outcome) in probes.iter().zip(outcomes) {
        if let Some(record) = context.record {
            record
                .borrow_mut()
                .extend(measured(context, persona, probe, outcome));
        }
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
        let invariant = breaks_invariant(context, persona, probe, outcome);
        if probe.is_hidden(outcome) {
            tally.hidden += 1;
        }
        if probe.wanted(persona).fits(outcome) && invariant.is_none() {
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
            varied: None,
        });
    }
}

/// What must hold whatever the matrix says: I1, without a tenant nothing of any tenant is seen or touched; I5 and
/// I6, what is seen and what is written is of the session's tenant.
fn breaks_invariant(
    context: &ProbeContext<'_>,
    persona: &Persona,
    probe: &Probe,
    outcome: &Outcome,
) -> Option<&'static str> {
    let table = context.intent.policies.tables.get(probe.table)?;
    let tenant = table.tenant.as_ref()?;
    if persona.bypasses
        || !outcome.state.is_empty()
        || matches!(probe.kind, Kind::Columns | Kind::SideChannel)
    {
        return None;
    }
    let contents = &context.world.tables[probe.table];
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
