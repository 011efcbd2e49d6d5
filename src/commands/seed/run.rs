//! `workroom seed run`: load the data, check them, say how fast it was.

use std::sync::Arc;
use std::time::Instant;

use clap::Args;

use super::dataset::{self, Choices};
use super::refuse;
use crate::catalog::Catalog;
use crate::commands::Context;
use crate::commands::arguments::parse_duration;
use crate::database::{DeploymentLock, Governor, Limits, Patience, Session};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::report::{Report, Table};
use crate::seed::dataset::Dataset;
use crate::seed::load::{self, Loaded, Manner};
use crate::seed::pipeline::default_threads;
use crate::seed::plan::{Plan, plan};
use crate::seed::rehearse::{self, Which};
use crate::seed::{SeedFile, check, count, history, rebuild};

/// How to load.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What the data depend on.
    #[command(flatten)]
    pub choices: Choices,

    /// What becomes of rows that are there.
    #[command(flatten)]
    pub rows: Rows,

    /// Load into this database although it is not marked disposable
    #[arg(long, value_name = "NAME")]
    pub into: Option<String>,

    /// Threads that make rows [default: the number of processors, at most 4]
    #[arg(long, value_name = "NUMBER")]
    pub threads: Option<usize>,

    /// How long to wait for another deployment of this database
    #[arg(long, value_name = "DURATION", default_value = "5min", value_parser = parse_duration)]
    pub lock_wait: std::time::Duration,

    /// How long tries for the locks of the tables are repeated
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_duration)]
    pub lock_budget: std::time::Duration,
}

/// What becomes of rows that are there.
#[derive(Clone, Copy, Debug, Default, Args)]
#[group(multiple = false)]
pub struct Rows {
    /// Empty the tables first: these only, numbering started anew
    #[arg(long)]
    pub reset: bool,

    /// Add the rows of a larger scale to those loaded before
    #[arg(long)]
    pub top_up: bool,

    /// Move the rows loaded before to `--as-of`, by whole weeks
    #[arg(long)]
    pub slide: bool,
}

/// Loads the data of a system.
///
/// # Errors
/// When the file is wrong, the database is not meant for it, or the server refuses a row.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let file = dataset::file(context, &project)?;
    let session = context.connect(&project).await?;
    refuse::unless_disposable(context, &session, arguments.into.as_deref()).await?;
    let job = Job {
        context,
        session: &session,
        project: &project,
        file: &file,
        choices: arguments.choices.clone(),
        rows: arguments.rows,
        threads: arguments.threads.unwrap_or_else(default_threads),
        limits: Limits {
            lock_budget: arguments.lock_budget,
            ..Limits::default()
        },
    };
    let patience = Patience {
        longest: arguments.lock_wait,
    };
    context.lock(&session, patience).await?;
    let done = job.run().await;
    DeploymentLock::release_after(&session, done).await
}

/// A load with everything that it needs; the deployment lock must be held.
pub struct Job<'a> {
    /// Whom to tell.
    pub context: &'a Context,
    /// Where to.
    pub session: &'a Session,
    /// The project.
    pub project: &'a Project,
    /// The seed file.
    pub file: &'a SeedFile,
    /// What the data depend on.
    pub choices: Choices,
    /// What becomes of rows that are there.
    pub rows: Rows,
    /// Threads that make rows.
    pub threads: usize,
    /// How patient it is with others' locks.
    pub limits: Limits,
}

impl Job<'_> {
    /// Loads.
    ///
    /// # Errors
    /// As [`run`].
    pub async fn run(&self) -> Result<Report> {
        let started = Instant::now();
        let before = dataset::catalog(self.session, self.project, self.file).await?;
        let data = Arc::new(
            dataset::compile(self.session, &before, self.file, self.choices.options()?).await?,
        );
        let facts = dataset::facts(self.session, self.project, &data, &before).await?;
        if self.rows.slide {
            return self.slide(&data, &before, facts, started).await;
        }
        let mut manner = Manner {
            threads: self.threads,
            reset: self.rows.reset,
            ..Manner::default()
        };
        if self.rows.reset {
            refuse::if_referred_to(&data, &before, &facts.shared)?;
        } else if self.rows.top_up {
            manner.skip = self.skipped(&data, &facts).await?;
        } else {
            refuse::unless_empty(&data, &facts)?;
        }
        let plan = plan(&data, &before, facts, self.rows.top_up)?;
        count::count(&data)?;
        rehearse::rehearse(self.session, &data, &plan, Which::Late).await?;
        let result = self
            .transaction(&data, &plan, &manner, &before, started)
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
            observer: self.context.observer.as_ref(),
        }
    }

    async fn transaction(
        &self,
        data: &Arc<Dataset>,
        plan: &Plan,
        manner: &Manner,
        before: &Catalog,
        started: Instant,
    ) -> Result<Report> {
        let (session, observer) = (self.session, self.context.observer.as_ref());
        load::begin(&self.governor(), data, plan, manner).await?;
        let loaded = load::rows(session, data, plan, manner, observer).await?;
        let sent = started.elapsed();
        let mut checks = check::content(session, data, plan, &loaded, !self.rows.top_up).await?;
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
        let after = dataset::catalog(session, self.project, self.file).await?;
        rebuild::compare(before, &after)?;
        let run = history::Run::of(data);
        history::record(session, data, &run, &loaded, sent.as_secs_f64() * 1000.0).await?;
        session.run("committing", "commit").await?;
        let mut report = Report::table(table(data, plan, &loaded));
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
