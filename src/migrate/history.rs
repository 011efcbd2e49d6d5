//! The history of a system: `workroom.history_<system>`, in refinery's format plus richer columns.
//!
//! The checksums are refinery's own, so that each tool understands what the other has recorded. Source: refinery-core
//! 0.10.1, `Migration::unapplied`: SipHash-1-3 over the name, the version and the text, as `std::hash` feeds them.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

use crate::catalog::Name;
use crate::database::{Rows, Session, making_own_tables};
use crate::error::{Error, Kind, Result};
use crate::files::fingerprint;
use crate::project::{Migration, MigrationFingerprint, System};
use crate::sql::{identifier, literal, rfc3339_now};

/// One applied migration as the history has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The number in the file name.
    pub version: i64,
    /// The words in the file name.
    pub name: String,
    /// SHA-256 of its text.
    pub sha256: String,
    /// When, as RFC 3339 text.
    pub applied_on: String,
    /// The role that was connected.
    pub applied_by: String,
    /// How long it ran, in milliseconds.
    pub duration_ms: String,
    /// The text that ran, where it was asked for.
    pub sql_text: Option<String>,
}

/// What the history says, by version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Applied migrations.
    pub applied: BTreeMap<i64, Applied>,
    /// Steps of migrations under way: (version, step) → SHA-256 and whether it is finished.
    pub steps: BTreeMap<(i64, i32), (String, bool)>,
}

/// The history table of a system, which whoever deploys owns.
#[must_use]
pub fn history_name(system: &str) -> Name {
    Name::new("workroom", format!("history_{system}"))
}

/// The history table's qualified name.
pub(super) fn table(system: &str) -> String {
    history_name(system).to_string()
}

/// SQL that is true when the system's history table exists.
pub(super) fn exists(system: &str) -> String {
    format!(
        "pg_catalog.to_regclass({}) is not null",
        literal(&table(system))
    )
}

impl History {
    /// SQL that reads the history of a system whose table exists; one result set for [`History::read`].
    #[must_use]
    pub fn query(system: &str) -> String {
        format!(
            "select version, name, sha256, applied_on, applied_by, duration_ms from {} order by version;",
            table(system)
        )
    }

    /// SQL that reads one row of the history of a system whose table exists, for [`matches`]: a fingerprint, and when the
    /// last migration was applied.
    #[must_use]
    pub fn summary_query(system: &str) -> String {
        format!(
            "select pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(\
               pg_catalog.concat_ws(' ', version, name, sha256), E'\\n' order by version), 'UTF8')), 'hex'), \
             pg_catalog.max(applied_on collate pg_catalog.\"C\") from {};",
            table(system)
        )
    }

    /// SQL that reads the steps of migrations under way, where one of the systems has a history; the other result set
    /// for [`History::read`].
    #[must_use]
    pub fn steps_query<'a>(systems: impl IntoIterator<Item = &'a str>) -> String {
        let systems: Vec<String> = systems.into_iter().map(literal).collect();
        format!(
            "select version, step, sha256, finished_at is not null, system, \
             finished_at is null and pg_catalog.to_jsonb(s) ->> 'unforced' is not null \
             from workroom.steps as s where system in ({});",
            systems.join(", ")
        )
    }

    /// Reads the result sets of [`History::query`] and [`History::steps_query`].
    ///
    /// # Errors
    /// When a row is not what workroom writes.
    pub fn read(system: &str, applied: &Rows, steps: &Rows) -> Result<Self> {
        let strange = || {
            Error::new(
                Kind::Database,
                format!("{} holds a row that workroom did not write", table(system)),
            )
            .hint(format!(
                "look at it with `select * from {}`, and correct or delete that row",
                table(system)
            ))
        };
        let mut history = Self::default();
        for row in applied {
            let [version, name, sha256, applied_on, applied_by, duration_ms] = row.as_slice()
            else {
                return Err(strange());
            };
            let text = |cell: &Option<String>| cell.clone().ok_or_else(strange);
            let version: i64 = text(version)?.parse().map_err(|_| strange())?;
            history.applied.insert(
                version,
                Applied {
                    version,
                    name: text(name)?,
                    sha256: text(sha256)?,
                    applied_on: text(applied_on)?,
                    applied_by: text(applied_by)?,
                    duration_ms: text(duration_ms)?,
                    sql_text: None,
                },
            );
        }
        let is_mine =
            |row: &&Vec<Option<String>>| row.get(4).and_then(Option::as_deref) == Some(system);
        for row in steps.iter().filter(is_mine) {
            if let [Some(version), Some(step), Some(sha256), Some(finished), ..] = row.as_slice()
                && let (Ok(version), Ok(step)) = (version.parse(), step.parse())
            {
                history
                    .steps
                    .insert((version, step), (sha256.clone(), finished == "t"));
            } else {
                return Err(strange());
            }
        }
        Ok(history)
    }

    /// The steps of a migration under way: number, SHA-256, whether it is finished.
    pub(super) fn steps_of(&self, version: i64) -> impl Iterator<Item = (i32, &str, bool)> {
        self.steps
            .range((version, i32::MIN)..=(version, i32::MAX))
            .map(|((_, step), (sha256, finished))| (*step, sha256.as_str(), *finished))
    }

    /// How many statements of a migration under way are done; `None` when it is not.
    #[must_use]
    pub fn steps_done(&self, version: i64) -> Option<usize> {
        let mut steps = self.steps_of(version).peekable();
        steps.peek()?;
        Some(steps.filter(|(_, _, is_finished)| *is_finished).count())
    }

    /// Versions whose text is no file's of that version.
    #[must_use]
    pub fn diverged(&self, system: &System) -> Vec<i64> {
        let files = system.migrations.iter();
        let files: BTreeSet<(i64, &str)> = files
            .map(|migration| (migration.version, migration.sha256.as_str()))
            .collect();
        let rows = self.applied.values();
        let diverged = rows.filter(|row| !files.contains(&(row.version, row.sha256.as_str())));
        diverged.map(|row| row.version).collect()
    }

    /// Reads the texts of some versions, for a comparison with their files.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn load_texts(
        &mut self,
        session: &Session,
        system: &str,
        versions: &[i64],
    ) -> Result<()> {
        if versions.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = versions.iter().map(ToString::to_string).collect();
        let sql = format!(
            "select version, sql_text from {} where version in ({});",
            table(system),
            list.join(", ")
        );
        for row in &session.run("reading the history", &sql).await?[0] {
            if let [Some(version), text] = row.as_slice()
                && let Some(applied) = version
                    .parse()
                    .ok()
                    .and_then(|version: i64| self.applied.get_mut(&version))
            {
                applied.sql_text.clone_from(text);
            }
        }
        Ok(())
    }

    /// Reads the whole history of a system, texts included; `None` when it has none in this database.
    ///
    /// # Errors
    /// When a row is not what workroom writes, or the server does not answer.
    pub async fn load(session: &Session, system: &str) -> Result<Option<Self>> {
        let what = "reading the history";
        let exists = session
            .run(what, &format!("select {};", exists(system)))
            .await?;
        if exists
            .first()
            .and_then(|rows| rows.first()?.first()?.as_deref())
            != Some("t")
        {
            return Ok(None);
        }
        let sql = Self::query(system) + &Self::steps_query([system]);
        let results = session.run(what, &sql).await?;
        let mut history = Self::read(system, &results[0], &results[1])?;
        let versions: Vec<i64> = history.applied.keys().copied().collect();
        history.load_texts(session, system, &versions).await?;
        Ok(Some(history))
    }

    /// Reads the statements of migrations under way, and nothing else.
    ///
    /// # Errors
    /// When a row is not what workroom writes, or the server does not answer.
    pub(super) async fn of_steps(session: &Session, system: &System) -> Result<Self> {
        let sql = Self::steps_query([system.name.as_str()]);
        let results = session.run("reading the history", &sql).await?;
        Self::read(&system.name, &Rows::new(), &results[0])
    }

    /// The highest applied version.
    #[must_use]
    pub fn latest(&self) -> Option<i64> {
        self.applied.keys().next_back().copied()
    }
}

