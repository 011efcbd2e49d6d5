//! `workroom server start`: the server runs afterwards, whether or not it did before.

use clap::Args;

use super::{Which, ways_in};
use crate::commands::Context;
use crate::error::Result;
use crate::report::Report;
use crate::server::{Options, Server, Status, status};

/// How it listens.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which server.
    #[command(flatten)]
    pub which: Which,
    /// Listen on this port of 127.0.0.1 too, with a password [default: on a Unix socket only]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
}

/// Starts the server, makes it first when there is none, and says how to connect.
///
/// # Errors
/// When no Postgres can be found or fetched, or when it does not start.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let options = Options {
        port: arguments.port,
        ..arguments.which.wanted(context)?
    };
    let was_running = matches!(status(&options)?, Status::Running { .. });
    let server = Server::start(&options, context.observer.as_ref())?;
    let state = if was_running {
        "was running already"
    } else {
        "is running"
    };
    Ok(Report::text(format!(
        "Postgres {} {state}\n{}",
        server.binaries().version,
        ways_in(&server, &arguments.which)?
    )))
}
