//! The proof of policies, for commands and programs: on a disposable clone that is deployed from the files, or on a
//! database as it is.

use super::Options;
use super::clean::{self, tolerate};
use crate::database::{Connect, Session};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::policy::{self, Dialect, RenderedPolicies};
use crate::project::{Project, System};
use crate::prove::{self, Proof, ProofOptions, prepare_clone};

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
    let proof_options = ProofOptions {
        schemas: &schemas,
        is_clone: true,
        is_open: false,
        mutates: false,
        triggers: false,
        part: None,
    };
    let connect: Box<Connect<'_>> =
        Box::new(|target| Box::pin(async move { Session::connect(&target).await }));
    prove_on_clone(
        &project,
        &systems,
        &rendered,
        &proof_options,
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
    proof_options: &ProofOptions<'_>,
    connect: &Connect<'_>,
    observer: &dyn Observer,
) -> Result<Vec<Proof>> {
    let server = clean::start(project, systems, None, observer).map_err(|error| {
        error.hint("or prove the database itself: `workroom policy prove --here`")
    })?;
    let (admin, session) = clean::build(&server, project, systems, connect, observer).await?;
    prepare_clone(&admin, proof_options.schemas, session.target().user()).await?;
    // The database is copied for further workers, and nobody else may be connected then.
    drop(admin);
    prove_on(
        &session,
        project,
        rendered,
        proof_options,
        connect,
        observer,
    )
    .await
}

/// Proves what is deployed to a database.
///
/// # Errors
/// When the database cannot be asked, or when no rows can be made up.
pub async fn prove_on(
    session: &Session,
    project: &Project,
    rendered: &[RenderedPolicies],
    proof_options: &ProofOptions<'_>,
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
        let proof = prove::prove(session, connect, rendered, proof_options, observer).await?;
        observer.event(&Event::Finished(&label, proof.took));
        for note in &proof.notes {
            observer.event(&Event::Note(note));
        }
        proofs.push(proof);
    }
    Ok(proofs)
}
