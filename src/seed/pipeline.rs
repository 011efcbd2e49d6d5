//! Threads that make rows ahead of the network: each makes every n-th piece, and the pieces come out in order. What is
//! ready and not yet sent is bounded, so memory stays the same however many rows there are.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use tokio::sync::mpsc::{Receiver, channel};

use crate::error::{Error, Kind, Result};
use crate::seed::dataset::Dataset;
use crate::seed::encode::{Encoded, encode};
use crate::seed::generate::{Piece, Pieces, Worker};

/// Pieces that a thread may be ahead.
const AHEAD: usize = 3;

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
    encode(
        data,
        &mut Worker::new(data),
        Piece {
            table,
            tenant,
            pod: 0,
            first: 0,
            end,
        },
        &mut encoded,
    )?;
    Ok(encoded.bytes.len() as u64 / encoded.rows.max(1))
}

/// Threads at work.
#[derive(Debug)]
pub struct Pipeline {
    data: Arc<Dataset>,
    receivers: Vec<Receiver<Result<Encoded>>>,
    homes: Vec<SyncSender<Vec<u8>>>,
    threads: Vec<JoinHandle<()>>,
    pieces: Pieces,
    upcoming: Option<Piece>,
    turn: usize,
}

impl Pipeline {
    /// Starts `threads` threads.
    #[must_use]
    pub fn start(data: &Arc<Dataset>, work: &Work, threads: usize) -> Self {
        let threads = threads.max(1);
        let mut pieces = work.pieces();
        let mut pipeline = Self {
            data: Arc::clone(data),
            receivers: Vec::new(),
            homes: Vec::new(),
            threads: Vec::new(),
            upcoming: pieces.next(data),
            pieces,
            turn: 0,
        };
        for own in 0..threads {
            let (sender, receiver) = channel(AHEAD);
            let (home, returned) = sync_channel::<Vec<u8>>(AHEAD + 2);
            let (data, mut pieces) = (Arc::clone(data), work.pieces());
            let run = move || {
                let mut worker = Worker::new(&data);
                let mut turn = 0;
                while let Some(piece) = pieces.next(&data) {
                    turn += 1;
                    if (turn - 1) % threads != own {
                        continue;
                    }
                    let mut encoded = Encoded {
                        bytes: returned.try_recv().unwrap_or_default(),
                        ..Encoded::default()
                    };
                    encoded.bytes.clear();
                    let made = encode(&data, &mut worker, piece, &mut encoded).map(|()| encoded);
                    let failed = made.is_err();
                    // Nobody listens any more when the load has failed.
                    if sender.blocking_send(made).is_err() || failed {
                        return;
                    }
                }
            };
            pipeline.receivers.push(receiver);
            pipeline.homes.push(home);
            pipeline.threads.push(std::thread::spawn(run));
        }
        pipeline
    }

    /// The next piece of a table, and where its buffer goes back to; nothing when the table is done. Tables must be
    /// asked for in their order.
    ///
    /// # Errors
    /// When a row of it cannot be made.
    pub async fn next(&mut self, table: usize) -> Result<Option<(Encoded, SyncSender<Vec<u8>>)>> {
        if self.upcoming.is_none_or(|piece| piece.table != table) {
            return Ok(None);
        }
        let own = self.turn % self.receivers.len();
        self.turn += 1;
        self.upcoming = self.pieces.next(&self.data);
        match self.receivers[own].recv().await {
            Some(encoded) => Ok(Some((encoded?, self.homes[own].clone()))),
            None => Err(Error::new(
                Kind::Bug,
                "a thread that makes rows has stopped",
            )),
        }
    }

    /// Waits for the threads to end.
    pub fn stop(mut self) {
        self.receivers.clear();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}

/// How many threads make rows: as many as there are processors, as one of them mostly waits.
#[must_use]
pub fn default_threads() -> usize {
    std::thread::available_parallelism()
        .map_or(1, std::num::NonZero::get)
        .min(4)
}
