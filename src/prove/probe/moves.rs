//! Kind 5: a row is handed to another tenant, owner, team or state.

use super::insert::{interesting, values};
use super::update::{expected, statement};
use super::{Expected, Kind, Probe, Scene};
use crate::policy::Command;
use crate::prove::persona::Persona;

pub(super) fn add(scene: &Scene<'_>, persona: &Persona, at: usize, probes: &mut Vec<Probe>) {
    if !scene.intent.is_granted(persona, at, Command::Update) || !scene.may_find(persona, at) {
        return;
    }
    let table = &scene.world.tables[at];
    for column in interesting(scene, at) {
        let may = scene
            .intent
            .may_use(scene.world, persona, at, Command::Update, column);
        let mut refused = false;
        for row in scene.tried(persona, at) {
            // What cannot be found cannot be moved: benign updates have shown that already.
            if !scene.sees(persona, at, row) || !scene.before(persona, at, Command::Update, row) {
                continue;
            }
            for value in values(scene, at, column) {
                if value == row[column] {
                    continue;
                }
                let sql = statement(scene, at, row, column, value.as_deref());
                let mut new = row.clone();
                new[column] = value;
                let expected = if may {
                    expected(scene, persona, at, row, &new, None)
                } else {
                    refused = true;
                    Expected::RefusedByGrant
                };
                let mut probe =
                    scene.probe(Kind::Move, persona, at, Command::Update, sql, expected);
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
