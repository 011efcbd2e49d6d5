//! Threads that make rows ahead of the network; the pieces come out in order. What is ready and not yet sent is bounded, so
//! memory stays the same however many rows there are.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::database::Home;
use crate::error::{Error, Kind, Result};
use crate::seed::block::Programs;
use crate::seed::dataset::Dataset;
use crate::seed::encode::Encoded;
use crate::seed::generate::{Piece, Pieces};
use crate::seed::maker::Maker;

/// Pieces that may be ready and not sent.
const AHEAD: usize = 4;

/// Bytes that a piece should have.
const PIECE_BYTES: u64 = 128 * 1024;

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Work {
    /// The tables, in the order of loading.
    pub tables: Vec<usize>,
    /// For each table of the dataset, rows of a piece.
    pub sizes: Vec<u32>,
    /// For each table and tenant, rows that are left out at the beginning.
    pub skip: Vec<Vec<u64>>,
}

impl Work {
    /// All rows of some tables, in pieces that suit the width of a row.
    ///
    /// # Errors
    /// When a row cannot be made.
    pub fn new(data: &Dataset, tables: Vec<usize>) -> Result<Self> {
        let mut sizes = vec![1; data.tables.len()];
        for &table in &tables {
            let width = width(data, table, 16)?.max(1);
            sizes[table] = (PIECE_BYTES / width).clamp(16, 8192) as u32;
        }
        Ok(Self {
            tables,
            sizes,
            skip: Vec::new(),
        })
    }

    fn pieces(&self) -> Pieces {
        Pieces::new(self.tables.clone(), self.sizes.clone(), self.skip.clone())
    }
}

/// Bytes of a row, from the first `sample` rows of the first tenant that has some.
///
/// # Errors
/// When a row cannot be made.
pub fn width(data: &Dataset, table: usize, sample: u32) -> Result<u64> {
    let tenant = (0..data.tables[table].pods.len() as u32)
        .find(|tenant| data.rows_in(table, *tenant, 0) > 0);
    let Some(tenant) = tenant else {
        return Ok(0);
    };
    let end = data.rows_in(table, tenant, 0).min(sample);
    let mut encoded = Encoded::default();
    let piece = Piece {
        table,
        tenant,
        pod: 0,
        first: 0,
        end,
    };
    Maker::new(data).encode(piece, &mut encoded)?;
    Ok(encoded.bytes.len() as u64 / encoded.rows.max(1))
}

/// Threads at work. Each asks for the next piece when there is a buffer for it; one alone works unless the network has to
/// wait for it, because what a thread remembers of a pod is made by each that works on it.
pub struct Pipeline {
    data: Arc<Dataset>,
    queue: Arc<WorkQueue>,
    receiver: UnboundedReceiver<(u64, Result<Encoded>)>,
    /// Pieces that were ready before their turn.
    early: BTreeMap<u64, Result<Encoded>>,
    threads: Vec<JoinHandle<()>>,
    pieces: Pieces,
    upcoming: Option<Piece>,
    turn: u64,
    /// Pieces that were waited for lately, and pieces that were not.
    late: u32,
    in_time: u32,
}

/// What threads share.
struct WorkQueue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    pieces: Pieces,
    turn: u64,
    /// Buffers that nobody uses; they bound what is ready and not sent.
    free: Vec<Vec<u8>>,
    /// How many threads work.
    awake: usize,
    is_over: bool,
}

