//! `workroom seed run`: load the data, check them, say how fast it was.

use std::sync::Arc;
use std::time::Instant;

use clap::Args;

use super::dataset::{self, Choices};
use crate::catalog::Catalog;
use crate::commands::Context;
use crate::commands::arguments::parse_duration;
use crate::database::{DeploymentLock, Patience, Session};
use crate::error::Result;
use crate::project::Project;
use crate::report::{Report, Table};
use crate::seed::SeedFile;
use crate::seed::dataset::Dataset;
use crate::seed::load::{self, Loaded, Manner};
use crate::seed::pipeline::default_threads;
use crate::seed::plan::{Facts, Plan, plan};

/// How to load.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What the data depend on.
    #[command(flatten)]
    pub choices: Choices,

    /// Empty the tables first
    #[arg(long)]
    pub reset: bool,

    /// Threads that make rows [default: the number of processors, at most 4]
    #[arg(long, value_name = "NUMBER")]
    pub threads: Option<usize>,

    /// How long to wait for another deployment of this database
    #[arg(long, value_name = "DURATION", default_value = "5min", value_parser = parse_duration)]
    pub lock_wait: std::time::Duration,
}

/// Loads the data of a system.
///
/// # Errors
/// When the file is wrong, the database is not meant for it, or the server refuses a row.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let file = dataset::file(context, &project)?;
    let session = context.connect(&project).await?;
    let manner = Manner {
        threads: arguments.threads.unwrap_or_else(default_threads),
        reset: arguments.reset,
        ..Manner::default()
    };
    let patience = Patience {
        longest: arguments.lock_wait,
    };
    let (_lock, _) =
        DeploymentLock::take(&session, "", patience, context.observer.as_ref()).await?;
    let done = load_file(
        context,
        &session,
        &project,
        &file,
        &arguments.choices,
        &manner,
    )
    .await;
    let released = session.batch(&DeploymentLock::release()).await;
    let report = done?;
    released.map_err(|failure| failure.of_our_own("releasing the deployment lock"))?;
    Ok(report)
}

/// Loads a seed file; the deployment lock must be held.
///
/// # Errors
/// As [`run`].
pub async fn load_file(
    context: &Context,
    session: &Session,
    project: &Project,
    file: &SeedFile,
    choices: &Choices,
    manner: &Manner,
) -> Result<Report> {
    let started = Instant::now();
    let before = dataset::catalog(session, project, file).await?;
    let data = Arc::new(dataset::compile(session, &before, file, choices.options()).await?);
    let facts = Facts::ask(session, &data).await?;
    let plan = plan(&data, &before, facts, false)?;
    let loaded = match transaction(
        context, session, project, file, &data, &plan, manner, &before,
    )
    .await
    {
        Ok(loaded) => loaded,
        Err(error) => {
            // The connection may be gone, and the transaction with it.
            let _ = session.batch("rollback").await;
            return Err(error);
        }
    };
    Ok(report(&data, &plan, &loaded, started))
}

#[expect(clippy::too_many_arguments, reason = "the parts of one transaction")]
async fn transaction(
    context: &Context,
    session: &Session,
    project: &Project,
    file: &SeedFile,
    data: &Arc<Dataset>,
    plan: &Plan,
    manner: &Manner,
    before: &Catalog,
) -> Result<Vec<Loaded>> {
    let observer = context.observer.as_ref();
    load::begin(session, data, plan, manner).await?;
    let loaded = load::rows(session, data, plan, manner, observer).await?;
    load::finish(session, data, plan, &loaded, observer).await?;
    let after = dataset::catalog(session, project, file).await?;
    load::compare(before, &after)?;
    session.run("committing", "commit").await?;
    Ok(loaded)
}

fn report(data: &Dataset, plan: &Plan, loaded: &[Loaded], started: Instant) -> Report {
    let mut table = Table::new("", &["table", "rows", "mode", "ms", "digest"]);
    let (mut rows, mut bytes) = (0, 0);
    for (loaded, planned) in loaded.iter().zip(&plan.tables) {
        let took = format!("{:.1}", loaded.took.as_secs_f64() * 1000.0);
        table.row([
            data.tables[loaded.table].label.clone(),
            loaded.rows.to_string(),
            planned.mode.to_string(),
            took,
            loaded.digest.to_string(),
        ]);
        rows += loaded.rows;
        bytes += loaded.bytes;
    }
    let mut report = Report::table(table);
    report.push_text(format!(
        "{rows} rows ({:.1} MB) in {:.2} s, as of {}",
        bytes as f64 / 1e6,
        started.elapsed().as_secs_f64(),
        data.shown_as_of()
    ));
    report
}
