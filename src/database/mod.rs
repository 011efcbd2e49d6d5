//! One session with a server: connecting, sending batches, cancelling, and errors with their place in a file.
//!
//! Everything goes through the simple query protocol in as few messages as possible: a batch of statements is
//! one round trip, and it works behind poolers that cannot keep prepared statements.

mod completion;
mod connection_string;
mod copy;
mod failure;
mod governor;
mod kept;
mod libpq_files;
mod lock;
mod own_schema;
mod removal;
mod target;
mod tls;
mod together;

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio_postgres::{AsyncMessage, CancelToken, Client, SimpleQueryMessage};

pub use copy::{Buffer, CopyIn, Home};
pub use failure::BatchFailure;
pub use governor::{Governor, Limits};
pub use kept::Kept;
pub use lock::{DeploymentLock, Patience};
pub use own_schema::{
    making_own_tables, plain_query, refuse_foreign_schema, refuse_strangers, release_own_tables,
    strangers_query,
};
pub use target::Target;
pub use together::together;

use crate::error::{Error, Kind, Result};
use tls::Connector;

/// Opens a session.
pub type Connect<'a> = dyn Fn(Target) -> Pin<Box<dyn Future<Output = Result<Session>> + 'a>> + 'a;

/// The text rows of one statement of a batch.
pub type Rows = Vec<Vec<Option<String>>>;

/// A session with a server. Ends when it is dropped.
#[derive(Debug)]
pub struct Session {
    client: Client,
    target: Target,
    notices: Arc<Mutex<Vec<String>>>,
    /// Woken by each notification of a channel that the session listens to.
    notified: Arc<tokio::sync::Notify>,
    round_trips: AtomicU32,
    cancellation: Cancellation,
    /// SQL that is true on the backend that this session began on.
    own_backend: String,
    /// Whether the server has one backend for all its clients: whoever asks for the lock has it already.
    is_shared: AtomicBool,
    process: OnceLock<String>,
    lost: AtomicBool,
}

/// A setting that a session gives itself when it starts. A pooler, which starts sessions of its own, drops it:
/// so a backend without it belongs to somebody else as well.
const MARKER: &str = "workroom.session";

/// How a session starts. A server notices within half a minute that a client's machine has vanished, so that the
/// locks of that session are free again; and texts mean what the lexer takes them for.
const START_UP: &str = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 \
     -c standard_conforming_strings=on";

/// How long a server that is starting, or recovering from a crash, is waited for.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Stops the statement that a session runs; the session's next answer is then an error.
#[derive(Clone)]
pub struct Cancellation {
    token: CancelToken,
    connector: Connector,
    requested: Arc<AtomicBool>,
}

impl std::fmt::Debug for Cancellation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Cancellation")
            .finish_non_exhaustive()
    }
}

impl Cancellation {
    /// Whether the session has ended, so that nobody but the holder of this one copy knows of it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        Arc::strong_count(&self.requested) == 1
    }

    /// Asks the server to stop the running statement, if there is one.
    pub async fn cancel(&self) {
        self.requested.store(true, Ordering::Relaxed);
        // A server that cannot be reached any more has nothing left to cancel.
        let _ = self.token.cancel_query(self.connector.clone()).await;
    }
}

