//! What a long run says while it works: one stream of events, rendered as a progress bar, plain lines or JSON.

use std::time::Duration;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event<'a> {
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
