//! A throw-away server: its data in a temporary folder, both gone with the value or with the process.
//!
//! A small shell is the server's parent and waits at the other end of a pipe. When the pipe closes, because the
//! value was dropped or because the process ended, however it ended, the shell stops the server and removes
//! the folder. Should the shell be killed as well, the next workroom finds the folder and clears it away.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};

use super::account::{Account, open_folder};
use super::binaries::Binaries;
use super::cluster::{self, Worth};
use super::connection::Connection;
use super::failure::failed;
use super::process::{self, Launch, Log};
use super::{Options, directories};
use crate::clock;
use crate::error::{Error, Result};
use crate::event::Observer;

/// How the names of the folders begin. Short, since they are part of a socket's path.
const PREFIX: &str = "workroom-tmp-";

/// After this time an empty folder without a lock was not merely caught in the making.
const ABANDONED_AFTER: Duration = Duration::from_mins(10);

/// Starts the server given as arguments, says its process id, waits for the pipe to close, and clears up.
const SHELL: &str = r#"
folder=$1; shift
"$@" </dev/null >>"$folder/log" 2>&1 &
server=$!
echo "$server"
read -r _
# A signal that comes before the server can take it is lost, so it is sent until it has its effect.
(while kill -QUIT "$server"; do sleep 1; done) 2>/dev/null &
wait "$server"
kill "$!" 2>/dev/null
# A server killed from outside may have children that still write.
rm -rf -- "$folder" || { sleep 1; rm -rf -- "$folder"; }
"#;

/// A server that ends with this value.
#[derive(Debug)]
pub struct Temporary {
    connection: Connection,
    binaries: Binaries,
    folder: PathBuf,
    shell: Child,
    /// The folder, opened and locked for as long as this process lives. A lock on the folder itself needs no file in
    /// it, and root writes none: the folder is the account's.
    _lock: File,
}

impl Temporary {
    /// Makes and starts a server. Of the options, those about keeping it do not count.
    ///
    /// # Errors
    /// When no Postgres is found, or the server does not start.
    pub fn start(options: &Options, observer: &dyn Observer) -> Result<Self> {
        let account = Account::for_this_process()?;
        let binaries = super::find_binaries(options, &account, observer)?;
        let parent = directories::temporary(&account);
        remove_abandoned(&parent, &account);
        let (folder, lock) = make_folder(&parent, &account)?;
        let started = run(&binaries, &folder, &account);
        if started.is_err() {
            // The shell, if it came to that, does the same.
            let _ = fs::remove_dir_all(&folder);
        }
        let (shell, connection) = started?;
        Ok(Self {
            connection,
            binaries,
            folder,
            shell,
            _lock: lock,
        })
    }

    /// How to reach it.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The URL of its first database.
    #[must_use]
    pub fn url(&self) -> String {
        self.connection.url()
    }

    /// The Postgres that it runs.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The folder that holds everything of it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // It ends in a few milliseconds; if it cannot be waited for, it still does its work.
        let _ = self.shell.wait();
    }
}

/// Makes the data and starts the server below a shell of its own.
fn run(binaries: &Binaries, folder: &Path, account: &Account) -> Result<(Child, Connection)> {
    let data = folder.join("data");
    cluster::create(binaries, &data, Worth::ThrownAway, account)?;
    let connection = Connection {
        socket_folder: folder.to_owned(),
        port: 5432,
    };
    let launch = Launch {
        binaries,
        data: &data,
        connection: &connection,
        tcp: false,
    };
    let mut log = Log::of_account(&folder.join("log"), account.user());
    let mut shell = account
        .command("/bin/sh")
        .args(["-c", SHELL, "workroom"])
        .arg(folder)
        .args(launch.command_line())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Ctrl-C in a terminal goes to the foreground group; the shell must outlive it.
        .process_group(0)
        .spawn()
        .map_err(|error| {
            Error::database("cannot run a shell to watch over the server").because(error)
        })?;
    let pid = read_pid(&mut shell)?;
    let ready = process::wait_until_ready(&data, &mut log, || !process::is_alive(pid));
    if let Err(error) = ready {
        drop(shell.stdin.take());
        let _ = shell.wait();
        return Err(error);
    }
    Ok((shell, connection))
}

/// The shell's one line.
fn read_pid(shell: &mut Child) -> Result<Pid> {
    let mut line = String::new();
    if let Some(output) = shell.stdout.take() {
        // An empty line is as wrong as none.
        let _ = BufReader::new(output).read_line(&mut line);
    }
    process::process_id(line.as_bytes())
        .ok_or_else(|| Error::database("the shell that watches over the server ended at once"))
}

/// Makes a new folder and locks it; a folder whose lock is free has lost its process.
fn make_folder(parent: &Path, account: &Account) -> Result<(PathBuf, File)> {
    let serial = SERIAL.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let name = format!(
        "{PREFIX}{}-{:x}-{serial}",
        std::process::id(),
        clock::microseconds() & 0xffff_ffff
    );
    let folder = parent.join(name);
    account.make_folder(&folder)?;
    // Until it is locked it is empty, and an empty one is left alone by those who clear away.
    let locked = open_folder(&folder).and_then(|opened| {
        opened.lock()?;
        Ok(opened)
    });
    match locked {
        Ok(lock) => Ok((folder, lock)),
        Err(error) => {
            let _ = fs::remove_dir_all(&folder);
            Err(failed("lock", &folder, &error))
        }
    }
}

/// Tells apart the servers of one process.
static SERIAL: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

/// Clears away what killed processes left. What cannot be cleared is left to the next time.
fn remove_abandoned(parent: &Path, account: &Account) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(PREFIX.as_bytes())
        {
            let folder = entry.path();
            if is_abandoned(&folder, account) {
                remove(&folder);
            }
        }
    }
}

/// Whether the folder is one of ours, and its process is gone.
fn is_abandoned(folder: &Path, account: &Account) -> bool {
    let Ok(opened) = open_folder(folder) else {
        return false;
    };
    let Ok(found) = opened.metadata() else {
        return false;
    };
    let owners = [account.user(), rustix::process::geteuid().as_raw()];
    if !owners.contains(&found.uid()) || opened.try_lock().is_err() {
        return false;
    }
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return true;
    }
    let age = found
        .modified()
        .ok()
        .and_then(|modified| modified.elapsed().ok());
    age.is_some_and(|age| age > ABANDONED_AFTER)
}

/// Stops the server of an abandoned folder, if it still runs, and removes the folder.
fn remove(folder: &Path) {
    let data = folder.join("data");
    if let Some(running) = process::running(&data) {
        let _ = process::send(running.pid, Signal::QUIT);
        for _ in 0..1000 {
            if !process::is_postmaster_of(running.pid, &data) {
                break;
            }
            std::thread::sleep(Duration::from_millis(3));
        }
    }
    let _ = fs::remove_dir_all(folder);
}
