//! `workroom policy apply`: the last step of a deployment alone, under the same lock.

use std::time::Duration;

use clap::Args;

use super::diff;
use crate::commands::Context;
use crate::commands::arguments::{LimitArguments, parse_duration};
use crate::commands::db::migrate;
use crate::database::{DeploymentLock, Patience};
use crate::deployment::Deployment;
use crate::error::Result;
use crate::report::Report;

/// How patiently.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Show what would be done, as `policy diff` does
    #[arg(long)]
    pub dry_run: bool,

    /// How long to wait for another deployment of this database
    #[arg(long, value_name = "DURATION", default_value = "5min", value_parser = parse_duration)]
    pub lock_wait: Duration,

    /// How patient statements are.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// Applies roles, grants and policies.
///
/// # Errors
/// When migrations or repeatable objects are pending, when somebody else's policy stands in the way, or when a
/// statement fails.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    if arguments.dry_run {
        return diff::run(context, &diff::Arguments {}).await;
    }
    let (project, session) = context.open().await?;
    let systems = context.systems(&project)?;
    let patience = Patience {
        longest: arguments.lock_wait,
    };
    let deployment = Deployment::lock_to_compare(
        context.observer.as_ref(),
        &session,
        &project,
        &systems,
        patience,
    )
    .await?;
    let limits = arguments.limits.limits();
    let done = deployment
        .run_policies(context.observer.as_ref(), &session, limits)
        .await;
    let done = DeploymentLock::release_after(&session, done).await?;
    Ok(migrate::report(&done, &deployment))
}
