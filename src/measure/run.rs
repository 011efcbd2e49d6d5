//! Executing pending work statement by statement, looking after each.

use std::ops::Range;
use std::time::Instant;

use super::breaks::Ground;
use super::failure::{COMMITS_BY_ITSELF, Failure, INSIDE_A_TRANSACTION, Stopped, is_about_rows};
use super::fill::may_hold_triggers;
use super::lock::LockMode;
use super::probe::{Relations, Sight};
use super::text::{blame, is_planned, names_rows};
use super::{Measured, Relation, Work, watch};
use crate::database::{BatchFailure, Session};
use crate::disposable::{Prepared, tolerant};
use crate::error::Result;
use crate::sql::{Batch, Statement, isolation_level};

/// What becomes of a transaction once it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Later work sees what it did.
    Commit,
    /// It leaves no trace. What cannot run in a transaction leaves one all the same.
    Rollback,
}

/// A measurement of one database.
pub struct Run {
    session: Session,
    relations: Relations,
    ending: Ending,
    transactions: usize,
    /// Tables whose rows are made up.
    filled: Vec<String>,
    /// Whether their rows are put aside for the work at hand.
    without_rows: bool,
    /// Whether triggers can be held still meanwhile.
    may_hold_triggers: bool,
    /// Extensions that are there already, whatever a statement says.
    extensions: Vec<Prepared>,
}

/// What goes before and after a statement of work that stands in its own way.
#[derive(Clone, Debug)]
pub struct Detour<'files> {
    /// The statement, for work that runs statement by statement; otherwise they go around all of it.
    pub statement: usize,
    /// What goes before it, in its transaction.
    pub before: Batch<'files>,
    /// What goes after it.
    pub after: Batch<'files>,
}

