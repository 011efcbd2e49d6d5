//! Sends a plan in one transaction: everything, or nothing and the names of all bad rows.
//!
//! Where the rows need no look-up, COPY writes the tables themselves. If the server refuses that, rows wait in temporary
//! tables, one statement moves them, and if that fails too each row is judged.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::facts::Facts;
use super::judge::{self, Judge};
use super::plan::{Plan, PlannedOrigin, PlannedTable};
use super::send::{Sent, send};
use super::staging;
use crate::catalog::{Catalog, Name};
use crate::database::{BatchFailure, Session};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::sql::literal;

/// What was loaded into a table.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The table.
    pub table: String,
    /// Rows.
    pub rows: u64,
    /// Bytes sent.
    pub bytes: u64,
    /// How long it took.
    pub took: Duration,
}

/// Loads.
///
/// # Errors
/// With every row that cannot be read or that the server refuses; nothing has changed then.
pub async fn load(
    session: &Session,
    plan: Plan,
    catalog: &Catalog,
    facts: &Facts,
    observer: &dyn Observer,
) -> Result<Vec<Loaded>> {
    let import = Import {
        session,
        plan: Arc::new(plan),
        catalog,
        facts,
        observer,
    };
    let result = import.run().await;
    if result.is_err() {
        // The connection may be gone, and the transaction with it.
        let _ = session.batch("rollback").await;
    }
    result
}

struct Import<'a> {
    session: &'a Session,
    plan: Arc<Plan>,
    catalog: &'a Catalog,
    facts: &'a Facts,
    observer: &'a dyn Observer,
}

