//! `workroom policy render`: the SQL of policies, roles and grants.

use clap::Args;

use crate::commands::Context;
use crate::error::Result;
use crate::report::Report;

/// What to render.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Renders without a database.
///
/// # Errors
/// With every mistake of the policy file.
pub fn run(context: &Context, _: &Arguments) -> Result<Report> {
    let _ = context.project()?;
    Ok(Report::default())
}
