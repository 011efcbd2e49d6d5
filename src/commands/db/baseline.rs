//! `workroom db baseline`: adopt a database that has the schema already.

use clap::Args;

use super::compared;
use crate::commands::Context;
use crate::commands::arguments::parse_version;
use crate::database::{DeploymentLock, Patience, Session};
use crate::deployment::Deployment;
use crate::error::{Error, Result};
use crate::migrate::{self, Adopted, Choice};
use crate::project::System;
use crate::report::{Report, Table};

const EXAMPLES: &str = "\
Examples:
  workroom db baseline --to 7          compare the database with what the migrations up to 7 make
  workroom db baseline --to 7 --yes    the same, and record them as applied";

/// Up to where.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The last version that the database has already
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    pub to: i64,

    /// Do not compare the database with what the migrations make
    #[arg(long)]
    pub unchecked: bool,
}

/// Builds the migrations on a throw-away server, refuses a database that has anything else, and shows which migrations would be recorded as applied; with
/// `--yes`, records them without running them.
///
/// # Errors
/// When the system has a history in this database, or no such version; when the database differs from what they make.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let (project, session) = context.open().await?;
    let systems = context.systems(&project)?;
    let choice = Choice {
        to: Some(arguments.to),
        ..Choice::default()
    };
    let deployment = Deployment::lock(
        context.observer.as_ref(),
        &session,
        &project,
        &systems,
        &choice,
        Patience::default(),
    )
    .await?;
    let report = record(context, arguments, &session, &deployment).await;
    DeploymentLock::release_after(&session, report).await
}

async fn record(
    context: &Context,
    arguments: &Arguments,
    session: &Session,
    deployment: &Deployment<'_>,
) -> Result<Report> {
    let Some(part) = deployment.parts.last() else {
        return Err(Error::refused("no system to baseline"));
    };
    if let Some((last, applied)) = part.migrations.applied.last() {
        return Err(Error::refused(format!("system `{}` has a history in this database already", part.system.name))
            .because(format!("{} was applied {} by {}", last.label(), applied.applied_on, applied.applied_by))
            .hint("a baseline is for a database that workroom has not seen; `workroom db migrate --fake --to VERSION` records one more version"));
    }
    refuse_differences(context, arguments, session, part.system).await?;
    let mut table = Table::new("", &["system", "version", "state"]);
    let state = if context.global.yes {
        "recorded, not run"
    } else {
        "would be recorded, not run"
    };
    for migration in &part.migrations.pending {
        table.row([part.system.name.as_str(), migration.label(), state]);
    }
    let mut report = Report::table(table);
    if context.global.yes {
        migrate::prepare(session, part.system, &deployment.layout_sql()).await?;
        let rows: Vec<_> = part
            .migrations
            .pending
            .iter()
            .map(|migration| Adopted::now(migration))
            .collect();
        migrate::adopt(session, part.system, &rows).await?;
        report.push_text(match arguments.unchecked {
            true => "the database was not compared: `workroom db drift` does that for all versions",
            false => "the database has what these migrations make",
        });
    } else {
        report.push_text(format!(
            "nothing was recorded; `workroom db baseline --to {} --yes` records these without running them",
            arguments.to
        ));
    }
    Ok(report)
}

/// A version too high would never be noticed, and one too low stops at the next deployment.
async fn refuse_differences(
    context: &Context,
    arguments: &Arguments,
    session: &Session,
    system: &System,
) -> Result<()> {
    if arguments.unchecked {
        return Ok(());
    }
    let compared = compared::refuse_differences(context, session, system, arguments.to).await;
    compared.map_err(|error| {
        error
            .hint("name the last version that the database has, or bring the database to what it makes")
            .hint(format!(
                "a difference that may be is accepted by its name under [systems.{}.accept] of workroom.toml",
                system.name
            ))
            .hint("`--unchecked` records without comparing")
    })
}
