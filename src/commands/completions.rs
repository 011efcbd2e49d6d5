//! `workroom completions`: a completion script for a shell.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::error::{Error, Kind, Result};
use crate::report::Report;

/// Which shell.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell that will read it
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Writes the script for a command line.
///
/// # Errors
/// Never in practice: the script is text.
pub fn run(arguments: &Arguments, command: &mut Command) -> Result<Report> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, command, "workroom", &mut script);
    let script = String::from_utf8(script)
        .map_err(|error| Error::new(Kind::Bug, "the script is not UTF-8").because(error))?;
    Ok(Report::text(script.trim_end()))
}
