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
        let mut was_nobody = false;
        loop {
            let Err(failure) = self.batch(sql).await else {
                return Ok(());
            };
            if failure.code() != Some(IN_USE) || started.elapsed() > PATIENCE {
                return Err(failure);
            }
            // The last session may have ended just after the server gave up; whatever else uses the database, as a
            // replication slot or a prepared transaction, stays.
            let is_nobody = !self.wait_for_end(database, started).await?;
            if is_nobody && was_nobody {
                return Err(failure);
            }
            was_nobody = is_nobody;
        }
    }

    /// Waits for the sessions with a database to end, and returns whether there was one.
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
            waited = true;
            if started.elapsed() > PATIENCE {
                return Ok(waited);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
