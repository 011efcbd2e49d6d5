//! `workroom seed clear`: empty the tables that the seed file fills.

use clap::Args;

use super::dataset::{self, Choices};
use crate::commands::Context;
use crate::commands::arguments::parse_duration;
use crate::database::{DeploymentLock, Governor, Limits, Patience};
use crate::error::Result;
use crate::report::Report;
use crate::seed::dataset::Table;
use crate::seed::{refuse, source};

/// Where.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Empty all tables that refer to these as well
    #[arg(long)]
    pub cascade: bool,

    /// Clear this database although it is not marked disposable
    #[arg(long, value_name = "NAME")]
    pub into: Option<String>,

    /// How long tries for the locks of the tables are repeated
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_duration)]
    pub lock_budget: std::time::Duration,
}

/// Empties the tables, numbering started anew; refuses when other tables refer to them.
///
/// # Errors
/// When the database is not meant for it, or another table refers to one of these.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let file = dataset::file(context, &project)?;
    let session = context.connect(&project).await?;
    if context.global.database_url.is_some() && !context.is_disposable()? {
        refuse::unless_disposable(&session, arguments.into.as_deref()).await?;
    }
    context.lock(&session, Patience::default()).await?;
    let catalog = source::catalog(&session, &project, &file).await?;
    let data = source::compile(&session, &catalog, &file, Choices::default().options()?).await?;
    let shared = source::shared(&project, &data, &catalog);
    let along = refuse::emptied_along(&session, &data, &shared, arguments.cascade).await?;
    let names: Vec<String> = data
        .filled()
        .map(|at| &data.tables[at])
        .filter(|table| !shared.contains(&table.label))
        .map(Table::alone)
        .chain(along)
        .collect();
    let governor = Governor {
        session: &session,
        limits: Limits {
            lock_budget: arguments.lock_budget,
            ..Limits::default()
        },
        observer: context.observer.as_ref(),
    };
    let sql = format!(
        "begin; {} truncate {} restart identity; commit; {}",
        governor.limits.settings("set local"),
        names.join(", "),
        DeploymentLock::release(&session)
    );
    let emptied = governor.transaction("emptying the tables", &sql).await;
    emptied.map_err(|failure| failure.of_our_own("emptying the tables"))?;
    let mut report = Report::text(match names.len() {
        1 => "1 table is empty".to_owned(),
        count => format!("{count} tables are empty"),
    });
    for label in &shared {
        report.push_text(format!(
            "{label} is left: tables of other systems refer to it"
        ));
    }
    Ok(report)
}
