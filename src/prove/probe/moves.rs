//! Kind 5: a row is handed to another tenant, owner, team or state.

use super::insert::{interesting, values};
use super::update::{expected, statement};
use super::{Expected, Kind, Probe, ProbeContext};
use crate::policy::Command;
use crate::prove::persona::Persona;

pub(super) fn add(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    probes: &mut Vec<Probe>,
) {
    if !context.intent.is_granted(persona, at, Command::Update) || !context.may_find(persona, at) {
        return;
    }
    let table = &context.world.tables[at];
    for column in interesting(context, at) {
        let may = context.may_use(persona, at, Command::Update, column);
        let mut refused = false;
        for row in context.tried(persona, at) {
            // What cannot be found cannot be moved: benign updates have shown that already.
            if !context.sees(persona, at, row) || !context.before(persona, at, Command::Update, row)
            {
                continue;
            }
            for value in values(context, at, column) {
                if value == row[column] {
                    continue;
                }
                let sql = statement(context, at, row, column, value.as_deref());
                let mut new = row.clone();
                new[column] = value;
                let expected = if may {
                    expected(context, persona, at, row, &new, None)
                } else {
                    refused = true;
                    Expected::RefusedByGrant
                };
                let mut probe =
                    context.probe(Kind::Move, persona, at, Command::Update, sql, expected);
                probe.row = Some(table.key_of(row));
                probes.push(probe);
                if refused {
                    break;
                }
            }
            if refused {
                break;
            }
        }
    }
}
