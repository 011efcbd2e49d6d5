//! A new data folder: `initdb`, then the settings that differ from Postgres's own.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use super::account::Account;
use super::binaries::Binaries;
use super::connection::USER;
use super::directories::failed;
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
    /// It must survive everything; the file holds the superuser's password for connections over TCP.
    Kept { password_file: &'a Path },
    /// It ends with the process.
    ThrownAway,
}

/// Makes a data folder. It is built beside its place and renamed, so that half of one is never taken for a whole.
///
/// # Errors
/// When `initdb` fails; its own words are the cause.
pub(super) fn create(
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
    let mut initdb = account.command(binaries.program("initdb"));
    initdb
        .arg("-D")
        .arg(&unfinished)
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
        let _ = fs::remove_dir_all(&unfinished);
        return Err(error);
    }
    let file = unfinished.join("postgresql.conf");
    OpenOptions::new()
        .append(true)
        .open(&file)
        .and_then(|mut opened| opened.write_all(settings.as_bytes()))
        .map_err(|error| failed("write", &file, &error))?;
    fs::rename(&unfinished, data).map_err(|error| failed("create the folder", data, &error))
}