impl WorkQueue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next piece with a buffer for it; waits until there is one.
    fn next(&self, data: &Dataset, own: usize) -> Option<(u64, Piece, Vec<u8>)> {
        let mut state = self.state();
        loop {
            if state.is_over {
                return None;
            }
            if own < state.awake
                && let Some(buffer) = state.free.pop()
            {
                let Some(piece) = state.pieces.next(data) else {
                    state.is_over = true;
                    self.changed.notify_all();
                    return None;
                };
                state.turn += 1;
                return Some((state.turn - 1, piece, buffer));
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn end(&self) {
        self.state().is_over = true;
        self.changed.notify_all();
    }
}

impl Home for WorkQueue {
    fn take_back(&self, mut bytes: Vec<u8>) {
        bytes.clear();
        self.state().free.push(bytes);
        self.changed.notify_all();
    }
}

impl Pipeline {
    /// Starts `threads` threads.
    #[must_use]
    pub fn start(data: &Arc<Dataset>, work: &Work, threads: usize) -> Self {
        let threads = threads.max(1);
        let queue = Arc::new(WorkQueue {
            state: Mutex::new(State {
                pieces: work.pieces(),
                turn: 0,
                free: vec![Vec::new(); AHEAD + threads],
                awake: 1,
                is_over: false,
            }),
            changed: Condvar::new(),
        });
        let (sender, receiver) = unbounded_channel();
        let programs = Arc::<Programs>::default();
        let run = |own| {
            let (data, queue, sender) = (Arc::clone(data), Arc::clone(&queue), sender.clone());
            let programs = Arc::clone(&programs);
            move || {
                let mut maker = Maker::sharing(&data, programs);
                while let Some((turn, piece, bytes)) = queue.next(&data, own) {
                    let mut encoded = Encoded {
                        bytes,
                        ..Encoded::default()
                    };
                    let made = maker.encode(piece, &mut encoded).map(|()| encoded);
                    let failed = made.is_err();
                    // Nobody listens any more when the load has failed.
                    if sender.send((turn, made)).is_err() || failed {
                        queue.end();
                        return;
                    }
                }
            }
        };
        let threads = (0..threads)
            .map(|own| std::thread::spawn(run(own)))
            .collect();
        let mut pieces = work.pieces();
        Self {
            data: Arc::clone(data),
            queue,
            receiver,
            early: BTreeMap::new(),
            threads,
            upcoming: pieces.next(data),
            pieces,
            turn: 0,
            late: 0,
            in_time: 0,
        }
    }

    /// The next piece of a table, and where its buffer goes back to; nothing when the table is done. Tables must be
    /// asked for in their order.
    ///
    /// # Errors
    /// When a row of it cannot be made.
    pub async fn next(&mut self, table: usize) -> Result<Option<(Encoded, Arc<dyn Home>)>> {
        if self.upcoming.is_none_or(|piece| piece.table != table) {
            return Ok(None);
        }
        let turn = self.turn;
        self.turn += 1;
        self.upcoming = self.pieces.next(&self.data);
        while let Ok((turn, made)) = self.receiver.try_recv() {
            self.early.insert(turn, made);
        }
        self.note(self.early.contains_key(&turn));
        let made = loop {
            if let Some(made) = self.early.remove(&turn) {
                break made;
            }
            let Some((turn, made)) = self.receiver.recv().await else {
                return Err(Error::new(
                    Kind::Bug,
                    "a thread that makes rows has stopped",
                ));
            };
            self.early.insert(turn, made);
        };
        let home: Arc<dyn Home> = Arc::clone(&self.queue) as Arc<dyn Home>;
        Ok(Some((made?, home)))
    }

    /// Wakes a thread when pieces come late, and lets one rest when they come in time.
    fn note(&mut self, in_time: bool) {
        if in_time {
            self.in_time += 1;
        } else {
            self.late += 1;
        }
        if self.late + self.in_time < 8 {
            return;
        }
        let mut state = self.queue.state();
        if self.late > 4 {
            state.awake = (state.awake + 1).min(self.threads.len());
            self.queue.changed.notify_all();
        } else if self.late == 0 {
            state.awake = (state.awake - 1).max(1);
        }
        (self.late, self.in_time) = (0, 0);
    }

    /// Waits for the threads to end.
    pub fn stop(mut self) {
        self.queue.end();
        self.receiver.close();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.queue.end();
    }
}

/// How many threads make rows: as many as there are processors, as one of them mostly waits.
#[must_use]
pub fn default_threads() -> usize {
    std::thread::available_parallelism()
        .map_or(1, std::num::NonZero::get)
        .min(4)
}
