//! `workroom fleet migrate`: bring every database of the fleet up to date.

use std::time::Duration;

use clap::Args;

use super::{FleetArguments, report};
use crate::commands::Context;
use crate::commands::arguments::{LimitArguments, parse_duration};
use crate::database::Patience;
use crate::error::Result;
use crate::fleet::{deploy, run as each};
use crate::report::Report;

/// Which databases, and how patiently.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which databases.
    #[command(flatten)]
    pub fleet: FleetArguments,

    /// How long to wait for another deployment of the same database
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    pub lock_wait: Duration,

    /// How patient statements are.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// Applies what is pending to every database, several at a time.
///
/// # Errors
/// When the project has mistakes, or when it is not known which databases there are. What fails in a database is told in
/// the report, with status 1.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let opened = arguments.fleet.open(context).await?;
    let systems = opened.systems(context)?;
    let patience = Patience {
        longest: arguments.lock_wait,
    };
    let limits = arguments.limits.limits();
    let work = |at: usize| {
        let (opened, systems) = (&opened, &systems);
        async move {
            let session = context.connect_to(&opened.members[at].target).await?;
            deploy(&session, &opened.files, systems, patience, limits).await
        }
    };
    let observer = context.observer.as_ref();
    let outcomes = each(&opened.members, opened.settings, observer, work).await;
    Ok(report(
        context,
        "up to date",
        &opened.members,
        &outcomes,
        |done| (true, done.words()),
    ))
}
