//! Where the copy lives: on a throw-away server of the target's version, or in a database beside the target.

use crate::database::{Session, Target};
use crate::disposable::{OWNER, drop_owner, make_owner};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::server::{Options, Temporary, secret};
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
    /// Its roles, those of Postgres itself and owners of copies left out.
    pub roles: Vec<String>,
    /// Those of them that row security does not bind.
    pub bypassing: Vec<String>,
    /// Whose objects belong to the owner of the copy: those of superusers, and of the role that asks.
    pub deployers: Vec<String>,
    /// Who is a member of what, as `(member, of)`.
    pub memberships: Vec<(String, String)>,
    /// Whether row security does not bind the role that asks.
    pub bypasses: bool,
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
                 (select reset_val from pg_catalog.pg_settings where name = 'search_path'), \
                 (select rolsuper or rolbypassrls from pg_catalog.pg_roles where rolname = current_user);\
                 select rolname, rolbypassrls, rolsuper or rolname = current_user \
                 from pg_catalog.pg_roles where rolname !~ '^(pg_|workroom_scratch_)' order by rolname;\
                 select part.member::pg_catalog.regrole::text, part.roleid::pg_catalog.regrole::text \
                 from pg_catalog.pg_auth_members as part \
                 join pg_catalog.pg_roles as member on member.oid = part.member and member.rolname !~ '^(pg_|workroom_scratch_)' \
                 join pg_catalog.pg_roles as role on role.oid = part.roleid and role.rolname !~ '^(pg_|workroom_scratch_)'",
            )
            .await?;
        let roles = || results.get(1).into_iter().flatten();
        let name = |row: &Vec<Option<String>>| row.first()?.clone();
        let which = |at: usize| {
            roles()
                .filter(|row| row.get(at).is_some_and(|cell| cell.as_deref() == Some("t")))
                .filter_map(name)
                .collect()
        };
        let row = results.first().and_then(|rows| rows.first());
        let cell = |at: usize| row.and_then(|row| row.get(at)?.clone()).unwrap_or_default();
        Ok(Self {
            major: cell(0).parse().unwrap_or_default(),
            time_zone: cell(1),
            search_path: cell(2),
            bypasses: cell(3) == "t",
            roles: roles().filter_map(name).collect(),
            bypassing: which(1),
            deployers: which(2),
            memberships: results
                .get(2)
                .into_iter()
                .flatten()
                .filter_map(|row| Some((row.first()?.clone()?, row.get(1)?.clone()?)))
                .collect(),
        })
    }
}

/// A disposable database. Call [`Scratch::remove`] when done.
pub struct Scratch {
    target: Target,
    /// The one who made it, in the same database.
    maker: Target,
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
            let maker = Target::parse(&server.url())?;
            return Ok(Self {
                target: maker.clone(),
                maker,
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
        let maker = target.with_database(&name);
        Ok(Self {
            target: maker.clone(),
            maker,
            server: None,
            beside: Some(beside),
        })
    }

    /// How to reach it as its owner, who is no superuser.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// How its maker reaches it.
    #[must_use]
    pub fn maker(&self) -> &Target {
        &self.maker
    }

    /// Makes an owner without superuser, unless the maker is one already.
    ///
    /// # Errors
    /// When the server refuses, or does not let the owner in.
    pub async fn own(&mut self, maker: &Session, bypasses: bool) -> Result<()> {
        if self.server.is_some() {
            self.target = make_owner(maker, OWNER, None, bypasses).await?;
            return Ok(());
        }
        let sql = "select rolsuper from pg_catalog.pg_roles where rolname = current_user;";
        let results = maker.run("asking who this is", sql).await?;
        let answer = results
            .first()
            .and_then(|rows| rows.first()?.first()?.clone());
        if answer.as_deref() != Some("t") {
            return Ok(());
        }
        let name = self.maker.database().to_owned();
        self.target = make_owner(maker, &name, Some(&secret()?), bypasses).await?;
        // Whether the server lets it in shows before anything of the project is run.
        Session::connect(&self.target).await.map(drop).map_err(|error| {
            error
                .because(
                    "SQL of the project runs beside the target as a role without superuser, which was made for it",
                )
                .hint("connect as a role of your own with CREATEDB and without superuser, or leave `--beside` away")
        })
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
        let dropped = beside.drop_database(name).await;
        if self.target.user() != self.maker.user() {
            // One that stays is removed by a later run.
            let _ = drop_owner(beside, self.target.user()).await;
        }
        if let Err(failure) = dropped {
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

/// Databases that killed runs left behind, and owners whose database is gone or was never made.
async fn remove_abandoned(session: &Session, now: u64) -> Result<()> {
    let named = |name: &str| format!("{name} ~ '^{PREFIX}[0-9a-f]{{8}}_[0-9a-f]{{8}}$'");
    let unused = session
        .run(
            "looking for abandoned copies",
            &format!(
                "select copy.datname from pg_catalog.pg_database as copy where {} \
                 and not exists (select from pg_catalog.pg_stat_activity where datid = copy.oid);\
                 select role.rolname from pg_catalog.pg_roles as role where {} \
                 and not exists (select from pg_catalog.pg_stat_activity where usesysid = role.oid);",
                named("copy.datname"),
                named("role.rolname")
            ),
        )
        .await?;
    let abandoned = |at: usize| {
        let names = unused.get(at).into_iter().flatten();
        names
            .filter_map(|row| row.first()?.as_deref())
            .filter(move |name| {
                let made = name
                    .get(PREFIX.len()..PREFIX.len() + 8)
                    .and_then(|digits| u64::from_str_radix(digits, 16).ok());
                made.is_some_and(|made| made + ABANDONED_AFTER < now)
            })
    };
    for name in abandoned(0) {
        // Another run may be quicker.
        let drop = format!("drop database if exists {}", identifier(name));
        let _ = session.batch(&drop).await;
    }
    for name in abandoned(1) {
        // One whose database stays does as well.
        let _ = drop_owner(session, name).await;
    }
    Ok(())
}
