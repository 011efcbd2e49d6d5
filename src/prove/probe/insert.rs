//! Kinds 2 and 3: new rows of every shape there is, and mixtures of shapes.

use super::{Expected, Kind, Probe, Scene};
use crate::policy::Command;
use crate::prove::persona::Persona;
use crate::prove::world::Row;

pub(super) fn add(scene: &Scene<'_>, persona: &Persona, at: usize, probes: &mut Vec<Probe>) {
    let table = &scene.world.tables[at];
    if !scene.intent.is_granted(persona, at, Command::Insert) {
        if let Some(row) = table.rows.first() {
            let sql = statement(scene, persona, at, row, true);
            probes.push(scene.probe(
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
    let may_return = scene.may_find(persona, at);
    for (index, row) in scene.tried(persona, at).enumerate() {
        one(scene, persona, at, Kind::Insert, row, false, probes);
        // What is refused anyway tells nothing of who sees the new row.
        let passes = |one: &Probe| one.expected == Expected::Passes;
        if index % 3 == 0 && may_return && probes.last().is_some_and(passes) {
            one(scene, persona, at, Kind::Insert, row, true, probes);
        }
    }
    // Each column that matters is replaced by every other value that it has somewhere, one at a time.
    let Some(first) = table.rows.iter().find(|row| {
        scene.after(
            persona,
            at,
            Command::Insert,
            &given(scene, persona, at, row),
        )
    }) else {
        return;
    };
    for column in interesting(scene, at) {
        if !scene
            .intent
            .may_use(scene.world, persona, at, Command::Insert, column)
        {
            continue;
        }
        for value in values(scene, at, column) {
            if value == first[column] {
                continue;
            }
            let mut row = first.clone();
            row[column] = value;
            one(scene, persona, at, Kind::CrossInsert, &row, false, probes);
        }
    }
}

fn one(
    scene: &Scene<'_>,
    persona: &Persona,
    at: usize,
    kind: Kind,
    row: &Row,
    returning: bool,
    probes: &mut Vec<Probe>,
) {
    let table = &scene.world.tables[at];
    let new = given(scene, persona, at, row);
    let mut sql = statement(scene, persona, at, row, false);
    let mut passes = scene.after(persona, at, Command::Insert, &new);
    if returning {
        sql.push_str(&format!(" returning {}", table.key_sql()));
        passes = passes && scene.sees(persona, at, &new);
    }
    let expected = if passes {
        Expected::Passes
    } else {
        Expected::RefusedByPolicy
    };
    let mut probe = scene.probe(kind, persona, at, Command::Insert, sql, expected);
    probe.row = Some(table.key_of(row));
    probes.push(probe);
}

/// The row as the persona can give it: what it may not write is left out.
pub(super) fn given(scene: &Scene<'_>, persona: &Persona, at: usize, row: &Row) -> Row {
    let table = &scene.world.tables[at];
    let mut new = row.clone();
    for (column, value) in new.iter_mut().enumerate() {
        if !table.is_writable(column)
            || !scene
                .intent
                .may_use(scene.world, persona, at, Command::Insert, column)
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
fn statement(scene: &Scene<'_>, persona: &Persona, at: usize, row: &Row, all: bool) -> String {
    let table = &scene.world.tables[at];
    let given = row.iter().enumerate().filter(|(column, value)| {
        let column = *column;
        let may = all
            || scene
                .intent
                .may_use(scene.world, persona, at, Command::Insert, column);
        let is_needed = value.is_some()
            && (table.columns[column].expression.is_none() || matters(scene, at, column));
        may && is_needed && table.is_writable(column)
    });
    table.insert(given.map(|(column, value)| (column, value.as_deref())))
}

fn matters(scene: &Scene<'_>, at: usize, column: usize) -> bool {
    let key = (at, column);
    scene.hints.tenants.contains(&key)
        || scene.hints.users.contains(&key)
        || scene.hints.read.contains(&key)
        || scene.world.tables[at].key.contains(&column)
}

/// Columns on whose value a decision depends.
pub(super) fn interesting(scene: &Scene<'_>, at: usize) -> Vec<usize> {
    let table = &scene.world.tables[at];
    (0..table.columns.len())
        .filter(|column| {
            let key = (at, *column);
            table.is_writable(*column)
                && (scene.hints.tenants.contains(&key)
                    || scene.hints.users.contains(&key)
                    || scene.hints.read.contains(&key) && !table.key.contains(column))
        })
        .collect()
}

/// Every value that a column has in some row, and those that conditions name.
pub(in crate::prove) fn values(scene: &Scene<'_>, at: usize, column: usize) -> Vec<Option<String>> {
    let table = &scene.world.tables[at];
    let mut values: Vec<Option<String>> = Vec::new();
    let named = scene
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
