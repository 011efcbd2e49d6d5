//! The deployment lock: one deployment at a time in a database, by a session-level advisory lock.
//!
//! The lock is tried, never waited for inside the server: a session that waits in `pg_advisory_lock` holds a
//! snapshot, `create index concurrently` of the lock's holder waits for that snapshot, and the two deadlock.
//! A session that dies releases it; there is nothing to clean up.

use std::time::{Duration, Instant};

use super::{Rows, Session};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::sql::literal;

/// "wkrm" and 1: a pair that no other program is likely to use.
const CLASS: u32 = 0x776b_726d;
const OBJECT: u32 = 1;
/// What the proof's failure says; its text comes back in the server's message.
const LOST: &str = "workroom does not hold the deployment lock";

/// How long to try, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Gives up after this time.
    pub longest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            longest: Duration::from_secs(300),
        }
    }
}

/// The lock, held until it is released or the session ends.
#[derive(Debug)]
pub struct DeploymentLock;

impl DeploymentLock {
    /// Takes the lock. `prologue` is SQL that goes with every try in the same message (session settings and
    /// questions to the server); its results come back with the lock.
    ///
    /// # Errors
    /// When somebody else holds it for longer than `patience`, and when a connection pooler gives the session
    /// another backend, which does not have the lock.
    pub async fn take(
        session: &Session,
        prologue: &str,
        patience: Patience,
        observer: &dyn Observer,
    ) -> Result<(Self, Vec<Rows>)> {
        let started = Instant::now();
        // The case makes the order certain: the lock is looked up only after it was got.
        let sql = format!(
            "{prologue}with attempt as materialized (select pg_catalog.pg_try_advisory_lock({CLASS}, {OBJECT}) as got) \
             select got, case when got then {} and {} end from attempt;",
            held_by_us(),
            session.is_own_backend(),
        );
        let mut pause = Duration::from_millis(10);
        loop {
            let mut results = session.run("taking the deployment lock", &sql).await?;
            let row = results
                .pop()
                .and_then(|mut rows| rows.pop())
                .unwrap_or_default();
            let is_true = |at: usize| row.get(at).cloned().flatten().as_deref() == Some("t");
            if is_true(0) {
                if !is_true(1) {
                    // On a shared backend the lock would outlive this session.
                    let _ = session.batch(&Self::release()).await;
                    return Err(behind_a_pooler());
                }
                return Ok((Self, results));
            }
            // Asked for only now: the question costs the server more than all the others together.
            let rows = session
                .run("asking who holds the deployment lock", &holder())
                .await?;
            let holder = rows.into_iter().flatten().flatten().flatten().next();
            let holder = holder.unwrap_or_else(|| "a session that has just ended".to_owned());
            let waited = started.elapsed();
            if waited >= patience.longest {
                return Err(Error::refused("another deployment of this database is running")
                    .because(format!("{holder} holds the deployment lock"))
                    .because(format!("waited {:.1} s for it", waited.as_secs_f64()))
                    .hint("wait for it to finish and run the command again")
                    .hint("or wait longer with `--lock-wait 30min`; if it hangs, end it with `select pg_terminate_backend(PID)`"));
            }
            observer.event(&Event::Waiting {
                what: "the deployment lock",
                holder: &holder,
                waited,
            });
            // Jitter, so that many waiters do not come back at once; short, so that the wait after a release is.
            tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
            pause = (pause * 3 / 2).min(Duration::from_millis(80));
        }
    }

    /// A statement that fails unless this very backend holds the lock; it goes in front of what the lock protects,
    /// in the same message, so that nothing is changed without it.
    #[must_use]
    pub fn proof() -> String {
        // The cast stands outside of the case, so that it happens at run time only.
        format!(
            "select (case when {} then 'true' else {} end)::pg_catalog.bool;",
            held_by_us(),
            literal(LOST)
        )
    }

    /// SQL that releases the lock.
    #[must_use]
    pub fn release() -> String {
        format!("select pg_catalog.pg_advisory_unlock({CLASS}, {OBJECT});")
    }
}

/// Of this backend alone, so the database need not be looked up.
fn held_by_us() -> String {
    format!(
        "exists (select from pg_catalog.pg_locks as l where l.locktype = 'advisory' and l.classid = {CLASS} \
         and l.objid = {OBJECT} and l.objsubid = 2 and l.granted and l.pid = pg_catalog.pg_backend_pid())"
    )
}

/// Who holds it, in words.
fn holder() -> String {
    format!(
        "select pg_catalog.format('process %s (%s, user %s%s, connected since %s)', l.pid, \
           coalesce(nullif(a.application_name, ''), 'unnamed'), coalesce(a.usename, 'unknown'), \
           coalesce(', from ' || pg_catalog.host(a.client_addr), ''), \
           pg_catalog.to_char(a.backend_start, 'HH24:MI:SS')) \
         from pg_catalog.pg_locks as l left join pg_catalog.pg_stat_activity as a on a.pid = l.pid \
         join pg_catalog.pg_database as d on d.oid = l.database and d.datname = pg_catalog.current_database() \
         where l.locktype = 'advisory' and l.classid = {CLASS} and l.objid = {OBJECT} and l.objsubid = 2 \
           and l.granted limit 1;"
    )
}

/// Whether a failure is that of [`DeploymentLock::proof`].
pub(super) fn is_lost(error: &tokio_postgres::Error) -> bool {
    error
        .as_db_error()
        .is_some_and(|server| server.message().contains(LOST))
}

pub(super) fn behind_a_pooler() -> Error {
    Error::refused("the deployment lock does not stay with this session")
        .because("the connection goes through a pooler, which shares its backends between clients")
        .hint("connect to the server itself with `--database-url`")
}
