//! Kind 7: `on conflict` and `merge`, which meet rows that the persona may not see.

use super::insert::{Given, given, is_left_to_the_server, statement};
use super::{Expected, Kind, Probe, ProbeContext};
use crate::policy::Command;
use crate::prove::persona::Persona;
use crate::prove::world::{Row, value_sql};
use crate::sql::identifier;

/// Rows that are tried for each persona.
const MOST: usize = 4;

pub(super) fn add(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    probes: &mut Vec<Probe>,
) {
    let table = &context.world.tables[at];
    let most = if persona.is_ordinary { MOST } else { 1 };
    let step = table.rows.len().div_ceil(most).max(1);
    let rows: Vec<&Row> = table.rows.iter().skip(step / 3).step_by(step).collect();
    let may_insert = context.intent.is_granted(persona, at, Command::Insert)
        && !is_left_to_the_server(context, persona, at)
        && table
            .key
            .iter()
            .all(|key| context.may_use(persona, at, Command::Insert, *key));
    let benign = context
        .benign(persona, at)
        .filter(|_| context.intent.is_granted(persona, at, Command::Update));
    let may_find = context.may_find(persona, at);
    let has_key = context.catalog.constraints.iter().any(|one| {
        one.relation == table.name && one.kind == crate::catalog::ConstraintKind::PrimaryKey
    });
    for row in rows {
        let mut push = |command: Command, sql: String, expected: Expected| {
            let mut probe = context.probe(Kind::Conflict, persona, at, command, sql, expected);
            probe.row = Some(table.key_of(row));
            probes.push(probe);
        };
        let mut new = given(context, persona, at, row);
        // A row meets another by its key, also where the key numbers itself: whoever inserts may override that.
        for key in table.key.iter().filter(|key| table.is_overridden(**key)) {
            new[*key].clone_from(&row[*key]);
        }
        if may_insert && has_key && is_complete(context, at, &new) {
            let insert = statement(context, persona, at, &new, Given::Numbered);
            let admitted = context.after(persona, at, Command::Insert, &new);
            push(
                Command::Insert,
                format!("{insert} on conflict do nothing"),
                if admitted {
                    Expected::Touches(0)
                } else {
                    Expected::RefusedByPolicy
                },
            );
            if let (Some(column), true) = (benign, may_find) {
                let key: Vec<_> = table
                    .key
                    .iter()
                    .map(|key| identifier(&table.columns[*key].name))
                    .collect();
                let sql = format!(
                    "{insert} on conflict ({}) do update set {} = {}",
                    key.join(", "),
                    identifier(&table.columns[column].name),
                    value_sql(row[column].as_deref())
                );
                let passes = admitted
                    && context.sees(persona, at, &new)
                    && context.sees(persona, at, row)
                    && context.before(persona, at, Command::Update, row)
                    && context.after(persona, at, Command::Update, row);
                let expected = if passes {
                    Expected::Touches(1)
                } else {
                    Expected::RefusedByPolicy
                };
                push(Command::Update, sql, expected);
            }
        }
        if let (Some(column), true) = (benign, may_find) {
            let sql = format!(
                "merge into {} as target using (select 1) as source on {} when matched then update set {} = {}",
                table.name,
                table.is_row_of("target.", row),
                identifier(&table.columns[column].name),
                value_sql(row[column].as_deref())
            );
            let expected = if !context.sees(persona, at, row) {
                Expected::Touches(0)
            } else if context.before(persona, at, Command::Update, row)
                && context.after(persona, at, Command::Update, row)
            {
                Expected::Touches(1)
            } else {
                Expected::RefusedByPolicy
            };
            push(Command::Update, sql, expected);
        }
    }
}

/// Whether what the persona can give has all that the server needs before it looks for a conflict.
fn is_complete(context: &ProbeContext<'_>, at: usize, row: &Row) -> bool {
    let columns = context.world.tables[at].columns.iter().zip(row);
    let mut needed = columns.filter(|(column, _)| {
        column.not_null && column.expression.is_none() && column.identity.is_none()
    });
    needed.all(|(_, value)| value.is_some())
}
