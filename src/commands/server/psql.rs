//! `workroom server psql`: the server's own `psql`, connected.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;

use clap::Args;

use super::Which;
use crate::commands::Context;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::server::{self, DATABASE, Server, USER};

/// What psql gets.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which server.
    #[command(flatten)]
    pub which: Which,
    /// Options for psql, such as `-c 'select 1'`
    #[arg(
        value_name = "PSQL OPTIONS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub rest: Vec<OsString>,
}

/// Starts the server if need be, and becomes `psql`.
///
/// # Errors
/// When the server does not start, or there is no `psql`. Otherwise it does not return.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let server = Server::start(&arguments.which.wanted(context)?, context.observer.as_ref())?;
    let program = server.psql_path();
    let connection = server.connection();
    let mut psql = server::interactive(&program)?;
    // Variables rather than a URL, so that `-d` among the options names another database of this server.
    psql.env("PGHOST", &connection.socket_folder)
        .env("PGPORT", connection.port.to_string())
        .env("PGUSER", USER)
        .env("PGDATABASE", DATABASE)
        .args(&arguments.rest);
    let error = psql.exec();
    Err(
        Error::database(format!("cannot run `{}`", program.display()))
            .because(error)
            .hint(format!("connect with another client: {}", server.url())),
    )
}
