//! `workroom server status`: whether the server runs, and where everything of it is.

use clap::Args;

use super::{Which, properties};
use crate::commands::Context;
use crate::error::Result;
use crate::report::{Outcome, Report};
use crate::server::{Status, password, status};

/// How to answer.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which server.
    #[command(flatten)]
    pub which: Which,
    /// Exit with status 1 when it does not run
    #[arg(long)]
    pub check: bool,
    /// Show the password for connections by TCP
    #[arg(long)]
    pub password: bool,
}

/// Looks, and changes nothing.
///
/// # Errors
/// When there is no place for a server, or the password cannot be read.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let options = arguments.which.existing(context);
    let status = status(&options)?;
    let mut table = properties(&status);
    if arguments.password && status != Status::Missing {
        table.row(["password", &password(&options)?]);
    }
    let mut report = Report::table(table);
    if arguments.check && !matches!(status, Status::Running { .. }) {
        report.outcome = Outcome::Found;
    }
    Ok(report)
}
