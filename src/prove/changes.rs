//! What a function did: every row that it wrote or removed, held against what its caller, or the role that lends it
//! its rights, may change.

use std::collections::BTreeSet;

use super::intent::State;
use super::persona::Persona;
use super::probe::{Channel, Outcome, ProbeContext, lent};
use super::world::Row;
use crate::catalog::ReferenceAction;
use crate::policy::{Command, Writes};
use crate::sql::identifier;

/// Values of a row are divided by `chr(31)`, and `chr(29)` stands for null.
const VALUES: char = '\u{1f}';
const NULL: &str = "\u{1d}";

/// A query for everything that was written or removed since the fixture was made.
pub(super) fn query(context: &ProbeContext<'_>) -> String {
    let parts = context
        .world
        .tables
        .iter()
        .enumerate()
        .take(context.intent.policies.tables.len())
        .map(|(at, table)| {
            let columns = table.columns.iter();
            let columns = columns.map(|column| format!("{}::text", identifier(&column.name)));
            let columns: Vec<_> = columns.collect();
            format!(
                "select '{at}+' || pg_catalog.array_to_string(array[{}], chr(31), chr(29)) from {name} where xmin::text::bigint > {horizon} \
                 union all select '{at}-' || coalesce(string_agg({key}, chr(31)), '') from {name} \
                 having count(*) <> {count} or count(*) filter (where xmin::text::bigint > {horizon}) > 0",
                columns.join(","),
                name = table.name,
                horizon = context.horizon,
                key = table.key_sql(),
                count = table.rows.len(),
            )
        });
    let parts: Vec<_> = parts.collect();
    format!(
        "select string_agg(what, chr(30)) from ({}) as changed (what)",
        parts.join(" union all ")
    )
}

/// What a function did that neither its caller nor its lender may do, or that the file does not have it do for this
/// caller, in words.
pub(super) fn beyond(
    context: &ProbeContext<'_>,
    persona: &Persona,
    channel: &Channel<'_>,
    outcome: &Outcome,
) -> Option<String> {
    let lent = channel
        .lender
        .and_then(|owner| lent(context, persona, owner));
    let actors: Vec<&Persona> = std::iter::once(persona).chain(&lent).collect();
    outcome.rows().iter().find_map(|change| {
        let at = change.find(['+', '-'])?;
        let table: usize = change[..at].parse().ok()?;
        let is_meant = |row: &Row| {
            let mut meant = channel.writes.iter().filter(|one| one.table == table);
            let holds = |one: &&Writes| {
                let (intent, world) = (context.intent, context.world);
                intent.is_wordless(&one.predicate)
                    || intent.holds(world, persona, table, &one.predicate, row) == Some(true)
            };
            meant.clone().next().is_none() || meant.any(holds)
        };
        let list = change[at + 1..].split(VALUES);
        if change[at..].starts_with('+') {
            let row: Row = list
                .map(|value| (value != NULL).then(|| value.to_owned()))
                .collect();
            written(context, &actors, table, &row, is_meant)
        } else {
            removed(context, &actors, table, &list.collect(), is_meant)
        }
    })
}

/// The rows that were written, each with its table.
pub(super) fn rows(outcome: &Outcome) -> Vec<(usize, Row)> {
    let changes = outcome.rows();
    let written = changes.iter().filter_map(|change| {
        let (at, values) = change.split_once('+')?;
        let values = values.split(VALUES);
        let values = values.map(|value| (value != NULL).then(|| value.to_owned()));
        Some((at.parse().ok()?, values.collect()))
    });
    written.collect()
}

/// What was done to tables other than one that some actor wrote to, and none of them may do: in words, with the table.
/// What foreign keys do to rows that refer to it, policies do not bind.
pub(super) fn of_others(
    context: &ProbeContext<'_>,
    actors: &[&Persona],
    at: usize,
    outcome: &Outcome,
) -> Option<(String, usize)> {
    let referring = referring(context, at);
    let others = rows(outcome).into_iter();
    let mut others = others.filter(|(of, _)| *of != at && !referring.contains(of));
    others.find_map(|(of, row)| Some((written(context, actors, of, &row, |_| true)?, of)))
}

/// The tables that refer to one, and those that refer to them.
fn referring(context: &ProbeContext<'_>, at: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([at]);
    loop {
        let keys = context.catalog.constraints.iter();
        let more: Vec<usize> = keys
            .filter(|key| {
                let to = key.references.as_ref().filter(|one| {
                    let keeps = [ReferenceAction::NoAction, ReferenceAction::Restrict];
                    !keeps.contains(&one.on_delete) || !keeps.contains(&one.on_update)
                });
                let to = to.and_then(|one| context.world.position(&one.relation));
                to.is_some_and(|to| found.contains(&to))
            })
            .filter_map(|key| context.world.position(&key.relation))
            .filter(|from| !found.contains(from))
            .collect();
        if more.is_empty() {
            found.remove(&at);
            return found;
        }
        found.extend(more);
    }
}

fn written(
    context: &ProbeContext<'_>,
    actors: &[&Persona],
    at: usize,
    new: &Row,
    is_meant: impl Fn(&Row) -> bool,
) -> Option<String> {
    let table = &context.world.tables[at];
    let key = table.key_of(new);
    let old = table.rows.iter().find(|row| table.key_of(row) == key);
    // What the server computes and triggers keep follows from the rest.
    let described = &context.intent.policies.tables[at];
    let follows = |column: usize| {
        let column = &table.columns[column];
        column.generated.is_some() || described.read_only.contains(&column.name)
    };
    let may = |actor: &&&Persona| {
        let allows = |command, state, row| {
            let intent = context.intent;
            intent.is_granted(actor, at, command)
                && (intent.is_open(actor, at, command)
                    || intent.allows(context.world, actor, at, command, state, row))
        };
        match old {
            None => allows(Command::Insert, State::After, new),
            Some(old) => {
                let mut changed = (0..new.len())
                    .filter(|column| old[*column] != new[*column] && !follows(*column));
                allows(Command::Update, State::Before, old)
                    && allows(Command::Update, State::After, new)
                    && changed.all(|column| {
                        let intent = context.intent;
                        intent.may_use(context.world, actor, at, Command::Update, column)
                    })
            }
        }
    };
    let done = if old.is_some() { "changed" } else { "added" };
    let is_meant = is_meant(new) && old.is_none_or(is_meant);
    (!is_meant || actors.iter().find(may).is_none()).then(|| {
        format!(
            "it does what its caller may: the row {key} of {} is not {done}",
            table.name
        )
    })
}

fn removed(
    context: &ProbeContext<'_>,
    actors: &[&Persona],
    at: usize,
    left: &BTreeSet<&str>,
    is_meant: impl Fn(&Row) -> bool,
) -> Option<String> {
    let table = &context.world.tables[at];
    let gone = table.rows.iter().find(|row| {
        let may = |actor: &&Persona| {
            let intent = context.intent;
            intent.is_granted(actor, at, Command::Delete)
                && (intent.is_open(actor, at, Command::Delete)
                    || intent.allows(
                        context.world,
                        actor,
                        at,
                        Command::Delete,
                        State::Before,
                        row,
                    ))
        };
        !left.contains(table.key_of(row).as_str()) && (!is_meant(row) || !actors.iter().any(may))
    })?;
    Some(format!(
        "it does what its caller may: the row {} of {} is not removed",
        table.key_of(gone),
        table.name
    ))
}
