//! The rows of some tenants alone, beside those of others: which they are, whether they are there, and how many came.

use super::check::made;
use super::dataset::Dataset;
use super::generate::Worker;
use super::grammar::Generator;
use super::plan::Plan;
use super::value::Value;
use crate::database::Session;
use crate::error::{Error, Kind, Result};
use crate::files::suggest;
use crate::report::Check;
use crate::sql::{identifier, literal};

/// Leaves the rows of some tenants, and those of tables that have none.
///
/// # Errors
/// When the file, whose path is `file`, does not have one of them.
pub fn keep(data: &mut Dataset, names: &[String], file: &str) -> Result<()> {
    let known: Vec<&str> = data
        .tenants
        .iter()
        .map(|tenant| tenant.name.as_str())
        .collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        let hint = suggest::hint(name, known.iter().copied());
        let hint = hint.unwrap_or_else(|| format!("its tenants are {}", known.join(", ")));
        return Err(Error::new(Kind::Usage, format!("{file} has no tenant `{name}`")).hint(hint));
    }
    let kept: Vec<bool> = data
        .tenants
        .iter()
        .map(|tenant| names.contains(&tenant.name))
        .collect();
    for table in data.tables.iter_mut().filter(|table| table.by_tenant) {
        for (pods, _) in table.pods.iter_mut().zip(&kept).filter(|(_, kept)| !**kept) {
            pods.fill(0);
        }
    }
    Ok(())
}

/// Leaves tables that belong to no tenant and have rows as they are: these are all tenants'.
pub fn leave_common(data: &Dataset, plan: &mut Plan) {
    let filled = &plan.facts.filled;
    let is_common =
        |at: usize| !data.tables[at].by_tenant && filled.contains(&data.tables[at].label);
    plan.tables.retain(|planned| !is_common(planned.table));
}

/// The table of tenants and its key, where tenants are rows of the file.
fn table_of_tenants(data: &Dataset) -> Option<(usize, usize)> {
    data.tenants.iter().find_map(|tenant| match tenant.id {
        Value::Int(packed) => Some(((packed >> 32) as usize, (packed & 0xffff_ffff) as usize)),
        _ => None,
    })
}

/// The ids of some tenants as SQL.
fn ids(data: &Dataset, names: &[String]) -> String {
    let mut worker = Worker::new(data);
    let mut ids = Vec::new();
    for (at, tenant) in data.tenants.iter().enumerate() {
        if !names.contains(&tenant.name) {
            continue;
        }
        let id = match table_of_tenants(data) {
            Some((table, column)) => worker.first_of_tenant(table, at as u32, column),
            None => tenant.id.clone(),
        };
        let mut text = String::new();
        worker.write(&mut text, &id);
        ids.push(literal(&text));
    }
    ids.join(", ")
}

/// The condition that a row belongs to one of these tenants, where the table says so itself.
fn condition(data: &Dataset, at: usize, ids: &str) -> Option<String> {
    let table = &data.tables[at];
    let own_key = table_of_tenants(data).filter(|(tenants, _)| *tenants == at);
    let mut stored = table.stored.iter();
    let column = match own_key {
        Some((_, key)) => key,
        None => *stored.find(|at| matches!(table.columns[**at].generator, Generator::Tenant))?,
    };
    Some(format!(
        "{}::text in ({ids})",
        identifier(&table.columns[column].name)
    ))
}

/// Refuses tenants that have rows already.
///
/// # Errors
/// When one has, or no table says whose its rows are.
pub async fn unless_there(session: &Session, data: &Dataset, names: &[String]) -> Result<()> {
    let ids = ids(data, names);
    let mut asked = Vec::new();
    let mut sql = String::new();
    for at in data.filled() {
        let table = &data.tables[at];
        if let Some(condition) = condition(data, at, &ids) {
            sql.push_str(&format!(
                "select exists (select from {} where {condition});",
                table.alone()
            ));
            asked.push(table.label.as_str());
        }
    }
    if asked.is_empty() {
        return Err(
            Error::refused("no table of the file says whose its rows are")
                .hint("`--tenant` is for files with `[tenant] column`"),
        );
    }
    let results = session.run("looking for rows of the tenants", &sql).await?;
    let has_rows = |rows: &Vec<Vec<Option<String>>>| {
        rows.first().and_then(|row| row.first()?.as_deref()) == Some("t")
    };
    let there = asked.iter().zip(&results);
    let there: Vec<&str> = there
        .filter(|(_, rows)| has_rows(rows))
        .map(|(label, _)| *label)
        .collect();
    if there.is_empty() {
        return Ok(());
    }
    let have = if names.len() == 1 { "has" } else { "have" };
    Err(
        Error::refused(format!("{} {have} rows already", names.join(" and ")))
            .because(format!("in {}", there.join(", ")))
            .hint("remove them, or give the tenant another name or id under [tenant.names]"),
    )
}

/// Counts the rows that came.
///
/// # Errors
/// When the server does not answer.
pub async fn content(
    session: &Session,
    data: &Dataset,
    plan: &Plan,
    names: &[String],
) -> Result<Vec<Check>> {
    let ids = ids(data, names);
    let mut checks = Vec::new();
    for planned in plan
        .tables
        .iter()
        .filter(|planned| planned.beside.is_none())
    {
        let table = &data.tables[planned.table];
        // Of a table that does not say whose its rows are, the server has said how many it took.
        let Some(condition) = condition(data, planned.table, &ids) else {
            continue;
        };
        let sql = format!("select count(*) from {} where {condition};", table.alone());
        let results = session
            .run(&format!("counting {}", table.label), &sql)
            .await?;
        let rows = results
            .first()
            .and_then(|rows| rows.first()?.first()?.clone());
        let expected = data.rows(planned.table).to_string();
        checks.push(made(
            data,
            "seed/rows",
            &table.label,
            expected,
            rows.unwrap_or_default(),
        ));
    }
    Ok(checks)
}
