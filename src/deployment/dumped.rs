//! A dump that is known to load: it is loaded on a throw-away server, and what is there then is compared with what was dumped.

use super::clean;
use crate::catalog::{Description, Dump};
use crate::database::{Connect, Session, Target};
use crate::disposable::{self, OWNER};
use crate::error::{Error, Result};
use crate::event::Observer;
use crate::project::{Project, System};
use crate::server::Temporary;
use crate::sql::literal;
use crate::verify::{Versions, differences};

/// Where it is loaded.
const COPY: &str = "workroom_dumped";

/// The schemas of systems as a script, in the words in which the server writes them ever after; `without` are tables,
/// qualified and quoted, that it leaves out.
///
/// # Errors
/// When the database cannot be read, when there is no server of its version to load it on, or when it does not load there or
/// makes anything else than what was dumped.
pub async fn dump(
    session: &Session,
    project: &Project,
    systems: &[&System],
    without: &[String],
    connect: &Connect<'_>,
    observer: &dyn Observer,
) -> Result<String> {
    let schemas: Vec<&str> = systems
        .iter()
        .flat_map(|system| system.all_schemas())
        .map(String::as_str)
        .collect();
    let first = Dump::load(session.client(), &schemas).await?;
    let mut expected = Description::load(session.client(), &schemas, &[]).await?;
    let server = clean::start(project, systems, Some(expected.major), observer)?;
    let (admin, owner) = empty(&server, session, connect).await?;
    load(&first, &admin, &owner).await?;
    let found = Description::load(owner.client(), &schemas, &[]).await?;
    expected.add_restored(&found);
    let all: Vec<String> = systems
        .iter()
        .flat_map(|system| system.all_schemas().cloned())
        .collect();
    let differing = differences(&expected.of(&all), &found.of(&all), Versions::Same);
    if !differing.is_empty() {
        let error = Error::refused("the schema has what a dump does not carry");
        let told = differing.iter().map(ToString::to_string);
        return Err(told
            .fold(error, Error::because)
            .hint("`pg_dump --schema-only` carries it"));
    }
    for table in without {
        // What something else stands on stays.
        let drop = format!("drop table if exists {table};");
        owner.run("leaving out a table", &drop).await?;
    }
    // Some texts are written otherwise once they were read again, and never after that.
    let again = Dump::load(owner.client(), &schemas).await?;
    Ok(again.text())
}

/// An empty database with the extensions and roles of another one: the sessions of the superuser and of its owner.
async fn empty(
    server: &Temporary,
    session: &Session,
    connect: &Connect<'_>,
) -> Result<(Session, Session)> {
    let maker = connect(Target::parse(&server.url())?).await?;
    let create = format!("create database {COPY} template template0;");
    maker
        .run("creating a database for the dump", &create)
        .await?;
    let admin = connect(maker.target().with_database(COPY)).await?;
    let target = disposable::make_owner(&admin, OWNER, None, true).await?;
    let extensions = disposable::installed(session).await?;
    disposable::prepare_extensions(&admin, OWNER, &extensions).await?;
    let query = "select pg_catalog.quote_ident(rolname) from pg_catalog.pg_roles where rolname not like 'pg\\_%';";
    let names = session.run("reading roles", query).await?;
    let names = names.into_iter().flatten().flatten().flatten();
    let roles: String = names
        .map(|name| {
            let create =
                format!("begin create role {name}; exception when duplicate_object then null; end");
            format!("do {};", literal(&create))
        })
        .collect();
    admin.run("making the roles of the dump", &roles).await?;
    Ok((admin, connect(target).await?))
}

/// Makes what the dump has as the owner; only giving things away and granting, which run nothing of anybody's, is the
/// superuser's.
async fn load(dump: &Dump, admin: &Session, owner: &Session) -> Result<()> {
    let definitions = format!("{}\n{}", Dump::HEAD, dump.definitions.join("\n"));
    owner.run("loading the dump", &definitions).await?;
    let (own, others): (Vec<&str>, Vec<&str>) = dump
        .rights
        .iter()
        .map(String::as_str)
        .partition(|statement| statement.starts_with("alter default privileges"));
    let what = "loading the rights of the dump";
    admin.run(what, &others.join("\n")).await?;
    owner.run(what, &own.join("\n")).await.map(|_| ())
}
