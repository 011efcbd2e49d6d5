//! Rows in the binary form: in blocks where columns have code, row by row elsewhere.

use std::sync::Arc;

use super::block::{self, Block, Programs};
use super::dataset::Dataset;
use super::encode::{Encoded, by_row};
use super::generate::{Piece, Worker};
use crate::error::Result;

/// Makes rows. Each thread has its own; what is compiled of a dataset is shared.
pub struct Maker<'d> {
    /// Makes rows one by one, and knows what other rows hold.
    pub worker: Worker<'d>,
    programs: Arc<Programs>,
    /// For each table the block that was made last.
    blocks: Vec<Option<Box<Block>>>,
}

impl<'d> Maker<'d> {
    /// A maker alone.
    #[must_use]
    pub fn new(data: &'d Dataset) -> Self {
        Self::sharing(data, Arc::default())
    }

    /// A maker that shares what is compiled with others of the same dataset.
    #[must_use]
    pub fn sharing(data: &'d Dataset, programs: Arc<Programs>) -> Self {
        Self {
            worker: Worker::new(data),
            programs,
            blocks: std::iter::repeat_with(|| None)
                .take(data.tables.len())
                .collect(),
        }
    }

    /// Makes the rows of a piece, with their digest, at the end of `out`.
    ///
    /// # Errors
    /// When a row has no value where one must be, or one that its column does not take.
    pub fn encode(&mut self, piece: Piece, out: &mut Encoded) -> Result<()> {
        let kept = &mut self.blocks[piece.table];
        if block::encode(&mut self.worker, &self.programs, kept, piece, out) {
            return Ok(());
        }
        by_row(&mut self.worker, piece, out)
    }
}
