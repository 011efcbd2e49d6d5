//! Where probes are run: many of them in one round trip, each undone before the next.

use super::persona::Persona;
use super::probe::{Outcome, Probe};
use crate::database::{BatchFailure, Rows, Session};
use crate::error::Result;
use crate::sql::literal;

/// Sent before anything else in a session; the functions go with it.
const HARNESS: &str = include_str!("harness.sql");

/// Probes of one round trip.
pub(super) const BATCH: usize = 1500;

/// A session with the harness.
pub(super) struct Stage<'a> {
    pub(super) session: &'a Session,
    /// Whether a transaction is open around everything, with the made-up rows in it.
    pub(super) is_inside: bool,
}

/// How a persona's statements are run.
#[derive(Clone, Copy, Default)]
pub(super) struct Manner<'a> {
    /// Statements before, one after the other, with all rights: a mutation.
    pub(super) prelude: &'a str,
    /// One statement before, with all rights, and without triggers.
    pub(super) before: &'a str,
    /// Whether triggers and foreign keys are at work.
    pub(super) with_triggers: bool,
}

/// Makes a session ready.
pub(super) async fn prepare(session: &Session) -> Result<()> {
    let settings = "set lock_timeout = '2s'; set statement_timeout = '60s'; set jit = off; \
        set client_min_messages = error; set lc_messages = 'C'; set row_security = on; \
        set workroom.leaked = ''; set temp_buffers = '1MB'; set plan_cache_mode = auto; set intervalstyle = 'postgres';";
    session
        .run("making the session ready", &format!("{settings}{HARNESS}"))
        .await
        .map(drop)
}

impl Stage<'_> {
    /// Runs statements as a persona.
    ///
    /// # Errors
    /// When the prelude fails, or the session does.
    pub(super) async fn call(
        &self,
        persona: &Persona,
        keys: &[String],
        statements: &[(&str, &str)],
        manner: Manner<'_>,
    ) -> Result<Vec<Outcome>, BatchFailure> {
        let (open, close) = self.brackets();
        let sql = format!(
            "{open}{}{}{close}",
            manner.prelude,
            question(persona, keys, statements, manner)
        );
        let results = self.send(&sql).await?;
        Ok(answers(&results).into_iter().next().unwrap_or_default())
    }

    /// Runs several sets of statements in one transaction.
    ///
    /// # Errors
    /// When the session fails.
    pub(super) async fn calls(
        &self,
        persona: &Persona,
        keys: &[String],
        parts: &[(Vec<(&str, &str)>, Manner<'_>)],
    ) -> Result<Vec<Vec<Outcome>>, BatchFailure> {
        let (open, close) = self.brackets();
        let mut sql = open.to_owned();
        for (statements, manner) in parts {
            // What is done before one part is undone before the next.
            sql.push_str("savepoint workroom_part;");
            sql.push_str(manner.prelude);
            sql.push_str(&question(persona, keys, statements, *manner));
            sql.push_str("rollback to savepoint workroom_part;");
        }
        sql.push_str(close);
        let results = self.send(&sql).await?;
        Ok(answers(&results))
    }

    fn brackets(&self) -> (&'static str, &'static str) {
        if self.is_inside {
            (
                "savepoint workroom_call;",
                "rollback to savepoint workroom_call; release savepoint workroom_call;",
            )
        } else {
            ("begin;", "rollback;")
        }
    }

    async fn send(&self, sql: &str) -> Result<Vec<Rows>, BatchFailure> {
        let results = self.session.batch(sql).await;
        if results.is_err() {
            let undo = if self.is_inside {
                "rollback to savepoint workroom_call; release savepoint workroom_call;"
            } else {
                "rollback;"
            };
            self.session.batch(undo).await?;
        }
        results
    }
}

fn question(
    persona: &Persona,
    keys: &[String],
    statements: &[(&str, &str)],
    manner: Manner<'_>,
) -> String {
    // Every setting that some persona uses: what this one does not say is empty.
    let settings: Vec<String> = keys
        .iter()
        .flat_map(|key| {
            let value = persona.settings.iter().find(|(known, _)| known == key);
            [literal(key), literal(value.map_or("", |(_, value)| value))]
        })
        .collect();
    let statements: Vec<String> = statements
        .iter()
        .flat_map(|(sql, after)| [literal(sql), literal(after)])
        .collect();
    let replica = if manner.with_triggers {
        "origin"
    } else {
        "replica"
    };
    format!(
        "select * from pg_temp.workroom_probe({}, array[{}]::text[], array[{}]::text[], {}, '{replica}');",
        literal(&persona.database_role),
        settings.join(","),
        statements.join(","),
        literal(manner.before)
    )
}

/// The rows of the harness: they have five columns, and the first counts from 1.
fn answers(results: &[Rows]) -> Vec<Vec<Outcome>> {
    let is_answer = |rows: &&Rows| {
        rows.first()
            .is_some_and(|row| row.len() == 5 && row[0].as_deref() == Some("1"))
    };
    results
        .iter()
        .filter(is_answer)
        .map(|rows| {
            let outcome = |row: &Vec<Option<String>>| Outcome {
                state: row[1].clone().unwrap_or_default(),
                message: row[2].clone().unwrap_or_default(),
                touched: row[3]
                    .as_ref()
                    .and_then(|count| count.parse().ok())
                    .unwrap_or_default(),
                keys: row[4].clone(),
            };
            rows.iter().map(outcome).collect()
        })
        .collect()
}

/// A probe's two statements.
pub(super) fn statements(probes: &[Probe]) -> Vec<(&str, &str)> {
    probes
        .iter()
        .map(|probe| (probe.sql.as_str(), probe.after.as_str()))
        .collect()
}
