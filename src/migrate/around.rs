//! A migration with something before and after it in its own transaction: what stands on the objects that it
//! changes is dropped before and created again after.

use std::time::Instant;

use super::run::{Ran, Run};
use crate::database::BatchFailure;
use crate::error::Error;
use crate::event::Event;
use crate::project::{Migration, System};
use crate::sql::Script;

/// What runs around a migration.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// After the transaction has begun.
    pub before: Script,
    /// When the migration is through, under the session's own role and settings.
    pub after: Script,
}

/// Which part of the transaction failed; it is rolled back.
#[derive(Debug)]
pub enum AroundFailure {
    /// The migration itself, or the connection.
    Migration(Error),
    /// The statement of this number before it.
    Before(usize, BatchFailure),
    /// A statement after it.
    After {
        /// Which one of the script, counted from 0.
        statement: usize,
        /// Characters and statements of the message before the script.
        before: (usize, usize),
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
            Self::Before(_, failure) | Self::After { failure, .. } => {
                failure.of_our_own("dropping and creating what stands on a changed object")
            }
        }
    }
}

impl Run<'_> {
    /// Applies a transactional migration with something before and after it.
    ///
    /// # Errors
    /// When a statement fails; nothing has changed then.
    pub async fn apply_around(
        &self,
        system: &System,
        migration: &Migration,
        around: &Around,
    ) -> Result<Ran, AroundFailure> {
        let label = format!("{} {}", system.name, migration.label());
        let started = Instant::now();
        self.send(system, migration, around).await?;
        for notice in self.session.take_notices() {
            self.observer.event(&Event::Note(&notice));
        }
        let took = started.elapsed();
        self.observer.event(&Event::Finished(&label, took));
        Ok(Ran {
            label: migration.label().to_owned(),
            took,
        })
    }
}
