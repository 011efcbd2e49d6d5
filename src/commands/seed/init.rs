//! `workroom seed init`: a first seed file for a system that is deployed.

use clap::Args;

use super::dataset;
use super::drafting::{Site, closed};
use crate::catalog::Name;
use crate::commands::Context;
use crate::error::{Error, Result};
use crate::files::write_new;
use crate::report::Report;
use crate::seed::{init, source};

/// Where to write.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print the file instead of writing seeds/<system>.toml
    #[arg(long)]
    pub print: bool,
}

/// Writes a seed file that can be loaded at once; every line that was inferred stands in it as a comment, and what cannot
/// be filled with the reason.
///
/// # Errors
/// When there is one already, or the system is not deployed.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let system = dataset::system(context, &project)?;
    let path = format!("seeds/{}.toml", system.name);
    let session = context.connect(&project).await?;
    context.deployed(&session, &project, system).await?;
    if system.seeds.is_some() && !arguments.print {
        return Err(Error::refused(format!("{path} exists already")).hint(
            "add a table to it with `workroom seed add TABLE`, or move it away to begin anew",
        ));
    }
    let schemas = project
        .systems
        .values()
        .flat_map(|system| system.all_schemas());
    let catalog = source::with_neighbours(&session, schemas.cloned().collect()).await?;
    let reached = init::reached(&catalog, init::tables_of(&catalog, &system.schemas));
    let closed = closed(&session, &reached).await?;
    // Rows that are there, as those of reference tables, are referred to and left alone.
    let fill: Vec<Name> = reached
        .into_iter()
        .filter(|name| !closed.contains(name))
        .collect();
    let site = Site {
        context,
        session: &session,
        project: &project,
        catalog: &catalog,
        system: &system.name,
        path: &path,
        base: None,
    };
    let (written, draft) = site.write(fill, system.tenant.as_deref()).await?;
    if arguments.print {
        return Ok(Report::text(written.text.trim_end()));
    }
    let folder = project.writable_folder()?;
    write_new(folder, &[(path.clone(), written.text.into_bytes())])?;
    let mut report = Report::text(format!(
        "{path} is written; look at it with `workroom seed plan`"
    ));
    draft
        .left()
        .into_iter()
        .for_each(|line| report.push_text(line));
    Ok(report)
}
