//! The schema `workroom`, where workroom keeps its own tables: making them so that nothing of the surroundings stays
//! on them, and refusing a schema of that name that somebody else has prepared.

use super::Session;
use crate::error::{Error, Result};
use crate::sql::{literal, qualified};

/// SQL that runs `sql`, which makes tables of workroom's own, in a transaction. What it makes has no grants, whatever
/// default privileges say, and no row security, whatever event triggers do: the owner could not read it otherwise.
#[must_use]
pub fn making_own_tables(sql: &str) -> String {
    format!(
        "select pg_catalog.set_config('workroom.known', coalesce((select pg_catalog.string_agg(c.oid::pg_catalog.text, ',') \
         from pg_catalog.pg_class as c where c.relnamespace = pg_catalog.to_regnamespace('workroom')::pg_catalog.oid), ''), true);\
         {sql}\n{}",
        include_str!("own_schema/close.sql")
    )
}

/// A query, without a semicolon, whose one row tells what in the schema `workroom` is not to be trusted, for
/// [`refuse_strangers`], and which of its tables have row security, for [`release_own_tables`].
#[must_use]
pub fn strangers_query() -> &'static str {
    include_str!("own_schema/strangers.sql")
}

/// SQL that looks at the catalog rows of the schema and of some of its tables, each with its number of columns, and at
/// nothing else: a tenth of what [`strangers_query`] costs in a backend that has just started. Its one cell is true when
/// reading these tables runs nobody else's code, null when the schema is missing.
#[must_use]
pub fn plain_query<'a>(tables: impl IntoIterator<Item = (&'a str, usize)>) -> String {
    let tables = tables.into_iter().map(|(table, columns)| {
        let name = literal(&qualified("workroom", table));
        format!("(pg_catalog.to_regclass({name}), {columns})")
    });
    let tables: Vec<String> = tables.collect();
    include_str!("own_schema/plain.sql").replace("{tables}", &tables.join(", "))
}

/// Refuses what somebody else has put there.
///
/// # Errors
/// When the schema, a table or a function belongs to neither this role nor a superuser, or when others may change
/// the tables or have code on them: it would run with the rights of whoever deploys.
pub fn refuse_strangers(found: &str) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let error = Error::refused("the schema workroom of this database is not workroom's own");
    let error = found.lines().fold(error, |error, line| error.because(line));
    Err(error
        .because("workroom would write there with the rights of the role that deploys, and run what others have put there")
        .hint("look at it, then take it away: drop schema workroom cascade;")
        .hint("or make it new for the role that deploys: create schema workroom authorization …;"))
}

/// The same, for what does not ask on its own.
///
/// # Errors
/// As [`refuse_strangers`].
pub async fn refuse_foreign_schema(session: &Session) -> Result<()> {
    let sql = format!("{};", strangers_query());
    let results = session.run("looking at the schema workroom", &sql).await?;
    let found = results
        .first()
        .and_then(|rows| rows.first()?.first()?.clone());
    refuse_strangers(found.as_deref().unwrap_or_default())
}

/// Takes row security off workroom's own tables, where an event trigger or a person has switched it on since they
/// were made. The deployment lock must be held.
///
/// # Errors
/// When the role does not own them.
pub async fn release_own_tables(session: &Session, bound: &str) -> Result<()> {
    if bound.is_empty() {
        return Ok(());
    }
    let sql: String = bound
        .lines()
        .map(|table| {
            format!("alter table {table} disable row level security;alter table {table} no force row level security;")
        })
        .collect();
    let what = "taking row-level security off workroom's own tables";
    session.run(what, &sql).await.map(|_| ())
}
