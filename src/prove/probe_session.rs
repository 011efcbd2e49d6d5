//! Where probes are run: many of them in one round trip, each undone before the next.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use super::ordinary::Able;
use super::persona::Persona;
use super::probe::{BY_GRANT, Outcome, Probe};
use super::shape::{Shape, shape};
use crate::database::{BatchFailure, Rows, Session};
use crate::error::Result;
use crate::sql::literal;

/// Sent before anything else in a session; the functions go with it.
const HARNESS: &str = include_str!("harness.sql");

/// Probes of one round trip.
pub(super) const BATCH: usize = 1500;

/// A session with the harness.
pub(super) struct ProbeSession<'a> {
    pub(super) inner: &'a Session,
    /// Whether a transaction is open around everything, with the made-up rows in it.
    pub(super) is_inside: bool,
    /// Whether a setting holds triggers and foreign keys still; otherwise nothing does that is at work.
    pub(super) holds_still: bool,
    /// Statements that have become functions of the session; none where the server could not make one.
    shapes: RefCell<HashMap<(Shape, String), Option<usize>>>,
    /// Tables of the world that the session has a table of its own for.
    pub(super) tables: RefCell<BTreeSet<usize>>,
    /// The role that the server has plans for.
    role: RefCell<String>,
}

/// How a persona's statements are run.
#[derive(Clone, Copy, Default)]
pub(super) struct CallOptions<'a> {
    /// Statements before, one after the other, with all rights: a mutation.
    pub(super) prelude: &'a str,
    /// One statement before, with all rights, and without triggers.
    pub(super) before: &'a str,
    /// Whether triggers and foreign keys are at work.
    pub(super) with_triggers: bool,
}

/// What one persona does in a hunt: each statement with the outcome that is wanted of it.
pub(super) struct Hunted<'a> {
    pub(super) persona: &'a Persona,
    pub(super) probes: Vec<&'a Probe>,
}

/// How long a statement of a probe may take.
pub(super) const LIMIT: &str = "60s";

/// Makes a session ready.
pub(super) async fn prepare(session: &Session, able: &Able) -> Result<()> {
    let settings = "discard temp; set lock_timeout = '20s'; set jit = off; \
        set client_min_messages = error; set row_security = on; \
        set workroom.leaked = ''; set workroom.found = ''; set workroom.once = ''; set temp_buffers = '1MB'; \
        set plan_cache_mode = force_generic_plan; set check_function_bodies = off; set intervalstyle = 'postgres';";
    let harness = HARNESS.replace("{by_grant}", &BY_GRANT.join("|"));
    session
        .run(
            "making the session ready",
            &format!(
                "{settings}{}set statement_timeout = '{LIMIT}';{harness}",
                able.settings()
            ),
        )
        .await
        .map(drop)
}

impl<'a> ProbeSession<'a> {
    pub(super) fn new(inner: &'a Session, is_inside: bool, holds_still: bool) -> Self {
        Self {
            inner,
            is_inside,
            holds_still,
            shapes: RefCell::default(),
            tables: RefCell::default(),
            role: RefCell::default(),
        }
    }

