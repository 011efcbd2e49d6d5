//! The running server: what `postmaster.pid` says, whether it is true, and how to start and stop it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::binaries::Binaries;
use super::connection::{Connection, socket_in};
use super::{owned, program};
use crate::error::{Error, Result};

/// How often a change of state is looked for.
const PAUSE: Duration = Duration::from_millis(3);

/// How long a server may take to be ready; crash recovery of a large one needs its time.
const START_LIMIT: Duration = Duration::from_mins(2);

/// How long a fast shutdown may take before an immediate one.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// What `postmaster.pid` says of a server that is really there.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// The postmaster.
    pub(super) pid: Pid,
    /// Where it listens.
    pub(super) connection: Connection,
    /// Whether it listens on an address besides the socket.
    pub(super) tcp: bool,
    /// Whether it takes connections.
    pub(super) ready: bool,
}

/// The server of a data folder, if one runs. A file left by a killed server counts for nothing,
/// even when its process id has gone to another program since.
pub(super) fn running(data: &Path) -> Option<Running> {
    let text = owned::read(&data.join("postmaster.pid"), owner(data)).ok()?;
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let line = |number: usize| {
        lines
            .get(number - 1)
            .copied()
            .unwrap_or_default()
            .trim_ascii()
    };
    let number = |number: usize| std::str::from_utf8(line(number)).ok()?.parse::<i32>().ok();
    let pid = process_id(line(1))?;
    is_postmaster_of(pid, data).then(|| Running {
        pid,
        connection: Connection {
            socket_folder: PathBuf::from(OsStr::from_bytes(line(5))),
            port: number(4)
                .and_then(|port| u16::try_from(port).ok())
                .unwrap_or_default(),
        },
        tcp: !line(6).is_empty(),
        ready: line(8) == b"ready",
    })
}

/// The process that a text names. A server without postmaster, as `initdb` runs one, writes its own with a minus:
/// that is nobody who could be connected to, and to the system such a number would mean a whole group of processes.
pub(super) fn process_id(text: &[u8]) -> Option<Pid> {
    let number: i32 = std::str::from_utf8(text).ok()?.trim().parse().ok()?;
    (number > 0).then(|| Pid::from_raw(number)).flatten()
}

/// The account that a data folder belongs to.
fn owner(data: &Path) -> Option<u32> {
    fs::symlink_metadata(data).ok().map(|found| found.uid())
}

/// Whether a process exists and is more than a zombie.
pub(super) fn is_alive(pid: Pid) -> bool {
    if test_kill_process(pid) == Err(Errno::SRCH) {
        return false;
    }
    match fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())) {
        // The state comes after the name, which is in parentheses and may contain some.
        Ok(line) => {
            let after_name = line
                .iter()
                .rposition(|&byte| byte == b')')
                .map_or(0, |at| at + 1);
            !matches!(
                line[after_name..].trim_ascii_start().first(),
                Some(b'Z' | b'X')
            )
        }
        Err(_) => !printed_by_ps(pid, "state=").starts_with(b"Z"),
    }
}

/// Whether a process is the postmaster of a data folder: no zombie, started with this folder, and run by its owner,
/// who alone may have written its number there.
/// False also for the moment in which a new process turns into the postmaster.
pub(super) fn is_postmaster_of(pid: Pid, data: &Path) -> bool {
    if Path::new("/proc/self/cmdline").exists() {
        let process = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
        let Ok(line) = fs::read(process.join("cmdline")) else {
            return false;
        };
        let user = fs::read_to_string(process.join("status")).ok();
        let user = user.as_deref().and_then(effective_user);
        let is_foreign = rustix::process::geteuid().is_root() && user != owner(data);
        return !is_foreign
            && line
                .split(|&byte| byte == 0)
                .any(|argument| argument == data.as_os_str().as_bytes());
    }
    let command = printed_by_ps(pid, "command=");
    let data = data.as_os_str().as_bytes();
    command.windows(data.len()).any(|window| window == data)
}

/// The second number after `Uid:` in what the system tells of a process.
fn effective_user(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What `ps` tells of a process, on systems without `/proc`.
fn printed_by_ps(pid: Pid, column: &str) -> Vec<u8> {
    let pid = pid.as_raw_nonzero().to_string();
    let output = program::isolated("ps")
        .args(["-ww", "-o", column, "-p", &pid])
        .output();
    output.map(|output| output.stdout).unwrap_or_default()
}

/// Removes what a killed server left in its data and socket folders. Call it only when nothing runs there,
/// under the lock that keeps others from starting it.
pub(super) fn remove_leftovers(data: &Path, socket_folder: &Path, port: u16) {
    let socket = socket_in(socket_folder, port);
    let mut socket_lock = socket.clone().into_os_string();
    socket_lock.push(".lock");
    for file in [
        data.join("postmaster.pid"),
        socket,
        PathBuf::from(socket_lock),
    ] {
        // Most often none of them is there; if one cannot be removed, Postgres says what it thinks of it.
        let _ = fs::remove_file(file);
    }
}

/// How a server is started.
#[derive(Debug)]
pub(super) struct Launch<'a> {
    pub(super) binaries: &'a Binaries,
    pub(super) data: &'a Path,
    pub(super) connection: &'a Connection,
    /// Whether it listens on 127.0.0.1 as well.
    pub(super) tcp: bool,
}

