//! A clean build: systems as their files make them, on a server of their own that is gone afterwards.

use std::path::PathBuf;
use std::time::Instant;

use super::Deployment;
use crate::database::{Connect, Session, Target};
use crate::disposable::{self, OWNER, Prepared};
use crate::error::Result;
use crate::event::{Event, Observer, Silent};
use crate::files::TextFile;
use crate::project::{Project, Statements, System};
use crate::server::{self, Temporary};

/// A server for a clean build, of a major version or of the newest to be had.
///
/// # Errors
/// When no Postgres can be found or fetched.
pub(super) fn start(
    project: &Project,
    systems: &[&System],
    major: Option<u32>,
    observer: &dyn Observer,
) -> Result<Temporary> {
    let options = server::Options {
        major,
        ..server_options(project, systems)
    };
    // Roles belong to a whole server, and none may be made on somebody else's.
    Temporary::start(&options, observer)
}

/// Deploys systems of a project that [`tolerate`] was called for: the sessions of the server's superuser and of the owner
/// without superuser who has deployed; before Postgres 16 both are the superuser's.
///
/// # Errors
/// When the files cannot be deployed to it.
pub(super) async fn build(
    server: &Temporary,
    project: &Project,
    systems: &[&System],
    connect: &Connect<'_>,
    observer: &dyn Observer,
) -> Result<(Session, Session)> {
    let admin = connect(Target::parse(&server.url())?).await?;
    let extensions = prepared(project, systems);
    let target = owner_of(&admin, server, &extensions).await?;
    let session = connect(target).await?;
    let deployed = Deployment::carry_out(observer, &session, project, systems).await;
    deployed.map_err(|error| match error.code.as_deref() {
        Some("42501") => error
            .because("a clone is deployed by an owner without superuser, as docs/security.md says")
            .hint("an extension is made beforehand when workroom.toml names it under `extensions`"),
        _ => error,
    })?;
    Ok((admin, session))
}

/// Systems deployed anew on a server of their own, which is gone with this value.
pub struct CleanBuild {
    /// A session of the owner who has deployed.
    pub session: Session,
    /// The server's major version.
    pub major: u32,
    pub(super) admin: Session,
    pub(super) server: Temporary,
}

impl CleanBuild {
    /// Deploys systems of a project that [`tolerate`] was called for, on a server of a major version or of the newest to be
    /// had.
    ///
    /// # Errors
    /// When no Postgres can be found or fetched, or when the files cannot be deployed to it.
    pub async fn new(
        project: &Project,
        systems: &[&System],
        major: Option<u32>,
        connect: &Connect<'_>,
        observer: &dyn Observer,
    ) -> Result<Self> {
        let server = start(project, systems, major, observer)?;
        Self::on(server, project, systems, connect, observer).await
    }

    /// The same on a server that was started for it.
    ///
    /// # Errors
    /// When the files cannot be deployed to it.
    pub(super) async fn on(
        server: Temporary,
        project: &Project,
        systems: &[&System],
        connect: &Connect<'_>,
        observer: &dyn Observer,
    ) -> Result<Self> {
        let label = "clean build";
        observer.event(&Event::Started(label));
        let started = Instant::now();
        let (admin, session) = build(&server, project, systems, connect, &Silent).await?;
        observer.event(&Event::Finished(label, started.elapsed()));
        Ok(Self {
            session,
            major: server.binaries().version.major,
            admin,
            server,
        })
    }
}

/// Who deploys to a clean build: an owner without superuser. Before Postgres 16 only a superuser can make roles and act as
/// them without the server's programs and files being within reach, so that it stays the superuser there.
async fn owner_of(admin: &Session, server: &Temporary, extensions: &[Prepared]) -> Result<Target> {
    if server.binaries().version.major < 16 {
        return Ok(admin.target().clone());
    }
    let owner = disposable::make_owner(admin, OWNER, None, true).await?;
    // It makes copies of the database.
    let sql = format!("alter role {OWNER} createdb;");
    admin.run("preparing the clone", &sql).await?;
    disposable::prepare_extensions(admin, OWNER, extensions).await?;
    Ok(owner)
}

/// Extensions that the chosen systems ask for: the owner may not make all of them.
fn prepared(project: &Project, systems: &[&System]) -> Vec<Prepared> {
    let declared = server_options(project, systems).extensions;
    let migrations = systems.iter().flat_map(|system| &system.migrations);
    let statements = migrations.flat_map(|migration| {
        let text = migration.file.text.as_ref();
        migration.statements.iter().map(move |one| (one, text))
    });
    disposable::prepared(&declared, statements)
}

/// Lets the migrations of a project find on a clone what was made beforehand for the chosen systems.
///
/// # Errors
/// When a system that is named does not exist.
pub fn tolerate(project: &mut Project, systems: &[String], all: bool) -> Result<()> {
    let extensions = prepared(project, &project.select(systems, all)?);
    let systems = project.systems.values_mut();
    for migration in systems.flat_map(|system| &mut system.migrations) {
        let text = &migration.file.text;
        let sent = disposable::tolerant(text, 0..text.len(), &migration.statements, &extensions);
        if sent != **text {
            migration.file = TextFile::new(migration.file.path.as_str(), sent);
            migration.statements = Statements::found(&migration.file)?;
        }
    }
    Ok(())
}

/// Which embedded server belongs to a project: its folder, the extensions that the systems need, and those of its
/// other systems that cost nothing, so that one server does for all of them.
#[must_use]
pub fn server_options(project: &Project, systems: &[&System]) -> server::Options {
    let mut extensions: Vec<String> = project
        .systems
        .values()
        .flat_map(|system| system.extensions.iter().map(move |wanted| (system, wanted)))
        .filter(|(system, wanted)| {
            systems.iter().any(|one| one.name == system.name) || server::comes_with(&wanted.name)
        })
        .map(|(_, wanted)| wanted.name.clone())
        .collect();
    extensions.sort();
    extensions.dedup();
    server::Options {
        project: project.tree.folder().map(PathBuf::from),
        extensions,
        ..server::Options::default()
    }
}