impl Session {
    /// Connects.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses; the message names it without the password.
    pub async fn connect(target: &Target) -> Result<Self> {
        let connector = Connector::new(target)?;
        let marker = format!("{:016x}", fastrand::u64(..));
        let mut marked = if target.session_pooler {
            target.clone()
        } else {
            target.with_option(&format!("{START_UP} -c {MARKER}={marker}"))
        };
        let started = Instant::now();
        let connected = loop {
            match marked.config.connect(connector.clone()).await {
                // A pooler that does not know the start-up parameter; without the marker it will be recognised.
                Err(error)
                    if failure::is_unsupported_parameter(&error)
                        && marked.config.get_options() != target.config.get_options() =>
                {
                    marked = target.clone();
                }
                Err(error) if failure::is_starting(&error) && started.elapsed() < START_LIMIT => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                other => break other,
            }
        };
        let (client, mut connection) =
            connected.map_err(|error| failure::connecting(target, &error))?;
        let notices = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&notices);
        let notified = Arc::new(tokio::sync::Notify::new());
        let bell = Arc::clone(&notified);
        // The connection's own task; it ends when the client is dropped or the server goes away, and the
        // client's next call then says so.
        tokio::spawn(poll_fn(move |context| {
            loop {
                match connection.poll_message(context) {
                    Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => {
                        if let Ok(mut notices) = sink.lock() {
                            notices.push(notice.message().to_owned());
                        }
                    }
                    Poll::Ready(Some(Ok(AsyncMessage::Notification(_)))) => bell.notify_one(),
                    Poll::Ready(Some(Ok(_))) => {}
                    Poll::Ready(Some(Err(_)) | None) => {
                        bell.notify_one();
                        return Poll::Ready(());
                    }
                    Poll::Pending => return Poll::Pending,
                }
            }
        }));
        let own_backend =
            format!("pg_catalog.current_setting('{MARKER}', true) is not distinct from '{marker}'");
        let mut session = Self::of(client, target, connector, notices, own_backend);
        session.notified = notified;
        if target.session_pooler {
            session.hold_to_its_process().await?;
        }
        Ok(session)
    }

    /// A session on a client of the caller's own, whose connection the caller drives; `target` says where it is connected
    /// to. It must not go through a pooler, since the deployment lock stays with one backend. What the server says with
    /// NOTICE goes to the connection's owner.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn from_client(client: Client, target: &Target) -> Result<Self> {
        let connector = Connector::new(target)?;
        let mut session = Self::of(client, target, connector, Arc::default(), String::new());
        session.hold_to_its_process().await?;
        Ok(session)
    }

    /// Takes the backend that answers now for the session's own, where it could not be given a mark when it started.
    async fn hold_to_its_process(&mut self) -> Result<()> {
        let sql = "select pg_catalog.pg_backend_pid(), \
             pg_catalog.set_config('standard_conforming_strings', 'on', false);";
        let rows = self.run("preparing the session", sql).await?;
        let process = rows.into_iter().flatten().flatten().flatten().next();
        self.own_backend = format!(
            "pg_catalog.pg_backend_pid() = {}",
            process.unwrap_or_default()
        );
        Ok(())
    }

    fn of(
        client: Client,
        target: &Target,
        connector: Connector,
        notices: Arc<Mutex<Vec<String>>>,
        own_backend: String,
    ) -> Self {
        let cancellation = Cancellation {
            token: client.cancel_token(),
            connector,
            requested: Arc::default(),
        };
        Self {
            client,
            target: target.clone(),
            notices,
            notified: Arc::default(),
            round_trips: AtomicU32::new(0),
            cancellation,
            own_backend,
            is_shared: AtomicBool::new(false),
            process: OnceLock::new(),
            lost: AtomicBool::new(false),
        }
    }

    /// Sends SQL as one message and collects the rows of each of its statements, in order.
    ///
    /// # Errors
    /// When a statement fails: which one, and the server's error. Statements before it have run; unless the
    /// batch opened a transaction of its own, they are rolled back with it.
    pub async fn batch(&self, sql: &str) -> Result<Vec<Rows>, BatchFailure> {
        self.round_trips.fetch_add(1, Ordering::Relaxed);
        let mut results = Vec::new();
        let mut rows = Rows::new();
        let fail = |error, completed| {
            if failure::ends_session(&error) {
                self.lost.store(true, Ordering::Relaxed);
            }
            BatchFailure {
                error,
                completed,
                cancelled: self.cancellation.requested.load(Ordering::Relaxed),
                contention: None,
            }
        };
        let stream = self
            .client
            .simple_query_raw(sql)
            .await
            .map_err(|error| fail(error, 0))?;
        let mut stream = std::pin::pin!(stream);
        while let Some(message) = stream.next().await {
            match message.map_err(|error| fail(error, results.len()))? {
                SimpleQueryMessage::Row(row) => {
                    rows.push(
                        (0..row.len())
                            .map(|at| row.get(at).map(str::to_owned))
                            .collect(),
                    );
                }
                SimpleQueryMessage::CommandComplete(_) => results.push(std::mem::take(&mut rows)),
                _ => {}
            }
        }
        Ok(results)
    }

    /// Like [`Session::batch`], for SQL of workroom's own, whose failure has no place in the user's files.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn run(&self, what: &str, sql: &str) -> Result<Vec<Rows>> {
        self.batch(sql)
            .await
            .map_err(|failure| failure.of_our_own(what))
    }

    /// A failure outside of a batch.
    fn failure(&self, error: tokio_postgres::Error) -> BatchFailure {
        BatchFailure {
            error,
            completed: 0,
            contention: None,
            cancelled: self.cancellation.requested.load(Ordering::Relaxed),
        }
    }

    /// What the server said with NOTICE or WARNING since the last call.
    pub fn take_notices(&self) -> Vec<String> {
        self.notices
            .lock()
            .map(|mut notices| std::mem::take(&mut *notices))
            .unwrap_or_default()
    }

    /// SQL that is true on the backend that this session began on, and false behind a pooler that has given it another.
    fn is_own_backend(&self) -> &str {
        &self.own_backend
    }

    /// Waits for a notification of a channel that the session listens to, for the end of the connection, or for so long.
    /// One that came since the last call counts.
    pub async fn notification(&self, longest: Duration) {
        let _ = tokio::time::timeout(longest, self.notified.notified()).await;
    }

    /// Whether the server has one backend for all its clients, as PGlite has; known once the session has tried to take
    /// the deployment lock.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.is_shared.load(Ordering::Relaxed)
    }

    /// Whether the connection is gone, and with it the answer to what was sent last.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed) || self.client.is_closed()
    }

    /// The server's process behind this session, known once it has tried to take the deployment lock.
    #[must_use]
    pub fn process(&self) -> Option<&str> {
        self.process.get().map(String::as_str)
    }

    /// The client below, for what needs the extended protocol or COPY.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs one statement, which several would not be, and gives its rows: texts by the names of their columns, without
    /// those that are null.
    ///
    /// # Errors
    /// What the server says, or which column is no text.
    pub async fn texts(&self, statement: &str) -> Result<Vec<BTreeMap<String, String>>, String> {
        let said = |error: tokio_postgres::Error| {
            let told = error.as_db_error().map(|error| error.message().to_owned());
            told.unwrap_or_else(|| error.to_string())
        };
        let rows = self.client.query(statement, &[]).await.map_err(said)?;
        let read = rows.iter().map(|row| {
            let columns = row.columns().iter().enumerate();
            let cells = columns.map(|(at, column)| {
                let cell: Option<String> = row.try_get(at).map_err(|_| {
                    format!(
                        "the column {0} is no text: cast it, as {0}::text",
                        column.name()
                    )
                })?;
                Ok(cell.map(|cell| (column.name().to_owned(), cell)))
            });
            cells.filter_map(Result::transpose).collect()
        });
        read.collect()
    }

    /// Where the session is connected to.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// A handle that stops the session's running statement from elsewhere.
    #[must_use]
    pub fn cancellation(&self) -> Cancellation {
        self.cancellation.clone()
    }

    /// Batches sent since the session was authenticated.
    #[must_use]
    pub fn round_trips(&self) -> u32 {
        self.round_trips.load(Ordering::Relaxed)
    }
}

/// A pause of about this length, so that many who wait do not come back at once.
#[must_use]
pub fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64())
}

/// The error for a run that was stopped by the user.
fn interrupted() -> Error {
    Error::new(Kind::Interrupted, "interrupted")
        .because("the running statement was cancelled and its transaction rolled back")
        .hint("run the same command again to go on")
}
