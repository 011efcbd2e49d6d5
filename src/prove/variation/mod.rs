//! One value at a time: the rows are as before but for one column, which has a value that the SQL or the words compare
//! it with, alone and with what else must hold for it to decide; or sessions are but for one setting. What must come
//! of it the words say, as always.
//!
//! The rows of the fixture cannot hold every value of every column together with every other; this holds each in turn.

mod alike;
mod beside;
mod candidates;
mod company;
mod compared_settings;
mod items;
mod literals;
mod reach;
mod reading;
mod rows;
mod sessions;
mod targets;
mod words;

use std::collections::BTreeSet;
use std::rc::Rc;

use self::candidates::Candidates;
pub(super) use self::reach::Texts;
use self::rows::{OtherRows, other_rows};
use self::sessions::{OtherSession, other_sessions};
use super::persona::{Persona, Personas};
use super::probe::{self, Kind, Probe, ProbeContext, varied, written};
use super::probe_session::{ProbeSession, statements};
use super::run::judge;
use super::tally::{Tally, Varied};
use super::workers::Queue;
use super::world::World;
use crate::database::together;
use crate::error::Result;

/// Tries every value that the SQL or the words name, one at a time.
pub(super) async fn run(
    sessions: &[ProbeSession<'_>],
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    tenants: &[String],
) -> Result<Tally> {
    let asking = actors(personas, tenants).into_iter();
    let users = asking.filter_map(|at| personas.all[at].context[1].as_deref());
    let candidates = Candidates::of(context, &users.collect());
    let clocks = candidates.clocks.clone();
    let others = other_sessions(context, personas, tenants, &candidates);
    let literals = candidates.literals.clone();
    let (rows, taken) = other_rows(&sessions[0], context, candidates.each()).await?;
    let queue = Queue::new((0..rows.len() + others.len()).collect(), sessions.len());
    let work = sessions.iter().enumerate().map(|(worker, session)| {
        let (queue, rows, others) = (&queue, &rows, &others);
        async move {
            let mut tally = Tally::default();
            while let Some(next) = queue.next(worker) {
                match rows.get(next) {
                    Some(one) => {
                        of_rows(session, context, personas, tenants, one, &mut tally).await?;
                    }
                    None => {
                        let one = &others[next - rows.len()];
                        of_session(session, context, personas, one, &mut tally).await?;
                    }
                }
            }
            Ok(tally)
        }
    });
    let mut tally = Tally::default();
    for one in together(work).await {
        tally.append(one?);
    }
    let (all, untried) = literals::untried(context.world, &literals, &taken);
    tally.literals = all;
    tally.untried = untried;
    tally.taken = taken;
    // What is seen of other rows is not what is seen.
    tally.seen.clear();
    tally.notes.extend(clocks.into_iter().map(|label| {
        format!("{label} depends on the clock and on no column: only the present was tried")
    }));
    Ok(tally)
}

/// Everybody for whom a value may make a difference: each role once for each user of the first tenant.
fn actors(personas: Personas<'_>, tenants: &[String]) -> Vec<usize> {
    let mut known: BTreeSet<(Vec<usize>, Option<String>)> = BTreeSet::new();
    let everybody = personas.all.iter().enumerate();
    let fit = everybody.filter(|(_, one)| {
        let tenant = &one.context[0];
        one.is_ordinary && !one.bypasses && (tenant.is_none() || tenant.as_ref() == tenants.first())
    });
    fit.filter(|(_, one)| known.insert((one.acts_as.clone(), one.context[1].clone())))
        .map(|(at, _)| at)
        .collect()
}

/// Those whose sessions say nothing at all, one for each database role.
fn silent(personas: Personas<'_>) -> impl Iterator<Item = usize> {
    let mut known = BTreeSet::new();
    let everybody = personas.all.iter().enumerate();
    let silent = everybody.filter(|(_, one)| {
        one.settings.is_empty() && !one.acts_as.is_empty() && !one.bypasses && !one.owns
    });
    silent
        .filter(move |(_, one)| known.insert(one.database_role.clone()))
        .map(|(at, _)| at)
}

async fn of_rows(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    tenants: &[String],
    one: &OtherRows,
    tally: &mut Tally,
) -> Result<()> {
    let mut world: World = context.world.clone();
    for (table, rows) in &one.tables {
        Rc::make_mut(&mut world.tables[*table])
            .rows
            .clone_from(rows);
    }
    let memory = probe::Memory::default();
    let other = ProbeContext {
        world: &world,
        memory: &memory,
        ..*context
    };
    let mut positions = actors(personas, tenants);
    if context.hints.tenants.contains(&one.at) {
        positions.extend(silent(personas));
    }
    let of_other = positions.iter().map(|at| {
        let persona = &personas.all[*at];
        let readers = one.readers.iter();
        let probes = readers.flat_map(|table| varied(&other, persona, *table));
        (*at, persona, probes.collect())
    });
    let before = format!("{};", one.before);
    ask(
        session,
        &other,
        personas,
        &before,
        of_other.collect(),
        false,
        tally,
    )
    .await?;
    // The same value, written.
    let written_here = one.written.as_ref();
    let Some(value) = written_here.filter(|_| context.chosen.has(one.at.0)) else {
        return Ok(());
    };
    let of_writes = positions.iter().map(|at| {
        let persona = &personas.all[*at];
        (
            *at,
            persona,
            written(context, persona, one.at, value.as_ref()),
        )
    });
    ask(
        session,
        context,
        personas,
        "",
        of_writes.collect(),
        false,
        tally,
    )
    .await
}

async fn of_session(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    one: &OtherSession,
    tally: &mut Tally,
) -> Result<()> {
    let readers = one.readers.iter();
    let probes = readers.flat_map(|table| varied(context, &one.persona, *table));
    let asked = vec![(one.position, &one.persona, probes.collect())];
    ask(session, context, personas, "", asked, true, tally).await
}

/// Asks everybody what is theirs to ask, after what is done before.
async fn ask(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    before: &str,
    mut asked: Vec<(usize, &Persona, Vec<Probe>)>,
    is_session: bool,
    tally: &mut Tally,
) -> Result<()> {
    asked.retain(|(_, _, probes)| !probes.is_empty());
    if asked.is_empty() {
        return Ok(());
    }
    let parts: Vec<_> = asked
        .iter()
        .map(|(_, persona, probes)| (*persona, statements(probes)))
        .collect();
    let outcomes = session
        .each(personas.keys, before, &parts)
        .await
        .map_err(|failure| failure.of_our_own("probing rows and sessions with other values"))?;
    for ((position, persona, probes), outcomes) in asked.iter().zip(&outcomes) {
        let from = tally.failures.len();
        judge(tally, context, *position, persona, probes, outcomes);
        let shown = probes
            .iter()
            .zip(outcomes)
            .filter(|(probe, outcome)| probe.kind == Kind::Select && !outcome.rows().is_empty());
        tally.shown.extend(shown.map(|(probe, _)| probe.table));
        for failure in &mut tally.failures[from..] {
            failure.varied = Some(Box::new(Varied {
                before: before.trim_end_matches(';').to_owned(),
                persona: is_session.then(|| (*persona).clone()),
            }));
        }
    }
    Ok(())
}