impl Launch<'_> {
    /// The program and its arguments.
    pub(super) fn command_line(&self) -> Vec<OsString> {
        // A quoted name, because the setting is a list that commas divide.
        let quoted = self.connection.socket_folder.as_os_str().as_bytes();
        let mut sockets = b"unix_socket_directories=\"".to_vec();
        for &byte in quoted {
            if byte == b'"' {
                sockets.push(byte);
            }
            sockets.push(byte);
        }
        sockets.push(b'"');
        let addresses = if self.tcp { "127.0.0.1" } else { "" };
        vec![
            self.binaries.program("postgres").into_os_string(),
            "-D".into(),
            self.data.into(),
            "-p".into(),
            self.connection.port.to_string().into(),
            "-c".into(),
            OsStr::from_bytes(&sockets).to_owned(),
            "-c".into(),
            format!("listen_addresses={addresses}").into(),
        ]
    }
}

/// Waits until the server takes connections.
///
/// `has_ended` tells whether the process is gone, which is known earlier and surer by whoever started it.
///
/// # Errors
/// When it ends before, or takes too long; the last lines of its log are the cause.
pub(super) fn wait_until_ready(
    data: &Path,
    log: &mut Log,
    mut has_ended: impl FnMut() -> bool,
) -> Result<Running> {
    let started = Instant::now();
    loop {
        let ended = has_ended();
        if let Some(running) = running(data).filter(|running| running.ready) {
            return Ok(running);
        }
        if ended {
            return Err(log.explain(Error::database("the embedded server did not start")));
        }
        if started.elapsed() > START_LIMIT {
            let seconds = START_LIMIT.as_secs();
            return Err(log.explain(Error::database(format!(
                "the embedded server was not ready after {seconds} s"
            ))));
        }
        sleep(PAUSE);
    }
}

/// Stops a server: open transactions are rolled back, and the data is left clean.
///
/// # Errors
/// When the process belongs to somebody else, or does not end.
pub(super) fn stop(running: &Running, data: &Path) -> Result<()> {
    for (signal, limit) in [(Signal::INT, STOP_LIMIT), (Signal::QUIT, STOP_LIMIT)] {
        send(running.pid, signal)?;
        let sent = Instant::now();
        while sent.elapsed() < limit {
            if !is_postmaster_of(running.pid, data) {
                return Ok(());
            }
            sleep(PAUSE);
        }
    }
    let pid = running.pid.as_raw_nonzero();
    Err(
        Error::database(format!("the embedded server does not stop (process {pid})"))
            .hint(format!("look at its log, then `kill -9 {pid}`")),
    )
}

/// Sends a signal; a process that is gone already is no failure.
pub(super) fn send(pid: Pid, signal: Signal) -> Result<()> {
    match kill_process(pid, signal) {
        Ok(()) | Err(Errno::SRCH) => Ok(()),
        Err(error) => Err(Error::database(format!(
            "cannot stop the embedded server (process {})",
            pid.as_raw_nonzero()
        ))
        .because(error)),
    }
}

/// A line of a log without time and process, where it says why a server does not start.
fn telling(line: &str) -> Option<&str> {
    const OF_EVERY_START: [&str; 3] = [
        "starting PostgreSQL",
        "database system is shut down",
        "listening on",
    ];
    let levels = [
        "LOG:  ",
        "WARNING:  ",
        "HINT:  ",
        "DETAIL:  ",
        "FATAL:  ",
        "PANIC:  ",
    ];
    let at = levels.iter().find_map(|level| line.split_once(*level));
    let said = at.map_or(line, |(_, said)| said).trim();
    let is_usual = OF_EVERY_START.iter().any(|usual| said.starts_with(usual));
    (!said.is_empty() && !is_usual).then_some(said)
}

/// The log of a server, and where in it this start begins.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    begins: u64,
    /// The account that writes it, where that is not this process.
    account: Option<u32>,
}

impl Log {
    /// Opens the log for the server to write to.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn open(path: &Path) -> Result<(Self, File)> {
        let file = owned::append(path)?;
        let begins = file.metadata().map_or(0, |metadata| metadata.len());
        let log = Self {
            path: path.to_owned(),
            begins,
            account: None,
        };
        Ok((log, file))
    }

    /// A log that a server writes of itself, under an account.
    pub(super) fn of_account(path: &Path, account: u32) -> Self {
        Self {
            path: path.to_owned(),
            begins: 0,
            account: Some(account),
        }
    }

    /// Adds what the last lines since the start say to an error.
    fn explain(&self, mut error: Error) -> Error {
        let text = self.since_start();
        let lines: Vec<&str> = text.lines().filter_map(telling).collect();
        for line in &lines[lines.len().saturating_sub(8)..] {
            error = error.because(line);
        }
        if text.contains("could not create any TCP/IP sockets") {
            error = error.hint(
                "the port is in use, or not for this account: choose another one with `--port`",
            );
        }
        error.hint(format!("the whole log is `{}`", self.path.display()))
    }

    /// What the server has written since this start.
    pub(super) fn since_start(&self) -> String {
        let mut bytes = Vec::new();
        // A log that cannot be read has nothing to tell.
        let _ = owned::open(&self.path, self.account).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.begins))?;
            file.read_to_end(&mut bytes)
        });
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
