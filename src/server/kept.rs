//! The kept server: one for each project folder, running between commands until it is stopped.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::binaries::{Binaries, Wanted};
use super::cluster::{self, Worth};
use super::connection::Connection;
use super::directories;
use super::failure::failed;
use super::place::Place;
use super::process::{self, Launch, Log, Running};
use super::secret::secret;
use super::{Options, find_binaries, owned};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};

/// The port of a server that no one has asked to listen on one; it only names the socket.
const SOCKET_PORT: u16 = 5432;

/// How long the processes of a killed server may hold on to its memory.
const REMAINS_LIMIT: Duration = Duration::from_secs(10);

impl Place {
    /// Makes and starts whatever is missing.
    pub(super) fn start(
        &mut self,
        options: &Options,
        observer: &dyn Observer,
    ) -> Result<(Running, Binaries)> {
        // The usual case first, without a lock: it runs already and is what is wanted.
        if let Some(running) = self.running().filter(|running| running.ready)
            && let Some(binaries) = self.remembered()
            && wanted(options).missing(&binaries).is_none()
        {
            return check_port(options, running).map(|running| (running, binaries));
        }
        self.make_home()?;
        let _lock = self.lock(observer)?;
        let binaries = self.binaries(options, observer)?;
        if let Some(running) = self.running() {
            // Started by somebody else a moment ago, or on its way down.
            let mut log = Log::of_account(&self.log(), self.account.user());
            let data = self.data();
            match process::wait_until_ready(&data, &mut log, || {
                !process::is_postmaster_of(running.pid, &data)
            }) {
                Ok(ready) => return check_port(options, ready).map(|running| (running, binaries)),
                Err(error) if self.running().is_some() => return Err(error),
                Err(_) => {}
            }
        }
        self.settle_folder()?;
        if !self.exists() {
            self.create(&binaries, options)?;
        }
        self.remember(&binaries)?;
        let running = self.launch(&binaries, options, observer)?;
        Ok((running, binaries))
    }

    /// The Postgres to run: for existing data the one that made it or another of its major version.
    fn binaries(&self, options: &Options, observer: &dyn Observer) -> Result<Binaries> {
        let wanted = wanted(options);
        if !self.exists() {
            return find_binaries(options, &self.account, observer);
        }
        let file = self.data().join("PG_VERSION");
        let bytes = owned::read(&file, Some(self.account.user()))
            .map_err(|error| failed("read", &file, &error))?;
        let text = String::from_utf8_lossy(&bytes);
        let major = text.trim().parse().ok();
        let way_out = "`workroom server reset` throws this server and its data away; the next start makes a new one";
        if options.major.is_some() && options.major != major {
            let message = format!(
                "the server in `{}` is of Postgres {}",
                self.folder().display(),
                text.trim()
            );
            return Err(Error::refused(message).hint(way_out));
        }
        if let Some(binaries) = self.remembered() {
            let usable = Binaries::probe(&binaries.folder, &self.account);
            if let Ok(binaries) = usable
                && wanted.missing(&binaries).is_none()
                && Some(binaries.version.major) == major
            {
                return Ok(binaries);
            }
        }
        let same_major = Options {
            major,
            ..options.clone()
        };
        find_binaries(&same_major, &self.account, observer).map_err(|error| {
            error
                .because(format!(
                    "the server in `{}` was made by Postgres {}",
                    self.folder().display(),
                    text.trim()
                ))
                .hint(way_out)
        })
    }

    /// Makes the data. What an interrupted run has left of it is replaced.
    fn create(&self, binaries: &Binaries, options: &Options) -> Result<()> {
        // For people who wonder whose folder this is.
        if let Some(project) = &options.project {
            owned::replace(&self.project_file(), project.as_os_str().as_bytes())?;
        }
        let password = secret()?;
        owned::replace(&self.password_file(), password.as_bytes())?;
        // The account reads a copy of its own.
        let copy = self.folder().join("password.initdb");
        let file = owned::create(&copy, password.as_bytes())?;
        let given = self.account.give(&file);
        given.map_err(|error| failed("change the owner of", &copy, &error))?;
        let worth = Worth::Kept {
            password_file: &copy,
        };
        let created = cluster::create_beside(binaries, &self.data(), worth, &self.account);
        let removed = fs::remove_file(&copy).map_err(|error| failed("remove", &copy, &error));
        created.and(removed)
    }

    /// Starts the server and waits until it is ready.
    fn launch(
        &self,
        binaries: &Binaries,
        options: &Options,
        observer: &dyn Observer,
    ) -> Result<Running> {
        let data = self.data();
        let port = options.port.unwrap_or(SOCKET_PORT);
        let connection = Connection {
            socket_folder: directories::socket_folder(self.folder(), port, &self.account)?,
            port,
        };
        let launch = Launch {
            binaries,
            data: &data,
            connection: &connection,
            tcp: options.port.is_some(),
        };
        self.set_long_log_aside();
        let began = Instant::now();
        loop {
            process::remove_leftovers(&data, &connection.socket_folder, port);
            let (mut log, file) = Log::open(&self.log())?;
            let started = self.spawn(&launch, &file).and_then(|mut child| {
                let ready = process::wait_until_ready(&data, &mut log, || {
                    !matches!(child.try_wait(), Ok(None))
                });
                // If this process outlives the server, somebody must take note of its end.
                std::thread::spawn(move || child.wait());
                ready
            });
            match started {
                Err(_)
                    if log.since_start().contains("shared memory block")
                        && began.elapsed() < REMAINS_LIMIT =>
                {
                    observer.event(&Event::Waiting {
                        what: "the server's memory",
                        holder: "what is left of a killed server",
                        waited: began.elapsed(),
                    });
                    sleep(Duration::from_millis(100));
                }
                finished => return finished,
            }
        }
    }

    /// Starts the process in a group of its own, so that Ctrl-C in the terminal is not meant for it.
    fn spawn(&self, launch: &Launch<'_>, log: &File) -> Result<std::process::Child> {
        let duplicate = || {
            log.try_clone()
                .map_err(|error| failed("open", &self.log(), &error))
        };
        let line = launch.command_line();
        self.account
            .command(&line[0])
            .args(&line[1..])
            .stdout(duplicate()?)
            .stderr(duplicate()?)
            .process_group(0)
            .spawn()
            .map_err(|error| failed("run", Path::new(&line[0]), &error))
    }
}

/// What the options ask of a Postgres.
pub(super) fn wanted(options: &Options) -> Wanted<'_> {
    Wanted {
        major: options.major,
        extensions: &options.extensions,
    }
}

/// A running server keeps its port; a wish for another one is refused, for others may be using it.
fn check_port(options: &Options, running: Running) -> Result<Running> {
    match options.port {
        Some(port) if !running.tcp || running.connection.port != port => Err(Error::refused(
            format!("the server is running already, and not on port {port}"),
        )
        .hint("`workroom server stop` first, then start it again with `--port`")),
        _ => Ok(running),
    }
}
