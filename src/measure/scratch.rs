//! Where the copy lives: on a throw-away server of the target's version, or in a database beside the target.

use crate::database::{Session, Target};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::server::{Options, Temporary};
use crate::sql::identifier;

/// Where to make the copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// On a throw-away server: nothing at all happens on the target's.
    ThrowAway,
    /// In a database of its own on the target's server, for what the throw-away server does not have. Roles that a
    /// migration makes are then made for the whole server.
    Beside,
}

/// What of the target's server changes the effect of a migration.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Its major version.
    pub major: u32,
    /// Its roles, those of Postgres itself left out.
    pub roles: Vec<String>,
    /// The time zone of new sessions.
    pub time_zone: String,
    /// Their search path.
    pub search_path: String,
}

impl Surroundings {
    /// Reads them.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub async fn of(session: &Session) -> Result<Self> {
        let results = session
            .run(
                "asking for the surroundings",
                "select pg_catalog.current_setting('server_version_num')::int / 10000, \
                 (select reset_val from pg_catalog.pg_settings where name = 'TimeZone'), \
                 (select reset_val from pg_catalog.pg_settings where name = 'search_path');\
                 select rolname from pg_catalog.pg_roles where rolname !~ '^pg_' order by rolname",
            )
            .await?;
        let row = results.first().and_then(|rows| rows.first());
        let cell = |at: usize| row.and_then(|row| row.get(at)?.clone()).unwrap_or_default();
        Ok(Self {
            major: cell(0).parse().unwrap_or_default(),
            time_zone: cell(1),
            search_path: cell(2),
            roles: results
                .get(1)
                .into_iter()
                .flatten()
                .filter_map(|row| row.first()?.clone())
                .collect(),
        })
    }
}

/// A disposable database. Call [`Scratch::remove`] when done.
pub struct Scratch {
    target: Target,
    server: Option<Temporary>,
    /// A session with the database beside which it was made.
    beside: Option<Session>,
}

impl Scratch {
    /// Makes an empty database.
    ///
    /// # Errors
    /// When there is no Postgres of that version to be had, or the role may not create databases.
    pub async fn make(
        whereabouts: &Whereabouts,
        target: &Target,
        options: Options,
        observer: &dyn Observer,
    ) -> Result<Self> {
        if *whereabouts == Whereabouts::ThrowAway {
            let major = options.major.unwrap_or_default();
            let server = Temporary::start(&options, observer).map_err(|error| {
                error.hint(format!(
                    "or measure in a database beside the target, on its own Postgres {major}, with `--beside`"
                ))
            })?;
            return Ok(Self {
                target: Target::parse(&server.url())?,
                server: Some(server),
                beside: None,
            });
        }
        let beside = Session::connect(target).await?;
        let now = seconds(&beside).await?;
        remove_abandoned(&beside, now).await?;
        let name = format!("{PREFIX}{now:08x}_{:08x}", std::process::id());
        let create = format!("create database {} template template0", identifier(&name));
        if let Err(failure) = beside.batch(&create).await {
            let error: Error = failure.of_our_own("creating a database for the copy");
            return Err(error.hint("connect as a role with CREATEDB, or leave `--beside` away"));
        }
        Ok(Self {
            target: target.with_database(&name),
            server: None,
            beside: Some(beside),
        })
    }

    /// How to reach it.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The folder of the throw-away server's programs.
    #[must_use]
    pub fn programs(&self) -> Option<std::path::PathBuf> {
        let server = self.server.as_ref()?;
        server.binaries().program("psql").parent().map(Into::into)
    }

    /// Removes it, once the sessions with it have ended. One that the server keeps is said: nothing that was found out
    /// depends on it, and a later run removes it.
    pub async fn remove(self, observer: &dyn Observer) {
        let Some(beside) = &self.beside else {
            return;
        };
        let name = self.target.database();
        if let Err(failure) = beside.drop_database(name).await {
            let error: Error = failure.of_our_own("removing it");
            observer.event(&Event::Note(&format!(
                "the copy {name} is left behind: {error}"
            )));
        }
    }
}

/// How the names of copies begin; the time at which they were made follows.
const PREFIX: &str = "workroom_scratch_";

/// After this time a copy that nobody is connected to has lost its run, and is not merely in the making.
const ABANDONED_AFTER: u64 = 600;

/// Seconds since 1970 on the server's clock: runs on several machines read the names.
async fn seconds(session: &Session) -> Result<u64> {
    let sql = "select pg_catalog.floor(extract(epoch from pg_catalog.clock_timestamp()))::bigint;";
    let results = session.run("asking for the time", sql).await?;
    let seconds = results
        .first()
        .and_then(|rows| rows.first()?.first()?.clone());
    Ok(seconds
        .and_then(|seconds| seconds.parse().ok())
        .unwrap_or_default())
}

/// Databases that killed runs left behind.
async fn remove_abandoned(session: &Session, now: u64) -> Result<()> {
    let unused = session
        .run(
            "looking for abandoned copies",
            &format!(
                "select datname from pg_catalog.pg_database as copy \
                 where datname ~ '^{PREFIX}[0-9a-f]{{8}}_[0-9a-f]{{8}}$' \
                 and not exists (select from pg_catalog.pg_stat_activity where datid = copy.oid)"
            ),
        )
        .await?;
    for name in unused
        .iter()
        .flatten()
        .filter_map(|row| row.first()?.as_deref())
    {
        let made = name
            .get(PREFIX.len()..PREFIX.len() + 8)
            .and_then(|digits| u64::from_str_radix(digits, 16).ok());
        if made.is_some_and(|made| made + ABANDONED_AFTER < now) {
            // Another run may be quicker.
            let _ = session
                .batch(&format!("drop database if exists {}", identifier(name)))
                .await;
        }
    }
    Ok(())
}
