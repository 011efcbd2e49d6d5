//! One load: rows made, sent, checked and recorded, in one transaction.

use std::sync::Arc;
use std::time::Instant;

use super::dataset::Dataset;
use super::load::{self, LoadOptions, Loaded};
use super::plan::{Plan, plan};
use super::rehearse::{self, Which};
use super::{Options, SeedFile, check, count, history, rebuild, refuse, source, tenants};
use crate::catalog::Catalog;
use crate::database::{Governor, Limits, Session};
use crate::error::{Error, Result};
use crate::event::Observer;
use crate::project::Project;
use crate::report::{Report, Table};

/// What becomes of rows that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// They are in the way.
    #[default]
    Refuse,
    /// They are removed: those of these tables only, numbering started anew.
    Replace,
    /// They are removed, with those of all tables that refer to these.
    ReplaceAll,
    /// They are other tenants': those of some tenants are added.
    Beside,
    /// Those of a larger scale are added to them.
    Add,
    /// They are moved to another present day, by whole weeks.
    Move,
}

/// A load with everything that it needs; the deployment lock must be held.
pub struct Job<'a> {
    /// Whom to tell.
    pub observer: &'a dyn Observer,
    /// Where to.
    pub session: &'a Session,
    /// The project.
    pub project: &'a Project,
    /// The seed file.
    pub file: &'a SeedFile,
    /// What the data depend on.
    pub options: Options,
    /// What becomes of rows that are there.
    pub rows: Rows,
    /// The tenants whose rows are added with [`Rows::Beside`].
    pub tenants: &'a [String],
    /// Threads that make rows.
    pub threads: usize,
    /// How patient it is with others' locks.
    pub limits: Limits,
}

