//! What a database has otherwise than its files make: built anew, described, and compared.

use std::path::Path;

use super::clean::{self, CleanBuild};
use super::verify::{compared, left_alone, load_description};
use crate::catalog::Description;
use crate::database::{Connect, Session};
use crate::disposable;
use crate::error::Result;
use crate::event::{Event, Observer};
use crate::files::TextFile;
use crate::measure;
use crate::project::{Project, System};
use crate::report::Report;
use crate::sql;
use crate::verify::{Difference, Source, Versions, differences};

/// What the files of systems make: built anew on a server of a major version, or of the newest to be had, and described.
/// [`tolerate`](super::tolerate) must have been called for the project.
///
/// # Errors
/// When no Postgres can be found or fetched, or when the files cannot be deployed to it.
pub async fn described_by_files(
    project: &Project,
    systems: &[&System],
    major: Option<u32>,
    connect: &Connect<'_>,
    observer: &dyn Observer,
) -> Result<Description> {
    let built = CleanBuild::new(project, systems, major, connect, observer).await?;
    describe(&built, systems, connect).await
}

async fn describe(
    built: &CleanBuild,
    systems: &[&System],
    connect: &Connect<'_>,
) -> Result<Description> {
    let mut description = load_description(&built.session, systems).await?;
    let copy = restored(built, connect).await?;
    description.add_restored(&load_description(&copy, systems).await?);
    Ok(description)
}

/// What a database has otherwise than the files of systems make, which are built anew on a server of the same major
/// version; where there is none, on the newest to be had, and texts that each version writes in its own words are not
/// compared. [`tolerate`](super::tolerate) must have been called for the project.
///
/// # Errors
/// When no Postgres can be found or fetched, when the files cannot be deployed to it, or when a catalog cannot be read.
pub async fn drift(
    session: &Session,
    project: &Project,
    systems: &[&System],
    connect: &Connect<'_>,
    observer: &dyn Observer,
) -> Result<Report> {
    let live = load_description(session, systems).await?;
    let clean = built_beside(&live, project, systems, connect, observer).await?;
    let mut report = Report::default();
    for system in systems {
        match left_alone(session, project, system).await? {
            Some(otherwise) => report.push_text(otherwise),
            None => {
                let expected = clean.of(system.all_schemas());
                let checks = compared(system, Source::CleanBuild, clean.major, &expected, &live);
                report.push_checks(system.name.clone(), checks);
            }
        }
    }
    Ok(report)
}

/// What the files of systems make on a server of the same major version as another description; where there is none, on the
/// newest to be had.
async fn built_beside(
    live: &Description,
    project: &Project,
    systems: &[&System],
    connect: &Connect<'_>,
    observer: &dyn Observer,
) -> Result<Description> {
    let server = match clean::start(project, systems, Some(live.major), observer) {
        Ok(server) => server,
        Err(error) => {
            observer.event(&Event::Note(&format!(
                "the files are built on another version of Postgres, and texts of the server are not compared: {error}"
            )));
            clean::start(project, systems, None, observer)?
        }
    };
    let built = CleanBuild::on(server, project, systems, connect, observer).await?;
    describe(&built, systems, connect).await
}

/// What a database has otherwise in the schemas of the last of these systems than its migrations make; where repeatable
/// objects and policies are to be left out, the project has none. [`tolerate`](super::tolerate) must have been called for it.
///
/// # Errors
/// As [`drift`].
pub async fn differences_from(
    session: &Session,
    project: &Project,
    systems: &[&System],
    connect: &Connect<'_>,
    observer: &dyn Observer,
) -> Result<Vec<Difference>> {
    let live = load_description(session, systems).await?;
    let clean = built_beside(&live, project, systems, connect, observer).await?;
    let versions = if clean.major == live.major {
        Versions::Same
    } else {
        Versions::Different
    };
    let schemas = systems.last().map(|system| system.all_schemas());
    let schemas: Vec<&String> = schemas.into_iter().flatten().collect();
    let of = |described: &Description| described.of(schemas.iter().copied());
    Ok(differences(&of(&clean), &of(&live), versions))
}

/// A copy of what was deployed, through a dump of it. Nothing depends on its being complete: a statement that its owner may
/// not run leaves out a text that would be the same.
async fn restored(built: &CleanBuild, connect: &Connect<'_>) -> Result<Session> {
    const COPY: &str = "workroom_restored";
    let CleanBuild {
        session,
        admin,
        server,
        ..
    } = built;
    let programs = server.binaries().program("pg_dump");
    let programs = programs.parent().unwrap_or(Path::new(""));
    let file = TextFile::new(
        "the dump",
        measure::schema_of(programs, admin.target(), &[])?,
    );
    let owner = session.target().user();
    let create = format!(
        "create database {COPY} template template0 owner {};",
        sql::identifier(owner)
    );
    admin
        .run("creating a database for the dump", &create)
        .await?;
    let maker = connect(admin.target().with_database(COPY)).await?;
    let extensions = disposable::installed(session).await?;
    disposable::prepare_extensions(&maker, owner, &extensions).await?;
    let copy = connect(session.target().with_database(COPY)).await?;
    for statement in &sql::split(&file)? {
        let _ = copy.batch(statement.text(&file)).await;
    }
    Ok(copy)
}
