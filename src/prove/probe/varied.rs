//! What is asked again when one value of the rows is another: each command once, on all rows at once.

use std::collections::BTreeSet;

use super::side_channels::fresh;
use super::{Expected, Kind, Probe, ProbeContext, blind, insert};
use crate::policy::Command;
use crate::prove::persona::Persona;
use crate::prove::world::{Row, value_sql};
use crate::sql::identifier;

/// New rows that are tried.
const MOST: usize = 2;

/// The probes of one persona on one table.
pub(in crate::prove) fn varied(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
) -> Vec<Probe> {
    let mut probes = Vec::new();
    let table = &context.world.tables[at];
    let intent = context.intent;
    let name = &table.name;
    let concerned = |command: Command| -> Vec<&Row> {
        let rows = table.rows.iter();
        rows.filter(|row| context.before(persona, at, command, row))
            .collect()
    };
    if context.may_find(persona, at) {
        let seen = concerned(Command::Select);
        let seen: BTreeSet<String> = seen.iter().map(|row| table.key_of(row)).collect();
        let sql = format!(
            "select string_agg({}, chr(30)) from {name}",
            table.key_sql()
        );
        let expected = Expected::Rows(seen);
        let probe = context.probe(Kind::Select, persona, at, Command::Select, sql, expected);
        probes.push(Probe {
            after: "?".to_owned(),
            ..probe
        });
    }
    if intent.is_granted(persona, at, Command::Delete) {
        let expected = Expected::Touches(concerned(Command::Delete).len() as u64);
        let sql = format!("delete from {name}");
        probes.push(context.probe(Kind::Blind, persona, at, Command::Delete, sql, expected));
    }
    let benign = context
        .benign(persona, at)
        .filter(|_| intent.is_granted(persona, at, Command::Update));
    if let (Some(column), Some(first)) = (benign, table.rows.first()) {
        let value = first[column]
            .clone()
            .filter(|_| table.columns[column].not_null);
        let sql = format!(
            "update {name} set {} = {}",
            identifier(&table.columns[column].name),
            value_sql(value.as_deref())
        );
        let rows = concerned(Command::Update);
        let all_pass = rows.iter().all(|row| {
            let mut new = Row::clone(row);
            new[column].clone_from(&value);
            context.after(persona, at, Command::Update, &new)
        });
        let expected = if all_pass {
            Expected::Touches(rows.len() as u64)
        } else {
            Expected::RefusedByPolicy
        };
        probes.push(context.probe(Kind::Blind, persona, at, Command::Update, sql, expected));
    }
    if intent.is_granted(persona, at, Command::Insert) {
        // A row that is let in and one that is not, where there are such.
        let (is_in, is_out): (Vec<_>, Vec<_>) = table.rows.iter().partition(|row| {
            let new = insert::given(context, persona, at, row);
            context.after(persona, at, Command::Insert, &new)
        });
        let of_tenant = is_out
            .into_iter()
            .filter(|row| is_of_tenant(context, persona, at, row));
        for row in is_in.into_iter().take(1).chain(of_tenant).take(MOST) {
            insert::one(context, persona, at, Kind::Insert, row, false, &mut probes);
        }
    }
    probes
}

/// A value that rows are given, where it has not been tried among those that other rows have.
pub(in crate::prove) fn written(
    context: &ProbeContext<'_>,
    persona: &Persona,
    (at, column): (usize, usize),
    value: Option<&String>,
) -> Vec<Probe> {
    let mut probes = Vec::new();
    let (table, intent) = (&context.world.tables[at], context.intent);
    let value = value.cloned();
    if intent.is_granted(persona, at, Command::Update)
        && table.is_writable(column)
        && !table.key.contains(&column)
        && context.may_use(persona, at, Command::Update, column)
        && !insert::values(context, at, column).contains(&value)
    {
        blind::update(context, persona, at, column, value, &mut probes);
    }
    probes
}

/// Writes that leave a text in every column that takes any and that nothing depends on: a new row, and each column of the
/// rows that there are.
pub(in crate::prove) fn marked(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    marker: &str,
) -> Vec<Probe> {
    let mut probes = Vec::new();
    let (table, intent, hints) = (&context.world.tables[at], context.intent, context.hints);
    let matters = |column: &usize| {
        let key = (at, *column);
        hints.tenants.contains(&key) || hints.users.contains(&key) || hints.read.contains(&key)
    };
    let refers = |column: &usize| {
        let mut keys = context.catalog.constraints.iter();
        keys.any(|one| {
            one.relation == table.name
                && one.references.is_some()
                && one.columns.contains(&table.columns[*column].name)
        })
    };
    let columns = 0..table.columns.len();
    let free: Vec<usize> = columns
        .filter(|column| table.is_writable(*column) && !matters(column) && !refers(column))
        .collect();
    let takes_any = |column: &&usize| {
        let kind = table.columns[**column].data_type.as_str();
        !table.bound.contains(column) && ["text", "character varying"].contains(&kind)
    };
    if intent.is_granted(persona, at, Command::Update) {
        let usable = free.iter().filter(takes_any);
        for column in
            usable.filter(|column| context.may_use(persona, at, Command::Update, **column))
        {
            let value = Some(marker.to_owned());
            blind::update(context, persona, at, *column, value, &mut probes);
        }
    }
    if intent.is_granted(persona, at, Command::Insert) {
        let mut rows = table.rows.iter();
        let first = rows.find(|row| {
            let new = insert::given(context, persona, at, row);
            context.after(persona, at, Command::Insert, &new)
        });
        if let Some(first) = first {
            let mut row = Row::clone(first);
            for column in &free {
                if takes_any(&column) {
                    row[*column] = Some(marker.to_owned());
                } else if table.bound.contains(column) {
                    row[*column] = fresh(first[*column].as_deref(), 5);
                }
            }
            insert::one(context, persona, at, Kind::Insert, &row, false, &mut probes);
        }
    }
    probes
}

fn is_of_tenant(context: &ProbeContext<'_>, persona: &Persona, at: usize, row: &Row) -> bool {
    let tenant = context.intent.policies.tables[at].tenant.as_ref();
    let column = tenant.and_then(|name| context.world.tables[at].column(name));
    column.is_none_or(|column| row[column] == persona.context[0])
}
