//! Grouped: consecutive transactional migrations as one transaction and one message, all applied or none.

use std::time::Instant;

use super::history;
use super::run::{AS_OURSELVES, Ran, Run, may_change_session, timeouts};
use super::{settle, steps};
use crate::database::{BatchFailure, DeploymentLock, Located};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::files::TextFile;
use crate::project::{Migration, System};
use crate::sql::{Statement, isolation_level};

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

/// When the migration began, as the transaction is older.
const BEGAN: &str = "select pg_catalog.set_config('workroom.began', \
    extract(epoch from pg_catalog.clock_timestamp())::pg_catalog.text, true);";
const AGE: &str = "(extract(epoch from pg_catalog.clock_timestamp()) - \
    pg_catalog.current_setting('workroom.began')::pg_catalog.numeric) * 1000";

/// One message, and where in it each file lies.
#[derive(Default)]
struct Batch {
    sql: String,
    characters: usize,
    statements: usize,
    /// Characters and statements before each file.
    parts: Vec<(usize, usize)>,
}

impl Run<'_> {
    /// Applies several transactional migrations of a system together.
    ///
    /// # Errors
    /// When a statement fails, at its place in its file; none of them is applied then.
    pub async fn apply_group(
        &self,
        system: &System,
        group: &[&Migration],
        history: &history::History,
    ) -> Result<Vec<Ran>> {
        for migration in group {
            steps::refuse_half_applied(migration, history)?;
        }
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            return Ok(Vec::new());
        };
        let label = format!("{} {} to {}", system.name, first.label(), last.label());
        self.observer.event(&Event::Started(&label));
        let started = Instant::now();
        let batch = self.batch(system, group);
        let mut governor = self.plain_governor();
        let budgets = group
            .iter()
            .filter_map(|migration| migration.headers.lock_budget);
        governor.limits.lock_budget = budgets.fold(governor.limits.lock_budget, Ord::max);
        if let Err(failure) = governor.transaction(&label, &batch.sql).await {
            let error = batch.error(failure, group, &label);
            return Err(settle::after(self.session, system, last, error).await);
        }
        for notice in self.session.take_notices() {
            self.observer.event(&Event::Note(&notice));
        }
        let took = started.elapsed();
        self.observer.event(&Event::Finished(&label, took));
        let share = took.div_f64(group.len() as f64);
        let ran = group.iter().map(|migration| Ran {
            label: migration.label().to_owned(),
            took: share,
        });
        Ok(ran.collect())
    }

    fn batch(&self, system: &System, group: &[&Migration]) -> Batch {
        let mut batch = Batch::default();
        batch.push(&format!(
            "{}begin;{}",
            self.session_reset(),
            DeploymentLock::proof()
        ));
        for migration in group {
            batch.push(&timeouts(migration, "set local"));
            batch.push(BEGAN);
            batch.push_file(migration);
            let changes = may_change_session(migration);
            if changes {
                batch.push(AS_OURSELVES);
            }
            batch.push_statement(&history::insert(system, migration, AGE));
            if changes {
                batch.push("set constraints all immediate;set constraints all deferred;");
                batch.push(&self.session_reset());
            } else if migration
                .headers
                .lock_timeout
                .or(migration.headers.statement_timeout)
                .is_some()
            {
                batch.push(&self.limits.settings("set local"));
            }
        }
        batch.push("commit;");
        batch.push(&self.session_reset());
        batch
    }
}

impl Batch {
    /// Adds statements of our own, none of which has a `;` inside.
    fn push(&mut self, text: &str) {
        self.sql.push_str(text);
        self.characters += text.chars().count();
        self.statements += text.matches(';').count();
    }

    /// Adds one statement, whatever is in it.
    fn push_statement(&mut self, text: &str) {
        self.sql.push_str(text);
        self.characters += text.chars().count();
        self.statements += 1;
    }

    fn push_file(&mut self, migration: &Migration) {
        self.parts.push((self.characters, self.statements));
        let text = &migration.file.text;
        self.sql.push_str(text);
        // A line comment may end the file.
        self.sql.push_str("\n;");
        self.characters += text.chars().count() + 2;
        self.statements += migration.statements.len();
    }

    fn error(&self, failure: BatchFailure, group: &[&Migration], label: &str) -> Error {
        let part = self
            .parts
            .iter()
            .zip(group)
            .rev()
            .find(|((_, statements), _)| *statements <= failure.completed);
        let Some((&(characters_before, statements_before), migration)) = part else {
            return failure.of_our_own(&format!("beginning the transaction of {label}"));
        };
        let located = Located {
            file: &migration.file,
            statements: &migration.statements,
            characters_before,
            offset: 0,
            statements_before,
        };
        let message = format!(
            "migration {} failed, and the whole group was rolled back",
            migration.label()
        );
        let hint = format!(
            "none of {label} is applied; fix the file and run `workroom db migrate` again, without `--grouped` to keep what comes before it"
        );
        failure.in_file(message, &hint, &located)
    }
}