impl Import<'_> {
    async fn run(&self) -> Result<Vec<Loaded>> {
        let binds = |table: &PlannedTable| self.facts.bound.contains(&table.name);
        let tables = &self.plan.tables;
        // COPY is not for tables whose policies bind the session.
        if tables
            .iter()
            .all(|table| table.goes_straight() && !binds(table))
            && let Some(loaded) = self.straight().await?
        {
            return Ok(loaded);
        }
        self.staged().await
    }

    /// Tables whose policies are forced on the session, which is their owner: those that are filled or looked into.
    fn forced(&self) -> BTreeSet<&Name> {
        let columns = self.plan.tables.iter().flat_map(|table| &table.columns);
        let looked_into = columns.filter_map(|column| match &column.origin {
            PlannedOrigin::Row { row, .. } => Some(&row.table),
            _ => None,
        });
        let filled = self.plan.tables.iter().map(|table| &table.name);
        filled
            .chain(looked_into)
            .filter(|name| self.facts.forced.contains(*name))
            .collect()
    }

    /// Begins; what policies force on an owner is lifted until the end, under a lock that nobody else gets past.
    async fn begin(&self) -> Result<()> {
        let lifted = self.forced().into_iter();
        let lifted: String = lifted
            .map(|name| format!("alter table {name} no force row level security;\n"))
            .collect();
        let locked = self.plan.tables.iter().map(|table| table.name.to_string());
        let locked: Vec<String> = locked.collect();
        let tenant = self
            .plan
            .tenant
            .as_ref()
            .map_or_else(String::new, |tenant| {
                format!(
                    "select pg_catalog.set_config({}, {}, true);\n",
                    literal(&tenant.setting),
                    literal(&tenant.id)
                )
            });
        let sql = format!(
            "begin;\nset local idle_in_transaction_session_timeout = 0;\nset local lock_timeout = '5s';\n\
             set local timezone = 'UTC';\nset local datestyle = 'ISO, YMD';\nset local client_min_messages = warning;\n\
             {lifted}lock table {} in row exclusive mode;\n{tenant}",
            locked.join(", ")
        );
        self.session.run("preparing the tables", &sql).await?;
        Ok(())
    }

    async fn commit(&self) -> Result<()> {
        let forced = self.forced().into_iter();
        let forced: String = forced
            .map(|name| format!("alter table {name} force row level security;\n"))
            .collect();
        let sql = format!("set constraints all immediate;\n{forced}commit");
        self.session.run("committing", &sql).await?;
        Ok(())
    }

    /// COPY into the tables; nothing when rows have to be looked at.
    async fn straight(&self) -> Result<Option<Vec<Loaded>>> {
        self.begin().await?;
        let mut all = Vec::new();
        for (at, table) in self.plan.tables.iter().enumerate() {
            let started = Instant::now();
            let sql = format!(
                "copy {} ({}) from stdin",
                table.name,
                staging::columns(table)
            );
            let sent = match send(self.session, &self.plan, at, &sql, false, self.observer).await {
                Ok(sent) if sent.mistakes.is_empty() => sent,
                Err(failure) if !is_about_rows(&failure, false) => {
                    return Err(failure.of_our_own(&format!("loading {}", table.name)));
                }
                Ok(_) | Err(_) => {
                    self.session.run("rolling back", "rollback").await?;
                    return Ok(None);
                }
            };
            all.push(self.loaded(table, &sent, started));
        }
        self.commit().await?;
        Ok(Some(all))
    }

    async fn staged(&self) -> Result<Vec<Loaded>> {
        self.begin().await?;
        self.session.run("preparing the rows", judge::SQL).await?;
        let mut all = Vec::new();
        let mut mistakes = Vec::new();
        for (at, table) in self.plan.tables.iter().enumerate() {
            let started = Instant::now();
            let create = staging::create(at, table);
            self.session
                .run("making a temporary table", &create)
                .await?;
            let sql = format!("copy {} from stdin", staging::name(at));
            let sent = send(self.session, &self.plan, at, &sql, true, self.observer).await;
            let mut sent = sent.map_err(|failure| failure.of_our_own("sending the rows"))?;
            mistakes.append(&mut sent.mistakes);
            all.push(self.loaded(table, &sent, started));
        }
        let mut refused = None;
        if mistakes.is_empty() {
            refused = self.move_over(&mut all).await?;
            if refused.is_none() {
                self.commit().await?;
                return Ok(all);
            }
        }
        let judge = Judge {
            session: self.session,
            plan: &self.plan,
            catalog: self.catalog,
            rows: &all.iter().map(|loaded| loaded.rows).collect::<Vec<_>>(),
            policies_bind: &|name| self.facts.bound.contains(name),
        };
        mistakes.extend(judge.run().await?);
        if let (Some(refused), true) = (refused, mistakes.is_empty()) {
            return Err(refused);
        }
        mistakes.sort_by_key(|mistake| {
            let place = mistake.place.as_ref();
            place.map(|place| (place.path.clone(), place.line_column()))
        });
        if let Some(last) = mistakes.last_mut() {
            last.hints.push(
                "nothing was imported: correct the rows, and run the command again".to_owned(),
            );
        }
        Error::all(mistakes)?;
        // Both ways failed before, so that there was something to find.
        Err(
            Error::database("the server refused the rows, and then none of them")
                .hint("something has changed meanwhile: run the command again"),
        )
    }

    /// Moves staged rows table by table; why it was refused, the rows waiting again, if it was.
    async fn move_over(&self, all: &mut [Loaded]) -> Result<Option<Error>> {
        self.session
            .run("moving the rows", "savepoint moved")
            .await?;
        for (at, loaded) in all.iter_mut().enumerate() {
            let started = Instant::now();
            let sql = format!(
                "{}select pg_catalog.count(*) from pg_temp.workroom_refusals;\n",
                staging::lost_rows(&self.plan, at)
            );
            let results = self.session.run("looking rows up", &sql).await?;
            let lost = results
                .last()
                .and_then(|rows| rows.first()?.first()?.clone());
            let what = format!("loading {}", loaded.table);
            let refused = if lost.as_deref() == Some("0") {
                let moved = self
                    .session
                    .batch(&staging::insert(&self.plan, at, "true"))
                    .await;
                moved.err()
            } else {
                let back = "rollback to savepoint moved";
                self.session.run("rolling back", back).await?;
                return Ok(Some(Error::database(what)));
            };
            let Some(failure) = refused else {
                loaded.took += started.elapsed();
                continue;
            };
            let bind = self.facts.bound.contains(&self.plan.tables[at].name);
            let is_about_rows = is_about_rows(&failure, bind);
            let error = failure.of_our_own(&what);
            if !is_about_rows {
                return Err(error);
            }
            self.session
                .run("rolling back", "rollback to savepoint moved")
                .await?;
            return Ok(Some(error));
        }
        Ok(None)
    }

    fn loaded(&self, table: &PlannedTable, sent: &Sent, started: Instant) -> Loaded {
        self.observer
            .event(&Event::Finished(&table.name.to_string(), started.elapsed()));
        Loaded {
            table: table.name.to_string(),
            rows: sent.rows,
            bytes: sent.bytes,
            took: started.elapsed(),
        }
    }
}

/// Whether another row could have gone in: everything but lost connections, missing rights, locks and limits. Policies
/// refuse rows with the code of a missing right. Then rows are looked at one by one, as in `judge.sql`.
fn is_about_rows(failure: &BatchFailure, policies_bind: bool) -> bool {
    let Some(code) = failure.code().filter(|_| !failure.cancelled) else {
        return false;
    };
    let is_outer = ["08", "25", "40", "42", "53", "55", "57", "58", "XX"]
        .iter()
        .any(|class| code.starts_with(class));
    !is_outer || code == "42601" || (code == "42501" && policies_bind)
}
