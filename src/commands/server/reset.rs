//! `workroom server reset`: the server and all its data are gone.

use clap::Args;

use super::Which;
use crate::commands::Context;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::server::{self, Status};

/// Which server.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which server.
    #[command(flatten)]
    pub which: Which,
}

/// Stops the server and removes its folder; the next start makes a new one.
///
/// # Errors
/// When nobody has said yes, or the folder cannot be removed.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let options = arguments.which.existing(context);
    let folder = match server::status(&options)? {
        Status::Stopped(details) | Status::Running { details, .. } => Some(details.folder),
        Status::Missing => None,
    };
    if let Some(folder) = folder
        && !context.global.yes
    {
        let folder = folder.display();
        return Err(
            Error::refused("`server reset` removes a server with all its databases")
                .because(format!("everything in `{folder}` would be lost"))
                .hint("say so: `workroom server reset --yes`"),
        );
    }
    let was_there = server::reset(&options, context.observer.as_ref())?;
    Ok(Report::text(if was_there {
        "the embedded server and its data are removed"
    } else {
        "there was no embedded server here"
    }))
}
