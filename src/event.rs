//! What a long run says while it works: one stream of events, rendered as a progress bar, plain lines or JSON.

use std::fmt;
use std::time::Duration;

/// The database that a run works on.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// Host and port; a socket by its folder.
    pub server: &'a str,
    /// The database's name.
    pub database: &'a str,
    /// The role that connects.
    pub user: &'a str,
    /// Version and folder of the server, where it is the embedded one of the project.
    pub embedded: Option<&'a str>,
}

impl fmt::Display for Destination<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            server,
            database,
            user,
            embedded,
        } = self;
        match embedded {
            Some(embedded) => write!(
                formatter,
                "on the embedded server of this project ({embedded}), database {database} as {user}"
            ),
            None => write!(formatter, "on {user}@{server}/{database}"),
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// The database that the run works on, before anything is sent there.
    Destination(Destination<'a>),
    /// A sentence for the user: a notice of the server, a fact worth knowing.
    Note(&'a str),
    /// A sentence shown only under `-v`.
    Detail(&'a str),
    /// A unit of work began: "migration agency V003__timesheets".
    Started(&'a str),
    /// The unit of work named is done.
    Finished(&'a str, Duration),
    /// How far the unit of work named has come.
    Progress {
        /// The unit of work.
        label: &'a str,
        /// Units done.
        done: u64,
        /// Units in all; 0 when unknown.
        total: u64,
        /// What is counted: "bytes", "rows", "blocks".
        unit: &'a str,
        /// Bytes moved for them so far; 0 when they are not counted.
        bytes: u64,
    },
    /// The run waits for somebody else.
    Waiting {
        /// What for: "the deployment lock", "a lock on agency.clients".
        what: &'a str,
        /// Who holds it, in words.
        holder: &'a str,
        /// How long so far.
        waited: Duration,
    },
}

/// Somebody who listens. Features take `&dyn Observer` and never print.
pub trait Observer: Send + Sync {
    /// Takes one event; must not block for long.
    fn event(&self, event: &Event<'_>);
}

impl<Listener: Observer> Observer for std::sync::Arc<Listener> {
    fn event(&self, event: &Event<'_>) {
        (**self).event(event);
    }
}

/// Listens to nothing; for tests and for quiet library use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: &Event<'_>) {}
}
