//! `--! no-transaction` migrations: statement by statement, so that a crash anywhere is made good by the next run.
//!
//! A statement that may run in a transaction commits together with the record that it is done. One that may not is
//! recorded before it runs; if the record is found unfinished later, the catalog says what became of it. The
//! deployment lock belongs to the server's session, so whoever holds it knows that the backend of a killed run is
//! gone, and that what it was doing is either committed or rolled back.

mod form;
mod index_build;

use form::{Form, IndexBuild};
use index_build::State;

use super::history::{self, History};
use super::run::{Run, timeouts};
use crate::database::{BatchFailure, DeploymentLock, Located, Session};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::files::fingerprint;
use crate::project::{Migration, System};
use crate::sql::{Statement, literal};

/// Runs what is not done yet, then writes the history row.
pub(super) async fn apply(
    run: &Run<'_>,
    system: &System,
    migration: &Migration,
    history: &History,
) -> Result<()> {
    let forms = forms(migration)?;
    run.session
        .run(
            "setting up the session",
            &format!("{}{}", run.session_reset(), timeouts(migration, "set")),
        )
        .await?;
    for (at, form) in forms.into_iter().enumerate() {
        let step = Step {
            run,
            system,
            migration,
            statement: &migration.statements[at],
            at,
            attempted: history
                .steps
                .get(&(migration.version, number(at)))
                .map(|(sha256, _)| sha256.clone()),
        };
        if let Some((sha256, true)) = history.steps.get(&(migration.version, number(at))) {
            if *sha256 != step.sha256() {
                return Err(step.changed());
            }
        } else {
            run.observer.event(&Event::Progress {
                label: migration.label(),
                done: at as u64,
                total: migration.statements.len() as u64,
                unit: "statements",
            });
            step.execute(&form).await?;
        }
    }
    let steps = format!(
        "from workroom.steps where system = {} and version = {}",
        literal(&system.name),
        migration.version
    );
    let duration = format!(
        "(select coalesce(sum(extract(epoch from finished_at - started_at)) * 1000, 0) {steps})"
    );
    // A message of its own: the next one's transaction begins by the settings at its arrival.
    run.session
        .run("setting up the session", &run.session_reset())
        .await?;
    let finish = format!(
        "begin;{}{}delete {steps};commit;",
        DeploymentLock::proof(),
        history::insert(system, migration, &duration)
    );
    run.session.run("recording the migration", &finish).await?;
    Ok(())
}

fn forms(migration: &Migration) -> Result<Vec<Form>> {
    let mut mistakes = Vec::new();
    let mut forms = Vec::new();
    for statement in &migration.statements {
        match Form::of(&migration.file, statement) {
            Some(form) => forms.push(form),
            None => mistakes.push(
                Error::project(format!(
                    "migration {} builds an index without a name",
                    migration.label()
                ))
                .at(migration.file.place(first_line(migration, statement)))
                .because("after a crash nobody could tell whether it was built")
                .hint("name it: create index concurrently <table>_<columns>_idx on …"),
            ),
        }
    }
    Error::all(mistakes)?;
    Ok(forms)
}

fn first_line(migration: &Migration, statement: &Statement) -> std::ops::Range<usize> {
    let text = statement.text(&migration.file);
    let length = text.find('\n').unwrap_or(text.len());
    statement.span.start..statement.span.start + length
}

/// Counted from 1, as people and the steps table do.
fn number(at: usize) -> i32 {
    i32::try_from(at + 1).unwrap_or(i32::MAX)
}

struct Step<'run> {
    run: &'run Run<'run>,
    system: &'run System,
    migration: &'run Migration,
    statement: &'run Statement,
    at: usize,
    /// The SHA-256 of an earlier attempt that was never finished.
    attempted: Option<String>,
}

