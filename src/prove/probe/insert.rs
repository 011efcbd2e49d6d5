//! Kinds 2 and 3: new rows of every shape there is, and mixtures of shapes.

use super::{Expected, Kind, Probe, ProbeContext};
use crate::policy::Command;
use crate::prove::persona::Persona;
use crate::prove::world::{Row, mentions};

pub(super) fn add(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    probes: &mut Vec<Probe>,
) {
    let table = &context.world.tables[at];
    if !context.intent.is_granted(persona, at, Command::Insert) {
        if let Some(row) = table.rows.first() {
            let sql = statement(context, persona, at, row, true);
            probes.push(context.probe(
                Kind::Insert,
                persona,
                at,
                Command::Insert,
                sql,
                Expected::RefusedByGrant,
            ));
        }
        return;
    }
    let may_return = context.may_find(persona, at);
    for (index, row) in context.tried(persona, at).enumerate() {
        one(context, persona, at, Kind::Insert, row, false, probes);
        // What is refused anyway tells nothing of who sees the new row.
        let passes = |one: &Probe| one.expected == Expected::Passes;
        if index % 3 == 0 && may_return && probes.last().is_some_and(passes) {
            one(context, persona, at, Kind::Insert, row, true, probes);
        }
    }
    // Each column that matters is replaced by every other value that it has somewhere, one at a time.
    let Some(first) = table.rows.iter().find(|row| {
        context.after(
            persona,
            at,
            Command::Insert,
            &given(context, persona, at, row),
        )
    }) else {
        return;
    };
    for column in interesting(context, at) {
        if !context
            .intent
            .may_use(context.world, persona, at, Command::Insert, column)
        {
            continue;
        }
        for value in values(context, at, column) {
            if value == first[column] {
                continue;
            }
            let mut row = first.clone();
            row[column] = value;
            one(context, persona, at, Kind::CrossInsert, &row, false, probes);
        }
    }
}

pub(super) fn one(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    kind: Kind,
    row: &Row,
    returning: bool,
    probes: &mut Vec<Probe>,
) {
    let table = &context.world.tables[at];
    let new = given(context, persona, at, row);
    let mut sql = statement(context, persona, at, row, false);
    let mut passes = context.after(persona, at, Command::Insert, &new);
    if returning {
        sql.push_str(&format!(" returning {}", table.key_sql()));
        passes = passes && context.sees(persona, at, &new);
    }
    let expected = if passes {
        Expected::Passes
    } else {
        Expected::RefusedByPolicy
    };
    let mut probe = context.probe(kind, persona, at, Command::Insert, sql, expected);
    probe.row = Some(table.key_of(row));
    probes.push(probe);
}

/// The row as the persona can give it: what it may not write is left out.
pub(super) fn given(context: &ProbeContext<'_>, persona: &Persona, at: usize, row: &Row) -> Row {
    let table = &context.world.tables[at];
    let mut new = row.clone();
    for (column, value) in new.iter_mut().enumerate() {
        if !table.is_writable(column)
            || !context
                .intent
                .may_use(context.world, persona, at, Command::Insert, column)
        {
            // A default is the server's to give; conditions on such columns are not probed by inserts.
            if table.columns[column].expression.is_none() {
                *value = None;
            }
        }
    }
    new
}

/// An insert of a row with a new key.
fn statement(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    row: &Row,
    all: bool,
) -> String {
    let table = &context.world.tables[at];
    let given = row.iter().enumerate().filter(|(column, value)| {
        let column = *column;
        let may = all
            || context
                .intent
                .may_use(context.world, persona, at, Command::Insert, column);
        let is_needed = value.is_some()
            && (table.columns[column].expression.is_none() || matters(context, at, column));
        may && is_needed && table.is_writable(column)
    });
    table.insert(given.map(|(column, value)| (column, value.as_deref())))
}

fn matters(context: &ProbeContext<'_>, at: usize, column: usize) -> bool {
    let key = (at, column);
    context.hints.tenants.contains(&key)
        || context.hints.users.contains(&key)
        || context.hints.read.contains(&key)
        || context.world.tables[at].key.contains(&column)
}

/// Columns on whose value a decision depends.
pub(super) fn interesting(context: &ProbeContext<'_>, at: usize) -> Vec<usize> {
    let table = &context.world.tables[at];
    (0..table.columns.len())
        .filter(|column| {
            let key = (at, *column);
            table.is_writable(*column)
                && !feeds_what_is_read(context, at, *column)
                && (context.hints.tenants.contains(&key)
                    || context.hints.users.contains(&key)
                    || context.hints.read.contains(&key) && !table.key.contains(column))
        })
        .collect()
}

/// Whether a generated column that conditions read is made of a column: what it comes to with another value only the
/// server knows.
fn feeds_what_is_read(context: &ProbeContext<'_>, at: usize, column: usize) -> bool {
    let table = &context.world.tables[at];
    let name = &table.columns[column].name;
    table.columns.iter().enumerate().any(|(other, generated)| {
        generated.generated.is_some()
            && context.hints.read.contains(&(at, other))
            && generated
                .expression
                .as_deref()
                .is_some_and(|one| mentions(one, name))
    })
}

/// Every value that a column has in some row, and those that conditions name.
pub(in crate::prove) fn values(
    context: &ProbeContext<'_>,
    at: usize,
    column: usize,
) -> Vec<Option<String>> {
    let table = &context.world.tables[at];
    let mut values: Vec<Option<String>> = Vec::new();
    let named = context
        .hints
        .literals
        .get(&(at, column))
        .into_iter()
        .flatten()
        .cloned()
        .map(Some);
    for value in table
        .rows
        .iter()
        .map(|row| row[column].clone())
        .chain(named)
    {
        if !values.contains(&value) && (value.is_some() || !table.columns[column].not_null) {
            values.push(value);
        }
    }
    values.truncate(6);
    values
}
