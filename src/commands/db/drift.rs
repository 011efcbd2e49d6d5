//! `workroom db drift`: whatever a database has otherwise than its files make.

use clap::Args;

use crate::commands::Context;
use crate::deployment;
use crate::error::Result;
use crate::report::Report;

/// Nothing beyond the options of every command.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Builds the systems anew on a throw-away server of the database's version, and compares property by property.
///
/// # Errors
/// When the database cannot be reached, when no Postgres can be found or fetched for the clean build, or when the files
/// cannot be deployed to it.
pub async fn run(context: &Context, _: &Arguments) -> Result<Report> {
    let mut project = context.project()?;
    let session = context.connect(&project).await?;
    deployment::tolerate(&mut project, &context.global.systems, context.global.all)?;
    let systems = context.systems(&project)?;
    let (connect, observer) = (context.connecting(), context.observer.as_ref());
    deployment::drift(&session, &project, &systems, &connect, observer).await
}
