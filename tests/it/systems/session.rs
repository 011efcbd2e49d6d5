//! One session with the database that stays open, so that a test can be somebody.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::error::DbError;
use tokio_postgres::{AsyncMessage, Client, NoTls, SimpleQueryMessage};

use crate::support::server::TestDatabase;

/// A session that stays open and remembers who is signed in.
pub(crate) struct Session {
    runtime: Runtime,
    client: Client,
    notices: Arc<Mutex<Vec<String>>>,
}

impl Session {
    /// A session of the superuser.
    pub(crate) fn new(database: &TestDatabase) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let notices = Arc::default();
        let client = runtime.block_on(connect(&database.url(), Arc::clone(&notices)));
        Self {
            runtime,
            client,
            notices,
        }
    }

    /// A session of a person under their own database role, as "north pm".
    pub(crate) fn of(database: &TestDatabase, person: &str) -> Self {
        let session = Self::new(database);
        session.sign_in(person);
        session
    }

    /// A session of a person under the shared role, the person's role being a setting.
    pub(crate) fn shared(database: &TestDatabase, person: &str) -> Self {
        let session = Self::new(database);
        session.sign_in(person);
        let role = role_of(person);
        session.rows(&format!(
            "reset role;
             select set_config('app.current_role', '{role}', false);
             set role agency_session"
        ));
        session
    }

    /// The two ways of being a person, which must come to the same.
    pub(crate) fn both(database: &TestDatabase, person: &str) -> [Self; 2] {
        [Self::of(database, person), Self::shared(database, person)]
    }

    /// Becomes another person, under their own database role.
    pub(crate) fn sign_in(&self, person: &str) {
        let tenant = person.split(' ').next().unwrap();
        let role = role_of(person);
        self.rows(&format!(
            "reset role;
             select set_config('app.current_tenant', id_of('{tenant}')::text, false),
               set_config('app.current_role', '', false),
               set_config('request.jwt.claims', json_build_object('sub', id_of('{person}'))::text, false);
             set role agency_{role}"
        ));
    }

    /// The rows of a query as text, columns divided by `|`.
    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        self.run(sql)
            .unwrap_or_else(|error| panic!("{sql}\n{error:#?}"))
            .0
    }

    /// The one value of a query.
    pub(crate) fn value(&self, sql: &str) -> String {
        let mut rows = self.rows(sql);
        assert_eq!(rows.len(), 1, "{sql}");
        rows.remove(0)
    }

    /// How many rows a statement wrote or returned.
    pub(crate) fn count(&self, sql: &str) -> u64 {
        self.run(sql)
            .unwrap_or_else(|error| panic!("{sql}\n{error:#?}"))
            .1
    }

    /// How the server refused a statement: the SQLSTATE, and the constraint or what else stood in the way.
    pub(crate) fn refused(&self, sql: &str) -> String {
        let error = self.error(sql);
        let code = error.code().code();
        // Missing grants, policies and triggers all raise 42501; the place in the server's source tells them apart.
        let reason = match (error.constraint(), error.routine()) {
            (Some(constraint), _) => constraint,
            (None, Some("aclcheck_error" | "aclcheck_error_col")) => "by grants",
            (None, Some("ExecWithCheckOptions")) => "by policy",
            (None, Some("exec_stmt_raise")) => "by trigger",
            (None, _) => return code.to_owned(),
        };
        format!("{code} {reason}")
    }

    /// The server's whole error.
    pub(crate) fn error(&self, sql: &str) -> DbError {
        match self.run(sql) {
            Ok((rows, count)) => panic!("not refused, {count} rows: {sql}\n{rows:#?}"),
            Err(error) => error,
        }
    }

    /// What the server remarked so far.
    pub(crate) fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap().clone()
    }

    /// Waits until some session of this database waits for a lock.
    pub(crate) fn wait_for_a_lock(&self) {
        let waiting = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        for _ in 0..1000 {
            if self.value(waiting) != "0" {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("nobody waits for a lock");
    }

    /// Runs statements: the rows they return, and how many the last one wrote or returned.
    pub(crate) fn run(&self, sql: &str) -> Result<(Vec<String>, u64), DbError> {
        let messages = self
            .runtime
            .block_on(self.client.simple_query(sql))
            .map_err(|error| error.as_db_error().expect("the session lives").clone())?;
        let mut rows = Vec::new();
        let mut count = 0;
        for message in &messages {
            match message {
                SimpleQueryMessage::Row(row) => {
                    let cells: Vec<&str> = (0..row.len())
                        .map(|column| row.get(column).unwrap_or_default())
                        .collect();
                    rows.push(cells.join("|"));
                }
                SimpleQueryMessage::CommandComplete(last) => count = *last,
                _ => {}
            }
        }
        Ok((rows, count))
    }
}

async fn connect(url: &str, notices: Arc<Mutex<Vec<String>>>) -> Client {
    let (client, mut connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(async move {
        let mut messages =
            futures_util::stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(Ok(message)) = messages.next().await {
            if let AsyncMessage::Notice(notice) = message {
                notices.lock().unwrap().push(notice.message().to_owned());
            }
        }
    });
    client
}

/// The role in a person's name.
fn role_of(person: &str) -> &str {
    person.split(' ').nth(1).unwrap()
}
