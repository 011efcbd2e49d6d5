//! Servers and databases for tests: one throw-away server for each major version, one database a test.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::debian;
use workroom::event::Silent;
use workroom::server::{Options, Temporary, programs};

/// The major version for tests that are about anything but versions.
pub(crate) const NEWEST: u32 = 18;

/// The server of a major version: 18 and 16 with pgvector, 15 without. It ends with the test process.
pub(crate) fn server(major: u32) -> &'static Temporary {
    static SERVERS: [(u32, OnceLock<Temporary>); 3] = [
        (18, OnceLock::new()),
        (16, OnceLock::new()),
        (15, OnceLock::new()),
    ];

    let (_, server) = SERVERS
        .iter()
        .find(|(known, _)| *known == major)
        .expect("a major version that tests use");
    server.get_or_init(|| own_server(major))
}

/// Has the servers of a major version offer pgcrypto, which the fetched Postgres comes without: those that run already
/// as well.
pub(crate) fn offer_pgcrypto(major: u32) {
    let options = Options {
        major: Some(major),
        extensions: vec!["vector".to_owned(), "pgcrypto".to_owned()],
        ..Options::default()
    };
    programs(&options, &Silent).unwrap_or_else(|error| panic!("{error}\n{:#?}", error.hints));
}

/// A server for one test alone, which makes roles or otherwise changes what databases share.
pub(crate) fn own_server(major: u32) -> Temporary {
    let extensions = if major == 15 {
        Vec::new()
    } else {
        vec!["vector".to_owned()]
    };
    // The wheel has no 15; Debian has.
    if major == 15 && !Path::new("/usr/lib/postgresql/15/bin/postgres").exists() {
        debian::install("postgresql-15");
    }
    let options = Options {
        major: Some(major),
        extensions,
        ..Options::default()
    };
    Temporary::start(&options, &Silent)
        .unwrap_or_else(|error| panic!("{error}\nhints: {:#?}", error.hints))
}

/// An empty database of its own for one test, dropped at the end.
pub(crate) struct TestDatabase {
    server: &'static Temporary,
    name: String,
}

impl TestDatabase {
    /// A database on the server of a major version.
    pub(crate) fn new(major: u32) -> Self {
        Self::from_template(major, "template0")
    }

    /// A copy of another database, to which nobody may be connected.
    pub(crate) fn from_template(major: u32, template: &str) -> Self {
        static SERIAL: AtomicU32 = AtomicU32::new(1);

        let server = server(major);
        let name = format!("test_{}", SERIAL.fetch_add(1, Ordering::Relaxed));
        execute(
            &server.url(),
            &format!("create database {name} template {template} strategy file_copy"),
        );
        // Set by `tests/on_any_day`.
        if let Ok(zone) = std::env::var("WORKROOM_TEST_TIME_ZONE") {
            execute(
                &server.url(),
                &format!("alter database {name} set timezone = '{zone}'"),
            );
        }
        Self { server, name }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The folder of its server's socket.
    pub(crate) fn socket_folder(&self) -> String {
        let folder = &self.server.connection().socket_folder;
        folder.display().to_string()
    }

    /// The URL of the superuser.
    pub(crate) fn url(&self) -> String {
        self.server.connection().url_of(&self.name)
    }

    /// Runs statements as the superuser, each call in a session of its own.
    pub(crate) fn execute(&self, sql: &str) {
        execute(&self.url(), sql);
    }

    /// A session that stays open until it is dropped.
    pub(crate) fn session(&self) -> TestSession {
        TestSession::new(&self.url())
    }

    /// The rows of a query as text, columns divided by `|`, as `psql -At` shows them.
    pub(crate) fn query(&self, sql: &str) -> Vec<String> {
        query(&self.url(), sql)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("drop database if exists {} with (force)", self.name);
        // The server goes with the process; a failing test shall show its own failure, not this one.
        let _ = try_query(&self.server.url(), &drop);
    }
}

/// A session on a thread of its own, for tests that hold a lock or a transaction.
pub(crate) struct TestSession {
    work: Option<Sender<String>>,
    done: Receiver<Vec<String>>,
    thread: Option<JoinHandle<()>>,
}

impl TestSession {
    /// Connects.
    pub(crate) fn new(url: &str) -> Self {
        let (work, todo) = channel::<String>();
        let (result, done) = channel();
        let url = url.to_owned();
        let thread = std::thread::spawn(move || {
            let runtime = runtime();
            let client = runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
                    .await
                    .unwrap();
                tokio::spawn(connection);
                client
            });
            for sql in todo {
                let messages = runtime.block_on(client.simple_query(&sql)).unwrap();
                result.send(rows(&messages)).unwrap();
            }
        });
        Self {
            work: Some(work),
            done,
            thread: Some(thread),
        }
    }

    /// Runs statements and returns their rows.
    pub(crate) fn run(&self, sql: &str) -> Vec<String> {
        let work = self.work.as_ref().unwrap();
        work.send(sql.to_owned()).unwrap();
        self.done
            .recv()
            .unwrap_or_else(|_| panic!("{sql} did not end"))
    }
}

impl Drop for TestSession {
    fn drop(&mut self) {
        drop(self.work.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been seen already, as a missing answer.
            let _ = thread.join();
        }
    }
}

/// Runs statements in a session of their own.
pub(crate) fn execute(url: &str, sql: &str) {
    query(url, sql);
}

/// The rows of a query as text, columns divided by `|`.
pub(crate) fn query(url: &str, sql: &str) -> Vec<String> {
    try_query(url, sql).unwrap_or_else(|error| panic!("{sql}\n{error:?}"))
}

/// The rows, or why there are none. Runs on a thread of its own, so that it works inside and outside an asynchronous test.
pub(crate) fn try_query(url: &str, sql: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    std::thread::scope(|scope| {
        let session = || runtime().block_on(session(url, sql));
        scope
            .spawn(session)
            .join()
            .expect("the session did not panic")
    })
}

async fn session(url: &str, sql: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    let driver = tokio::spawn(connection);
    let messages = client.simple_query(sql).await?;
    drop(client);
    let _ = driver.await;
    Ok(rows(&messages))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn rows(messages: &[tokio_postgres::SimpleQueryMessage]) -> Vec<String> {
    messages
        .iter()
        .filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                let cells: Vec<&str> = (0..row.len())
                    .map(|column| row.get(column).unwrap_or_default())
                    .collect();
                Some(cells.join("|"))
            }
            _ => None,
        })
        .collect()
}
