//! Temporary tables of texts, in which rows wait that are not COPY's alone to judge: the statements that make them, and
//! those that move rows on.

use super::plan::{Plan, PlannedColumn, PlannedOrigin, PlannedTable};
use crate::sql::{identifier, literal};

/// The temporary table of a planned table.
pub(super) fn name(at: usize) -> String {
    format!("pg_temp.workroom_import_{at}")
}

/// Makes it: where a row comes from, and its values as texts.
pub(super) fn create(at: usize, table: &PlannedTable) -> String {
    let values: String = (0..table.columns.len())
        .map(|column| format!(", c{column} text"))
        .collect();
    format!(
        "create temporary table {} (row_number bigint not null, source integer not null, line bigint not null, \
         item bigint not null{values}) on commit drop;\n",
        &name(at)["pg_temp.".len()..]
    )
}

/// The names of the columns that are filled.
pub(super) fn columns(table: &PlannedTable) -> String {
    let names: Vec<String> = table
        .columns
        .iter()
        .map(|column| identifier(&column.name))
        .collect();
    names.join(", ")
}

/// A staged value as its column's type. Texts are not cast: an explicit cast cuts what is too long, an assignment
/// refuses it. Other types have no modifier here either, and the assignment adds it.
pub(super) fn cast(at: usize, column: &PlannedColumn) -> String {
    if column.is_text() {
        format!("s.c{at}")
    } else {
        format!("s.c{at}::{}", column.data_type)
    }
}

/// Whether a value that a row lacks is written by the column's default.
pub(super) fn takes_default(column: &PlannedColumn) -> bool {
    column.not_null && column.default.is_some()
}

/// Rows of the other table that are the only ones with their value: `v` and the key `k`.
fn singles(plan: &Plan, origin: &PlannedOrigin) -> Option<String> {
    let PlannedOrigin::Row { row, .. } = origin else {
        return None;
    };
    let by = identifier(&row.by);
    let own = match (&plan.tenant, &row.tenant_column) {
        (Some(tenant), Some(column)) => format!(
            " where {}::pg_catalog.text = {}",
            identifier(column),
            literal(&tenant.id)
        ),
        _ => String::new(),
    };
    Some(format!(
        "(select {by}::pg_catalog.text as v, (pg_catalog.array_agg({}))[1] as k, pg_catalog.count(*) as n from {}{own} \
         group by 1)",
        identifier(&row.key),
        row.table
    ))
}

/// Moves rows into their table; `condition` is about `s`, a staged row.
pub(super) fn insert(plan: &Plan, at: usize, condition: &str) -> String {
    let table = &plan.tables[at];
    let mut joins = String::new();
    let values = table.columns.iter().enumerate().map(|(number, column)| {
        let value = match singles(plan, &column.origin) {
            Some(singles) => {
                joins.push_str(&format!(
                    " left join {singles} as r{number} on r{number}.v = s.c{number} and r{number}.n = 1"
                ));
                format!("r{number}.k")
            }
            None => cast(number, column),
        };
        match &column.default {
            Some(default) if takes_default(column) => format!("coalesce({value}, {default})"),
            _ => value,
        }
    });
    let values: Vec<String> = values.collect();
    format!(
        "insert into {} ({}) select {} from {} as s{joins} where {condition}",
        table.name,
        columns(table),
        values.join(", "),
        name(at)
    )
}

/// Notes rows that name no row of another table, or several.
pub(super) fn lost_rows(plan: &Plan, at: usize) -> String {
    let columns = plan.tables[at].columns.iter().enumerate();
    let statement = |(number, column): (usize, &PlannedColumn)| {
        let singles = singles(plan, &column.origin)?;
        let PlannedOrigin::Row { row, .. } = &column.origin else {
            return None;
        };
        let (none, several) = (
            literal(&format!("no row of {} has this `{}`: ", row.table, row.by)),
            literal(&format!(
                "several rows of {} have this `{}`: ",
                row.table, row.by
            )),
        );
        Some(format!(
            "insert into pg_temp.workroom_refusals (relation, row_number, column_number, state, message) \
             select {at}, s.row_number, {number}, '23503', case when r.n is null then {none} else {several} end || s.c{number} \
             from {} as s left join {singles} as r on r.v = s.c{number} where s.c{number} is not null and r.n is distinct from 1;\n",
            name(at)
        ))
    };
    columns.filter_map(statement).collect()
}
