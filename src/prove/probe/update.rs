//! Kind 4: changes that change nothing, row by row.

use super::{Expected, Kind, Probe, ProbeContext};
use crate::policy::Command;
use crate::prove::persona::Persona;
use crate::prove::world::{Row, value_sql};
use crate::sql::identifier;

pub(super) fn add(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    probes: &mut Vec<Probe>,
) {
    let table = &context.world.tables[at];
    let is_granted = context.intent.is_granted(persona, at, Command::Update);
    let column = context.benign(persona, at).filter(|_| is_granted);
    let Some(column) = column else {
        if let (Some(row), Some(column)) = (
            table.rows.first(),
            (0..table.columns.len())
                .rev()
                .find(|one| table.is_writable(*one)),
        ) {
            let sql = statement(context, at, row, column, row[column].as_deref());
            probes.push(context.probe(
                Kind::Update,
                persona,
                at,
                Command::Update,
                sql,
                Expected::RefusedByGrant,
            ));
        }
        return;
    };
    if !context.may_find(persona, at) {
        return;
    }
    for row in context.tried(persona, at) {
        let sql = statement(context, at, row, column, row[column].as_deref());
        let expected = expected(context, persona, at, row, row, Some(1));
        let mut probe = context.probe(Kind::Update, persona, at, Command::Update, sql, expected);
        probe.row = Some(table.key_of(row));
        probes.push(probe);
    }
}

/// What must come of changing a row that a `where` finds.
pub(super) fn expected(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    old: &Row,
    new: &Row,
    touches: Option<u64>,
) -> Expected {
    if !context.sees(persona, at, old) || !context.before(persona, at, Command::Update, old) {
        return Expected::Touches(0);
    }
    if context.after(persona, at, Command::Update, new) && context.sees(persona, at, new) {
        touches.map_or(Expected::Passes, Expected::Touches)
    } else {
        Expected::RefusedByPolicy
    }
}

pub(super) fn statement(
    context: &ProbeContext<'_>,
    at: usize,
    row: &Row,
    column: usize,
    value: Option<&str>,
) -> String {
    let table = &context.world.tables[at];
    format!(
        "update {} set {} = {} where {}",
        table.name,
        identifier(&table.columns[column].name),
        value_sql(value),
        table.is_row(row)
    )
}
