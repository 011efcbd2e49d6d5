//! Applying pending migrations: a transactional one is one message, begin to commit, with its history row inside.

use std::time::{Duration, Instant};

use super::history::{self, History};
use super::steps;
use crate::database::{DeploymentLock, Located, Session};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::project::{Migration, System};

/// A migration that was applied in this run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// `V001__name`.
    pub label: String,
    /// From sending it to its answer.
    pub took: Duration,
}

/// How long a statement waits for a lock when neither file nor command line says so.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Settings of every session, as one statement. `row_security = off` makes a statement that policies would
/// filter fail instead of touching no rows.
#[must_use]
pub fn session_settings() -> String {
    format!(
        "select pg_catalog.set_config('row_security', 'off', false), \
         pg_catalog.set_config('lock_timeout', '{}', false), \
         pg_catalog.set_config('idle_in_transaction_session_timeout', '0', false);",
        LOCK_TIMEOUT.as_millis()
    )
}

/// Puts the session into a known state: a migration may have changed role, search path, settings or temporary
/// tables. Not `discard all`, which would also release the deployment lock.
#[must_use]
pub fn session_reset() -> String {
    format!(
        "reset session authorization; reset role; reset all; discard temp;{}",
        session_settings()
    )
}

/// Applies one migration.
///
/// # Errors
/// When a statement fails; a transactional migration has then changed nothing.
pub async fn apply(
    session: &Session,
    system: &System,
    migration: &Migration,
    history: &History,
    observer: &dyn Observer,
) -> Result<Ran> {
    let label = format!("{} {}", system.name, migration.label());
    observer.event(&Event::Started(&label));
    let started = Instant::now();
    if migration.headers.no_transaction {
        steps::apply(session, system, migration, history, observer).await?;
    } else {
        in_one_transaction(session, system, migration).await?;
    }
    for notice in session.take_notices() {
        observer.event(&Event::Note(&notice));
    }
    let took = started.elapsed();
    observer.event(&Event::Finished(&label, took));
    Ok(Ran {
        label: migration.label().to_owned(),
        took,
    })
}

async fn in_one_transaction(
    session: &Session,
    system: &System,
    migration: &Migration,
) -> Result<()> {
    let head = format!(
        "{}begin;{}{}",
        session_reset(),
        timeouts(migration, "set local"),
        DeploymentLock::proof()
    );
    // A line comment may end the file: the newline keeps it from swallowing what follows. The history row must
    // not depend on what the migration did to role or settings.
    let tail = format!(
        "\n;reset session authorization; reset role; {}commit;",
        history::insert(
            system,
            migration,
            "extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000"
        )
    );
    let batch = format!("{head}{}{tail}", migration.file.text);
    let statements_before = head.matches(';').count();
    if let Err(failure) = session.batch(&batch).await {
        let located = Located {
            file: &migration.file,
            statements: &migration.statements,
            characters_before: head.chars().count(),
            offset: 0,
            statements_before,
        };
        let mut error = failure.in_file(
            format!("migration {} failed and was rolled back", migration.label()),
            &located,
        );
        // The session sits in the failed transaction; if it is gone, so is the transaction.
        let _ = session.batch("rollback").await;
        error.hints.push(
            "fix the file and run `workroom db migrate` again; earlier migrations stay applied"
                .to_owned(),
        );
        return Err(error);
    }
    Ok(())
}

/// The headers' timeouts as settings, `set` or `set local`.
pub(super) fn timeouts(migration: &Migration, set: &str) -> String {
    let headers = &migration.headers;
    let setting = |name: &str, value: Option<Duration>| {
        value.map_or_else(String::new, |value| {
            format!("{set} {name} = {};", value.as_millis())
        })
    };
    setting("lock_timeout", headers.lock_timeout)
        + &setting("statement_timeout", headers.statement_timeout)
}

/// Refuses to go on when the history says that a step is of another text than the file's.
pub(super) fn changed_midway(migration: &Migration, step: usize) -> Error {
    Error::project(format!(
        "migration {} was changed while it was half applied",
        migration.label()
    ))
    .at(migration
        .file
        .place(migration.statements[step].span.clone()))
    .because(format!(
        "statement {} is already done with another text",
        step + 1
    ))
    .hint("bring the statements that are done back as they were; later ones may change")
}
