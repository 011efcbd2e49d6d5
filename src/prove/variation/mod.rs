//! One value at a time: the rows are as before but for one column, which has a value that the SQL or the words compare
//! it with, or sessions are but for one setting. What must come of it the words say, as always.
//!
//! The rows of the fixture cannot hold every value of every column together with every other; this holds each in turn.

mod candidates;
mod reach;
mod reading;

use std::collections::BTreeSet;

use self::candidates::{At, Candidate, Candidates};
use super::persona::{Persona, Personas};
use super::probe::{self, Kind, Probe, ProbeContext, varied, written};
use super::probe_session::{ProbeSession, statements};
use super::run::judge;
use super::tally::{Tally, Varied};
use super::workers::{self, Queue};
use super::world::{Row, World};
use crate::error::Result;
use crate::sql::{identifier, literal, text_array};

/// Rows that are as before but for one column.
struct OtherRows {
    at: At,
    /// What makes them.
    before: String,
    rows: Vec<Row>,
    readers: BTreeSet<usize>,
}

/// Somebody whose session says one thing more or another thing.
struct OtherSession {
    position: usize,
    persona: Persona,
    readers: BTreeSet<usize>,
}

/// Tries every value that the SQL or the words name, one at a time.
pub(super) async fn run(
    sessions: &[ProbeSession<'_>],
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    tenants: &[String],
) -> Result<Tally> {
    let candidates = Candidates::of(context);
    let clocks = candidates.clocks.clone();
    let others = other_sessions(context, personas, tenants, &candidates);
    let rows = other_rows(&sessions[0], context, candidates.each()).await?;
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
    for one in workers::together(work).await {
        tally.append(one?);
    }
    // What is seen of other rows is not what is seen.
    tally.seen.clear();
    tally.notes.extend(clocks.into_iter().map(|label| {
        format!("{label} depends on the clock and on no column: only the present was tried")
    }));
    Ok(tally)
}

/// Asks the server which values a column takes, in all rows or in the first, and what the rows are then.
async fn other_rows(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    candidates: Vec<Candidate>,
) -> Result<Vec<OtherRows>> {
    let world = context.world;
    let updates: Vec<[String; 2]> = candidates
        .iter()
        .map(|one| {
            let table = &world.tables[one.at.0];
            let column = identifier(&table.columns[one.at.1].name);
            let all = format!("update {} set {column} = {}", table.name, one.value);
            let first = table.rows.first().map(|row| table.is_row(row));
            let alone = format!(
                "{all} where {}",
                first.unwrap_or_else(|| "false".to_owned())
            );
            [all, alone]
        })
        .collect();
    let sql = format!(
        "select pg_temp.workroom_takes({});",
        text_array(updates.iter().flatten())
    );
    let answer = session
        .inner
        .run("asking which values columns take", &sql)
        .await?;
    let answer = answer.into_iter().flatten().flatten().flatten().next();
    let answer = answer.unwrap_or_default();
    let taken: Vec<bool> = answer.chars().map(|letter| letter == 't').collect();
    let (open, close) = session.brackets();
    let mut chosen = Vec::new();
    let mut sql = open.to_owned();
    for ((one, update), taken) in candidates.into_iter().zip(&updates).zip(taken.chunks(2)) {
        let Some(place) = taken.iter().position(|is_taken| *is_taken) else {
            continue;
        };
        let table = &world.tables[one.at.0];
        sql.push_str(&format!(
            "savepoint workroom_part; {}; {} rollback to savepoint workroom_part;",
            update[place],
            table.reading()
        ));
        chosen.push((one, place == 0));
    }
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    sql.push_str(close);
    let results = session
        .inner
        .run("reading rows with other values", &sql)
        .await?;
    // Each has a savepoint, a change, what was read, and the way back.
    let read = results.into_iter().skip(1).collect::<Vec<_>>();
    let mut others: Vec<OtherRows> = Vec::new();
    for ((one, is_all), rows) in chosen.into_iter().zip(read.chunks(4)) {
        let Some(rows) = rows.get(2) else { continue };
        let table = &world.tables[one.at.0];
        let changed = rows.iter().zip(&table.rows).find(|(new, old)| new != old);
        let known = others
            .iter_mut()
            .find(|other| other.at == one.at && other.rows == *rows);
        match (changed, known) {
            (None, _) => {}
            (_, Some(other)) => other.readers.extend(one.readers),
            (Some((new, old)), None) => {
                let column = identifier(&table.columns[one.at.1].name);
                let value = super::world::value_sql(new[one.at.1].as_deref());
                let only = if is_all {
                    String::new()
                } else {
                    format!(" where {}", table.is_row(old))
                };
                others.push(OtherRows {
                    at: one.at,
                    before: format!("update {} set {column} = {value}{only}", table.name),
                    rows: rows.clone(),
                    readers: one.readers,
                });
            }
        }
    }
    Ok(others)
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
    world.tables[one.at.0].rows.clone_from(&one.rows);
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
    if one.at.0 >= context.intent.policies.tables.len() {
        return Ok(());
    }
    let value = one.rows.first().and_then(|row| row[one.at.1].clone());
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

/// Sessions that say what the SQL asks for and no file names, and those in which a pattern stands for a tenant or user.
fn other_sessions(
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    tenants: &[String],
    candidates: &Candidates,
) -> Vec<OtherSession> {
    let mut others = Vec::new();
    let mut roles = BTreeSet::new();
    let mut positions: Vec<usize> = actors(personas, tenants)
        .into_iter()
        .filter(|at| roles.insert(personas.all[*at].acts_as.clone()))
        .collect();
    positions.extend(silent(personas));
    for ((name, value), readers) in &candidates.settings {
        if personas.keys.contains(name) {
            continue;
        }
        for position in &positions {
            let mut persona = personas.all[*position].clone();
            persona
                .name
                .push_str(&format!(" with {name} = {}", literal(value)));
            persona.settings.push((name.clone(), value.clone()));
            others.push(OtherSession {
                position: *position,
                persona,
                readers: readers.clone(),
            });
        }
    }
    if candidates.patterns.is_empty() {
        return others;
    }
    let session = &context.intent.policies.context;
    let tenant = session.tenant.as_ref().map(|one| one.setting.as_str());
    for position in &positions {
        let ordinary = &personas.all[*position];
        for (at, (setting, _)) in ordinary.settings.iter().enumerate() {
            // A role is one of those that the file names, or none.
            if session.role_setting.as_ref() == Some(setting) {
                continue;
            }
            for pattern in ["%", ".*"] {
                let mut persona = ordinary.clone();
                persona
                    .name
                    .push_str(&format!(" with {setting} = {}", literal(pattern)));
                pattern.clone_into(&mut persona.settings[at].1);
                persona.is_garbled = true;
                let is_tenant = tenant == Some(setting.as_str());
                persona.context[usize::from(!is_tenant)] = None;
                others.push(OtherSession {
                    position: *position,
                    persona,
                    readers: candidates.patterns.clone(),
                });
            }
        }
    }
    others
}
