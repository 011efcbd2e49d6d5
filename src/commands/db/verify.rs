//! `workroom db verify`: check that what should exist does.

use clap::Args;

use crate::catalog::Catalog;
use crate::commands::Context;
use crate::database::Session;
use crate::error::Result;
use crate::project::{Project, System};
use crate::report::Report;
use crate::verify::{self, Declared};

/// Nothing beyond the options of every command.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Compares the catalog with what `workroom.toml` expects.
///
/// # Errors
/// When the database cannot be reached.
pub async fn run(context: &Context, _: &Arguments) -> Result<Report> {
    let (project, session) = context.open().await?;
    let systems = context.systems(&project)?;
    check(&session, &project, &systems).await
}

/// Checks systems on an open session; the catalog is read once for all of them.
///
/// # Errors
/// When the catalog cannot be read.
pub async fn check(session: &Session, project: &Project, systems: &[&System]) -> Result<Report> {
    let schemas: Vec<&str> = systems
        .iter()
        .flat_map(|system| system.all_schemas())
        .map(String::as_str)
        .collect();
    let catalog = Catalog::load(session.client(), &schemas).await?;
    let mut report = Report::default();
    for system in systems {
        let checks = verify::check(system, &project.file, &catalog, &Declared::default());
        report.push_checks(system.name.clone(), checks);
    }
    Ok(report)
}