impl Job<'_> {
    /// Loads.
    ///
    /// # Errors
    /// When the file is wrong, when tables have rows, or when the server refuses a row.
    pub async fn run(&self) -> Result<Report> {
        let started = Instant::now();
        let before = source::catalog(self.session, self.project, self.file).await?;
        let mut data = source::compile(self.session, &before, self.file, self.options).await?;
        if self.rows == Rows::Beside {
            tenants::keep(&mut data, self.tenants, &self.file.file.path)?;
        }
        let data = Arc::new(data);
        let facts = source::facts(self.session, self.project, &data, &before).await?;
        if self.rows == Rows::Move {
            return self.slide(&data, &before, facts, started).await;
        }
        let mut options = LoadOptions {
            threads: self.threads,
            reset: matches!(self.rows, Rows::Replace | Rows::ReplaceAll),
            ..LoadOptions::default()
        };
        if options.reset {
            let cascade = self.rows == Rows::ReplaceAll;
            options.along =
                refuse::emptied_along(self.session, &data, &facts.shared, cascade).await?;
        } else if self.rows == Rows::Beside {
            tenants::unless_there(self.session, &data, self.tenants).await?;
        } else if self.rows == Rows::Add {
            options.skip = self.skipped(&data, &facts).await?;
        } else {
            refuse::unless_empty(&data, &facts)?;
        }
        let is_added = matches!(self.rows, Rows::Add | Rows::Beside);
        let mut plan = plan(&data, &before, facts, is_added)?;
        if self.rows == Rows::Beside {
            // What belongs to no tenant is there once.
            let filled = plan.facts.filled.clone();
            let is_there =
                |at: usize| !data.tables[at].by_tenant && filled.contains(&data.tables[at].label);
            plan.tables.retain(|planned| !is_there(planned.table));
        }
        count::count(&data)?;
        rehearse::rehearse(self.session, &data, Which::Late).await?;
        let result = self
            .transaction(&data, &plan, &options, &before, started)
            .await;
        if result.is_err() {
            // The connection may be gone, and the transaction with it.
            let _ = self.session.batch("rollback").await;
        }
        result
    }

    /// What gets the locks of the tables, or says who has them.
    pub(super) fn governor(&self) -> Governor<'_> {
        Governor {
            session: self.session,
            limits: self.limits,
            observer: self.observer,
        }
    }

    async fn transaction(
        &self,
        data: &Arc<Dataset>,
        plan: &Plan,
        options: &LoadOptions,
        before: &Catalog,
        started: Instant,
    ) -> Result<Report> {
        let (session, observer) = (self.session, self.observer);
        load::begin(&self.governor(), data, plan, options).await?;
        let mut loaded = load::rows(session, data, plan, options, observer).await?;
        let sent = started.elapsed();
        let mut checks = match self.rows {
            Rows::Beside => tenants::content(session, data, plan, self.tenants).await?,
            rows => check::content(session, data, plan, &mut loaded, rows != Rows::Add).await?,
        };
        let checked = started.elapsed() - sent;
        load::finish(session, data, plan, &loaded, observer).await?;
        let sent = started.elapsed() - checked;
        checks.extend(check::sequences(session, data).await?);
        let failed: Vec<String> = checks
            .iter()
            .filter(|check| !check.passed)
            .map(|check| {
                let what = format!(
                    "{}: {} expected, {} found",
                    check.name, check.expected, check.found
                );
                std::iter::once(what)
                    .chain(check.details.iter().cloned())
                    .collect::<Vec<_>>()
                    .join("; ")
            })
            .collect();
        if let Some(first) = failed.first() {
            let mut error = Error::database("the tables do not hold what was sent").because(first);
            let hints = checks.iter().filter(|check| !check.passed);
            if let Some(hint) = hints.filter_map(|check| check.hint.as_ref()).next() {
                error = error.because(hint);
            }
            return Err(error.hint("everything was rolled back: the tables are as they were"));
        }
        let after = source::catalog(session, self.project, self.file).await?;
        rebuild::compare(before, &after)?;
        // Beside others' rows nothing is moved in time or added to, for which runs are kept.
        if self.rows != Rows::Beside {
            let run = history::Run::of(data);
            // Of tables that others have rows in, nobody can say later which were these.
            let alone = loaded.iter().zip(&plan.tables);
            let alone = alone.filter(|(_, planned)| planned.beside.is_none());
            let alone: Vec<Loaded> = alone.map(|(loaded, _)| loaded.clone()).collect();
            history::record(session, data, &run, &alone, sent.as_secs_f64() * 1000.0).await?;
        }
        session.run("committing", "commit").await?;
        let mut report = Report::table(table(data, plan, &loaded));
        if self.rows == Rows::ReplaceAll && !options.along.is_empty() {
            report.push_text(format!("emptied as well: {}", options.along.join(", ")));
        }
        let bytes: u64 = loaded.iter().map(|loaded| loaded.bytes).sum();
        let rows: u64 = loaded.iter().map(|loaded| loaded.rows).sum();
        let copied: f64 = loaded.iter().map(|loaded| loaded.took.as_secs_f64()).sum();
        let waited: f64 = loaded
            .iter()
            .map(|loaded| loaded.waited.as_secs_f64())
            .sum();
        let passed = match checks.len() {
            1 => "1 check".to_owned(),
            count => format!("{count} checks"),
        };
        report.push_text(format!(
            "{rows} rows ({:.1} MB) loaded in {:.2} s, {passed} passed after {:.2} s; as of {}\n\
             COPY took {copied:.2} s of it: {:.0} rows/s, {:.1} MB/s; for {:.0} % of that time the server waited for rows",
            bytes as f64 / 1e6,
            sent.as_secs_f64(),
            started.elapsed().as_secs_f64(),
            data.shown_as_of(),
            rows as f64 / copied,
            bytes as f64 / 1e6 / copied,
            100.0 * waited / copied,
        ));
        Ok(report)
    }
}

fn table(data: &Dataset, plan: &Plan, loaded: &[Loaded]) -> Table {
    let mut table = Table::new("", &["table", "rows", "mode", "digest", "ms"]);
    for (loaded, planned) in loaded.iter().zip(&plan.tables) {
        table.row([
            data.tables[loaded.table].label.clone(),
            loaded.rows.to_string(),
            planned.mode.to_string(),
            loaded.digest.to_string(),
            format!("{:.1}", loaded.took.as_secs_f64() * 1000.0),
        ]);
    }
    table
}
