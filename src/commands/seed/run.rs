//! `workroom seed run`: load the data, check them, say how fast it was.

use clap::Args;

use super::dataset::{self, Choices};
use crate::commands::Context;
use crate::commands::arguments::parse_duration;
use crate::database::{DeploymentLock, Limits, Patience};
use crate::error::{Error, Result};
use crate::report::Report;
use crate::seed::pipeline::default_threads;
use crate::seed::{Job, Rows, refuse};

/// How to load.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What the data depend on.
    #[command(flatten)]
    pub choices: Choices,

    /// What becomes of rows that are there.
    #[command(flatten)]
    pub rows: RowArguments,

    /// Load the rows of this tenant alone, beside those of others that are there (can be repeated)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["reset", "cascade", "top_up", "slide"])]
    pub tenant: Vec<String>,

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
pub struct RowArguments {
    /// Empty the tables first: these only, numbering started anew
    #[arg(long)]
    pub reset: bool,

    /// Empty the tables first, and all others that refer to them
    #[arg(long)]
    pub cascade: bool,

    /// Add the rows of a larger scale to those loaded before
    #[arg(long)]
    pub top_up: bool,

    /// Move the rows loaded before to `--as-of`, by whole weeks
    #[arg(long)]
    pub slide: bool,
}

impl RowArguments {
    fn rows(self) -> Rows {
        match self {
            Self { reset: true, .. } => Rows::Replace,
            Self { cascade: true, .. } => Rows::ReplaceAll,
            Self { top_up: true, .. } => Rows::Add,
            Self { slide: true, .. } => Rows::Move,
            _ => Rows::Refuse,
        }
    }
}

/// Loads the data of a system, or of several, each in a transaction of its own.
///
/// # Errors
/// When the file is wrong, the database is not meant for it, or the server refuses a row.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let files = dataset::files(context, &project)?;
    let session = context.connect(&project).await?;
    if context.global.database_url.is_some() && !context.is_disposable()? {
        refuse::unless_disposable(&session, arguments.into.as_deref()).await?;
    }
    let options = arguments.choices.options()?;
    let load = async {
        let mut report = Report::default();
        for file in &files {
            let job = Job {
                observer: context.observer.as_ref(),
                session: &session,
                project: &project,
                file,
                options,
                rows: match arguments.tenant.is_empty() {
                    true => arguments.rows.rows(),
                    false => Rows::Beside,
                },
                tenants: &arguments.tenant,
                threads: arguments.threads.unwrap_or_else(default_threads),
                limits: Limits {
                    lock_budget: arguments.lock_budget,
                    ..Limits::default()
                },
            };
            report.append(job.run().await?);
        }
        Ok(report)
    };
    let patience = Patience {
        longest: arguments.lock_wait,
    };
    context.lock(&session, patience).await?;
    let done = if session.is_shared() {
        Err(Error::refused("this server does not take rows by COPY")
            .because("it is PGlite behind a socket, which has one session for all its clients and loses it over a COPY")
            .hint("write the rows with `workroom seed export DIR --as sql`, and send them with a client of your own"))
    } else {
        load.await
    };
    DeploymentLock::release_after(&session, done).await
}
