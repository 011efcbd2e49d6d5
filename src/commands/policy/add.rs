//! `workroom policy add TABLE`: a section of the policy file to be filled in.

use clap::Args;

use super::one_system;
use crate::commands::Context;
use crate::error::Result;
use crate::files::write_over;
use crate::policy;
use crate::report::Report;

/// Which table.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The table, with its schema where that is not the policy file's own
    #[arg(value_name = "TABLE")]
    pub table: String,

    /// Print the section instead of adding it to policies/<system>.toml
    #[arg(long)]
    pub print: bool,
}

/// Adds the section: nobody may touch the table until cells are written. Needs no database.
///
/// # Errors
/// When no migration creates the table, or the file describes it already.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    // That the table is missing in the file is a mistake of it.
    let (project, _) = context.what_can_be_read()?;
    let system = one_system(context, &project)?;
    let Some(file) = &system.policy else {
        return Err(super::without_policies(system));
    };
    let section = policy::blank_section(system, file, &arguments.table)?;
    if arguments.print {
        return Ok(Report::text(section.trim_end()));
    }
    let folder = project.writable_folder()?;
    let text = format!("{}\n\n{section}", file.text.trim_end());
    write_over(folder, &file.path, &text)?;
    Ok(Report::text(format!(
        "added to {}:\n{}\nnext: give it cells; until then nobody may touch the table",
        file.path,
        section.trim_end()
    )))
}
