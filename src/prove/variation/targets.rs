//! Which columns a text speaks of, and which of them a constant may be compared with.

use super::beside::{is_number, is_textual};
use super::reach::{Reach, Text};
use super::reading::{Constant, Reading};
use crate::policy::Sign;
use crate::prove::probe::ProbeContext;
use crate::prove::world::{At, World};

/// The tables whose policies read a column's table, as far as the words tell.
pub(super) fn readers(context: &ProbeContext<'_>, at: At) -> Vec<usize> {
    let reads = context.hints.reads.iter();
    let readers = reads.filter(|(_, reads)| reads.contains(&at.0));
    let own = (at.0 < context.intent.policies.tables.len()).then_some(at.0);
    readers.map(|(reader, _)| *reader).chain(own).collect()
}

/// Whether a text reads the setting of the session's tenant.
pub(super) fn reads_tenant(context: &ProbeContext<'_>, reading: &Reading) -> bool {
    let tenant = context.intent.policies.context.tenant.as_ref();
    tenant.is_some_and(|tenant| reading.settings.contains(&tenant.setting))
}

/// The columns that the SQL behind a table's policies names.
pub(super) fn columns(world: &World, reader: usize, reach: &Reach) -> Vec<At> {
    let mut columns = Vec::new();
    for (at, table) in world.tables.iter().enumerate() {
        if at != reader && !reach.names(&table.name.name) {
            continue;
        }
        let named = table.columns.iter().enumerate();
        let named = named.filter(|(_, column)| reach.names(&column.name));
        columns.extend(named.map(|(column, _)| (at, column)));
    }
    columns
}

/// The columns that a constant is compared with, and what they have to be to it.
pub(super) fn direct(
    context: &ProbeContext<'_>,
    columns: &[At],
    constant: &Constant,
) -> Vec<(At, Sign)> {
    let sign = |at: &At| {
        let name = &context.world.tables[at.0].columns[at.1].name;
        let mut beside = constant.beside.iter();
        beside.find(|(word, _)| word == name).map(|(_, sign)| *sign)
    };
    let columns = columns.iter();
    columns.filter_map(|at| Some((*at, sign(at)?))).collect()
}

/// Of a function's argument, the columns that the function may compare it with.
pub(super) fn indirect(
    context: &ProbeContext<'_>,
    columns: &[At],
    text: &Text,
    constant: &Constant,
) -> Vec<At> {
    let column = |at: &At| &context.world.tables[at.0].columns[at.1];
    let is_argument = constant.beside.iter().any(|(word, _)| {
        let mut functions = context.catalog.functions.iter();
        functions.any(|one| one.name.name == *word && !one.signature.is_empty())
    });
    let is_compared = text.has_arguments && constant.is_compared && constant.setting.is_none();
    if !is_argument && !is_compared || is_role(context, constant) {
        return Vec::new();
    }
    let fits = |at: &At| {
        if constant.is_number {
            is_number(column(at))
        } else {
            is_textual(column(at))
        }
    };
    columns
        .iter()
        .copied()
        .filter(|at| fits(at) && !context.hints.users.contains(at))
        .collect()
}

/// Whether a text speaks of a table whose rows are known.
pub(super) fn reads_rows(context: &ProbeContext<'_>, reading: &Reading) -> bool {
    let mut tables = context.world.tables.iter();
    tables.any(|table| reading.words.contains(&table.name.name))
}

/// The application's roles are compared with the session's, and not with rows.
pub(super) fn is_role(context: &ProbeContext<'_>, constant: &Constant) -> bool {
    let mut roles = context.intent.policies.roles.iter();
    roles.any(|role| role.name == constant.value || role.database_role == constant.value)
}
