//! Databases that somebody may still be leaving: dropped, or renamed, once the last session with them has ended.

use std::time::{Duration, Instant};

use super::{BatchFailure, Session};
use crate::sql::{identifier, literal};

/// How long sessions that are ending are waited for. A session removes its temporary tables and functions one by one, and
/// a busy server takes its time for thousands of them.
const PATIENCE: Duration = Duration::from_mins(2);

/// "object in use".
const IN_USE: &str = "55006";

impl Session {
    /// Drops another database, if it is there: ends the sessions with it, and waits for their end.
    ///
    /// # Errors
    /// When the role may not, or when somebody uses the database for longer than two minutes.
    pub async fn drop_database(&self, database: &str) -> Result<(), BatchFailure> {
        let sql = format!(
            "drop database if exists {} with (force)",
            identifier(database)
        );
        self.alone(database, &sql).await
    }

    /// Runs a statement for which nobody may be connected to a database. The server itself waits for five seconds; as long
    /// as there are sessions, it is asked again.
    ///
    /// # Errors
    /// When the statement fails, or when somebody uses the database for longer than two minutes.
    pub async fn alone(&self, database: &str, sql: &str) -> Result<(), BatchFailure> {
        let started = Instant::now();
        loop {
            let Err(failure) = self.batch(sql).await else {
                return Ok(());
            };
            // Replication slots and prepared transactions are uses as well, and stay.
            if failure.code() != Some(IN_USE) || !self.wait_for_end(database, started).await? {
                return Err(failure);
            }
        }
    }

    /// Waits for the sessions with a database to end; returns whether there was one, and none is left.
    async fn wait_for_end(&self, database: &str, started: Instant) -> Result<bool, BatchFailure> {
        let sql = format!(
            "select pg_catalog.count(*) from pg_catalog.pg_stat_activity where datname = {};",
            literal(database)
        );
        let mut waited = false;
        loop {
            let results = self.batch(&sql).await?;
            let count = results
                .first()
                .and_then(|rows| rows.first()?.first()?.clone());
            if count.as_deref() == Some("0") {
                return Ok(waited);
            }
            if started.elapsed() > PATIENCE {
                return Ok(false);
            }
            waited = true;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
