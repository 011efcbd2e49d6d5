//! A tool's history table, read.

use super::convert;
use super::format::Format;
use super::row::{History, Row};
use crate::database::{Rows, Session};
use crate::error::{Error, Result};
use crate::sql::literal;

/// Reads the tool's history; `None` when there is no such table. `table` overrides where it is.
///
/// # Errors
/// When several schemas have one, when a migration is half done, or when the server does not answer.
pub(super) async fn read(
    format: &Format,
    session: &Session,
    table: Option<&str>,
) -> Result<Option<History>> {
    let what = format!("reading the history of {}", format.name);
    let table = match table {
        Some(table) => table.to_owned(),
        None => {
            let (schema, name) = match format.table.split_once('.') {
                Some((schema, name)) => (literal(schema), name),
                None => ("n.nspname".to_owned(), format.table),
            };
            let sql = format!(
                "select pg_catalog.format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_class as c \
                 join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
                 where c.relname = {} and n.nspname = {schema} and c.relkind in ('r', 'p') order by 1;",
                literal(name)
            );
            let tables: Vec<String> = first_column(&session.run(&what, &sql).await?[0]);
            match tables.as_slice() {
                [] => return Ok(None),
                [table] => table.clone(),
                several => {
                    return Err(Error::refused(format!(
                        "several schemas have a table {}",
                        format.table
                    ))
                    .because(several.join(", "))
                    .hint("name the right one with `--table SCHEMA.TABLE`"));
                }
            }
        }
    };
    let results = session.run(&what, &(format.history)(&table)).await?;
    let rows: Vec<Row> = results[0].iter().filter_map(|row| read_row(row)).collect();
    if let Some(dirty) = rows.iter().find(|row| row.state == "dirty") {
        return Err(Error::refused(format!(
            "{} has left version {} half done",
            format.name,
            dirty.shown()
        ))
        .because(format!(
            "{table} says so; what of it is in the database is not known"
        ))
        .hint(format!("finish or undo it by hand, then {}", format.mend)));
    }
    Ok(Some(History { table, rows }))
}

/// Which of these tables are there; those without a schema in any one.
pub(super) async fn tools<'a>(session: &Session, tables: &[&'a str]) -> Result<Vec<&'a str>> {
    let query = "select pg_catalog.concat(n.nspname, '.', c.relname) from pg_catalog.pg_class as c \
         join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where c.relkind in ('r', 'p') order by 1;";
    let there = first_column(&session.run("reading the tables", query).await?[0]);
    let is_there = |table: &str| {
        let unqualified = |name: &str| name.split_once('.').is_some_and(|(_, name)| name == table);
        there.iter().any(|name| name == table || unqualified(name))
    };
    let found = tables.iter().copied().filter(|table| is_there(table));
    Ok(found.collect())
}

fn first_column(rows: &Rows) -> Vec<String> {
    rows.iter().filter_map(|row| row.first()?.clone()).collect()
}

fn read_row(row: &[Option<String>]) -> Option<Row> {
    let [key, state, on, by, duration, repeatable @ ..] = row else {
        return None;
    };
    Some(Row {
        key: convert::key(key.as_deref()?).unwrap_or_default(),
        identity: key.clone()?,
        state: state.clone()?,
        applied_on: on.clone(),
        applied_by: by.clone(),
        duration_ms: duration
            .as_deref()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0.0),
        repeatable: repeatable.first().cloned().flatten(),
    })
}
