//! Writing the history without running anything: what a baseline, `--fake`, a repair or an import record.

use super::history::{refinery_checksum, table};
use super::unforced::put_back_sql;
use crate::database::{DeploymentLock, Session};
use crate::error::Result;
use crate::project::{Migration, System};
use crate::sql::{Batch, literal, rfc3339_now};

/// A migration that is recorded as applied although this run did not apply it.
#[derive(Clone, Debug)]
pub struct Adopted<'project> {
    /// Its file.
    pub migration: &'project Migration,
    /// When it was applied, as RFC 3339 text in UTC; `None` means now.
    pub applied_on: Option<String>,
    /// Who applied it; `None` means the role that is connected.
    pub applied_by: Option<String>,
    /// How long it ran, in milliseconds.
    pub duration_ms: f64,
}

impl<'project> Adopted<'project> {
    /// A migration that is recorded now, with duration 0.
    #[must_use]
    pub fn now(migration: &'project Migration) -> Self {
        Self {
            migration,
            applied_on: None,
            applied_by: None,
            duration_ms: 0.0,
        }
    }
}

/// A change of the history that does not run a migration.
#[derive(Clone, Debug)]
pub enum Repair<'project> {
    /// Records a file's text, name and checksum for a version that is applied.
    Adopt(&'project Migration),
    /// Records under a file's version what ran under another one.
    Renumber(i64, &'project Migration),
    /// Removes the row of a version whose file is gone.
    Forget(i64),
    /// Removes what is left of the steps of a version.
    ClearSteps(i64),
}

/// Records migrations as applied, all of them or none. The lock must be held and the history table exist.
///
/// # Errors
/// When one is recorded already, or the server does not answer.
pub async fn adopt(session: &Session, system: &System, rows: &[Adopted<'_>]) -> Result<()> {
    let mut batch = transaction();
    for row in rows {
        let migration = row.migration;
        let on = row.applied_on.as_deref().map_or_else(rfc3339_now, literal);
        let at = row.applied_on.as_deref().map_or_else(
            || "pg_catalog.clock_timestamp()".to_owned(),
            |on| format!("{}::timestamptz", literal(on)),
        );
        let by = row
            .applied_by
            .as_deref()
            .map_or_else(|| "session_user".to_owned(), literal);
        batch.push(&format!(
            "insert into {} (version, name, applied_on, checksum, sha256, applied_at, applied_by, duration_ms, \
             tool_version, sql_text) values ({}, {}, {on}, {}, {}, {at}, {by}, {}, {}, {})",
            table(&system.name),
            migration.version,
            literal(&migration.name),
            literal(&refinery_checksum(migration)),
            literal(&migration.sha256),
            row.duration_ms,
            literal(env!("CARGO_PKG_VERSION")),
            literal(&migration.file.text),
        ));
    }
    commit(session, "recording migrations as applied", batch).await
}

/// Changes the history, all or nothing. The lock must be held.
///
/// # Errors
/// When the server does not answer.
pub async fn repair(session: &Session, system: &System, repairs: &[Repair<'_>]) -> Result<()> {
    let mut batch = transaction();
    let history = table(&system.name);
    // Out of the way of one another first: two migrations may have changed places.
    for repair in repairs {
        if let Repair::Renumber(from, _) = repair {
            batch.push(&format!(
                "update {history} set version = -1 - version where version = {from}"
            ));
        }
    }
    let record = |migration: &Migration, row: i64| {
        format!(
            "update {history} set version = {}, name = {}, checksum = {}, sha256 = {}, sql_text = {} where version = {row}",
            migration.version,
            literal(&migration.name),
            literal(&refinery_checksum(migration)),
            literal(&migration.sha256),
            literal(&migration.file.text),
        )
    };
    for repair in repairs {
        let statement = match repair {
            Repair::Adopt(migration) => record(migration, migration.version),
            Repair::Renumber(from, migration) => record(migration, -1 - from),
            Repair::Forget(version) => {
                format!("delete from {history} where version = {version}")
            }
            Repair::ClearSteps(version) => {
                put_back_sql()
                    + &format!(
                        "delete from workroom.steps where system = {} and version = {version}",
                        literal(&system.name)
                    )
            }
        };
        batch.push_all(&(statement + ";"));
    }
    commit(session, "repairing the history", batch).await
}

fn transaction() -> Batch<'static> {
    let mut batch = Batch::default();
    batch.push_all(&format!("begin;{}", DeploymentLock::proof()));
    batch
}

async fn commit(session: &Session, what: &str, mut batch: Batch<'_>) -> Result<()> {
    batch.push("commit");
    let result = session.run(what, batch.text()).await;
    if result.is_err() {
        let _ = session.batch("rollback").await;
    }
    result.map(|_| ())
}
