//! A new data folder: `initdb`, then the settings that differ from Postgres's own.

use std::fs;
use std::path::Path;

use super::account::Account;
use super::binaries::Binaries;
use super::connection::USER;
use super::failure::failed;
use crate::error::{Error, Result};

/// What holds for every embedded server.
const COMMON: &str = "
# Written by workroom. Port and addresses are given on the command line at each start.
unix_socket_permissions = 0700
timezone = 'UTC'
log_timezone = 'UTC'
jit = off
max_locks_per_transaction = 256
";

/// What makes a throw-away server fast; none of its data outlives a crash.
const THROW_AWAY: &str = "
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
max_connections = 200
shared_buffers = 32MB
max_wal_size = 4GB
checkpoint_timeout = 1h
";

/// How much a server's data is worth.
#[derive(Clone, Copy, Debug)]
pub(super) enum Worth<'a> {
    /// It must survive everything; the file holds the superuser's password for connections over TCP. The account must
    /// be able to read it.
    Kept { password_file: &'a Path },
    /// It ends with the process.
    ThrownAway,
}

/// Appends the second argument to the file of the first.
const APPEND: &str = "printf %s \"$2\" >>\"$1\"";

/// Makes a data folder that is kept. It is built beside its place and renamed, so that half of one is never taken for
/// a whole.
///
/// # Errors
/// As [`create`].
pub(super) fn create_beside(
    binaries: &Binaries,
    data: &Path,
    worth: Worth<'_>,
    account: &Account,
) -> Result<()> {
    let unfinished = data.with_extension("new");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)
            .map_err(|error| failed("remove the folder", &unfinished, &error))?;
    }
    account.make_folder(&unfinished)?;
    create(binaries, &unfinished, worth, account)?;
    fs::rename(&unfinished, data).map_err(|error| failed("create the folder", data, &error))
}

/// Makes a data folder. All that is written in it is written by the account: by `initdb`, and by a shell.
///
/// # Errors
/// When `initdb` fails; its own words are the cause.
pub(super) fn create(
    binaries: &Binaries,
    data: &Path,
    worth: Worth<'_>,
    account: &Account,
) -> Result<()> {
    let mut initdb = account.command(binaries.program("initdb"));
    initdb
        .arg("-D")
        .arg(data)
        .args([
            "--encoding=UTF8",
            "--locale=C",
            "--no-instructions",
            "--username",
            USER,
        ])
        // Whoever reaches the socket has passed the mode of its folder; TCP passes nothing, so it asks.
        .args(["--auth-local=trust", "--auth-host=scram-sha-256"]);
    let settings = match worth {
        Worth::Kept { password_file } => {
            initdb.arg("--pwfile").arg(password_file);
            COMMON.to_owned()
        }
        Worth::ThrownAway => {
            initdb.arg("--no-sync");
            format!("{COMMON}{THROW_AWAY}")
        }
    };
    let output = initdb
        .output()
        .map_err(|error| failed("run", &binaries.program("initdb"), &error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let mut error = Error::database(format!(
            "`initdb` could not make a server in `{}`",
            data.display()
        ));
        for line in said.lines().filter(|line| !line.trim().is_empty()).take(5) {
            error = error.because(line);
        }
        // What it made is of no use, and the next run removes what cannot be removed now.
        let _ = fs::remove_dir_all(data);
        return Err(error);
    }
    let file = data.join("postgresql.conf");
    let appended = account
        .command("/bin/sh")
        .args(["-c", APPEND, "workroom"])
        .arg(&file)
        .arg(settings)
        .output()
        .map_err(|error| failed("write", &file, &error))?;
    if appended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&appended.stderr);
    Err(Error::database(format!("cannot write `{}`", file.display())).because(said.trim()))
}
