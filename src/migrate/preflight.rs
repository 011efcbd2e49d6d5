//! What must hold before anything is applied: asked in one go, judged by a pure function.

use std::collections::{BTreeMap, BTreeSet};

use super::history;
use crate::database::Rows;
use crate::error::{Error, Result};
use crate::project::{Extension, System};
use crate::sql::{identifier, literal, text_array};

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
    /// Whether the role is a superuser.
    pub is_superuser: bool,
    /// The schemas that a deployment needs and that exist, each with whether the role may create something in it.
    pub schemas: BTreeMap<String, bool>,
    /// The database.
    pub database: String,
    /// The role that is connected.
    pub user: String,
    /// The database's encoding.
    pub encoding: String,
    /// Extension → installed version.
    pub installed: BTreeMap<String, String>,
    /// Extension → versions that could be installed; asked only for extensions that are not installed.
    pub available: BTreeMap<String, Vec<String>>,
    /// Extensions among these that only a superuser may create: they are not marked as trusted.
    pub untrusted: BTreeSet<String>,
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
             pg_catalog.current_setting('server_encoding'), \
             pg_catalog.current_setting('is_superuser'), pg_catalog.current_database()",
        );
        for system in systems {
            sql.push_str(", ");
            sql.push_str(&history::exists(&system.name));
        }
        let schemas = text_array(needed(systems));
        sql.push_str(&format!(
            ";select nspname, pg_catalog.has_schema_privilege(oid, 'create') from pg_catalog.pg_namespace \
             where nspname = any ({schemas});"
        ));
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
        let schemas = results.get(1).map(Vec::as_slice).unwrap_or_default().iter();
        let installed = results.get(2).map(Vec::as_slice).unwrap_or_default().iter();
        Self {
            version_number: cell(0).parse().unwrap_or_default(),
            version: cell(1),
            in_recovery: cell(2) == "t",
            may_create: cell(3) == "t",
            user: cell(4),
            encoding: cell(5),
            is_superuser: cell(6) == "on",
            database: cell(7),
            schemas: schemas
                .filter_map(|row| match row.as_slice() {
                    [Some(name), Some(may_create)] => Some((name.clone(), may_create == "t")),
                    _ => None,
                })
                .collect(),
            installed: installed
                .filter_map(|row| match row.as_slice() {
                    [Some(name), Some(version)] => Some((name.clone(), version.clone())),
                    _ => None,
                })
                .collect(),
            available: BTreeMap::new(),
            untrusted: BTreeSet::new(),
            with_history: systems
                .iter()
                .enumerate()
                .filter(|(at, _)| cell(8 + at) == "t")
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
                "select name, version, superuser and not trusted from pg_catalog.pg_available_extension_versions where name in ({});",
                names.join(", ")
            )
        })
    }

    /// Adds the answer to [`Facts::availability_query`].
    pub fn add_availability(&mut self, rows: &Rows) {
        for row in rows {
            if let [Some(name), Some(version), Some(is_untrusted)] = row.as_slice() {
                if is_untrusted == "t" {
                    self.untrusted.insert(name.clone());
                }
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
    if creates || systems.is_empty() {
        mistakes.extend(missing_right_to_create(facts, systems));
    }
    for (system, extension) in wanted(systems) {
        mistakes.extend(missing_extension(facts, system, extension));
    }
    Error::all(mistakes)
}

/// The schema of workroom's own tables.
const OWN_SCHEMA: &str = "workroom";

/// The schemas that a first deployment of these systems needs.
fn needed<'project>(systems: &[&'project System]) -> BTreeSet<&'project str> {
    let declared = systems.iter().flat_map(|system| system.all_schemas());
    let declared = declared.map(String::as_str);
    declared.chain([OWN_SCHEMA]).collect()
}

/// A role without the right to create schemas can use those that an administrator has made for it.
fn missing_right_to_create(facts: &Facts, systems: &[&System]) -> Option<Error> {
    let user = identifier(&facts.user);
    if facts.schemas.get(OWN_SCHEMA) == Some(&false) {
        let error = Error::refused(format!(
            "role {user} may not create tables in schema {OWN_SCHEMA}"
        ));
        return Some(
            error
                .because("it holds what was applied, and belongs to somebody else")
                .hint(format!("as an administrator, once: grant usage, create on schema {OWN_SCHEMA} to {user};")),
        );
    }
    if facts.may_create {
        return None;
    }
    let schemas = needed(systems).into_iter();
    let missing: Vec<String> = schemas
        .filter(|schema| !facts.schemas.contains_key(*schema))
        .map(identifier)
        .collect();
    if missing.is_empty() {
        return None;
    }
    let statements: Vec<String> = missing
        .iter()
        .map(|schema| format!("create schema {schema} authorization {user};"))
        .collect();
    Some(
        Error::refused(format!(
            "role {user} may not create schemas in this database"
        ))
        .because(format!("missing: {}", missing.join(", ")))
        .hint(format!(
            "as an administrator, once: {}",
            statements.join(" ")
        ))
        .hint(format!(
            "or as the database's owner: grant create on database {} to {user};",
            identifier(&facts.database)
        )),
    )
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
        let is_refused = facts.untrusted.contains(name) && !facts.is_superuser;
        return is_refused.then(|| {
            Error::refused(format!(
                "role {} may not create the extension {name}, which system `{system}` needs",
                identifier(&facts.user)
            ))
            .because("the server lets nobody but a superuser create it")
            .hint(format!(
                "as a superuser, once: create extension {};",
                identifier(name)
            ))
        });
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
