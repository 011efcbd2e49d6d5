//! Kind 9: whoever may write a table that conditions read might give themselves what they could not see before.
//! Each such write is made, and its maker looks again.

use std::collections::BTreeSet;

use super::accepted;
use super::persona::Persona;
use super::persona::Personas;
use super::probe::{Expected, Kind, Probe, ProbeContext};
use super::probe_session::{CallOptions, ProbeSession, statements};
use super::tally::{Failure, Tally};
use super::untried;
use crate::error::Result;
use crate::policy::Command;

/// Writes of one persona to one table that are tried where rows are deployed, since each is followed by a look at all
/// of them. To rows that were made up every write is tried.
const MOST: usize = 120;

/// Makes every write and looks for rows that were there, and that the writer could not see before.
pub(super) async fn run(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    prelude: &str,
) -> Result<Tally> {
    let mut tally = Tally::default();
    let gates: BTreeSet<usize> = context.hints.reads.values().flatten().copied().collect();
    let declared = context.intent.policies.tables.len();
    for (position, persona) in personas.all.iter().enumerate() {
        if !persona.is_ordinary || persona.bypasses || persona.owns {
            continue;
        }
        let mut writes: Vec<Probe> = Vec::new();
        for gate in gates.iter().filter(|gate| **gate < declared) {
            let made = of_gate(context, persona, *gate);
            let step = if session.is_inside {
                made.len().div_ceil(MOST).max(1)
            } else {
                1
            };
            writes.extend(made.into_iter().step_by(step));
        }
        if writes.is_empty() {
            continue;
        }
        let options = CallOptions {
            prelude,
            ..CallOptions::default()
        };
        let outcomes = session
            .call(persona, personas.keys, &statements(&writes), options)
            .await
            .map_err(|failure| failure.of_our_own("probing for escalation"))?;
        for (write, outcome) in writes.iter().zip(&outcomes) {
            tally.count(Kind::Escalation, 1);
            let seen = outcome.rows();
            let gained = gained(context, persona, &seen);
            let unintended = gained
                .iter()
                .find_map(|(at, key)| Some((at, key, how_to_accept(context, write.table, *at)?)));
            if let (Some((at, key, how)), true) = (unintended, outcome.state.is_empty()) {
                let table = &context.world.tables[*at].name;
                tally.failures.push(Failure {
                    persona: position,
                    probe: Probe {
                        row: Some(key.clone()),
                        ..write.clone()
                    },
                    outcome: outcome.clone(),
                    object: Some(context.world.tables[write.table].name.to_string()),
                    expected: Some(format!(
                        "nobody gives themselves what they could not see: afterwards the row {key} of {table} is seen ({how})"
                    )),
                    varied: None,
                });
            }
        }
    }
    Ok(tally)
}

/// Writes to a table that conditions of others read, each followed by a look at all of those.
fn of_gate(context: &ProbeContext<'_>, persona: &Persona, gate: usize) -> Vec<Probe> {
    let readers = context.hints.reads.iter();
    let readers = readers
        .filter(|(reader, reads)| reads.contains(&gate) && context.may_find(persona, **reader))
        .filter(|(reader, _)| context.chosen.has(gate) || context.chosen.has(**reader));
    let looks: Vec<String> = readers
        .map(|(at, _)| {
            let table = &context.world.tables[*at];
            format!("select '{at}:' || {} from {}", table.key_sql(), table.name)
        })
        .collect();
    if looks.is_empty() {
        return Vec::new();
    }
    let after = format!(
        "!select string_agg(found, chr(30)) from ({}) as seen (found)",
        looks.join(" union all ")
    );
    let writes = context.probes(persona, gate).into_iter().filter(|probe| {
        let is_write = matches!(
            probe.kind,
            Kind::Insert | Kind::CrossInsert | Kind::Move | Kind::Delete
        );
        is_write && matches!(probe.expected, Expected::Passes | Expected::Touches(1))
    });
    let made = writes.map(|write| Probe {
        kind: Kind::Escalation,
        after: after.clone(),
        expected: Expected::Passes,
        ..write
    });
    made.collect()
}

/// Rows of the fixture that are seen now and may not have been before.
fn gained(
    context: &ProbeContext<'_>,
    persona: &Persona,
    seen: &BTreeSet<String>,
) -> Vec<(usize, String)> {
    let found = seen.iter().filter_map(|one| {
        let (at, key) = one.split_once(':')?;
        let at: usize = at.parse().ok()?;
        let table = &context.world.tables[at];
        let row = table.rows.iter().find(|row| table.key_of(row) == key)?;
        (!context.before(persona, at, Command::Select, row)).then(|| (at, key.to_owned()))
    });
    found.collect()
}

fn id(context: &ProbeContext<'_>, written: usize, seen: usize) -> String {
    let name = |at: usize| &context.world.tables[at].name;
    format!("escalation:{} {}", name(written), name(seen))
}

/// Changes when the policies of the two tables do.
fn print_of(context: &ProbeContext<'_>, written: usize, seen: usize) -> String {
    let names = [written, seen].map(|at| &context.world.tables[at].name);
    accepted::print_of(context, |name| names.contains(&name))
}

/// What to write into the file if that is meant; none where it stands there.
fn how_to_accept(context: &ProbeContext<'_>, written: usize, seen: usize) -> Option<String> {
    let id = id(context, written, seen);
    let print = print_of(context, written, seen);
    untried::how_to_accept(context.intent.policies, &id, &print)
}
