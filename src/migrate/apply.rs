//! Applying a migration, in its own transaction or statement by statement, and with something before and after it: what
//! stands on the objects that it changes is dropped before and created again after.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::history::History;
use super::outcome::{Around, AroundFailure, Ran};
use super::run::Run;
use super::{lost_commit, steps};
use crate::error::Result;
use crate::event::Event;
use crate::project::{Migration, System};

impl Run<'_> {
    /// Applies one migration.
    ///
    /// # Errors
    /// When a statement fails; a transactional migration has then changed nothing.
    pub async fn apply(
        &self,
        system: &System,
        migration: &Migration,
        history: &History,
    ) -> Result<Ran> {
        let label = format!("{} {}", system.name, migration.label());
        self.observer.event(&Event::Started(&label));
        let started = Instant::now();
        let outcome = if migration.headers.no_transaction {
            self.is_reset.store(false, Ordering::Relaxed);
            let result = steps::apply(self, system, migration, history, None).await;
            result.map_err(AroundFailure::into_error)
        } else {
            steps::refuse_half_applied(migration, history)?;
            self.in_one_transaction(system, migration).await
        };
        if let Err(error) = outcome {
            return Err(lost_commit::resolve(self.session, system, migration, error).await);
        }
        Ok(Ran {
            label: migration.label().to_owned(),
            took: self.finished(&label, started),
        })
    }

    async fn in_one_transaction(&self, system: &System, migration: &Migration) -> Result<()> {
        let result = self.send(system, migration, &Around::default()).await;
        result.map_err(AroundFailure::into_error)
    }

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
        around: &Around<'_>,
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
