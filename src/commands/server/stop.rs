//! `workroom server stop`: the server does not run afterwards, with `--all` none of this account; its data stays.

use clap::Args;

use super::Which;
use crate::commands::Context;
use crate::error::Result;
use crate::report::Report;
use crate::server::{self, Options};

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
    if context.global.all {
        let stopped = server::stop_all(&Options::default(), context.observer.as_ref())?;
        return Ok(Report::text(match stopped {
            0 => "no embedded server was running".to_owned(),
            1 => "1 embedded server is stopped; its data is kept for the next start".to_owned(),
            _ => format!(
                "{stopped} embedded servers are stopped; their data is kept for the next start"
            ),
        }));
    }
    let options = arguments.which.existing(context);
    let was_running = server::stop(&options, context.observer.as_ref())?;
    Ok(Report::text(if was_running {
        "the embedded server is stopped; its data is kept for the next start"
    } else {
        "no embedded server was running here"
    }))
}
