//! Removing rows one by one.

use super::{Expected, Kind, Probe, ProbeContext};
use crate::policy::Command;
use crate::prove::persona::Persona;

pub(super) fn add(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    probes: &mut Vec<Probe>,
) {
    let table = &context.world.tables[at];
    let is_granted = context.intent.is_granted(persona, at, Command::Delete);
    for row in context.tried(persona, at) {
        let sql = format!("delete from {} where {}", table.name, table.is_row(row));
        let expected = if !is_granted || !context.may_find(persona, at) {
            Expected::RefusedByGrant
        } else if context.sees(persona, at, row)
            && context.before(persona, at, Command::Delete, row)
        {
            Expected::Touches(1)
        } else {
            Expected::Touches(0)
        };
        let is_refused = expected == Expected::RefusedByGrant;
        let mut probe = context.probe(Kind::Delete, persona, at, Command::Delete, sql, expected);
        probe.row = Some(table.key_of(row));
        probes.push(probe);
        // Without the privilege one row is as good as another.
        if is_refused {
            return;
        }
    }
}
