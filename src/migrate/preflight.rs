//! What must hold before anything is applied: asked in one go, judged by a pure function.

use std::collections::BTreeMap;

use super::history;
use crate::database::Rows;
use crate::error::{Error, Result};
use crate::project::{Extension, System};
use crate::sql::literal;

/// The oldest server that the engine works with, as in `server_version_num`.
const OLDEST: u32 = 150_000;

/// What the server says of itself.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// `server_version_num`.
    pub version_number: u32,
    /// `server_version`.
    pub version: String,
    /// Whether it only replays another server's log.
    pub in_recovery: bool,
    /// Whether the role may create schemas in this database.
    pub may_create: bool,
    /// The role that is connected.
    pub user: String,
    /// The database's encoding.
    pub encoding: String,
    /// Extension → installed version.
    pub installed: BTreeMap<String, String>,
    /// Extension → versions that could be installed; asked only for extensions that are not installed.
    pub available: BTreeMap<String, Vec<String>>,
    /// Systems whose history table exists.
    pub with_history: Vec<String>,
}

impl Facts {
    /// SQL that asks; its result sets go to [`Facts::read`].
    #[must_use]
    pub fn query(systems: &[&System]) -> String {
        let mut sql = String::from(
            "select pg_catalog.current_setting('server_version_num'), pg_catalog.current_setting('server_version'), \
             pg_catalog.pg_is_in_recovery(), \
             pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create'), current_user, \
             pg_catalog.current_setting('server_encoding')",
        );
        for system in systems {
            sql.push_str(", ");
            sql.push_str(&history::exists(&system.name));
        }
        sql.push(';');
        if wanted(systems).next().is_some() {
            sql.push_str("select extname, extversion from pg_catalog.pg_extension;");
        }
        sql
    }

    /// Reads the answers to [`Facts::query`], in the same order.
    #[must_use]
    pub fn read(systems: &[&System], results: &[Rows]) -> Self {
        let row = results.first().and_then(|rows| rows.first());
        let cell = |at: usize| row.and_then(|row| row.get(at)?.clone()).unwrap_or_default();
        let installed = results.get(1).map(Vec::as_slice).unwrap_or_default().iter();
        Self {
            version_number: cell(0).parse().unwrap_or_default(),
            version: cell(1),
            in_recovery: cell(2) == "t",
            may_create: cell(3) == "t",
            user: cell(4),
            encoding: cell(5),
            installed: installed
                .filter_map(|row| match row.as_slice() {
                    [Some(name), Some(version)] => Some((name.clone(), version.clone())),
                    _ => None,
                })
                .collect(),
            available: BTreeMap::new(),
            with_history: systems
                .iter()
                .enumerate()
                .filter(|(at, _)| cell(6 + at) == "t")
                .map(|(_, system)| system.name.clone())
                .collect(),
        }
    }

    /// SQL that lists versions of extensions that are not installed; `None` when all are.
    #[must_use]
    pub fn availability_query(&self, systems: &[&System]) -> Option<String> {
        let names: Vec<_> = wanted(systems)
            .filter(|(_, extension)| !self.installed.contains_key(&extension.name))
            .map(|(_, extension)| literal(&extension.name))
            .collect();
        (!names.is_empty()).then(|| {
            format!(
                "select name, version from pg_catalog.pg_available_extension_versions where name in ({});",
                names.join(", ")
            )
        })
    }

    /// Adds the answer to [`Facts::availability_query`].
    pub fn add_availability(&mut self, rows: &Rows) {
        for row in rows {
            if let [Some(name), Some(version)] = row.as_slice() {
                self.available
                    .entry(name.clone())
                    .or_default()
                    .push(version.clone());
            }
        }
    }
}

fn wanted<'project>(
    systems: &'project [&System],
) -> impl Iterator<Item = (&'project str, &'project Extension)> {
    systems.iter().flat_map(|system| {
        system
            .extensions
            .iter()
            .map(|extension| (system.name.as_str(), extension))
    })
}

/// Judges the facts.
///
/// # Errors
/// With everything that stands in the way, each with what to install or run.
pub fn check(facts: &Facts, systems: &[&System]) -> Result<()> {
    let mut mistakes = Vec::new();
    if facts.version_number < OLDEST {
        mistakes.push(
            Error::refused(format!("Postgres {} is too old", facts.version))
                .because("workroom needs Postgres 15 or later: security_invoker views came with it")
                .hint("upgrade the server, or leave the database URL away to use the embedded one"),
        );
    }
    if facts.in_recovery {
        mistakes.push(
            Error::refused("the server is a read-only standby")
                .hint("connect to the primary with `--database-url`"),
        );
    }
    if facts.encoding != "UTF8" {
        mistakes.push(
            Error::refused(format!("the database has the encoding {}", facts.encoding))
                .because("migrations are UTF-8 text")
                .hint("create the database with `create database … encoding 'UTF8' template template0`"),
        );
    }
    // Who only looks, at a database where workroom has been, needs no right to create.
    let creates = systems
        .iter()
        .any(|system| !facts.with_history.contains(&system.name));
    if !facts.may_create && (creates || systems.is_empty()) {
        mistakes.push(
            Error::refused(format!(
                "role {} may not create schemas in this database",
                facts.user
            ))
            .hint(format!(
                "as the database's owner: grant create on database … to {}",
                facts.user
            )),
        );
    }
    for (system, extension) in wanted(systems) {
        mistakes.extend(missing_extension(facts, system, extension));
    }
    Error::all(mistakes)
}

fn missing_extension(facts: &Facts, system: &str, extension: &Extension) -> Option<Error> {
    let name = &extension.name;
    if let Some(installed) = facts.installed.get(name) {
        return (!extension.accepts(installed)).then(|| {
            Error::refused(format!("extension {name} {installed} is too old for system `{system}`"))
                .because(format!("it needs {name} {} or later", extension.at_least.as_deref().unwrap_or_default()))
                .hint(format!("alter extension {name} update; install a newer package first if that changes nothing"))
        });
    }
    let available = facts
        .available
        .get(name)
        .map(Vec::as_slice)
        .unwrap_or_default();
    if available.iter().any(|version| extension.accepts(version)) {
        return None;
    }
    let error = if available.is_empty() {
        Error::refused(format!(
            "system `{system}` needs the extension {name}, which this server does not have"
        ))
        .because(format!(
            "pg_available_extension_versions of Postgres {} does not list {name}",
            facts.version
        ))
    } else {
        Error::refused(format!(
            "system `{system}` needs the extension {name} {} or later",
            extension.at_least.as_deref().unwrap_or_default()
        ))
        .because(format!("this server has {}", available.join(", ")))
    };
    let major = facts.version_number / 10_000;
    let package = match name.as_str() {
        "vector" => "pgvector",
        other => other,
    };
    Some(
        error
            .hint(format!("install it on the server, on Debian for example `apt-get install postgresql-{major}-{package}`"))
            .hint("or leave the database URL away: the embedded server comes with pgvector"),
    )
}