    /// Runs statements as a persona.
    ///
    /// # Errors
    /// When the prelude fails, or the session does.
    pub(super) async fn call(
        &self,
        persona: &Persona,
        keys: &[String],
        statements: &[(&str, &str)],
        options: CallOptions<'_>,
    ) -> Result<Vec<Outcome>, BatchFailure> {
        self.shape(statements.iter().copied()).await?;
        let (open, close) = self.brackets();
        let sql = format!(
            "{open}{}{}{close}",
            options.prelude,
            self.question(persona, keys, statements, options, &[])
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
        parts: &[(Vec<(&str, &str)>, CallOptions<'_>)],
    ) -> Result<Vec<Vec<Outcome>>, BatchFailure> {
        let all = parts.iter().flat_map(|(statements, _)| statements);
        self.shape(all.copied()).await?;
        let (open, close) = self.brackets();
        let mut sql = open.to_owned();
        for (statements, options) in parts {
            // What is done before one part is undone before the next.
            sql.push_str("savepoint workroom_part;");
            sql.push_str(options.prelude);
            sql.push_str(&self.question(persona, keys, statements, *options, &[]));
            sql.push_str("rollback to savepoint workroom_part;");
        }
        sql.push_str(close);
        let results = self.send(&sql).await?;
        Ok(answers(&results))
    }

    /// Runs the statements of several personas in one transaction, after a prelude.
    ///
    /// # Errors
    /// When the prelude fails, or the session does.
    pub(super) async fn each(
        &self,
        keys: &[String],
        prelude: &str,
        parts: &[(&Persona, Vec<(&str, &str)>)],
    ) -> Result<Vec<Vec<Outcome>>, BatchFailure> {
        let all = parts.iter().flat_map(|(_, statements)| statements);
        self.shape(all.copied()).await?;
        self.role.borrow_mut().clear();
        let (open, close) = self.brackets();
        let mut sql = format!("{open}{prelude}");
        for (persona, statements) in parts {
            sql.push_str(&self.question(persona, keys, statements, CallOptions::default(), &[]));
        }
        sql.push_str(close);
        let results = self.send(&sql).await?;
        self.role.borrow_mut().clear();
        Ok(answers(&results))
    }

    /// Runs probes of several personas after a prelude, until one does not come out as it must: whose and which,
    /// and what came of it.
    ///
    /// # Errors
    /// When the prelude fails, or the session does.
    pub(super) async fn hunt(
        &self,
        keys: &[String],
        prelude: &str,
        parts: &[Hunted<'_>],
    ) -> Result<Option<(usize, usize, Outcome)>, BatchFailure> {
        let all = parts.iter().flat_map(|part| &part.probes);
        self.shape(all.map(|probe| (probe.sql.as_str(), probe.after.as_str())))
            .await?;
        if !prelude.is_empty() {
            self.role.borrow_mut().clear();
        }
        let (open, close) = self.brackets();
        let mut sql = format!("{open}{prelude}");
        for part in parts {
            let statements: Vec<(&str, &str)> = part
                .probes
                .iter()
                .map(|probe| (probe.sql.as_str(), probe.after.as_str()))
                .collect();
            let wanted: Vec<String> = part
                .probes
                .iter()
                .map(|probe| literal(&probe.wanted(part.persona).encoded()))
                .collect();
            sql.push_str(&self.question(
                part.persona,
                keys,
                &statements,
                CallOptions::default(),
                &wanted,
            ));
        }
        sql.push_str(close);
        let results = self.send(&sql).await?;
        if !prelude.is_empty() {
            self.role.borrow_mut().clear();
        }
        // Behind the parts there is what closes the transaction.
        let behind = if self.is_inside { 2 } else { 1 };
        let first = results.len().saturating_sub(parts.len() + behind);
        for (part, rows) in results.iter().skip(first).take(parts.len()).enumerate() {
            if let Some(row) = rows.first() {
                let at = row.first().cloned().flatten();
                let at: usize = at.and_then(|at| at.parse().ok()).unwrap_or(1);
                // The parts behind this one did not run.
                self.role.borrow_mut().clear();
                return Ok(Some((part, at - 1, outcome(row))));
            }
        }
        Ok(None)
    }

    /// What opens and closes what is undone.
    pub(super) fn brackets(&self) -> (&'static str, &'static str) {
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
        let results = self.inner.batch(sql).await;
        if results.is_err() {
            self.role.borrow_mut().clear();
            let undo = if self.is_inside {
                "rollback to savepoint workroom_call; release savepoint workroom_call;"
            } else {
                "rollback;"
            };
            self.inner.batch(undo).await?;
        }
        results
    }

    /// Makes functions of the statements that are new.
    async fn shape<'s>(
        &self,
        statements: impl Iterator<Item = (&'s str, &'s str)>,
    ) -> Result<(), BatchFailure> {
        let mut new: Vec<(Shape, String)> = Vec::new();
        let mut sql = String::new();
        {
            let mut shapes = self.shapes.borrow_mut();
            for (statement, after) in statements {
                let Some((shape, _)) = shape(statement) else {
                    continue;
                };
                let key = (shape, after.to_owned());
                if shapes.contains_key(&key) {
                    continue;
                }
                let number = shapes.len();
                sql.push_str(&format!(
                    "select pg_temp.workroom_shape({number}, {}, {}, {});",
                    literal(&key.0.sql),
                    literal(after),
                    key.0.parameters
                ));
                shapes.insert(key.clone(), Some(number));
                new.push(key);
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let made = self.inner.batch(&sql).await?;
        let mut shapes = self.shapes.borrow_mut();
        for (key, rows) in new.into_iter().zip(made) {
            if rows.first().and_then(|row| row.first()?.as_deref()) != Some("t") {
                shapes.insert(key, None);
            }
        }
        Ok(())
    }

    /// A statement and what comes after it, as the harness takes them.
    fn encode(&self, sql: &str, after: &str) -> [String; 2] {
        if let Some((shape, texts)) = shape(sql)
            && let Some(Some(number)) = self.shapes.borrow().get(&(shape, after.to_owned()))
        {
            let call = format!("select pg_temp.workroom_{number}({})", texts.join(","));
            return [literal(&call), literal("#")];
        }
        [literal(sql), literal(after)]
    }

    fn question(
        &self,
        persona: &Persona,
        keys: &[String],
        statements: &[(&str, &str)],
        options: CallOptions<'_>,
        wanted: &[String],
    ) -> String {
        let is_plain = options.prelude.is_empty() && options.before.is_empty();
        let role = if is_plain {
            persona.database_role.clone()
        } else {
            // Neither do plans from before hold in another world, nor its plans afterwards.
            String::new()
        };
        let is_new = *self.role.borrow() != role || !is_plain;
        self.role.replace(role);
        // Every setting that some persona uses: what this one does not say is empty.
        let own = persona.settings.iter().map(|(key, _)| key);
        let own = own.filter(|key| !keys.contains(key));
        let settings: Vec<String> = keys
            .iter()
            .chain(own)
            .flat_map(|key| {
                let value = persona.settings.iter().find(|(known, _)| known == key);
                [literal(key), literal(value.map_or("", |(_, value)| value))]
            })
            .collect();
        let statements: Vec<String> = statements
            .iter()
            .flat_map(|(sql, after)| self.encode(sql, after))
            .collect();
        let replica = match (self.holds_still, options.with_triggers) {
            (false, _) => "",
            (true, true) => "origin",
            (true, false) => "replica",
        };
        format!(
            "select * from pg_temp.workroom_probe({}, array[{}]::text[], array[{}]::text[], {}, '{replica}', array[{}]::text[], {is_new});",
            literal(&persona.database_role),
            settings.join(","),
            statements.join(","),
            literal(options.before),
            wanted.join(",")
        )
    }
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
        .map(|rows| rows.iter().map(|row| outcome(row)).collect())
        .collect()
}

fn outcome(row: &[Option<String>]) -> Outcome {
    let text = |at: usize| row.get(at).cloned().flatten();
    Outcome {
        state: text(1).unwrap_or_default(),
        message: text(2).unwrap_or_default(),
        touched: text(3)
            .and_then(|count| count.parse().ok())
            .unwrap_or_default(),
        keys: text(4),
    }
}

/// A probe's two statements.
pub(super) fn statements(probes: &[Probe]) -> Vec<(&str, &str)> {
    probes
        .iter()
        .map(|probe| (probe.sql.as_str(), probe.after.as_str()))
        .collect()
}
