//! Client programs of Postgres: under the unprivileged account when this process is root.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::account::Account;
use super::program::{self, NEUTRAL_FOLDER};
use crate::error::Result;

/// A client program such as `pg_dump`: isolated, and under the unprivileged account when this process is root, since
/// what it reads comes from a server.
///
/// # Errors
/// When this process is root and there is no such account.
pub fn client(program: &Path) -> Result<Command> {
    Ok(Account::for_this_process()?.command(program))
}

/// A client program that takes over the terminal of this process. Root's runs under the unprivileged account, because
/// SQL that it reads can start programs; then it is in the neutral folder where the account cannot enter the current
/// one.
///
/// # Errors
/// When this process is root and there is no such account.
pub fn interactive(program: &Path) -> Result<Command> {
    let account = Account::for_this_process()?;
    let mut command = program::on_terminal(program);
    let Some(entry) = account.other() else {
        return Ok(command);
    };
    let here = std::env::current_dir().unwrap_or_else(|_| NEUTRAL_FOLDER.into());
    if !account.reaches(&here) {
        program::start_in_neutral_folder(&mut command);
    }
    // The home of root is closed to it, and it may have none of its own to keep what was typed.
    command
        .env("HOME", NEUTRAL_FOLDER)
        .env("PSQL_HISTORY", "/dev/null")
        .gid(entry.group)
        .uid(entry.user);
    Ok(command)
}
