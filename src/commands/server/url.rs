//! `workroom server url` and `workroom server env`: the server's address alone, for other programs.

use clap::Args;

use super::Which;
use crate::commands::Context;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::server::{Status, password, status};

/// Which address.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which server.
    #[command(flatten)]
    pub which: Which,
    /// By TCP with the password, for drivers that know no Unix sockets; the server must listen there
    #[arg(long)]
    pub tcp: bool,
}

/// Prints the URL and nothing else.
///
/// # Errors
/// When the server does not run, or does not listen by TCP where that is wanted.
pub fn url(context: &Context, arguments: &Arguments) -> Result<Report> {
    address(context, arguments).map(Report::text)
}

/// Prints it as a shell sets it: `eval "$(workroom server env)"`.
///
/// # Errors
/// As [`url`].
pub fn env(context: &Context, arguments: &Arguments) -> Result<Report> {
    let url = address(context, arguments)?;
    Ok(Report::text(format!("export DATABASE_URL='{url}'")))
}

fn address(context: &Context, arguments: &Arguments) -> Result<String> {
    let options = arguments.which.existing(context);
    let demo = if arguments.which.demo { " --demo" } else { "" };
    let Status::Running {
        connection, tcp, ..
    } = status(&options)?
    else {
        return Err(Error::refused("the embedded server does not run")
            .hint(format!("start it with `workroom server start{demo}`")));
    };
    match (arguments.tcp, tcp) {
        (false, _) => Ok(connection.url()),
        (true, true) => Ok(connection.tcp_url(&password(&options)?)),
        (true, false) => Err(Error::refused("the embedded server listens on its Unix socket only")
            .hint(format!(
                "stop it with `workroom server stop{demo}` and start it with `workroom server start{demo} --port 54321`"
            ))),
    }
}
