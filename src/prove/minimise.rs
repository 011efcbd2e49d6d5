//! The few rows that a failure takes: rows are left out, by tables and then by halves, as long as it still shows.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::persona::Persona;
use super::persona::Personas;
use super::probe::{Memory, ProbeContext};
use super::probe_session::{CallOptions, ProbeSession};
use super::tally::Failure;
use super::world::World;
use crate::sql::literal;

/// Attempts for one failure.
const TRIES: usize = 40;

/// More rows than this tell a reader nothing.
const MOST: usize = 6;

/// A row of the world: table and position.
type At = (usize, usize);

/// Statements that make the rows that a failure takes; none when rows are not what it is about, or too many are.
pub(super) async fn needed(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    persona: &Persona,
    failure: &Failure,
) -> Vec<String> {
    if failure.object.is_some()
        || failure.expected.is_some()
        || failure.varied.is_some()
        || persona.bypasses
    {
        return Vec::new();
    }
    let mut search = Search {
        session,
        context,
        personas,
        persona,
        failure,
        tries: 0,
    };
    let everything: BTreeSet<At> = (context.world.tables.iter().enumerate())
        .flat_map(|(at, table)| (0..table.rows.len()).map(move |row| (at, row)))
        .collect();
    let left = search.run(everything).await;
    if left.len() > MOST {
        return Vec::new();
    }
    left.iter().map(|at| insert(context.world, *at)).collect()
}

struct Search<'a> {
    session: &'a ProbeSession<'a>,
    context: &'a ProbeContext<'a>,
    personas: Personas<'a>,
    persona: &'a Persona,
    failure: &'a Failure,
    tries: usize,
}

impl Search<'_> {
    async fn run(&mut self, everything: BTreeSet<At>) -> BTreeSet<At> {
        let mut left = everything;
        for table in 0..self.context.world.tables.len() {
            if table != self.failure.probe.table {
                self.without(&mut left, |(at, _)| *at == table).await;
            }
        }
        let mut size = left.len().div_ceil(2);
        loop {
            let all: Vec<At> = left.iter().copied().collect();
            for part in all.chunks(size.max(1)) {
                let part: BTreeSet<At> = part.iter().copied().collect();
                self.without(&mut left, |at| part.contains(at)).await;
            }
            if size <= 1 || self.tries >= TRIES {
                return left;
            }
            size = size.div_ceil(2);
        }
    }

    /// Leaves rows out, if it shows without them.
    async fn without(&mut self, left: &mut BTreeSet<At>, is_out: impl Fn(&At) -> bool) {
        let fewer: BTreeSet<At> = left.iter().copied().filter(|at| !is_out(at)).collect();
        if fewer.len() < left.len() && self.tries < TRIES && self.still_fails(&fewer).await {
            *left = fewer;
        }
    }

    async fn still_fails(&mut self, kept: &BTreeSet<At>) -> bool {
        self.tries += 1;
        let mut world = self.context.world.clone();
        let mut gone = String::new();
        for (at, table) in world.tables.iter_mut().enumerate() {
            let table = Rc::make_mut(table);
            let rows = std::mem::take(&mut table.rows);
            let (stay, go): (Vec<_>, Vec<_>) = rows
                .into_iter()
                .enumerate()
                .partition(|(row, _)| kept.contains(&(at, *row)));
            table.rows = stay.into_iter().map(|(_, row)| row).collect();
            let keys: Vec<String> = go
                .iter()
                .map(|(_, row)| literal(&table.key_of(row)))
                .collect();
            if !keys.is_empty() {
                gone.push_str(&format!(
                    "delete from {} where {} = any (array[{}]);",
                    table.name,
                    table.key_sql(),
                    keys.join(",")
                ));
            }
        }
        let before = format!("do $workroom_before$ begin {gone} end $workroom_before$");
        let memory = Memory::default();
        let context = ProbeContext {
            world: &world,
            memory: &memory,
            ..*self.context
        };
        // The same statement, with what the oracle says of it now.
        let probes = context.probes(self.persona, self.failure.probe.table);
        let same = probes.into_iter().find(|probe| {
            probe.kind == self.failure.probe.kind && probe.sql == self.failure.probe.sql
        });
        let Some(probe) = same else { return false };
        let options = CallOptions {
            before: if gone.is_empty() { "" } else { &before },
            ..CallOptions::default()
        };
        let statement = [(probe.sql.as_str(), probe.after.as_str())];
        let outcomes = self
            .session
            .call(self.persona, self.personas.keys, &statement, options)
            .await;
        let Some(outcome) = outcomes.ok().and_then(|all| all.into_iter().next()) else {
            return false;
        };
        let is_same_error = outcome.state == self.failure.outcome.state;
        let is_met = probe.expected.is_met(&outcome);
        let again = Failure {
            persona: self.failure.persona,
            probe,
            outcome,
            object: None,
            expected: None,
            varied: None,
        };
        is_same_error && !is_met && again.is_leak() == self.failure.is_leak()
    }
}

fn insert(world: &World, (at, row): At) -> String {
    let table = &world.tables[at];
    let given = table.rows[row].iter().map(Option::as_deref).enumerate();
    let given = given.filter(|(column, value)| {
        value.is_some() && (table.is_writable(*column) || table.is_overridden(*column))
    });
    format!("{} on conflict do nothing;", table.insert(given))
}
