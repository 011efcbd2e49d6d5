//! Kind 6: changes and removals without `where` and `returning`, which need no right to read and which policies
//! for reading therefore do not restrain.

use std::collections::BTreeSet;

use super::insert::{interesting, values};
use super::{Expected, Kind, Probe, Scene};
use crate::policy::model::Command;
use crate::policy::prove::persona::Persona;
use crate::policy::prove::world::{Row, value_sql};
use crate::sql::identifier;

pub(super) fn add(scene: &Scene<'_>, persona: &Persona, at: usize, probes: &mut Vec<Probe>) {
    let table = &scene.world.tables[at];
    let name = &table.name;
    // Deleting: whatever is left over.
    let sql = format!("delete from {name}");
    if scene.intent.is_granted(persona, at, Command::Delete) {
        let left: BTreeSet<String> = table
            .rows
            .iter()
            .filter(|row| !scene.before(persona, at, Command::Delete, row))
            .map(|row| table.key_of(row))
            .collect();
        let after = format!(
            "select string_agg({}, chr(30)) from {name}",
            table.key_sql()
        );
        let probe = scene.probe(
            Kind::Blind,
            persona,
            at,
            Command::Delete,
            sql,
            Expected::Rows(left),
        );
        probes.push(Probe { after, ..probe });
    } else {
        probes.push(scene.probe(
            Kind::Blind,
            persona,
            at,
            Command::Delete,
            sql,
            Expected::RefusedByGrant,
        ));
    }
    if !scene.intent.is_granted(persona, at, Command::Update) {
        return;
    }
    if let (Some(column), Some(first)) = (scene.benign(persona, at), table.rows.first()) {
        let value = if table.columns[column].not_null {
            first[column].clone()
        } else {
            None
        };
        update(scene, persona, at, column, value, probes);
    }
    for column in interesting(scene, at) {
        if !table.key.contains(&column)
            && scene
                .intent
                .may_use(scene.world, persona, at, Command::Update, column)
        {
            for value in values(scene, at, column) {
                update(scene, persona, at, column, value, probes);
            }
        }
    }
}

fn update(
    scene: &Scene<'_>,
    persona: &Persona,
    at: usize,
    column: usize,
    value: Option<String>,
    probes: &mut Vec<Probe>,
) {
    let table = &scene.world.tables[at];
    let sql = format!(
        "update {} set {} = {}",
        table.name,
        identifier(&table.columns[column].name),
        value_sql(value.as_deref())
    );
    let concerned: Vec<&Row> = table
        .rows
        .iter()
        .filter(|row| scene.before(persona, at, Command::Update, row))
        .collect();
    let all_pass = concerned.iter().all(|row| {
        let mut new = Row::clone(row);
        new[column].clone_from(&value);
        scene.after(persona, at, Command::Update, &new)
    });
    let expected = if all_pass {
        Expected::Rows(concerned.iter().map(|row| table.key_of(row)).collect())
    } else {
        Expected::RefusedByPolicy
    };
    // The keys of what was written by this very statement.
    let after = format!(
        "select string_agg({}, chr(30)) from {} where xmin::text::bigint > {}",
        table.key_sql(),
        table.name,
        scene.horizon
    );
    let probe = scene.probe(Kind::Blind, persona, at, Command::Update, sql, expected);
    probes.push(Probe { after, ..probe });
}
