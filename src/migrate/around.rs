//! A migration with something before and after it in its own transaction: what stands on the objects that it
//! changes is dropped before and created again after.

use std::time::Instant;

use super::history::History;
use super::run::{Ran, Run};
use super::steps;
use crate::database::BatchFailure;
use crate::error::Error;
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

impl Around {
    /// Whether it is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
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
            Self::Before(failure) | Self::After { failure, .. } => {
                failure.of_our_own("dropping and creating what stands on a changed object")
            }
        }
    }
}

impl Run<'_> {
    /// Applies a migration with something before and after it; one that runs statement by statement with something
    /// before and after the statement of this number, in the transaction of that statement.
    ///
    /// # Errors
    /// When a statement fails; nothing has changed then, except by the statements before that run by themselves.
    pub async fn apply_around(
        &self,
        system: &System,
        migration: &Migration,
        statement: usize,
        around: &Around,
    ) -> Result<Ran, AroundFailure> {
        let label = format!("{} {}", system.name, migration.label());
        let started = Instant::now();
        if migration.headers.no_transaction {
            // Statements were done since the history was read.
            let history = History::of_steps(self.session, system).await;
            let history = history.map_err(AroundFailure::Migration)?;
            steps::apply(self, system, migration, &history, Some((statement, around))).await?;
        } else {
            self.send(system, migration, around).await?;
        }
        Ok(Ran {
            label: migration.label().to_owned(),
            took: self.finished(&label, started),
        })
    }
}
