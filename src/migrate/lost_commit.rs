//! What became of a migration whose answer never came: the connection broke, or the server went away.
//!
//! A lost answer to COMMIT leaves both possible. `pg_xact_status` could tell for a transaction's number, which
//! however would have to be asked for in a round trip of its own before each COMMIT. The history row commits with
//! the migration, so it tells the same, once the old backend is gone; and a backend that is gone has released the
//! deployment lock, which is what is waited for here.

use std::time::{Duration, Instant};

use super::history;
use crate::database::{DeploymentLock, Session};
use crate::error::{Error, Kind};
use crate::project::{Migration, System};
use crate::sql::literal;

/// How long the old backend, or a server that restarts, is waited for.
const LIMIT: Duration = Duration::from_secs(5);

/// What is known afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Applied,
    NotApplied,
    StillRunning,
    Unknown,
}

/// Returns the error as it is when the server has answered; otherwise one that says what became of the migration.
pub(super) async fn resolve(
    session: &Session,
    system: &System,
    migration: &Migration,
    error: Error,
) -> Error {
    if !session.is_lost() || error.kind == Kind::Interrupted {
        return error;
    }
    let label = migration.label();
    let found = match outcome(session, system, migration).await {
        Outcome::Applied => format!("{label} was committed before: it is applied"),
        Outcome::NotApplied if migration.headers.no_transaction => {
            format!(
                "{label} is not complete; its statements that are done are recorded and will not run again"
            )
        }
        Outcome::NotApplied => format!("{label} was rolled back: it is not applied"),
        Outcome::StillRunning => {
            format!("the server goes on with {label}; the next run waits for that")
        }
        Outcome::Unknown => {
            format!("the server cannot be asked what became of {label}; the next run finds out")
        }
    };
    let mut error = error.because(found);
    error.hints =
        vec!["run the same command again: it goes on from what the database says".to_owned()];
    error
}

async fn outcome(session: &Session, system: &System, migration: &Migration) -> Outcome {
    let started = Instant::now();
    let Some(process) = session.process() else {
        return Outcome::Unknown;
    };
    // Each statement sees what was committed before it began: first that the backend is gone, then its history.
    let gone = format!("select not {};", DeploymentLock::held_by(process));
    let table = literal(&history::table(&system.name));
    let exists = format!("select pg_catalog.to_regclass({table}) is not null;");
    let applied = format!(
        "select exists (select from {} where version = {} and sha256 = {});",
        history::table(&system.name),
        migration.version,
        literal(&migration.sha256)
    );
    let mut found = Outcome::Unknown;
    while started.elapsed() < LIMIT {
        if let Ok(session) = Session::connect(session.target()).await {
            let is_true = async |sql: &str| {
                let rows = session.batch(sql).await.ok()?;
                let cell = rows.into_iter().flatten().flatten().flatten().next()?;
                Some(cell == "t")
            };
            match is_true(&gone).await {
                Some(true) if is_true(&exists).await == Some(false) => return Outcome::NotApplied,
                Some(true) => match is_true(&applied).await {
                    Some(true) => return Outcome::Applied,
                    Some(false) => return Outcome::NotApplied,
                    None => {}
                },
                Some(false) => found = Outcome::StillRunning,
                None => {}
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    found
}
