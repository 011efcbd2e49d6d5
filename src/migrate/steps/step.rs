//! One statement of a no-transaction file: recorded, run, and settled when an earlier run was cut off in it.

use std::time::{Duration, Instant};

use super::form::{Form, IndexBuild, Scope};
use super::index_build::{self, State};
use super::leftovers;
use super::{changed, first_line, number};
use crate::database::{BatchFailure, DeploymentLock, Session, jittered};
use crate::error::{Error, Place, Result};
use crate::event::Event;
use crate::files::fingerprint;
use crate::migrate::outcome::{self, Around, AroundFailure};
use crate::migrate::run::Run;
use crate::migrate::unforced::Unforced;
use crate::project::{Migration, System};
use crate::sql::{Batch, FilePart, Statement, literal};

/// The SQLSTATE of a commit inside of a transaction that is not the block's own.
const INVALID_TRANSACTION_TERMINATION: &str = "2D000";

/// As the connected role, whatever the file has set; ends with the transaction.
const AS_OURSELVES: &str = "set local session authorization default;set local role none;";

/// Kept on the server: the file may have set them itself.
const REMEMBER: &str = "select pg_catalog.set_config('workroom.lock_timeout', pg_catalog.current_setting('lock_timeout'), false), \
    pg_catalog.set_config('workroom.statement_timeout', pg_catalog.current_setting('statement_timeout'), false);";
/// Also when nothing was remembered, or what was remembered has been reset.
const RESTORE: &str = "select pg_catalog.set_config('lock_timeout', coalesce(nullif(pg_catalog.current_setting('workroom.lock_timeout', true), ''), \
     pg_catalog.current_setting('lock_timeout')), false), \
    pg_catalog.set_config('statement_timeout', coalesce(nullif(pg_catalog.current_setting('workroom.statement_timeout', true), ''), \
     pg_catalog.current_setting('statement_timeout')), false);";

/// A statement and what is known of it.
pub(super) struct Step<'run> {
    pub(super) run: &'run Run<'run>,
    pub(super) system: &'run System,
    pub(super) migration: &'run Migration,
    pub(super) statement: &'run Statement,
    pub(super) at: usize,
    /// The SHA-256 of an earlier attempt of which only the catalog knows how it ended.
    pub(super) attempted: Option<String>,
    /// What goes before and after it in its transaction.
    pub(super) around: Option<&'run Around<'run>>,
}

