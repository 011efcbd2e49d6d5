//! `workroom db dump`: the schema of the systems as a script that makes it anew.

use clap::Args;

use crate::commands::Context;
use crate::deployment;
use crate::error::Result;
use crate::files;
use crate::report::Report;

/// Where to.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Write to this file of the project's folder instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<String>,
}

/// Writes one statement for each object, loads them on a throw-away server of the same version, and compares what is there
/// then with the database.
///
/// # Errors
/// When the database cannot be read, when no server of its version can be found or fetched, or when the script would not make
/// what the database has.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let session = context.connect(&project).await?;
    let systems = context.systems(&project)?;
    let (connect, observer) = (context.connecting(), context.observer.as_ref());
    let text = deployment::dump(&session, &project, &systems, &[], &connect, observer).await?;
    let Some(path) = &arguments.output else {
        return Ok(Report::text(text.trim_end()));
    };
    let folder = project.writable_folder().map_err(|error| {
        error.hint("or leave out --output, and write standard output to a file")
    })?;
    files::write_over(folder, path, &text)?;
    Ok(Report::text(format!(
        "{path}: {} lines",
        text.lines().count()
    )))
}
