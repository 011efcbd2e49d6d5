//! Grouped: consecutive transactional migrations as one transaction and one message, all applied or none.

use std::time::Instant;

use super::around::{Around, AroundFailure};
use super::history;
use super::run::{AS_OURSELVES, Ran, Run, may_change_session, session_settings, timeouts};
use super::{settle, steps};
use crate::database::{BatchFailure, DeploymentLock, Located};
use crate::error::Result;
use crate::event::Event;
use crate::files::TextFile;
use crate::project::{Migration, System};
use crate::sql::{Script, Statement, isolation_level};

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

const AGE_OF_ALL: &str =
    "extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000";

/// One message, and where in it each file lies.
#[derive(Default)]
struct Batch {
    sql: String,
    characters: usize,
    statements: usize,
    parts: Vec<Part>,
}

/// Where a migration lies: characters and statements before what goes before it, its file, and what goes after it.
#[derive(Clone, Copy, Default)]
struct Part {
    before: (usize, usize),
    file: (usize, usize),
    after: (usize, usize),
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
        around: &[Around],
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
        if let Err(failure) = governor.transaction(&label, &batch.sql).await {
            let (at, failure) = batch.failure(failure, group, around, &label);
            return Err(match failure {
                AroundFailure::Migration(error) => {
                    let error = settle::after(self.session, system, last, error).await;
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

    fn batch(&self, system: &System, group: &[&Migration], around: &[Around]) -> Batch {
        let mut batch = Batch::default();
        batch.push(&format!(
            "{}begin;{}",
            self.session_reset(),
            DeploymentLock::proof()
        ));
        for (migration, around) in group.iter().zip(around) {
            let mut part = Part::default();
            batch.push(&timeouts(migration, "set local"));
            batch.push(BEGAN);
            part.before = batch.place();
            batch.push_script(&around.before);
            part.file = batch.place();
            batch.push_file(migration);
            let changes = may_change_session(migration) || !around.is_empty();
            if changes {
                batch.push(AS_OURSELVES);
            }
            if !around.after.is_empty() {
                batch.push(&format!(
                    "reset all;{}{}",
                    session_settings(),
                    self.limits.settings("set local")
                ));
            }
            part.after = batch.place();
            batch.push_script(&around.after);
            batch.parts.push(part);
            // `reset all` has taken away the moment at which the migration began.
            let age = if around.after.is_empty() {
                AGE
            } else {
                AGE_OF_ALL
            };
            batch.push_statement(&history::insert(system, migration, age));
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
    /// Characters and statements so far.
    fn place(&self) -> (usize, usize) {
        (self.characters, self.statements)
    }

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

    fn push_script(&mut self, script: &Script) {
        self.sql.push_str(&script.text);
        self.characters += script.text.chars().count();
        self.statements += script.statements;
    }

    fn push_file(&mut self, migration: &Migration) {
        let text = &migration.file.text;
        self.sql.push_str(text);
        // A line comment may end the file.
        self.sql.push_str("\n;");
        self.characters += text.chars().count() + 2;
        self.statements += migration.statements.len();
    }

    /// Which migration failed, and in which of its parts.
    fn failure(
        &self,
        failure: BatchFailure,
        group: &[&Migration],
        around: &[Around],
        label: &str,
    ) -> (usize, AroundFailure) {
        let at = self
            .parts
            .iter()
            .rposition(|part| part.before.1 <= failure.completed);
        let Some(at) = at else {
            let error = failure.of_our_own(&format!("beginning the transaction of {label}"));
            return (0, AroundFailure::Migration(error));
        };
        let (part, migration) = (self.parts[at], group[at]);
        if failure.completed < part.file.1 {
            return (at, AroundFailure::Before(failure));
        }
        let after = part.after.1..part.after.1 + around[at].after.statements;
        if after.contains(&failure.completed) {
            let failure = AroundFailure::After {
                statement: failure.completed - after.start,
                before: part.after,
                failure,
            };
            return (at, failure);
        }
        let located = Located {
            file: &migration.file,
            statements: &migration.statements,
            characters_before: part.file.0,
            offset: 0,
            statements_before: part.file.1,
        };
        let message = format!(
            "migration {} failed, and the whole group was rolled back",
            migration.label()
        );
        let hint = format!(
            "none of {label} is applied; fix the file and run `workroom db migrate` again, without `--grouped` to keep what comes before it"
        );
        let error = failure.in_file(message, &hint, &located);
        (at, AroundFailure::Migration(error))
    }
}
