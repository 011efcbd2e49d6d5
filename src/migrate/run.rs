//! A run of the engine, and a transactional migration as one message, begin to commit, with its history row inside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::history;
use super::outcome::{self, Around, AroundFailure};
use crate::database::{DeploymentLock, Governor, Limits, Session};
use crate::error::Result;
use crate::event::{Event, Observer};
use crate::files::TextFile;
use crate::project::{Migration, System};
use crate::sql::{Batch, Statement, isolation_level};

/// One run of the engine: a session that holds the deployment lock, its limits, and who is told.
pub struct Run<'run> {
    /// The session.
    pub session: &'run Session,
    /// How long statements may wait and run where a file's header says nothing.
    pub limits: Limits,
    /// Who is told what is going on.
    pub observer: &'run dyn Observer,
    /// Whether the session is as [`Run::session_reset`] leaves it.
    pub(super) is_reset: AtomicBool,
}

/// Settings of every session, as one statement. `row_security = off` makes a statement that policies would
/// filter fail instead of touching no rows.
#[must_use]
pub fn session_settings() -> &'static str {
    "select pg_catalog.set_config('row_security', 'off', false), \
     pg_catalog.set_config('idle_in_transaction_session_timeout', '0', false), \
     case when pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 170000 \
       then pg_catalog.set_config('transaction_timeout', '0', false) end, \
     pg_catalog.set_config('standard_conforming_strings', 'on', false), \
     pg_catalog.set_config('client_encoding', 'UTF8', false);"
}

impl<'run> Run<'run> {
    /// A run that has not begun.
    #[must_use]
    pub fn new(session: &'run Session, limits: Limits, observer: &'run dyn Observer) -> Self {
        Self {
            session,
            limits,
            observer,
            is_reset: AtomicBool::new(false),
        }
    }
}

impl Run<'_> {
    /// Puts the session into a known state: a migration may have changed role, search path and settings, or left
    /// temporary tables, prepared statements, cursors and subscriptions. Not `discard all`, which would also release the
    /// deployment lock.
    #[must_use]
    pub fn session_reset(&self) -> String {
        format!(
            "reset session authorization;reset role;reset all;discard temp;deallocate all;close all;unlisten *;{}{}",
            session_settings(),
            self.limits.settings("set")
        )
    }

    /// Who sends transactions until they get their locks; a file's headers override the limits.
    #[must_use]
    pub fn governor(&self, migration: &Migration) -> Governor<'_> {
        let mut governor = self.plain_governor();
        if let Some(timeout) = migration.headers.lock_timeout {
            governor.limits.lock_timeout = timeout;
        }
        if let Some(budget) = migration.headers.lock_budget {
            governor.limits.lock_budget = budget;
        }
        governor
    }

    /// The same for what is no migration.
    #[must_use]
    pub fn plain_governor(&self) -> Governor<'_> {
        Governor {
            session: self.session,
            limits: self.limits,
            observer: self.observer,
        }
    }

    /// Tells what the server remarked, and that it is done.
    pub(super) fn finished(&self, label: &str, started: Instant) -> Duration {
        for notice in self.session.take_notices() {
            self.observer.event(&Event::Note(&notice));
        }
        let took = started.elapsed();
        self.observer.event(&Event::Finished(label, took));
        took
    }

    /// Sends a migration as one transaction and one message, with something before and after it.
    pub(super) async fn send(
        &self,
        system: &System,
        migration: &Migration,
        around: &Around<'_>,
    ) -> Result<(), AroundFailure> {
        let mut reset = if self.is_reset.load(Ordering::Relaxed) {
            String::new()
        } else {
            self.session_reset()
        };
        let isolation = isolation_level(&migration.statements);
        if isolation.is_some() && !reset.is_empty() {
            // Statements before `begin` in one message belong to its transaction, and no query may come before the
            // level.
            let set_up = self.session.run("setting up the session", &reset).await;
            set_up.map_err(AroundFailure::Migration)?;
            reset.clear();
        }
        let isolation =
            isolation.map_or_else(String::new, |level| format!(" isolation level {level}"));
        let mut batch = Batch::default();
        batch.push_all(&format!(
            "{reset}begin{isolation};{}{}",
            timeouts(migration, "set local"),
            DeploymentLock::proof()
        ));
        let changes = self.push_migration(&mut batch, migration, around);
        batch.push(&history::insert(
            system,
            migration,
            AGE,
            &around.unforced.names_as_sql(),
        ));
        batch.push("commit");
        if changes {
            // The server reads a whole message, and begins its transaction, by the settings at its arrival.
            batch.push_all(&self.session_reset());
        }
        let governor = self.governor(migration);
        let result = governor.transaction(migration.label(), batch.text()).await;
        let Err(failure) = result else {
            self.is_reset.store(true, Ordering::Relaxed);
            return Ok(());
        };
        let (_, failure) = outcome::failed(failure, &batch, |_, failure, file| {
            let message = format!("migration {} failed and was rolled back", migration.label());
            let hint =
                "fix the file and run `workroom db migrate` again; earlier migrations stay applied";
            failure.in_file(message, hint, file)
        });
        Err(failure)
    }

    /// Adds a migration with what goes before and after it. Returns whether it may have changed the session; its
    /// record, which must not depend on that, comes next.
    pub(super) fn push_migration<'files>(
        &self,
        batch: &mut Batch<'files>,
        migration: &'files Migration,
        around: &Around<'files>,
    ) -> bool {
        let changes = may_change_session(migration) || !around.after.is_empty();
        around.push(batch, |batch| {
            batch.push_file_with(&migration.file, &migration.statements, &around.inside);
            if changes {
                batch.push_all(AS_OURSELVES);
            }
            if !around.after.is_empty() {
                batch.push_all(&format!(
                    "reset all;{}{}",
                    session_settings(),
                    self.limits.settings("set local")
                ));
            }
        });
        changes
    }
}