impl Step<'_> {
    pub(super) async fn execute(&self, form: &Form) -> Result<(), AroundFailure> {
        match form {
            Form::Transactional => self.transaction().await,
            Form::Block => self.block().await,
            form => {
                let result = self.execute_alone(form).await;
                result.map_err(AroundFailure::Migration)
            }
        }
    }

    async fn execute_alone(&self, form: &Form) -> Result<()> {
        match form {
            Form::Transactional | Form::Block => Ok(()),
            Form::Setting => {
                let result = self.session().batch(self.text()).await;
                result
                    .map(|_| ())
                    .map_err(|failure| self.failed_alone(failure))
            }
            Form::IndexBuild(build) => self.build_index(build).await,
            Form::Detach(detach) => {
                if self.attempted.is_some()
                    && leftovers::finish_detach(self.session(), detach).await?
                {
                    return self.finish().await;
                }
                let outcome = self.alone(true).await?;
                self.conclude(outcome).await
            }
            Form::Reindex { scope, patient } => self.reindex(scope, *patient).await,
            Form::Alone { patient, rerun } => {
                let outcome = match self.alone(*patient).await? {
                    Err(failure) if self.attempted.is_some() && rerun.is_done(failure.code()) => {
                        Ok(())
                    }
                    outcome => outcome,
                };
                self.conclude(outcome).await
            }
        }
    }

    fn text(&self) -> &str {
        self.statement.text(&self.migration.file)
    }

    fn sha256(&self) -> String {
        fingerprint(self.text())
    }

    fn session(&self) -> &Session {
        self.run.session
    }

    /// In a transaction together with its record.
    async fn transaction(&self) -> Result<(), AroundFailure> {
        let mut batch = Batch::default();
        batch.push_all(&format!("begin;{}", DeploymentLock::proof()));
        let nothing = Around::default();
        let around = self.around.unwrap_or(&nothing);
        around.push(&mut batch, |batch| {
            let inside = around.inside.get(&self.at);
            batch.push_first_with(&self.migration.file, self.rest(), inside);
            batch.push_all(AS_OURSELVES);
        });
        batch.push_all(&self.record("clock_timestamp()"));
        batch.push("commit");
        let governor = self.run.governor(self.migration);
        let result = governor
            .transaction(self.migration.label(), batch.text())
            .await;
        result.map(|_| ()).map_err(|failure| {
            let (_, failure) = outcome::failed(failure, &batch, |_, failure, file| {
                self.failed(failure, file)
            });
            failure
        })
    }

    /// An anonymous block or a procedure: in a transaction, unless it commits by itself.
    async fn block(&self) -> Result<(), AroundFailure> {
        if self.attempted.is_none() {
            match self.transaction().await {
                Err(AroundFailure::Migration(error))
                    if error.code.as_deref() == Some(INVALID_TRANSACTION_TERMINATION) => {}
                outcome => return outcome,
            }
        } else {
            let note = format!(
                "statement {} of {} commits by itself and was cut off: it runs again from its beginning",
                self.at + 1,
                self.migration.label()
            );
            self.run.observer.event(&Event::Note(&note));
        }
        let outcome = async {
            let outcome = self.alone(false).await?;
            self.conclude(outcome).await
        };
        outcome.await.map_err(AroundFailure::Migration)
    }

    async fn build_index(&self, build: &IndexBuild) -> Result<()> {
        let (session, label) = (self.session(), self.migration.label());
        let found = index_build::state(session, build).await?;
        match &self.attempted {
            None if found == State::Valid && build.if_not_exists => {}
            None if found != State::Missing => {
                return Err(index_build::in_the_way(build, &found).at(self.place()));
            }
            None => {}
            Some(sha256) => {
                match index_build::settled(session, build, label, self.run.observer).await? {
                    State::Valid if *sha256 == self.sha256() => return self.finish().await,
                    State::Valid => {
                        return Err(changed(
                            self.migration,
                            number(self.at),
                            Some(self.statement),
                        ));
                    }
                    State::Invalid { name } => self.unhurried(&index_build::drop(&name)).await?,
                    State::Missing | State::Building { .. } => {}
                }
            }
        }
        let started = Instant::now();
        loop {
            let Err(failure) = self.alone(true).await? else {
                return self.finish().await;
            };
            // An invalid index slows down every write and helps no read.
            if !self.session().is_lost() {
                self.session()
                    .run("setting up the session", RESTORE)
                    .await?;
                if let State::Invalid { name } = index_build::state(session, build).await? {
                    self.unhurried(&index_build::drop(&name)).await?;
                }
            }
            let budget = self.run.governor(self.migration).limits.lock_budget;
            if !failure.is_contention() || started.elapsed() > budget {
                return self.conclude(Err(failure)).await;
            }
            self.run.observer.event(&Event::Waiting {
                what: &format!("a lock for {label}"),
                holder: "somebody",
                waited: started.elapsed(),
            });
            tokio::time::sleep(jittered(Duration::from_millis(100))).await;
        }
    }

    async fn reindex(&self, scope: &Scope, patient: bool) -> Result<()> {
        if self.attempted.is_some() {
            self.drop_leftovers(scope).await?;
        }
        let outcome = self.alone(patient).await?;
        if outcome.is_err() && !self.session().is_lost() {
            self.session()
                .run("setting up the session", RESTORE)
                .await?;
            self.drop_leftovers(scope).await?;
        }
        self.conclude(outcome).await
    }

    async fn drop_leftovers(&self, scope: &Scope) -> Result<()> {
        for name in leftovers::of_reindex(self.session(), scope).await? {
            self.unhurried(&index_build::drop(&name)).await?;
        }
        Ok(())
    }

    /// By itself in its message, after the record that it is tried: several statements in one message would share a
    /// transaction. What is concurrent waits for old transactions without making anybody wait behind it, so it may
    /// wait as long as it takes; anything else tries often and briefly.
    async fn alone(&self, patient: bool) -> Result<Result<(), BatchFailure>> {
        let patient = patient && self.migration.headers.lock_timeout.is_none();
        let lift: String = self.unforced().map_or_else(String::new, Unforced::lift);
        let begin = format!(
            "begin;{AS_OURSELVES}{}{}{lift}commit;{REMEMBER}{}",
            DeploymentLock::proof(),
            self.record("null"),
            if patient { "set lock_timeout = 0;" } else { "" }
        );
        self.recorded(&begin).await?;
        let result = if patient {
            self.session().batch(self.text()).await
        } else {
            let governor = self.run.governor(self.migration);
            governor
                .statement(self.migration.label(), self.text())
                .await
        };
        Ok(result.map(|_| ()))
    }

    /// A statement of workroom's own that waits for as long as it takes.
    async fn unhurried(&self, sql: &str) -> Result<()> {
        let session = self.session();
        let begin = format!("{REMEMBER}set lock_timeout = 0;set statement_timeout = 0;");
        session.run("setting up the session", &begin).await?;
        session
            .run("clearing up after a statement that was cut off", sql)
            .await?;
        session.run("setting up the session", RESTORE).await?;
        Ok(())
    }

    /// Records how a statement ended that ran by itself. One that failed is as if it had never been tried; of one
    /// whose answer never came, the next run finds out.
    async fn conclude(&self, outcome: Result<(), BatchFailure>) -> Result<()> {
        let Err(failure) = outcome else {
            return self.finish().await;
        };
        if !self.session().is_lost() {
            let sql = format!(
                "{RESTORE}begin;{AS_OURSELVES}{}delete from workroom.steps {};commit;",
                self.put_back(),
                self.own_row()
            );
            self.recorded(&sql).await?;
        }
        Err(self.failed_alone(failure))
    }

    async fn finish(&self) -> Result<()> {
        let sql = format!(
            "{RESTORE}begin;{AS_OURSELVES}{}update workroom.steps set finished_at = clock_timestamp() {};commit;",
            self.put_back(),
            self.own_row()
        );
        self.recorded(&sql).await
    }

    /// Sends a record of the step, with what is lifted or put back: these need a lock on the table.
    async fn recorded(&self, sql: &str) -> Result<()> {
        let governor = self.run.governor(self.migration);
        let sent = governor.transaction(self.migration.label(), sql).await;
        sent.map(|_| ())
            .map_err(|failure| failure.of_our_own("recording a step"))
    }

    fn unforced(&self) -> Option<&Unforced> {
        let around = self.around?;
        Some(&around.unforced).filter(|unforced| !unforced.is_empty())
    }

    fn put_back(&self) -> String {
        self.unforced().map_or_else(String::new, Unforced::put_back)
    }

    fn own_row(&self) -> String {
        format!(
            "where system = {} and version = {} and step = {}",
            literal(&self.system.name),
            self.migration.version,
            number(self.at)
        )
    }

    fn record(&self, finished_at: &str) -> String {
        format!(
            "insert into workroom.steps as s (system, version, step, sha256, started_at, finished_at, unforced) \
             values ({}, {}, {}, {}, pg_catalog.transaction_timestamp(), {finished_at}, {}) \
             on conflict (system, version, step) do update set sha256 = excluded.sha256, \
             attempts = s.attempts + 1, started_at = excluded.started_at, finished_at = excluded.finished_at, \
             unforced = excluded.unforced;",
            literal(&self.system.name),
            self.migration.version,
            number(self.at),
            literal(&self.sha256()),
            self.unforced()
                .map_or_else(|| "null".to_owned(), Unforced::numbers),
        )
    }

    fn place(&self) -> Place {
        self.migration
            .file
            .place(first_line(self.migration, self.statement))
    }

    /// This statement and those after it.
    fn rest(&self) -> &[Statement] {
        &self.migration.statements[self.at..]
    }

    fn failed_alone(&self, failure: BatchFailure) -> Error {
        self.failed(failure, &FilePart::alone(&self.migration.file, self.rest()))
    }

    fn failed(&self, failure: BatchFailure, part: &FilePart<'_>) -> Error {
        let total = self.migration.statements.len();
        let message = format!(
            "migration {} stopped at statement {} of {total}",
            self.migration.label(),
            self.at + 1
        );
        let hint = match self.at {
            0 => "mend the cause and run `workroom db migrate` again".to_owned(),
            1 => "the one before it is done and will not run again; mend the cause and run `workroom db migrate` again".to_owned(),
            done => format!("the {done} before it are done and will not run again; mend the cause and run `workroom db migrate` again"),
        };
        failure.in_file(message, &hint, part)
    }
}