impl Step<'_> {
    fn text(&self) -> &str {
        self.statement.text(&self.migration.file)
    }

    fn sha256(&self) -> String {
        fingerprint(self.text())
    }

    fn session(&self) -> &Session {
        self.run.session
    }

    async fn execute(&self, form: &Form) -> Result<()> {
        match form {
            Form::Transactional => self.in_transaction().await,
            Form::IndexBuild(build) => self.build_index(build).await,
            Form::IndexDrop | Form::Alone => {
                self.begin().await?;
                self.alone(form == &Form::IndexDrop).await?;
                self.finish().await
            }
        }
    }

    async fn in_transaction(&self) -> Result<()> {
        let head = format!("begin;{}", DeploymentLock::proof());
        let sql = format!(
            "{head}{}\n;reset session authorization; reset role;{}commit;",
            self.text(),
            self.record("clock_timestamp()")
        );
        let governor = self.run.governor(self.migration);
        let result = governor.transaction(self.migration.label(), &sql).await;
        result.map_err(|failure| self.failed(failure, &head))?;
        Ok(())
    }

    async fn build_index(&self, build: &IndexBuild) -> Result<()> {
        let label = self.migration.label();
        let found = index_build::settled(self.session(), build, label, self.run.observer).await?;
        match (&self.attempted, &found) {
            (None, State::Missing) => self.begin().await?,
            (None, _) => return Err(index_build::in_the_way(build, &found).at(self.place())),
            (Some(_), State::Missing) => {}
            // Built to the end by a server whose client had gone; but only if it was this very statement.
            (Some(sha256), State::Valid) if *sha256 == self.sha256() => return self.finish().await,
            (Some(_), _) => {
                let name = match &found {
                    State::Invalid { name } => name.clone(),
                    _ => return Err(self.changed()),
                };
                index_build::drop_invalid(self.session(), &name).await?;
                self.begin().await?;
            }
        }
        if let Err(error) = self.alone(false).await {
            // An invalid index slows down every write and helps no read; the connection may be gone, though.
            if let Ok(State::Invalid { name }) = index_build::state(self.session(), build).await {
                let _ = index_build::drop_invalid(self.session(), &name).await;
            }
            return Err(error);
        }
        self.finish().await
    }

    /// By itself in its message: several statements in one would share a transaction. A concurrent build waits for
    /// old transactions without making anybody wait behind it, so it may wait as long as it takes.
    async fn alone(&self, is_drop: bool) -> Result<()> {
        if self.migration.headers.lock_timeout.is_none() {
            self.session()
                .run("setting up the session", "set lock_timeout = 0")
                .await?;
        }
        let result = self.session().batch(self.text()).await;
        if self.session().is_closed() {
            return result
                .map(|_| ())
                .map_err(|failure| self.failed(failure, ""));
        }
        let reset = self.run.session_reset() + &timeouts(self.migration, "set");
        self.session().run("setting up the session", &reset).await?;
        match result {
            Ok(_) => Ok(()),
            // Dropped by the attempt whose client had gone.
            Err(failure) if is_drop && self.attempted.is_some() && is_undefined(&failure) => Ok(()),
            Err(failure) => Err(self.failed(failure, "")),
        }
    }

    async fn begin(&self) -> Result<()> {
        let sql = format!("{}{}", DeploymentLock::proof(), self.record("null"));
        self.session().run("recording a step", &sql).await?;
        Ok(())
    }

    async fn finish(&self) -> Result<()> {
        let sql = format!(
            "update workroom.steps set finished_at = clock_timestamp() where system = {} and version = {} and step = {};",
            literal(&self.system.name),
            self.migration.version,
            number(self.at)
        );
        self.session().run("recording a step", &sql).await?;
        Ok(())
    }

    fn record(&self, finished_at: &str) -> String {
        format!(
            "insert into workroom.steps as s (system, version, step, sha256, started_at, finished_at) \
             values ({}, {}, {}, {}, pg_catalog.transaction_timestamp(), {finished_at}) \
             on conflict (system, version, step) do update set sha256 = excluded.sha256, \
             attempts = s.attempts + 1, started_at = excluded.started_at, finished_at = excluded.finished_at;",
            literal(&self.system.name),
            self.migration.version,
            number(self.at),
            literal(&self.sha256()),
        )
    }

    fn place(&self) -> crate::error::Place {
        self.migration
            .file
            .place(first_line(self.migration, self.statement))
    }

    fn failed(&self, failure: BatchFailure, head: &str) -> Error {
        let located = Located {
            file: &self.migration.file,
            statements: &self.migration.statements[self.at..],
            characters_before: head.chars().count(),
            offset: self.statement.span.start,
            statements_before: head.matches(';').count(),
        };
        let total = self.migration.statements.len();
        let message = format!(
            "migration {} stopped at statement {} of {total}",
            self.migration.label(),
            self.at + 1
        );
        let hint = format!(
            "the {} before it are done and will not run again; mend the cause and run `workroom db migrate` again",
            self.at
        );
        failure.in_file(message, &hint, &located)
    }

    /// Refuses to go on when what is done is of another text than the file's.
    fn changed(&self) -> Error {
        Error::project(format!(
            "migration {} was changed while it was half applied",
            self.migration.label()
        ))
        .at(self.place())
        .because(format!(
            "statement {} is already done with another text",
            self.at + 1
        ))
        .hint("bring the statements that are done back as they were; later ones may change")
    }
}

fn is_undefined(failure: &BatchFailure) -> bool {
    failure
        .error
        .code()
        .is_some_and(|code| code.code() == "42704" || code.code() == "42P01")
}