/// Milliseconds since the transaction began.
pub(super) const AGE: &str =
    "extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000";

/// The history row must not depend on what the migration did to role or settings.
pub(super) const AS_OURSELVES: &str =
    "reset session authorization;reset role;set local statement_timeout = 0;";

/// Whether something that a migration does may outlast it: role, settings, temporary tables, prepared statements,
/// cursors. What only defines or grants does not, since it calls no functions that could.
fn may_change_session(migration: &Migration) -> bool {
    const KINDS: &str = " table index unique view type domain schema sequence function procedure trigger policy role or ";
    !migration.statements.iter().all(|statement| {
        let words = &statement.words;
        let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
        let is_temporary = || words.iter().take(4).any(|word| word.starts_with("temp"));
        match word(0) {
            "create" => {
                KINDS.contains(&format!(" {} ", word(1)))
                    && !is_temporary()
                    && !fills_a_table(statement, &migration.file)
            }
            "alter" => KINDS.contains(&format!(" {} ", word(1))),
            "comment" | "grant" | "revoke" | "drop" => true,
            _ => false,
        }
    })
}

/// `create table … as select …`; a generated column has an `as` too.
fn fills_a_table(statement: &Statement, file: &TextFile) -> bool {
    let text = |at: usize| {
        let token = statement.tokens.get(at)?;
        Some(file.text[token.span.clone()].to_ascii_lowercase())
    };
    let begins_query = |at: usize| {
        text(at).is_some_and(|text| {
            ["select", "with", "values", "table", "execute"].contains(&text.as_str())
        })
    };
    statement.starts_with(&["create", "table"])
        && (0..statement.tokens.len()).any(|at| {
            text(at).as_deref() == Some("as")
                && (begins_query(at + 1)
                    || text(at + 1).as_deref() == Some("(") && begins_query(at + 2))
        })
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
