//! `workroom server stop`: the server does not run afterwards; its data stays.

use clap::Args;

use super::Which;
use crate::commands::Context;
use crate::error::Result;
use crate::report::Report;
use crate::server;

/// Which server.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which server.
    #[command(flatten)]
    pub which: Which,
}

/// Stops the server; open transactions are rolled back.
///
/// # Errors
/// When it does not end, or belongs to somebody else.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let options = arguments.which.existing(context);
    let was_running = server::stop(&options, context.observer.as_ref())?;
    Ok(Report::text(if was_running {
        "the embedded server is stopped; its data is kept for the next start"
    } else {
        "no embedded server was running here"
    }))
}
