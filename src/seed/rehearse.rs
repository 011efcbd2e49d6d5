//! The rehearsal: a thousand rows of each table into a temporary copy of it, so that the server itself judges checks,
//! lengths, domains and generated columns before anything is locked; everything is rolled back.

use crate::database::{BatchFailure, Session};
use crate::error::Result;
use crate::seed::dataset::Dataset;
use crate::seed::encode::{Encoded, binary};
use crate::seed::generate::Piece;
use crate::seed::maker::Maker;
use crate::seed::plan::Plan;
use crate::seed::refusal::refusal;
use crate::seed::restricted::Restricted;
use crate::seed::staging;
use crate::sql::identifier;

/// Rows of each table.
const ROWS: u32 = 1000;

/// Which tables are rehearsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those whose refusal would come late: a load of a second or two judges its small tables as fast itself, and rolls
    /// back what it did. A long load has all of them rehearsed.
    Late,
}

impl Which {
    fn has(self, plan: &Plan, rows: u64) -> bool {
        let total: u64 = plan.tables.iter().map(|planned| planned.rows).sum();
        self == Self::All || rows > u64::from(ROWS) * 4 || total >= LONG
    }
}

/// Rows that take more than a few seconds.
const LONG: u64 = 200_000;

/// Rehearses these tables of a plan.
///
/// # Errors
/// When the server refuses a row: at the line of the file that made it.
pub async fn rehearse(session: &Session, data: &Dataset, plan: &Plan, which: Which) -> Result<()> {
    session
        .run(
            "beginning the rehearsal",
            "begin; set local timezone = 'UTC';",
        )
        .await?;
    let result = tables(session, data, plan, which).await;
    let ended = session.run("ending the rehearsal", "rollback").await;
    result?;
    ended.map(|_| ())
}

async fn tables(session: &Session, data: &Dataset, plan: &Plan, which: Which) -> Result<()> {
    let restricted = Restricted::begin(session).await?;
    for planned in &plan.tables {
        if which.has(plan, planned.rows) {
            table(session, data, planned.table, &restricted).await?;
        }
    }
    Ok(())
}

/// The first rows of a table in each of some datasets that differ in their present day, as one COPY takes them.
///
/// # Errors
/// When one cannot be made.
pub(crate) fn sample(by_day: &[Dataset], at: usize) -> Result<Encoded> {
    let mut encoded = Encoded {
        bytes: binary::HEADER.to_vec(),
        ..Encoded::default()
    };
    for data in by_day {
        let table = &data.tables[at];
        let mut maker = Maker::new(data);
        for tenant in 0..table.pods.len() as u32 {
            let share = ROWS / table.pods.len() as u32;
            let end = data.rows_in(at, tenant, 0).min(share);
            let piece = Piece {
                table: at,
                tenant,
                pod: 0,
                first: 0,
                end,
            };
            maker.encode(piece, &mut encoded)?;
        }
    }
    encoded.bytes.extend_from_slice(binary::TRAILER);
    Ok(encoded)
}

async fn table(
    session: &Session,
    data: &Dataset,
    at: usize,
    restricted: &Restricted,
) -> Result<()> {
    let table = &data.tables[at];
    let bytes = sample(std::slice::from_ref(data), at)?.bytes;
    // Under the table's own name, which the server's messages then have.
    let name = identifier(&table.name.name);
    let sql = format!(
        "create temporary table {name} (like {} including constraints including generated including defaults);{}",
        table.name,
        restricted.hand_over(&format!("pg_temp.{name}"))
    );
    let what = format!("rehearsing {}", table.label);
    session.run(&what, &sql).await?;
    let failed = |failure: BatchFailure| {
        refusal(
            data,
            at,
            failure,
            "rehearsing",
            "nothing was written: this was a rehearsal in a temporary table",
        )
    };
    let target = format!("pg_temp.{name}");
    let sent = staging::send(session, data, at, &target, bytes, restricted).await;
    sent.map_err(failed)?;
    // Another schema may have a table of this name.
    let sql = format!("drop table {target}");
    session.run(&what, &sql).await.map(|_| ())
}
