//! `workroom seed add`: more tables for a seed file that is there.

use clap::Args;

use super::dataset;
use super::drafting::{Site, closed};
use crate::catalog::Name;
use crate::commands::Context;
use crate::error::{Error, Kind, Result};
use crate::files::{suggest, write_over};
use crate::report::Report;
use crate::seed::{init, source};

/// What to add.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Tables to fill, as `schema.table`; those that they refer to and that have no rows come with them
    #[arg(required = true, value_name = "TABLE")]
    pub tables: Vec<String>,

    /// Print the file instead of writing it
    #[arg(long)]
    pub print: bool,
}

/// Adds tables at the end of a seed file, with lines as `seed init` writes them; what stands in the file stays as it is.
///
/// # Errors
/// When the file fills a table already, or the database has no table of this name.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let file = dataset::file(context, &project)?;
    let session = context.connect(&project).await?;
    let catalog = source::catalog(&session, &project, &file).await?;
    let label = |name: &Name| format!("{}.{}", name.schema, name.name);
    let known: Vec<String> = catalog.tables().map(|table| label(&table.name)).collect();
    let mut mistakes = Vec::new();
    for asked in &arguments.tables {
        if file.fills(asked) {
            let error = Error::refused(format!("{} fills {asked} already", file.file.path));
            mistakes
                .push(error.hint("change its lines, or remove its sections and run this again"));
        } else if !known.contains(asked) {
            let error = Error::new(Kind::Usage, format!("there is no table {asked}"));
            let hint = suggest::hint(asked, known.iter().map(String::as_str));
            let hint = hint.unwrap_or_else(|| "write it as schema.table".to_owned());
            mistakes.push(error.hint(hint));
        }
    }
    Error::all(mistakes)?;
    let names = catalog.tables().map(|table| &table.name);
    let asked = names.filter(|name| arguments.tables.contains(&label(name)));
    let reached = init::reached(&catalog, asked.cloned().collect());
    let closed = closed(&session, &reached).await?;
    let fill: Vec<Name> = reached
        .into_iter()
        .filter(|name| !file.fills(&label(name)))
        .filter(|name| !closed.contains(name) || arguments.tables.contains(&label(name)))
        .collect();
    let site = Site {
        context,
        session: &session,
        project: &project,
        catalog: &catalog,
        system: &file.system,
        path: &file.file.path,
        base: Some(&file),
    };
    let (written, draft) = site.write(fill, file.tenant_column()).await?;
    if arguments.print {
        return Ok(Report::text(written.text.trim_end()));
    }
    let folder = project.writable_folder()?;
    write_over(folder, &file.file.path, &written.text)?;
    let mut report = Report::text(format!(
        "{} is extended; look at it with `workroom seed plan`",
        file.file.path
    ));
    draft
        .left()
        .into_iter()
        .for_each(|line| report.push_text(line));
    Ok(report)
}
