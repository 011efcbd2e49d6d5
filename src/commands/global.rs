//! The options that every command has.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::error::{Error, Result};
use crate::files::{PROJECT_FILE, Tree};
use crate::output::Format;
use crate::project::Project;

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Folder of the project [default: the nearest one with a workroom.toml]
    #[arg(long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,

    /// System to work on (can be repeated) [default: `default_system` of workroom.toml]
    #[arg(long = "system", global = true, value_name = "NAME")]
    pub systems: Vec<String>,

    /// Work on every system of the project
    #[arg(long, global = true, conflicts_with = "systems")]
    pub all: bool,

    /// Database to work on [default: an embedded server]
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database_url: Option<String>,

    /// Environment of workroom.toml whose database is worked on: `[environments.NAME]`
    #[arg(long, global = true, value_name = "NAME")]
    pub env: Option<String>,

    /// File of variables, `NAME=value` a line, that are read as if they were set, such as `.env`
    #[arg(long, global = true, value_name = "FILE")]
    pub env_file: Option<PathBuf>,

    /// The database is reached through a pooler in session mode
    #[arg(long, global = true, env = "WORKROOM_SESSION_POOLER", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub session_pooler: bool,

    /// How results are shown
    #[arg(long, global = true, default_value_t, value_parser = format_parser(), value_name = "FORMAT")]
    pub format: Format,

    /// Show what is going on in more detail
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,

    /// Show errors and results only
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Do not use colour
    #[arg(long, global = true)]
    pub no_color: bool,

    /// Answer yes where a command would ask
    #[arg(long, global = true)]
    pub yes: bool,
}

/// Reads `--format`, and lists the formats in the help text.
fn format_parser() -> impl TypedValueParser<Value = Format> {
    let names = Format::ALL.map(|format| format.to_string());
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Format>())
}

impl Global {
    /// Where the project lies that is named, or else the one of the current folder.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn tree(&self, current: &Path) -> Result<Tree> {
        let Some(folder) = &self.project else {
            return Project::locate(current);
        };
        // A folder that is named is meant itself, not one above it.
        let folder = current.join(folder);
        if folder.join(PROJECT_FILE).is_file() {
            return Ok(Tree::Folder(folder));
        }
        let error = Error::project(format!("{} is not a project", folder.display()))
            .because(format!("it has no {PROJECT_FILE}"))
            .hint(format!(
                "run `workroom init {}` to start one there",
                folder.display()
            ));
        Err(error)
    }
}