impl Run {
    /// Begins: what exists now is what counts as having existed before.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub async fn begin(session: Session, ending: Ending, filled: Vec<String>) -> Result<Self> {
        let relations = Relations::read(&session).await?;
        let may_hold_triggers = may_hold_triggers(&session).await?;
        Ok(Self {
            may_hold_triggers,
            extensions: Vec::new(),
            session,
            relations,
            ending,
            transactions: 0,
            filled,
            without_rows: false,
        })
    }

    /// The session with the copy.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Statements that make these extensions find them there.
    pub fn tolerate(&mut self, extensions: &[Prepared]) {
        self.extensions = extensions.to_vec();
    }

    /// From now on transactions end in this way.
    pub fn end_by(&mut self, ending: Ending) {
        self.ending = ending;
    }

    /// Executes one file of work and measures its statements. `position` is the work's among all.
    ///
    /// # Errors
    /// When a statement fails; the file would fail on the real database too, unless its rows make the difference.
    pub async fn measure(&mut self, position: usize, work: Work<'_>) -> Result<Vec<Measured>> {
        let mut measured = Vec::new();
        match self
            .measure_from(position, work, 0, None, &mut measured)
            .await
        {
            Ok(()) => Ok(measured),
            Err(Stopped::Failed(error)) => Err(error),
            Err(Stopped::After(failure)) => Err(failure.of_our_own("measuring")),
        }
    }

    /// The same from a statement on, with something before and after; what was measured when it stops stays.
    ///
    /// # Errors
    /// As [`Run::measure`], and when what goes after it fails.
    pub async fn measure_from(
        &mut self,
        position: usize,
        work: Work<'_>,
        first: usize,
        detour: Option<&Detour<'_>>,
        measured: &mut Vec<Measured>,
    ) -> Result<(), Stopped> {
        let all = first..work.statements.len();
        let length = if work.no_transaction { 1 } else { all.len() };
        for start in all.clone().step_by(length.max(1)) {
            let statements = start..start + length;
            self.transactions += 1;
            self.without_rows = false;
            let detour = detour
                .filter(|detour| !work.no_transaction || statements.contains(&detour.statement));
            let mut result = self
                .transaction(position, work, statements.clone(), detour)
                .await;
            if let Err(failure) = &result
                && !self.filled.is_empty()
                && is_about_rows(failure)
            {
                self.without_rows = true;
                result = self
                    .transaction(position, work, statements.clone(), detour)
                    .await;
            }
            measured.extend(result.map_err(|failure| failure.stopped(work))?);
        }
        Ok(())
    }

    async fn transaction(
        &self,
        position: usize,
        work: Work<'_>,
        statements: Range<usize>,
        detour: Option<&Detour<'_>>,
    ) -> Result<Vec<Measured>, Failure> {
        let result = self
            .in_one_transaction(position, work, statements, detour)
            .await;
        let Err(failure) = result else {
            return result;
        };
        // The session sits in the failed transaction; if it is gone, so is the transaction.
        let _ = self.session.batch("rollback").await;
        let stands_alone = failure.is(INSIDE_A_TRANSACTION) || failure.is(COMMITS_BY_ITSELF);
        if work.no_transaction && stands_alone {
            return self
                .outside_a_transaction(position, work, failure.at())
                .await;
        }
        Err(failure)
    }

    async fn in_one_transaction(
        &self,
        position: usize,
        work: Work<'_>,
        statements: Range<usize>,
        detour: Option<&Detour<'_>>,
    ) -> Result<Vec<Measured>, Failure> {
        let begin = match isolation_level(&work.statements[statements.clone()]) {
            Some(level) => format!("begin isolation level {level}"),
            None => "begin".to_owned(),
        };
        self.say(&begin).await?;
        if self.without_rows {
            // Children were made after their parents.
            let tables = self.filled.iter().rev();
            let mut sql: String = tables
                .map(|table| format!("delete from only {table};"))
                .collect();
            if self.may_hold_triggers {
                sql = format!(
                    "set local session_replication_role = replica;{sql}set local session_replication_role = origin;"
                );
            }
            self.say(&sql).await?;
        }
        let ground = Ground::read(&self.session).await?;
        let mut before = Sight::of_transaction(&self.session).await?;
        let mut measured = Vec::new();
        // What moves counts as the first and the last statement's doing: its locks stay to the end.
        if let Some(detour) = detour {
            self.say(detour.before.text()).await?;
        }
        let last = statements.end.saturating_sub(1);
        for at in statements {
            let started = Instant::now();
            self.execute(work, &work.statements[at])
                .await
                .map_err(|failure| Failure::Statement(at, failure))?;
            let took = started.elapsed();
            if let Some(detour) = detour.filter(|_| at == last) {
                let created = self.session.batch(detour.after.text()).await;
                created.map_err(Failure::After)?;
            }
            let after = Sight::of_transaction(&self.session).await?;
            measured.push(Measured {
                work: position,
                span: work.statements[at].span.clone(),
                locks: self.taken(&before, &after),
                held: self.relations.locks(&after.locks),
                rewritten: self.relations.rewritten(&before, &after),
                indexed: self.relations.indexed(&before, &after),
                scanned: self.read_in_full(work, at, &before, &after),
                changed: self.relations.changed(&before, &after),
                breaks: Vec::new(),
                took,
                transaction: self.transactions,
                on_empty_tables: self.without_rows,
            });
            before = after;
        }
        blame(
            &mut measured,
            work,
            &ground.lost(&Ground::read(&self.session).await?),
        );
        self.say(match self.ending {
            Ending::Commit => "commit",
            Ending::Rollback => "rollback",
        })
        .await?;
        // What a file did to role, search path and settings is not the next file's.
        self.say("reset session authorization; reset role; reset all; discard temp;")
            .await?;
        Ok(measured)
    }

    /// What a statement read in full: by a plan that reads all, or by an index, as many rows as there are, without saying
    /// which. On a copy of few rows the two are told apart by what the statement says.
    fn read_in_full(
        &self,
        work: Work<'_>,
        at: usize,
        before: &Sight,
        after: &Sight,
    ) -> Vec<Relation> {
        let mut read = self.relations.scanned(before, after);
        let statement = &work.statements[at];
        if is_planned(statement) && !names_rows(statement.text(work.file)) {
            read.extend(self.relations.fetched(before, after));
            read.sort();
            read.dedup();
        }
        read
    }

    /// Locks that were not held before, nor a stronger one on the same relation.
    fn taken(&self, before: &Sight, after: &Sight) -> Vec<(Relation, LockMode)> {
        let held = self.relations.locks(&before.locks);
        let mut taken = noticeable(self.relations.locks(after.locks.difference(&before.locks)));
        taken.retain(|(relation, mode)| {
            !held
                .iter()
                .any(|(other, stronger)| other == relation && stronger >= mode)
        });
        taken
    }

    /// A statement that the server refuses in a transaction.
    async fn outside_a_transaction(
        &self,
        position: usize,
        work: Work<'_>,
        at: usize,
    ) -> Result<Vec<Measured>, Failure> {
        let statement = &work.statements[at];
        let ground = Ground::read(&self.session).await?;
        let watched = watch::run(&self.session, statement.text(work.file), &self.relations)
            .await?
            .map_err(|failure| Failure::Statement(at, failure))?;
        let held = self.relations.locks(&watched.locks);
        let breaks = ground.lost(&Ground::read(&self.session).await?);
        Ok(vec![Measured {
            work: position,
            span: statement.span.clone(),
            locks: noticeable(held.clone()),
            held,
            rewritten: self.relations.rewritten(&watched.before, &watched.after),
            indexed: self.relations.indexed(&watched.before, &watched.after),
            scanned: self.relations.scanned(&watched.before, &watched.after),
            changed: self.relations.changed(&watched.before, &watched.after),
            breaks,
            took: watched.took,
            transaction: self.transactions,
            on_empty_tables: false,
        }])
    }

    async fn execute(&self, work: Work<'_>, statement: &Statement) -> Result<(), BatchFailure> {
        let is_planned = is_planned(statement);
        if is_planned {
            self.session.batch("set local enable_seqscan = off").await?;
        }
        let sql = tolerant(
            &work.file.text,
            statement.span.clone(),
            std::slice::from_ref(statement),
            &self.extensions,
        );
        self.session.batch(&sql).await?;
        if is_planned {
            self.session.batch("set local enable_seqscan = on").await?;
        }
        Ok(())
    }

    async fn say(&self, sql: &str) -> Result<()> {
        self.session.run("measuring", sql).await.map(|_| ())
    }
}

/// Every statement reads something; a reader's lock keeps out only what would keep everybody out.
fn noticeable(mut locks: Vec<(Relation, LockMode)>) -> Vec<(Relation, LockMode)> {
    locks.retain(|(_, mode)| *mode >= LockMode::RowExclusive);
    locks
}
