//! Grouped: consecutive transactional migrations as one transaction and one message, all applied or none.

use std::time::Instant;

use super::history;
use super::outcome::{self, Around, AroundFailure, Ran};
use super::run::{AGE, Run, timeouts};
use super::{lost_commit, steps};
use crate::database::DeploymentLock;
use crate::error::Result;
use crate::event::Event;
use crate::files::TextFile;
use crate::project::{Migration, System};
use crate::sql::{Batch, Statement, isolation_level};

/// How many of the first migrations go into one transaction: up to one that runs outside of transactions, up to one
/// that sets the isolation level of its own, and up to one that adds a value to an enum, which can be used only once
/// it is committed.
#[must_use]
pub fn group(pending: &[&Migration]) -> usize {
    let mut count = 0;
    for migration in pending {
        if migration.headers.no_transaction {
            break;
        }
        if isolation_level(&migration.statements).is_some() {
            break;
        }
        count += 1;
        if migration
            .statements
            .iter()
            .any(|statement| adds_enum_value(&migration.file, statement))
        {
            break;
        }
    }
    count.max(1).min(pending.len())
}

fn adds_enum_value(file: &TextFile, statement: &Statement) -> bool {
    let is = |at: usize, word: &str| {
        let token = statement.tokens.get(at);
        token.is_some_and(|token| file.text[token.span.clone()].eq_ignore_ascii_case(word))
    };
    statement.starts_with(&["alter", "type"])
        && (2..statement.tokens.len()).any(|at| is(at, "add") && is(at + 1, "value"))
}

impl Run<'_> {
    /// Applies several transactional migrations of a system together; `around` says for each what goes before and
    /// after it.
    ///
    /// # Errors
    /// When a statement fails: at which migration, and how; none of them is applied then.
    pub async fn apply_group(
        &self,
        system: &System,
        group: &[&Migration],
        around: &[Around<'_>],
        history: &history::History,
    ) -> Result<Vec<Ran>, (usize, AroundFailure)> {
        for (at, migration) in group.iter().enumerate() {
            steps::refuse_half_applied(migration, history)
                .map_err(|error| (at, AroundFailure::Migration(error)))?;
        }
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            return Ok(Vec::new());
        };
        let label = format!("{} {} to {}", system.name, first.label(), last.label());
        if around.iter().all(Around::is_empty) {
            self.observer.event(&Event::Started(&label));
        }
        let started = Instant::now();
        let batch = self.batch(system, group, around);
        let mut governor = self.plain_governor();
        let budgets = group
            .iter()
            .filter_map(|migration| migration.headers.lock_budget);
        governor.limits.lock_budget = budgets.fold(governor.limits.lock_budget, Ord::max);
        if let Err(failure) = governor.transaction(&label, batch.text()).await {
            let (at, failure) = outcome::failed(failure, &batch, |at, failure, file| {
                let message = format!(
                    "migration {} failed, and the whole group was rolled back",
                    group[at].label()
                );
                let hint = format!(
                    "none of {label} is applied; fix the file and run `workroom db migrate` again, without `--grouped` to keep what comes before it"
                );
                failure.in_file(message, &hint, file)
            });
            return Err(match failure {
                AroundFailure::Migration(error) => {
                    let error = lost_commit::resolve(self.session, system, last, error).await;
                    (at, AroundFailure::Migration(error))
                }
                failure => (at, failure),
            });
        }
        let share = self.finished(&label, started).div_f64(group.len() as f64);
        let ran = group.iter().map(|migration| Ran {
            label: migration.label().to_owned(),
            took: share,
        });
        Ok(ran.collect())
    }

    fn batch<'files>(
        &self,
        system: &System,
        group: &[&'files Migration],
        around: &[Around<'files>],
    ) -> Batch<'files> {
        let mut batch = Batch::default();
        batch.push_all(&format!(
            "{}begin;{}",
            self.session_reset(),
            DeploymentLock::proof()
        ));
        let mut age = AGE.to_owned();
        for (migration, around) in group.iter().zip(around) {
            batch.push_all(&timeouts(migration, "set local"));
            let changes = self.push_migration(&mut batch, migration, around);
            let unforced = around.unforced.names_as_sql();
            batch.push(&history::insert(system, migration, &age, &unforced));
            age = history::age_since(system, migration);
            if changes {
                batch.push_all("set constraints all immediate;set constraints all deferred;");
                batch.push_all(&self.session_reset());
            } else if migration
                .headers
                .lock_timeout
                .or(migration.headers.statement_timeout)
                .is_some()
            {
                batch.push_all(&self.limits.settings("set local"));
            }
        }
        batch.push("commit");
        batch.push_all(&self.session_reset());
        batch
    }
}
