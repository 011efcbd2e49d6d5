//! The rehearsal: a thousand rows of each table into a temporary copy of it, so that the server itself judges checks,
//! lengths, domains and generated columns before anything is locked; everything is rolled back.

use crate::database::{BatchFailure, Buffer, Session};
use crate::error::Result;
use crate::seed::dataset::Dataset;
use crate::seed::encode::{Encoded, binary, encode};
use crate::seed::generate::{Piece, Worker};
use crate::seed::plan::Plan;
use crate::seed::refusal::refusal;
use crate::sql::identifier;

/// Rows of each table.
const ROWS: u32 = 1000;

/// Rehearses these tables of a plan.
///
/// # Errors
/// When the server refuses a row: at the line of the file that made it.
pub async fn rehearse(
    session: &Session,
    data: &Dataset,
    plan: &Plan,
    only_large: bool,
) -> Result<()> {
    session
        .run(
            "beginning the rehearsal",
            "begin; set local timezone = 'UTC';",
        )
        .await?;
    let mut result = Ok(());
    for planned in &plan.tables {
        if only_large && planned.rows <= u64::from(ROWS) * 4 {
            continue;
        }
        result = table(session, data, planned.table).await;
        if result.is_err() {
            break;
        }
    }
    let ended = session.run("ending the rehearsal", "rollback").await;
    result?;
    ended.map(|_| ())
}

async fn table(session: &Session, data: &Dataset, at: usize) -> Result<()> {
    let table = &data.tables[at];
    let mut encoded = Encoded {
        bytes: binary::HEADER.to_vec(),
        ..Encoded::default()
    };
    let mut worker = Worker::new(data);
    for tenant in 0..table.pods.len() as u32 {
        let share = ROWS / table.pods.len() as u32;
        let end = data.rows_in(at, tenant, 0).min(share);
        encode(
            data,
            &mut worker,
            Piece {
                table: at,
                tenant,
                pod: 0,
                first: 0,
                end,
            },
            &mut encoded,
        )?;
    }
    encoded.bytes.extend_from_slice(binary::TRAILER);
    let name = format!("workroom_rehearsal_{at}");
    let sql = format!(
        "create temporary table {name} (like {} including constraints including generated including defaults) on commit drop;",
        table.name
    );
    session
        .run(&format!("rehearsing {}", table.label), &sql)
        .await?;
    let columns: Vec<String> = table
        .stored
        .iter()
        .map(|at| identifier(&table.columns[*at].name))
        .collect();
    let sql = format!(
        "copy pg_temp.{name} ({}) from stdin (format binary)",
        columns.join(", ")
    );
    let failed = |failure: BatchFailure| {
        refusal(
            data,
            at,
            failure,
            "rehearsing",
            "nothing was written: this was a rehearsal in a temporary table",
        )
    };
    let mut copy = session.copy_in(&sql).await.map_err(failed)?;
    copy.send(Buffer::new(encoded.bytes, None))
        .await
        .map_err(failed)?;
    copy.finish().await.map(|_| ()).map_err(failed)
}
