//! Dividing the work: each worker has a copy of the database for itself, so that none waits for another's locks.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::ordinary::Able;
use super::probe_session;
use crate::clock;
use crate::database::{Connect, Session};
use crate::error::Result;
use crate::sql::identifier;

/// More would have to share the server's cores.
const MOST: usize = 4;

/// Sessions with copies of a session's database, one for each further core. Nobody else may be connected to it.
pub(super) async fn copies(
    session: &Session,
    connect: &Connect<'_>,
    able: &Able,
) -> Result<Vec<Session>> {
    limit(session, "0").await?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut copies = Vec::new();
    for at in 1..cores.min(MOST) {
        // One that an earlier proof could not remove may still be there.
        let name = format!("workroom_copy_{at}_{:x}", clock::microseconds());
        let database = identifier(session.target().database());
        let sql = format!("create database {} template {database}", identifier(&name));
        session.run("copying the clone", &sql).await?;
        let copy = connect(session.target().with_database(&name)).await?;
        probe_session::prepare(&copy, able).await?;
        copies.push(copy);
    }
    limit(session, probe_session::LIMIT).await?;
    Ok(copies)
}

/// Limits how long a statement may take. That of probes is not meant for whole databases, which a busy server is slow to
/// copy.
async fn limit(session: &Session, limit: &str) -> Result<()> {
    let sql = format!("set statement_timeout = '{limit}'");
    session.run("copying the clone", &sql).await.map(drop)
}

/// Removes them, once their sessions have ended. Says which are left: the proof holds without that, and the server that
/// they are on goes with the process.
pub(super) async fn remove(session: &Session, copies: Vec<Session>) -> Vec<String> {
    let names: Vec<String> = copies
        .iter()
        .map(|copy| copy.target().database().to_owned())
        .collect();
    drop(copies);
    let mut left = Vec::new();
    for name in names {
        if let Err(failure) = session.drop_database(&name).await {
            let error = failure.of_our_own("removing it");
            left.push(format!(
                "the copy {name} of the clone is left behind: {error}"
            ));
        }
    }
    left
}

/// Work in an order that is worth keeping: each worker takes from a part of its own, then helps the one who has
/// most left, from behind.
pub(super) struct Queue {
    parts: RefCell<Vec<VecDeque<usize>>>,
}

impl Queue {
    pub(super) fn new(order: Vec<usize>, workers: usize) -> Self {
        let size = order.len().div_ceil(workers.max(1)).max(1);
        let mut parts: Vec<VecDeque<usize>> = order
            .chunks(size)
            .map(|part| part.iter().copied().collect())
            .collect();
        parts.resize(workers.max(1), VecDeque::new());
        Self {
            parts: RefCell::new(parts),
        }
    }

    /// What a worker does next.
    pub(super) fn next(&self, worker: usize) -> Option<usize> {
        let mut parts = self.parts.borrow_mut();
        if let Some(next) = parts[worker].pop_front() {
            return Some(next);
        }
        parts.iter_mut().max_by_key(|part| part.len())?.pop_back()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_done_once_whoever_is_faster() {
        let queue = Queue::new((0..7).collect(), 3);
        let mut done: Vec<usize> = std::iter::from_fn(|| queue.next(1)).collect();
        assert_eq!(done[..3], [3, 4, 5]);
        done.sort_unstable();
        assert_eq!(done, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(Queue::new(vec![], 2).next(0), None);
    }
}
