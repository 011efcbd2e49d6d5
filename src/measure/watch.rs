//! Statements that refuse to run in a transaction, watched from a second connection.
//!
//! On tables of a few rows they are over in milliseconds. So that none of their locks is missed, further connections
//! make them stop: at their first lock, where they wait for older transactions and snapshots, and at a lock that
//! keeps out readers who came meanwhile.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::lock::LockMode;
use super::probe::{Relations, Sight};
use crate::database::{BatchFailure, Session};
use crate::error::Result;

/// What was seen.
pub(super) struct Watched {
    pub(super) locks: BTreeSet<(u32, LockMode)>,
    pub(super) before: Sight,
    pub(super) after: Sight,
    pub(super) took: Duration,
}

/// How long a statement may take to come to its next stop before it is let go all the same.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// Runs a statement on a session and watches it from others. The inner result is the statement's own.
pub(super) async fn run(
    session: &Session,
    statement: &str,
    relations: &Relations,
) -> Result<Result<Watched, BatchFailure>> {
    let watcher = Session::connect(session.target()).await?;
    let gate = Session::connect(session.target()).await?;
    let elder = Session::connect(session.target()).await?;
    let reader = Session::connect(session.target()).await?;
    let process = session
        .run(
            "asking for the process",
            "select pg_catalog.pg_backend_pid()",
        )
        .await?;
    let process = process
        .first()
        .and_then(|rows| rows.first()?.first()?.clone())
        .unwrap_or_default();
    flush(session).await?;
    let before = Sight::of_finished(&watcher).await?;
    let tables: Vec<String> = relations
        .tables()
        .into_iter()
        .map(|table| format!("only {table}"))
        .collect();
    let lock = |mode: &str| match tables.as_slice() {
        [] => String::new(),
        tables => format!("lock table {} in {mode};", tables.join(", ")),
    };
    // The elder has a snapshot and a writer's lock, as any transaction that is open in production has.
    elder
        .run(
            "opening an older transaction",
            &format!(
                "begin isolation level repeatable read; select 1;{}",
                lock("row exclusive mode")
            ),
        )
        .await?;
    gate.run(
        "closing the gate",
        &format!("begin;{}", lock("share update exclusive mode")),
    )
    .await?;

    let mut locks = BTreeSet::new();
    let mut running: Pin<Box<dyn Future<Output = _> + '_>> = Box::pin(session.batch(statement));
    let mut result = None;
    let mut started = Instant::now();
    for stop in [Some(&gate), Some(&elder), Some(&reader), None] {
        let since = Instant::now();
        loop {
            if result.is_none() {
                result = poll_once(&mut running).await;
            }
            if result.is_some() {
                break;
            }
            let (seen, waits) = Sight::of_other(&watcher, &process).await?;
            locks.extend(seen);
            if stop.is_some() && (waits || since.elapsed() > STOP_WITHIN) {
                break;
            }
        }
        if stop.is_some_and(|stop| std::ptr::eq(stop, &elder)) {
            // Not to be had when the statement itself queues for a lock against readers: that one is seen already.
            let _ = reader
                .batch(&format!("begin;{}", lock("access share mode nowait")))
                .await;
        }
        if let Some(stop) = stop {
            if std::ptr::eq(stop, &gate) {
                started = Instant::now();
            }
            stop.run("opening the gate", "rollback").await?;
        }
    }
    let took = started.elapsed();
    drop(running);
    if let Some(Err(failure)) = result {
        return Ok(Err(failure));
    }
    flush(session).await?;
    let after = Sight::of_finished(&watcher).await?;
    Ok(Ok(Watched {
        locks,
        before,
        after,
        took,
    }))
}

/// Makes the counters of what the session has done visible to others.
async fn flush(session: &Session) -> Result<()> {
    session
        .run(
            "flushing counters",
            "select pg_catalog.pg_stat_force_next_flush()",
        )
        .await?;
    session
        .run("flushing counters", "select 1")
        .await
        .map(|_| ())
}

/// The output of a future if it is ready now.
async fn poll_once<Output>(
    future: &mut Pin<Box<dyn Future<Output = Output> + '_>>,
) -> Option<Output> {
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
