//! What runs around a migration, what became of it, and which part of its message failed.

use std::collections::BTreeMap;
use std::time::Duration;

use super::unforced::Unforced;
use crate::database::BatchFailure;
use crate::error::Error;
use crate::sql::{Batch, FilePart, Inside, Start};

/// A migration that was applied in this run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// `V001__name`.
    pub label: String,
    /// From sending it to its answer.
    pub took: Duration,
}

/// What runs around a migration.
#[derive(Clone, Debug, Default)]
pub struct Around<'files> {
    /// After the transaction has begun.
    pub before: Batch<'files>,
    /// When the migration is through, under the session's own role and settings.
    pub after: Batch<'files>,
    /// What goes with single statements of the file, by number.
    pub inside: BTreeMap<usize, Inside>,
    /// From what force is lifted meanwhile.
    pub unforced: Unforced,
}

impl Around<'_> {
    /// Whether it is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty() && self.inside.is_empty()
    }
}

/// The parts of a message that a migration has: what goes before it, its file, what goes after it, its record.
const BEFORE: usize = 0;
const AFTER: usize = 2;
const PARTS: usize = 4;

impl<'files> Around<'files> {
    /// Adds what goes before a migration, the migration, and what goes after it; what is added next is its record.
    pub(super) fn push(
        &self,
        batch: &mut Batch<'files>,
        migration: impl FnOnce(&mut Batch<'files>),
    ) {
        batch.begin_part();
        batch.append(&self.before);
        batch.begin_part();
        migration(batch);
        batch.begin_part();
        batch.append(&self.after);
        batch.begin_part();
    }
}

/// Which of the migrations of a message failed, and in which of its parts; `in_file` tells of a failure in its file.
pub(super) fn failed(
    failure: BatchFailure,
    batch: &Batch<'_>,
    in_file: impl FnOnce(usize, BatchFailure, &FilePart<'_>) -> Error,
) -> (usize, AroundFailure) {
    let part = batch.part_of(failure.answer());
    let at = part.unwrap_or_default() / PARTS;
    let file = batch.file_of(at * PARTS + 1, failure.answer());
    let failure = match (part.map(|part| part % PARTS), file) {
        (Some(BEFORE), _) => AroundFailure::Before(failure),
        (Some(AFTER), _) => AroundFailure::After {
            start: batch.start_of(at * PARTS + AFTER),
            failure,
        },
        (Some(_), Some(file)) => AroundFailure::Migration(in_file(at, failure, &file)),
        _ => AroundFailure::Migration(failure.of_our_own("beginning the transaction")),
    };
    (at, failure)
}

/// Which part of the transaction failed; it is rolled back.
#[derive(Debug)]
pub enum AroundFailure {
    /// The migration itself, or the connection.
    Migration(Error),
    /// A statement before it.
    Before(BatchFailure),
    /// A statement after it.
    After {
        /// Where these begin in the message.
        start: Start,
        /// What the server said.
        failure: BatchFailure,
    },
}

impl AroundFailure {
    /// The failure without saying where it was.
    #[must_use]
    pub fn into_error(self) -> Error {
        match self {
            Self::Migration(error) => error,
            Self::Before(failure) | Self::After { failure, .. } => {
                failure.of_our_own("dropping and creating what stands on a changed object")
            }
        }
    }
}
