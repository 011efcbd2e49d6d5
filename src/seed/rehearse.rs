//! The rehearsal: a thousand rows of each table into a temporary copy of it, so that the server itself judges checks,
//! lengths, domains and generated columns before anything is locked; everything is rolled back.

use crate::database::{BatchFailure, Session};
use crate::error::{Error, Kind, Place, Result};
use crate::seed::count;
use crate::seed::dataset::Dataset;
use crate::seed::encode::{Encoded, binary};
use crate::seed::generate::Piece;
use crate::seed::maker::Maker;
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
    fn has(self, data: &Dataset, at: usize) -> bool {
        let total = || data.filled().map(|at| data.rows(at)).sum::<u64>();
        self == Self::All || data.rows(at) > u64::from(ROWS) * 4 || total() >= LONG
    }
}

/// Rows that take more than a few seconds.
const LONG: u64 = 200_000;

/// Whether this role may make temporary tables here: not on a copy that only reads.
///
/// # Errors
/// When the server does not answer.
pub async fn is_possible(session: &Session) -> Result<bool> {
    let sql = "select pg_catalog.has_database_privilege(pg_catalog.current_database(), 'temporary') \
         and pg_catalog.current_setting('transaction_read_only') = 'off';";
    let results = session.run("asking what this role may do", sql).await?;
    let answer = results
        .first()
        .and_then(|rows| rows.first()?.first()?.as_deref());
    Ok(answer == Some("t"))
}

/// All that can be said of the rows before they are loaded, with what was wrong already: keys that they break, and what the
/// server has against them.
///
/// # Errors
/// With everything that is wrong, table by table.
pub async fn everything(session: &Session, data: &Dataset, wrong: Option<Error>) -> Result<()> {
    let mut all: Vec<Error> = Vec::new();
    let refused = rehearse(session, data, Which::All).await.err();
    let found = wrong
        .into_iter()
        .chain(count::count(data).err())
        .chain(refused);
    for mistake in found.flat_map(|error| error.iter().cloned().collect::<Vec<_>>()) {
        // A row that cannot be made stands in the way of each.
        let is_known =
            |other: &Error| (&other.message, &other.place) == (&mistake.message, &mistake.place);
        if !all.iter().any(is_known) {
            let others = Vec::new();
            all.push(Error { others, ..mistake });
        }
    }
    // As a reader of the file meets them.
    all.sort_by_key(|mistake| mistake.place.as_ref().and_then(Place::line_column));
    Error::all(all)
}

/// Rehearses these tables.
///
/// # Errors
/// When the server refuses rows: for each such table at the line of the file that made the first.
pub async fn rehearse(session: &Session, data: &Dataset, which: Which) -> Result<()> {
    session
        .run(
            "beginning the rehearsal",
            "begin; set local timezone = 'UTC';",
        )
        .await?;
    let result = tables(session, data, which).await;
    let ended = session.run("ending the rehearsal", "rollback").await;
    result?;
    ended.map(|_| ())
}

async fn tables(session: &Session, data: &Dataset, which: Which) -> Result<()> {
    let restricted = Restricted::begin(session).await?;
    let mut refused = Vec::new();
    for at in data.filled().filter(|at| which.has(data, *at)) {
        match table(session, data, at, &restricted).await {
            Ok(()) => {}
            Err(error) if session.is_lost() || error.kind == Kind::Interrupted => {
                return Err(error);
            }
            Err(error) => {
                refused.push(error);
                let back = "rollback to savepoint workroom_table";
                session.run("going on after a refusal", back).await?;
            }
        }
    }
    Error::all(refused)
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
    let what = format!("rehearsing {}", table.label);
    session.run(&what, "savepoint workroom_table").await?;
    let bytes = sample(std::slice::from_ref(data), at)?.bytes;
    // Under the table's own name, which the server's messages then have.
    let name = identifier(&table.name.name);
    let sql = format!(
        "create temporary table {name} (like {} including constraints including generated including defaults including identity);{}",
        table.name,
        restricted.hand_over(&format!("pg_temp.{name}"))
    );
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
    let sql = format!("drop table {target}; release savepoint workroom_table");
    session.run(&what, &sql).await.map(|_| ())
}
