//! Rows of a table as the file makes them, in a temporary table without checks: those of each of the days that it is judged
//! for, with that day beside them.

use super::check::base;
use super::clock::{DAY, NOW};
use crate::catalog::Catalog;
use crate::database::{BatchFailure, Session};
use crate::error::Result;
use crate::seed::dataset::Dataset;
use crate::seed::rehearse;
use crate::seed::restricted::Restricted;
use crate::seed::staging;
use crate::seed::value::date;
use crate::sql::{identifier, literal, text_array};

/// The rows.
pub(super) const ROWS: &str = "workroom_rows";

/// Some of them, of every day.
pub(super) const SOME: &str = "workroom_some";

/// How many: combinations of proposals are tried with each of them.
const MOST: u64 = 60;

/// The number of a row.
const NUMBER: &str = "workroom_row";

/// A statement is true, null or has no rows; false as well when it fails.
const HOLDS: &str = "create function pg_temp.workroom_holds(question text) returns boolean language plpgsql as \
  'declare answer boolean; begin execute question into answer; return coalesce(answer, true); \
   exception when others then return false; end'";

/// Makes the temporary tables and fills them with the rows of a table, as the file makes them on several days.
///
/// # Errors
/// When a row cannot be made or stored.
pub(super) async fn fill(
    session: &Session,
    restricted: &Restricted,
    catalog: &Catalog,
    by_day: &[Dataset],
    at: usize,
) -> Result<()> {
    let table = &by_day[0].tables[at];
    let mut sql = format!(
        "create temporary table {ROWS} (like {} including generated including defaults including identity, \
         {NUMBER} bigint generated always as identity) on commit drop;\n",
        table.name
    );
    for column in catalog.columns_of(&table.name) {
        if let Some(base) = base(catalog, column) {
            sql.push_str(&format!(
                "alter table pg_temp.{ROWS} alter column {} type {base};\n",
                identifier(&column.name)
            ));
        }
    }
    sql.push_str(&restricted.hand_over(&format!("pg_temp.{ROWS}")));
    session.run("looking at checks", &sql).await?;
    let failed = |failure: BatchFailure| failure.of_our_own("looking at checks");
    restricted.run(session, HOLDS).await.map_err(failed)?;
    let sample = rehearse::sample(by_day, at)?;
    let target = format!("pg_temp.{ROWS}");
    let sent = staging::send(session, &by_day[0], at, &target, sample.bytes, restricted).await;
    sent.map_err(failed)?;
    let days = by_day.iter().map(|data| {
        let mut day = String::new();
        date::write(&mut day, data.as_of);
        day
    });
    let days: Vec<String> = days.collect();
    // Rows come in the order of the days, as many of each. The clock shows the beginning of the day for one row and its
    // end for the next; every so manieth row, an odd number, has both.
    let of_a_day = (sample.rows / by_day.len() as u64).max(1);
    let step = (sample.rows / MOST).max(1) | 1;
    let sql = format!(
        "alter table {target} add column {DAY} date, add column {NOW} timestamptz;\n\
         update {target} set {DAY} = ({}::date[])[1 + ({NUMBER} - 1) / {of_a_day}];\n\
         update {target} set {NOW} = case when {NUMBER} % 2 = 0 then {DAY}::timestamptz \
         else ({DAY} + 1)::timestamptz - interval {} end;\n\
         create temporary table {SOME} on commit drop as select * from {target} where ({NUMBER} - 1) % {step} = 0;",
        text_array(days.iter().map(String::as_str)),
        literal("1 microsecond"),
    );
    restricted.run(session, &sql).await.map_err(failed)
}
