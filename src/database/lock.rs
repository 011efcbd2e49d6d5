//! The deployment lock: one deployment at a time in a database, by a session-level advisory lock.
//!
//! The lock is tried, never waited for inside the server: a session that waits in `pg_advisory_lock` holds a
//! snapshot, `create index concurrently` of the lock's holder waits for that snapshot, and the two deadlock.
//! A session that dies releases it; there is nothing to clean up.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Rows, Session};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::sql::literal;

/// "wkrm" and 1: a pair that no other program is likely to use.
const CLASS: u32 = 0x776b_726d;
const OBJECT: u32 = 1;
/// True when it was free, or is held by this session already, which then holds it once more.
const TRY: &str = "pg_catalog.pg_try_advisory_lock(2003530349, 1)";
/// True when this session held it; it then holds it once less.
const GIVE_BACK: &str = "pg_catalog.pg_advisory_unlock(2003530349, 1)";
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

/// The lock, which a session holds until it releases it or ends.
#[derive(Debug)]
pub enum DeploymentLock {}

impl DeploymentLock {
    /// Takes the lock. `questions` is SQL that goes with every try in the same message; its results are returned, and
    /// were read while the lock was held.
    ///
    /// # Errors
    /// When somebody else holds it for longer than `patience`, and when a connection pooler gives the session
    /// another backend, which does not have the lock.
    pub async fn take(
        session: &Session,
        questions: &str,
        patience: Patience,
        observer: &dyn Observer,
    ) -> Result<Vec<Rows>> {
        let started = Instant::now();
        // The questions come after the attempt: what is answered before the lock is held may change with its holder.
        // On a pooled backend the lock would outlive this session, so it is not even tried there.
        let attempt = |condition: &str| {
            format!(
                "select case when {condition} then case when {TRY} then {TRY} else false end end, \
                 pg_catalog.pg_backend_pid();{questions}",
            )
        };
        let mut sql = attempt(session.is_own_backend());
        let mut pause = Duration::from_millis(10);
        let mut progress = (started, None);
        loop {
            let mut results = session.run("taking the deployment lock", &sql).await?;
            let row = match results.is_empty() {
                true => Vec::new(),
                false => results.remove(0).pop().unwrap_or_default(),
            };
            let cell = |at: usize| row.get(at).cloned().flatten();
            let _ = session.process.set(cell(1).unwrap_or_default());
            match cell(0).as_deref() {
                Some("t") => return Ok(results),
                Some(_) => {}
                None if session.is_shared() => {}
                None if is_of_one_backend(session).await? => {
                    // The lock would be given to whoever asks, so it is taken only where nobody has it.
                    session.is_shared.store(true, Ordering::Relaxed);
                    sql = attempt(&format!("not {}", held("true", "")));
                    continue;
                }
                None => return Err(behind_a_pooler(session)),
            }
            // Asked for only now: the question costs the server more than all the others together.
            let rows = session
                .run("asking who holds the deployment lock", &holder())
                .await?;
            let mut row = rows.into_iter().flatten().next().unwrap_or_default();
            row.resize(4, None);
            let [holder, building, done, total] =
                [row[0].take(), row[1].take(), row[2].take(), row[3].take()];
            let holder = holder.unwrap_or_else(|| "a session that has just ended".to_owned());
            // Whoever builds a large index is not stuck, so patience begins again with each sign of progress.
            let seen = building.is_some().then_some((building, done, total));
            if seen.is_some() && seen != progress.1 {
                progress = (Instant::now(), seen);
            }
            if progress.0.elapsed() >= patience.longest {
                let error = Error::refused("another deployment of this database is running")
                    .because(format!("{holder} holds the deployment lock"))
                    .because(format!(
                        "waited {:.1} s for it",
                        started.elapsed().as_secs_f64()
                    ))
                    .hint("wait for it to finish and run the command again");
                return Err(if session.is_shared() {
                    error.hint("this server has one session for all its clients, so that a client that died leaves the lock behind: `select pg_advisory_unlock_all()` when none is at work")
                } else {
                    error.hint("or wait longer with `--lock-wait 30min`; if it hangs, end it with `select pg_terminate_backend(PID)`")
                });
            }
            observer.event(&Event::Waiting {
                what: "the deployment lock",
                holder: &holder,
                waited: started.elapsed(),
            });
            if let Some((Some(building), done, total)) = &progress.1 {
                observer.event(&Event::Progress {
                    label: building,
                    done: number(done),
                    total: number(total),
                    unit: "parts",
                    bytes: 0,
                });
            }
            // Short, so that the wait after a release is.
            tokio::time::sleep(super::jittered(pause)).await;
            pause = (pause * 3 / 2).min(Duration::from_millis(80));
        }
    }