/// Whether a history, as [`History::summary_query`] reads it, is exactly these migrations.
#[must_use]
pub fn matches(migrations: &[MigrationFingerprint], summary: &Rows) -> bool {
    let mut lines = String::with_capacity(migrations.len() * 100);
    for migration in migrations {
        let before = if lines.is_empty() { "" } else { "\n" };
        let MigrationFingerprint { version, name, .. } = migration;
        lines.push_str(&format!("{before}{version} {name} {}", migration.sha256));
    }
    let expected = (!migrations.is_empty()).then(|| fingerprint(&lines));
    summary
        .first()
        .is_some_and(|row| row.first() == Some(&expected))
}

/// Creates the history tables of a system if they are missing. Runs under the deployment lock; `head` makes what they
/// stand on, in the same transaction.
///
/// # Errors
/// When the role may not create a schema in this database.
pub async fn prepare(session: &Session, system: &System, head: &str) -> Result<()> {
    let name = format!("history_{}", system.name);
    let sql = include_str!("history.sql")
        .replace("{history}", &table(&system.name))
        .replace("{pkey}", &identifier(&format!("{name}_pkey")));
    session
        .run(
            "creating the history table",
            &format!(
                "set client_min_messages = warning;begin;{}commit;",
                making_own_tables(&format!("{head}{sql}"))
            ),
        )
        .await?;
    Ok(())
}

/// The row that records a migration; the duration is the age of its transaction, or the sum of its steps.
/// `unforced` are the tables from which force was lifted.
pub(super) fn insert(
    system: &System,
    migration: &Migration,
    duration_ms: &str,
    unforced: &str,
) -> String {
    format!(
        "insert into {table} (version, name, applied_on, checksum, sha256, duration_ms, tool_version, sql_text, unforced) values \
         ({version}, {name}, \
         {now}, {checksum}, {sha256}, {duration_ms}, {tool}, {text}, {unforced})",
        table = table(&system.name),
        version = migration.version,
        name = literal(&migration.name),
        now = rfc3339_now(),
        checksum = literal(&refinery_checksum(migration)),
        sha256 = literal(&migration.sha256),
        tool = literal(env!("CARGO_PKG_VERSION")),
        text = literal(&migration.file.text),
    )
}

/// Milliseconds since a migration of the same transaction was recorded.
pub(super) fn age_since(system: &System, migration: &Migration) -> String {
    format!(
        "extract(epoch from pg_catalog.clock_timestamp() - (select applied_at from {} where version = {})) * 1000",
        table(&system.name),
        migration.version
    )
}

/// refinery's checksum of the same file with LF line ends and 64-bit versions.
pub(super) fn refinery_checksum(migration: &Migration) -> String {
    let mut hasher = SipHasher13::new();
    migration.name.hash(&mut hasher);
    migration.version.hash(&mut hasher);
    migration.file.text.hash(&mut hasher);
    hasher.finish().to_string()
}
