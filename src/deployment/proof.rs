//! The proof of policies, for commands and programs: on a disposable clone that is deployed from the files, or on a
//! database as it is.

use std::path::PathBuf;

use super::{Deployment, Options};
use crate::database::{Session, Target};
use crate::disposable::{self, OWNER, Prepared};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::files::TextFile;
use crate::policy::{self, Dialect, RenderedPolicies};
use crate::project::{Project, Statements, System};
use crate::prove::{self, Connect, Proof, Surroundings, prepare_clone};
use crate::server::{self, Temporary};

/// Proves the policies of the chosen systems that have some: acts as everybody, tries everything, and compares what
/// happens with what the policy file says. A clone is deployed from the files to a server of its own, and gone afterwards.
///
/// ```no_run
/// # async fn check(project: &workroom::Project) -> workroom::Result<()> {
/// for proof in workroom::prove(project, &workroom::Options::default()).await? {
///     assert!(proof.counterexamples.is_empty(), "{:?}", proof.counterexamples);
/// }
/// # Ok(())
/// # }
/// ```
///
/// A [`Proof`] holds when [`Proof::counterexamples`] is empty, and says something when [`Proof::seen`] is not 0.
///
/// # Errors
/// When no Postgres can be found or fetched, when the files cannot be deployed to it, or when no rows can be made up.
pub async fn prove(project: &Project, options: &Options) -> Result<Vec<Proof>> {
    let observer = options.observer.as_ref();
    // Extensions are made beforehand, so that the clone is deployed from other texts than the project has.
    let mut project = Project::read(project.tree.clone())?;
    tolerate(&mut project, &options.systems, options.all)?;
    let systems = options.select(&project)?;
    let rendered = rendered(&project, &systems)?;
    let schemas = schemas(&systems);
    let surroundings = Surroundings {
        schemas: &schemas,
        is_clone: true,
        is_open: false,
        mutates: false,
    };
    let connect: Box<Connect<'_>> =
        Box::new(|target| Box::pin(async move { Session::connect(&target).await }));
    prove_on_clone(
        &project,
        &systems,
        &rendered,
        &surroundings,
        &connect,
        observer,
    )
    .await
}

/// What the policy files of systems say.
///
/// # Errors
/// With the mistakes of a policy file.
pub fn rendered(project: &Project, systems: &[&System]) -> Result<Vec<RenderedPolicies>> {
    let mut rendered = Vec::new();
    for system in systems {
        rendered.extend(policy::load(project, system, Dialect::Postgres)?);
    }
    Ok(rendered)
}

/// What deployments leave to somebody else has not become what the file says, and is not proven.
///
/// # Errors
/// When nothing is left.
pub async fn not_left_alone(
    session: &Session,
    rendered: Vec<RenderedPolicies>,
    observer: &dyn Observer,
) -> Result<Vec<RenderedPolicies>> {
    let mut kept = Vec::new();
    for one in rendered {
        match policy::left_alone(session, &one).await? {
            Some(otherwise) => {
                let note = format!("{} is not proven: {otherwise}", one.policies.system);
                observer.event(&Event::Note(&note));
            }
            None => kept.push(one),
        }
    }
    if kept.is_empty() {
        return Err(Error::refused("there is nothing to prove here")
            .because("every chosen system is somebody else's in this database")
            .hint("leave out --here: a disposable clone is proven then"));
    }
    Ok(kept)
}

/// All schemas of systems.
#[must_use]
pub fn schemas<'s>(systems: &[&'s System]) -> Vec<&'s str> {
    systems
        .iter()
        .flat_map(|system| system.all_schemas())
        .map(String::as_str)
        .collect()
}

/// Deploys systems to a disposable server, and proves them there.
///
/// # Errors
/// As [`prove`].
pub async fn prove_on_clone(
    project: &Project,
    systems: &[&System],
    rendered: &[RenderedPolicies],
    surroundings: &Surroundings<'_>,
    connect: &Connect<'_>,
    observer: &dyn Observer,
) -> Result<Vec<Proof>> {
    // Roles belong to a whole server, and a proof must not make any on somebody else's.
    let server =
        Temporary::start(&server_options(project, systems), observer).map_err(|error| {
            error.hint("or prove the database itself: `workroom policy prove --here`")
        })?;
    let admin = connect(Target::parse(&server.url())?).await?;
    let extensions = prepared(project, systems);
    let target = owner_of(&admin, &server, &extensions).await?;
    let session = connect(target.clone()).await?;
    let deployed = Deployment::carry_out(observer, &session, project, systems).await;
    deployed.map_err(|error| match error.code.as_deref() {
        Some("42501") => error
            .because("a clone is deployed by an owner without superuser, as docs/security.md says")
            .hint("an extension is made beforehand when workroom.toml names it under `extensions`"),
        _ => error,
    })?;
    prepare_clone(&admin, surroundings.schemas, target.user()).await?;
    // The database is copied for further workers, and nobody else may be connected then.
    drop(admin);
    prove_on(&session, project, rendered, surroundings, connect, observer).await
}

/// Proves what is deployed to a database.
///
/// # Errors
/// When the database cannot be asked, or when no rows can be made up.
pub async fn prove_on(
    session: &Session,
    project: &Project,
    rendered: &[RenderedPolicies],
    surroundings: &Surroundings<'_>,
    connect: &Connect<'_>,
    observer: &dyn Observer,
) -> Result<Vec<Proof>> {
    let mut proofs = Vec::new();
    for rendered in rendered {
        let mut live = None;
        if !rendered.policies.patterns.is_empty() {
            let system = &project.systems[&rendered.policies.system];
            live = policy::load_live(session, project, system, Dialect::Postgres).await?;
        }
        let rendered = live.as_ref().unwrap_or(rendered);
        let label = format!("proof of {}", rendered.policies.system);
        observer.event(&Event::Started(&label));
        let proof = prove::prove(session, connect, rendered, surroundings, observer).await?;
        observer.event(&Event::Finished(&label, proof.took));
        for note in &proof.notes {
            observer.event(&Event::Note(note));
        }
        proofs.push(proof);
    }
    Ok(proofs)
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

/// Who deploys to a clone and proves it: an owner without superuser. Before Postgres 16 only a superuser can make roles and
/// act as them without the server's programs and files being within reach, so that it stays the superuser there.
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
