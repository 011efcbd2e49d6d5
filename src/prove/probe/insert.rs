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
            let sql = statement(context, persona, at, row, Given::All);
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
        if !context.may_use(persona, at, Command::Insert, column) {
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
    if is_left_to_the_server(context, persona, at) {
        return;
    }
    let new = given(context, persona, at, row);
    let mut sql = statement(context, persona, at, row, Given::Usable);
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

/// The row as the persona can give it: what it may not write is left out, and has its default.
pub(super) fn given(context: &ProbeContext<'_>, persona: &Persona, at: usize, row: &Row) -> Row {
    let table = &context.world.tables[at];
    let mut new = row.clone();
    for (column, value) in new.iter_mut().enumerate() {
        let of_table = &table.columns[column];
        if of_table.generated.is_none() && !may_give(context, persona, at, column) {
            match of_table.expression.as_deref() {
                None => *value = None,
                // What is computed is the server's to give: see below.
                Some(default) => {
                    if let Some(constant) = constant(default) {
                        *value = constant;
                    }
                }
            }
        }
    }
    new
}

/// Whether a condition reads what only the server knows: a computed default of a column that the persona may not write.
pub(super) fn is_left_to_the_server(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
) -> bool {
    let columns = context.world.tables[at].columns.iter().enumerate();
    columns
        .filter(|(column, _)| context.hints.read.contains(&(at, *column)))
        .filter(|(column, _)| !may_give(context, persona, at, *column))
        .any(|(_, column)| {
            let default = column.expression.as_deref();
            column.generated.is_none() && default.is_some_and(|one| constant(one).is_none())
        })
}

fn may_give(context: &ProbeContext<'_>, persona: &Persona, at: usize, column: usize) -> bool {
    let table = &context.world.tables[at];
    table.is_writable(column) && context.may_use(persona, at, Command::Insert, column)
}

/// The value of a default that is a constant, as the catalog writes it.
fn constant(default: &str) -> Option<Option<String>> {
    if let Some(quoted) = default.strip_prefix('\'') {
        let (text, kind) = quoted.rsplit_once('\'')?;
        // A type's own name and no call, no operator.
        let is_cast = |letter: char| letter.is_alphanumeric() || " :._\"()[],".contains(letter);
        if text.replace("''", "").contains('\'') {
            return None;
        }
        return (kind.is_empty() || kind.starts_with("::") && kind.chars().all(is_cast))
            .then(|| Some(text.replace("\'\'", "'")));
    }
    match default {
        "true" | "false" => Some(Some(default.to_owned())),
        "NULL" => Some(None),
        _ if default.starts_with("NULL::") => Some(None),
        _ => {
            let number = default.trim_matches(['(', ')']).parse::<f64>();
            number
                .is_ok()
                .then(|| Some(default.trim_matches(['(', ')']).to_owned()))
        }
    }
}

/// What an insert has in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// All that matters, whoever may write it.
    All,
    /// What the persona may write.
    Usable,
    /// That, and the number of a row that numbers itself.
    Numbered,
}

/// An insert of a row.
pub(super) fn statement(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    row: &Row,
    what: Given,
) -> String {
    let table = &context.world.tables[at];
    let given = row.iter().enumerate().filter(|(column, value)| {
        let column = *column;
        let may = what == Given::All || context.may_use(persona, at, Command::Insert, column);
        let has_default = table.columns[column].expression.is_some();
        // Nothing is nothing only where it does not become the default.
        let is_needed = if has_default {
            matters(context, at, column)
        } else {
            value.is_some()
        };
        let is_number =
            what == Given::Numbered && table.key.contains(&column) && table.is_overridden(column);
        may && is_needed && (table.is_writable(column) || is_number)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_default_is_told_from_what_the_server_computes() {
        for (default, value) in [
            ("'it''s'::text", Some(Some("it's"))),
            ("'a'::character varying(3)", Some(Some("a"))),
            ("false", Some(Some("false"))),
            ("'-1'::integer", Some(Some("-1"))),
            ("(-1)", Some(Some("-1"))),
            ("0.5", Some(Some("0.5"))),
            ("NULL::text", Some(None)),
            ("now()", None),
            ("('a'::text || 'b'::text)", None),
            ("'a'::text || 'b'::text", None),
            ("nextval('shop.orders_id_seq'::regclass)", None),
        ] {
            let wanted = value.map(|value| value.map(str::to_owned));
            assert_eq!(constant(default), wanted, "{default}");
        }
    }
}