    /// SQL that is true while a process, which was ours, still holds the lock.
    #[must_use]
    pub fn held_by(process: &str) -> String {
        held("l.pid::pg_catalog.text = ", &literal(process))
    }

    /// A statement that fails unless this very backend holds the lock; it goes in front of what the lock protects,
    /// in the same message, so that nothing is changed without it.
    ///
    /// The lock is taken twice, so that giving it back once tells whether it is held without letting it go: fifty
    /// times cheaper than looking for it in `pg_locks`.
    #[must_use]
    pub fn proof() -> String {
        // The cast stands outside of the case, so that it happens at run time only.
        format!(
            "select (case when {GIVE_BACK} then case when {TRY} then 'true' else {} end else {} end)::pg_catalog.bool;",
            literal(LOST),
            literal(LOST)
        )
    }

    /// SQL that releases the lock; on a backend that others use, too, also what this session has set.
    #[must_use]
    pub fn release(session: &Session) -> String {
        let reset = if session.is_shared() {
            "reset all;"
        } else {
            ""
        };
        format!("select {GIVE_BACK}, {GIVE_BACK};{reset}")
    }

    /// Releases the lock when what it protected is over, however that ended: the server would notice the end of the
    /// session a moment later than the next run starts.
    ///
    /// # Errors
    /// The one of `result`; otherwise, when the server does not answer.
    pub async fn release_after<T>(session: &Session, result: Result<T>) -> Result<T> {
        if session.is_lost() {
            return result;
        }
        let released = session.batch(&Self::release(session)).await;
        // After a failure the session may be gone, and the lock with it.
        let value = result?;
        released.map_err(|failure| failure.of_our_own("releasing the deployment lock"))?;
        Ok(value)
    }
}

fn held(condition: &str, by: &str) -> String {
    format!(
        "exists (select from pg_catalog.pg_locks as l where l.locktype = 'advisory' and l.classid = {CLASS} \
         and l.objid = {OBJECT} and l.objsubid = 2 and l.granted and {condition}{by})"
    )
}

fn number(cell: &Option<String>) -> u64 {
    cell.as_deref()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

/// Who holds it, in words, and how far the index is that it builds: a build goes on when its client was killed.
fn holder() -> String {
    format!(
        "select pg_catalog.format('process %s (%s, user %s%s, connected since %s)', l.pid, \
           coalesce(nullif(a.application_name, ''), 'unnamed'), coalesce(a.usename, 'unknown'), \
           coalesce(', from ' || pg_catalog.host(a.client_addr), ''), \
           pg_catalog.to_char(a.backend_start, 'HH24:MI:SS')), \
           case when p.pid is not null then pg_catalog.format('index %s, %s', \
             coalesce(p.index_relid::pg_catalog.regclass::pg_catalog.text, '?'), p.phase) end, \
           coalesce(nullif(p.blocks_done, 0), nullif(p.tuples_done, 0), p.lockers_done), \
           coalesce(nullif(p.blocks_total, 0), nullif(p.tuples_total, 0), p.lockers_total) \
         from pg_catalog.pg_locks as l left join pg_catalog.pg_stat_activity as a on a.pid = l.pid \
         join pg_catalog.pg_database as d on d.oid = l.database and d.datname = pg_catalog.current_database() \
         left join pg_catalog.pg_stat_progress_create_index as p on p.pid = l.pid \
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

/// The error for a session that held the lock, and does not any more.
pub(super) fn lost() -> Error {
    Error::refused("the deployment lock was lost on the way")
        .because("a migration has released it, with `pg_advisory_unlock_all()` for example, or a pooler has given the session another backend")
        .hint("remove such a statement, connect to the server itself, and run the same command again: it goes on from there")
}

/// Whether the server has one backend for all its clients. PGlite says so in its version; its settings at the start of a
/// session are nobody's, as behind a pooler.
async fn is_of_one_backend(session: &Session) -> Result<bool> {
    let sql = "select pg_catalog.version() like '%PGlite%';";
    let rows = session.run("asking for the server's version", sql).await?;
    let cell = rows.into_iter().flatten().flatten().flatten().next();
    Ok(cell.as_deref() == Some("t"))
}

pub(super) fn behind_a_pooler(session: &Session) -> Error {
    let error = Error::refused("the deployment lock does not stay with this session");
    if session.target.session_pooler {
        return error
            .because("`--session-pooler` promises one backend until the end, and another one has answered")
            .hint("connect to the server itself with `--database-url`, or to a pool in session mode");
    }
    error
        .because("the connection goes through a pooler: the backend was started by somebody else, and may be given to others between two messages")
        .hint("connect to the server itself with `--database-url`")
        .hint("a pooler in session mode keeps backends apart, which cannot be seen from here: if it is one, say so with `--session-pooler`")
}
