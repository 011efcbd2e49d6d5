//! `workroom db verify`: check that what should exist does.

use clap::Args;

use crate::commands::Context;
use crate::database;
use crate::deployment::check;
use crate::error::Result;
use crate::report::Report;

/// Nothing beyond the options of every command.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Compares the catalog with what `workroom.toml` expects.
///
/// # Errors
/// When the database cannot be reached.
pub async fn run(context: &Context, _: &Arguments) -> Result<Report> {
    let (project, session) = context.open().await?;
    database::refuse_foreign_schema(&session).await?;
    let systems = context.systems(&project)?;
    check(&session, &project, &systems).await
}
