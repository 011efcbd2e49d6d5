//! The way round for rows that COPY does not take as they are: a temporary table and `insert … select`. Types that have no
//! binary form here are texts in it, which the server reads as it reads every literal.

use std::collections::BTreeMap;

use crate::database::{BatchFailure, Buffer, Session};
use crate::seed::column_type::ColumnType;
use crate::seed::dataset::{Column, Dataset};
use crate::seed::restricted::Restricted;
use crate::sql::{identifier, literal};

/// Whether a table has columns whose values are sent as texts, or none that is sent: COPY knows no defaults for rows of
/// nothing.
#[must_use]
pub fn is_needed(data: &Dataset, at: usize) -> bool {
    let mut own = stored(data, at);
    data.tables[at].stored.is_empty()
        || own.any(|column| matches!(column.data_type, Some(ColumnType::Other(_))))
}

fn stored(data: &Dataset, at: usize) -> impl Iterator<Item = &Column> {
    let table = &data.tables[at];
    table.stored.iter().map(|column| &table.columns[*column])
}

/// The columns that are sent, in parentheses behind a blank; nothing where none is.
#[must_use]
pub fn columns(data: &Dataset, at: usize) -> String {
    let names: Vec<String> = stored(data, at)
        .map(|column| identifier(&column.name))
        .collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(" ({})", names.join(", ")),
    }
}

/// The name of the temporary table.
#[must_use]
pub fn name(at: usize) -> String {
    format!("workroom_{at}")
}

/// The statement that makes it, without its end.
#[must_use]
pub fn create(data: &Dataset, at: usize) -> String {
    let columns: Vec<String> = stored(data, at)
        .map(|column| match column.data_type {
            Some(ColumnType::Other(_)) => format!("null::text as {}", identifier(&column.name)),
            _ => identifier(&column.name),
        })
        .collect();
    format!(
        "create temporary table {} on commit drop as select {} from {} with no data",
        name(at),
        columns.join(", "),
        data.tables[at].name
    )
}

/// The same with types that evaluate nothing when they are stored: domains looked through, also of an array's elements.
async fn create_plain(
    session: &Session,
    data: &Dataset,
    at: usize,
) -> Result<String, BatchFailure> {
    let sql = format!(
        "with recursive base (number, name, type, modifier) as (\
           select a.attnum, a.attname, a.atttypid, a.atttypmod from pg_catalog.pg_attribute as a \
           where a.attrelid = {}::pg_catalog.regclass and a.attnum > 0 and not a.attisdropped \
           union all \
           select base.number, base.name, t.typbasetype, case when t.typtypmod < 0 then base.modifier else t.typtypmod end \
           from base join pg_catalog.pg_type as t on t.oid = base.type and t.typtype = 'd') \
         select base.name, case when part.typtype = 'd' then pg_catalog.format_type(part.typbasetype, part.typtypmod) || '[]' \
           else pg_catalog.format_type(base.type, base.modifier) end \
         from base join pg_catalog.pg_type as t on t.oid = base.type and t.typtype <> 'd' \
         left join pg_catalog.pg_type as part on part.oid = t.typelem and t.typcategory = 'A';",
        literal(&data.tables[at].name.to_string())
    );
    let results = session.batch(&sql).await?;
    let types: BTreeMap<&str, &str> = results
        .iter()
        .flatten()
        .filter_map(|row| Some((row.first()?.as_deref()?, row.get(1)?.as_deref()?)))
        .collect();
    let columns: Vec<String> = stored(data, at)
        .map(|column| {
            let plain = match column.data_type {
                Some(ColumnType::Other(_)) => None,
                _ => types.get(column.name.as_str()).copied(),
            };
            format!("{} {}", identifier(&column.name), plain.unwrap_or("text"))
        })
        .collect();
    Ok(format!(
        "create temporary table {} ({}) on commit drop",
        name(at),
        columns.join(", ")
    ))
}

/// The statement that moves its rows to where they belong, without its end.
#[must_use]
pub fn insert(data: &Dataset, at: usize, target: &str) -> String {
    let values: Vec<String> = stored(data, at)
        .map(|column| match &column.data_type {
            Some(ColumnType::Other(data_type)) => {
                format!("{}::{data_type}", identifier(&column.name))
            }
            _ => identifier(&column.name),
        })
        .collect();
    format!(
        "insert into {target}{} overriding system value select {} from pg_temp.{}",
        columns(data, at),
        values.join(", "),
        name(at)
    )
}

/// Sends rows, header and trailer included, to a temporary table, where nothing judges them.
pub(crate) async fn stage(
    session: &Session,
    data: &Dataset,
    at: usize,
    bytes: Vec<u8>,
    restricted: &Restricted,
) -> Result<(), BatchFailure> {
    let sql = if restricted.is_another() {
        create_plain(session, data, at).await?
    } else {
        create(data, at)
    };
    session.batch(&sql).await?;
    copy(session, data, at, &format!("pg_temp.{}", name(at)), bytes).await
}

async fn copy(
    session: &Session,
    data: &Dataset,
    at: usize,
    to: &str,
    bytes: Vec<u8>,
) -> Result<(), BatchFailure> {
    let sql = format!("copy {to}{} from stdin (format binary)", columns(data, at));
    let mut copy = session.copy_in(&sql).await?;
    copy.send(Buffer::new(bytes, None)).await?;
    copy.finish().await.map(drop)
}

/// Sends rows, header and trailer included, to a table that is like one of the dataset.
pub(crate) async fn send(
    session: &Session,
    data: &Dataset,
    at: usize,
    target: &str,
    bytes: Vec<u8>,
    restricted: &Restricted,
) -> Result<(), BatchFailure> {
    if !is_needed(data, at) && !restricted.is_another() {
        return copy(session, data, at, target, bytes).await;
    }
    stage(session, data, at, bytes, restricted).await?;
    let sql = insert(data, at, target);
    restricted.run(session, &sql).await?;
    session
        .batch(&format!("drop table pg_temp.{}", name(at)))
        .await
        .map(drop)
}
