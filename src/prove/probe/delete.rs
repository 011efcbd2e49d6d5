//! Removing rows one by one.

use super::{Expected, Kind, Probe, Scene};
use crate::policy::Command;
use crate::prove::persona::Persona;

pub(super) fn add(scene: &Scene<'_>, persona: &Persona, at: usize, probes: &mut Vec<Probe>) {
    let table = &scene.world.tables[at];
    let is_granted = scene.intent.is_granted(persona, at, Command::Delete);
    for row in scene.tried(persona, at) {
        let sql = format!("delete from {} where {}", table.name, table.is_row(row));
        let expected = if !is_granted || !scene.may_find(persona, at) {
            Expected::RefusedByGrant
        } else if scene.sees(persona, at, row) && scene.before(persona, at, Command::Delete, row) {
            Expected::Touches(1)
        } else {
            Expected::Touches(0)
        };
        let is_refused = expected == Expected::RefusedByGrant;
        let mut probe = scene.probe(Kind::Delete, persona, at, Command::Delete, sql, expected);
        probe.row = Some(table.key_of(row));
        probes.push(probe);
        // Without the privilege one row is as good as another.
        if is_refused {
            return;
        }
    }
}
