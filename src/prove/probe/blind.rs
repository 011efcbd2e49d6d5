//! Kind 6: changes and removals without `where` and `returning`, which need no right to read and which policies
//! for reading therefore do not restrain.

use std::collections::BTreeSet;

use super::insert::{interesting, values};
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
    let name = &table.name;
    // Deleting: whatever is left over.
    let sql = format!("delete from {name}");
    if context.intent.is_granted(persona, at, Command::Delete) {
        let left: BTreeSet<String> = table
            .rows
            .iter()
            .filter(|row| !context.before(persona, at, Command::Delete, row))
            .map(|row| table.key_of(row))
            .collect();
        let after = format!(
            "select string_agg({}, chr(30)) from {name}",
            table.key_sql()
        );
        let probe = context.probe(
            Kind::Blind,
            persona,
            at,
            Command::Delete,
            sql,
            Expected::Rows(left),
        );
        probes.push(Probe { after, ..probe });
    } else {
        probes.push(context.probe(
            Kind::Blind,
            persona,
            at,
            Command::Delete,
            sql,
            Expected::RefusedByGrant,
        ));
    }
    if !context.intent.is_granted(persona, at, Command::Update) {
        return;
    }
    if let (Some(column), Some(first)) = (context.benign(persona, at), table.rows.first()) {
        let value = if table.columns[column].not_null {
            first[column].clone()
        } else {
            None
        };
        update(context, persona, at, column, value, probes);
    }
    others(context, persona, at, probes);
    for column in interesting(context, at) {
        if !table.key.contains(&column) && context.may_use(persona, at, Command::Update, column) {
            for value in values(context, at, column) {
                update(context, persona, at, column, value, probes);
            }
        }
    }
}

/// States tried along with each tenant or user.
const MOST: usize = 4;

/// Rows are handed to another tenant or user, along with a state that some policy might take for a reason to allow
/// it. Nothing finds such rows afterwards, so that only what checks new rows stands in the way.
fn others(context: &ProbeContext<'_>, persona: &Persona, at: usize, probes: &mut Vec<Probe>) {
    let table = &context.world.tables[at];
    let columns: Vec<usize> = interesting(context, at)
        .into_iter()
        .filter(|column| context.may_use(persona, at, Command::Update, *column))
        .collect();
    let is_whose = |column: &usize| {
        let key = (at, *column);
        context.hints.tenants.contains(&key) || context.hints.users.contains(&key)
    };
    let concerned: Vec<&Row> = table
        .rows
        .iter()
        .filter(|row| context.before(persona, at, Command::Update, row))
        .collect();
    if concerned.is_empty() {
        return;
    }
    for whose in columns.iter().copied().filter(is_whose) {
        let foreign = values(context, at, whose)
            .into_iter()
            .find(|value| value.is_some() && concerned.iter().all(|row| row[whose] != *value));
        let Some(foreign) = foreign else { continue };
        let states = columns
            .iter()
            .copied()
            .filter(|one| !is_whose(one) && !table.key.contains(one));
        let mut count = 0;
        let states: Vec<(usize, Option<String>)> = states
            .flat_map(|state| {
                values(context, at, state)
                    .into_iter()
                    .map(move |value| (state, value))
            })
            .collect();
        for state in std::iter::once(None).chain(states.into_iter().map(Some)) {
            let changed = |row: &Row| {
                let mut new = row.clone();
                new[whose].clone_from(&foreign);
                if let Some((column, value)) = &state {
                    new[*column].clone_from(value);
                }
                new
            };
            // Only where every row must be refused does a constraint's complaint tell that one was not.
            let is_refused =
                |row: &&Row| !context.after(persona, at, Command::Update, &changed(row));
            if !concerned.iter().all(is_refused) || count >= MOST {
                continue;
            }
            count += 1;
            let set = |column: usize, value: &Option<String>| {
                let name = identifier(&table.columns[column].name);
                format!("{name} = {}", value_sql(value.as_deref()))
            };
            let more = state
                .as_ref()
                .map(|(column, value)| format!(", {}", set(*column, value)));
            let sql = format!(
                "update {} set {}{}",
                table.name,
                set(whose, &foreign),
                more.unwrap_or_default()
            );
            probes.push(context.probe(
                Kind::Move,
                persona,
                at,
                Command::Update,
                sql,
                Expected::RefusedByPolicy,
            ));
        }
    }
}

pub(super) fn update(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    column: usize,
    value: Option<String>,
    probes: &mut Vec<Probe>,
) {
    let table = &context.world.tables[at];
    let sql = format!(
        "update {} set {} = {}",
        table.name,
        identifier(&table.columns[column].name),
        value_sql(value.as_deref())
    );
    let concerned: Vec<&Row> = table
        .rows
        .iter()
        .filter(|row| context.before(persona, at, Command::Update, row))
        .collect();
    let passing = concerned
        .iter()
        .filter(|row| {
            let mut new = Row::clone(row);
            new[column].clone_from(&value);
            context.after(persona, at, Command::Update, &new)
        })
        .count();
    let all_pass = passing == concerned.len();
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
        context.horizon
    );
    let single = format!("{sql} where pg_temp.workroom_once()");
    let probe = context.probe(Kind::Blind, persona, at, Command::Update, sql, expected);
    probes.push(Probe { after, ..probe });
    // All rows with the same value may break a unique key, which hides what policies say; one of them does not.
    // Which one it is does not matter if they are all alike.
    let is_alike = passing == 0 || all_pass;
    if concerned.len() > 1 && is_alike && is_unique(context, at, column) {
        let expected = if all_pass {
            Expected::Passes
        } else {
            Expected::RefusedByPolicy
        };
        probes.push(context.probe(Kind::Blind, persona, at, Command::Update, single, expected));
    }
}

/// Whether a column is part of a unique key.
fn is_unique(context: &ProbeContext<'_>, at: usize, column: usize) -> bool {
    let table = &context.world.tables[at];
    let name = &table.columns[column].name;
    context.catalog.indexes.iter().any(|one| {
        let names_it = one.keys.iter().flatten().any(|key| key == name);
        one.unique && one.relation == table.name && names_it
    })
}
