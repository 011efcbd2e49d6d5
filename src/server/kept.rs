//! The kept server: one for each project folder, running between commands until it is stopped.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::account::{Account, make_open_folders};
use super::binaries::{Binaries, Version, Wanted};
use super::cluster::{self, Worth};
use super::connection::Connection;
use super::directories::{self, Home, failed};
use super::process::{self, Launch, Log, Running};
use super::{Options, find_binaries, lock, wheel};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::files::fingerprint_of_bytes;

/// The port of a server that no one has asked to listen on one; it only names the socket.
const SOCKET_PORT: u16 = 5432;

/// A log longer than this is set aside at the next start.
const LONGEST_LOG_BYTES: u64 = 10_000_000;

/// How long the processes of a killed server may hold on to its memory.
const REMAINS_LIMIT: Duration = Duration::from_secs(10);

/// The folder of a kept server, with the account that owns it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) account: Account,
    home: PathBuf,
    folder: PathBuf,
}

impl Place {
    /// The place for a project, whether or not a server is there.
    ///
    /// # Errors
    /// When there is no home for it.
    pub(super) fn of(options: &Options) -> Result<Self> {
        let account = Account::for_this_process()?;
        let home = match &options.data {
            Some(folder) => folder.clone(),
            None => Home::Data.folder(&account)?,
        };
        // The server is recognised by the path it was started with, so there must be one spelling of it.
        let home = fs::canonicalize(&home).unwrap_or(home);
        let folder = home.join(name_for(options.project.as_deref()));
        Ok(Self {
            account,
            home,
            folder,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    fn password_file(&self) -> PathBuf {
        self.folder.join("password")
    }

    /// The file that remembers which Postgres made the data.
    fn binaries_file(&self) -> PathBuf {
        self.folder.join("binaries")
    }

    /// Keeps other workrooms from starting, stopping or removing the server.
    pub(super) fn lock(&self, observer: &dyn Observer) -> Result<File> {
        let path = self.folder.with_extension("lock");
        lock::take(
            &path,
            "another workroom that starts or stops the server",
            observer,
        )
    }

    /// Whether a server has been made here.
    pub(super) fn exists(&self) -> bool {
        self.data().join("PG_VERSION").is_file()
    }

    pub(super) fn running(&self) -> Option<Running> {
        process::running(&self.data())
    }

    /// The password for connections over TCP.
    pub(super) fn password(&self) -> Result<String> {
        let path = self.password_file();
        let text = fs::read_to_string(&path).map_err(|error| failed("read", &path, &error))?;
        Ok(text.trim_end().to_owned())
    }

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
            let (mut log, _) = Log::open(&self.log())?;
            let data = self.data();
            match process::wait_until_ready(&data, &mut log, || {
                !process::is_postmaster_of(running.pid, &data)
            }) {
                Ok(ready) => return check_port(options, ready).map(|running| (running, binaries)),
                Err(error) if self.running().is_some() => return Err(error),
                Err(_) => {}
            }
        }
        if !self.exists() {
            self.create(&binaries, options)?;
        }
        let running = self.launch(&binaries, options, observer)?;
        Ok((running, binaries))
    }

    /// The data folder's parents, reachable for the account.
    fn make_home(&mut self) -> Result<()> {
        make_open_folders(&self.home)?;
        if !self.account.reaches(&self.home) {
            return Err(wheel::closed(Home::Data, &self.home, &self.account));
        }
        let home = fs::canonicalize(&self.home)
            .map_err(|error| failed("find the folder", &self.home, &error))?;
        let name = self.folder.file_name().unwrap_or_default().to_owned();
        self.folder = home.join(name);
        self.home = home;
        Ok(())
    }

    /// The Postgres to run: for existing data the one that made it or another of its major version.
    fn binaries(&self, options: &Options, observer: &dyn Observer) -> Result<Binaries> {
        let wanted = wanted(options);
        if !self.exists() {
            return find_binaries(options, &self.account, observer);
        }
        let file = self.data().join("PG_VERSION");
        let text = fs::read_to_string(&file).map_err(|error| failed("read", &file, &error))?;
        let major = text.trim().parse().ok();
        let way_out = "`workroom server reset` throws this server and its data away; the next start makes a new one";
        if options.major.is_some() && options.major != major {
            let message = format!(
                "the server in `{}` is of Postgres {}",
                self.folder.display(),
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
                self.remember(&binaries)?;
                return Ok(binaries);
            }
        }
        let same_major = Options {
            major,
            ..options.clone()
        };
        let found = find_binaries(&same_major, &self.account, observer).map_err(|error| {
            error
                .because(format!(
                    "the server in `{}` was made by Postgres {}",
                    self.folder.display(),
                    text.trim()
                ))
                .hint(way_out)
        })?;
        self.remember(&found)?;
        Ok(found)
    }

    /// The Postgres that this server ran with last, unless it is gone.
    pub(super) fn remembered(&self) -> Option<Binaries> {
        let bytes = fs::read(self.binaries_file()).ok()?;
        let end_of_version = bytes.iter().position(|&byte| byte == b'\n')?;
        let version = Version::parse(std::str::from_utf8(&bytes[..end_of_version]).ok()?)?;
        let folder = PathBuf::from(std::ffi::OsString::from_vec(
            bytes[end_of_version + 1..].to_vec(),
        ));
        folder
            .join("postgres")
            .is_file()
            .then_some(Binaries { folder, version })
    }

    fn remember(&self, binaries: &Binaries) -> Result<()> {
        let mut bytes = format!("{}\n", binaries.version).into_bytes();
        bytes.extend_from_slice(binaries.folder.as_os_str().as_bytes());
        let path = self.binaries_file();
        if fs::read(&path).is_ok_and(|found| found == bytes) {
            return Ok(());
        }
        fs::write(&path, bytes).map_err(|error| failed("write", &path, &error))
    }

    /// Makes the folder and the data in it. What an interrupted run has left of them is used or replaced.
    fn create(&self, binaries: &Binaries, options: &Options) -> Result<()> {
        if !self.folder.is_dir() {
            self.account.make_folder(&self.folder)?;
        }
        // For people who wonder whose folder this is.
        if let Some(project) = &options.project {
            let path = self.folder.join("project");
            fs::write(&path, project.as_os_str().as_bytes())
                .map_err(|error| failed("write", &path, &error))?;
        }
        let password_file = self.password_file();
        write_private(&password_file, random_word()?.as_bytes())?;
        self.account.own(&password_file)?;
        let worth = Worth::Kept {
            password_file: &password_file,
        };
        cluster::create(binaries, &self.data(), worth, &self.account)?;
        self.remember(binaries)
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
            socket_folder: directories::socket_folder(&self.folder, port, &self.account)?,
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

    fn set_long_log_aside(&self) {
        let log = self.log();
        if fs::metadata(&log).is_ok_and(|metadata| metadata.len() > LONGEST_LOG_BYTES) {
            // A log that stays is no reason not to start.
            let _ = fs::rename(&log, log.with_extension("log.old"));
        }
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

/// The name of a project's folder: readable, and different for every path.
fn name_for(project: Option<&Path>) -> String {
    let Some(project) = project else {
        return "default".to_owned();
    };
    let path = fs::canonicalize(project).unwrap_or_else(|_| project.to_owned());
    let readable: String = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .take(16)
        .collect();
    let hash = fingerprint_of_bytes(path.as_os_str().as_bytes());
    format!("{readable}-{}", &hash[..12])
}

/// A password nobody can guess.
fn random_word() -> Result<String> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 24];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|error| failed("read", source, &error))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes a file that only its owner can read.
fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write as _;

    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| failed("write", path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_project_folder_has_a_name_of_its_own() {
        assert_eq!(name_for(None), "default");
        let first = name_for(Some(Path::new("/no such/my wörk")));
        assert!(first.starts_with("my-w-rk-"), "{first}");
        assert_ne!(first, name_for(Some(Path::new("/other/my wörk"))));
    }
}
