//! The front door for programs: a project and a database in, what was done as values out.

use std::sync::Arc;

use super::{Deployment, Done, check};
use crate::database::{DeploymentLock, Limits, Patience, Session, Target};
use crate::error::Result;
use crate::event::{Observer, Silent};
use crate::migrate::Choice;
use crate::project::{Project, System};
use crate::report::Report;

/// How to deploy.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Systems by name, deployed with what they require; empty means the project's default system, or its only one.
    pub systems: Vec<String>,
    /// Whether every system of the project is meant.
    pub all: bool,
    /// How long another program that deploys to the same database is waited for.
    pub patience: Patience,
    /// How long statements may wait for locks and run.
    pub limits: Limits,
    /// Whether consecutive transactional migrations go into one transaction.
    pub grouped: bool,
    /// Who hears what is going on.
    pub observer: Arc<dyn Observer>,
}

impl Default for Options {
    /// The project's default system, with the limits that the command line has; nobody listens.
    fn default() -> Self {
        Self {
            systems: Vec::new(),
            all: false,
            patience: Patience::default(),
            limits: Limits::default(),
            grouped: false,
            observer: Arc::new(Silent),
        }
    }
}

impl Options {
    pub(super) fn select<'project>(
        &self,
        project: &'project Project,
    ) -> Result<Vec<&'project System>> {
        project.select(&self.systems, self.all)
    }
}

/// What a deployment has done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Deployed {
    /// One entry for each system, requirements first.
    pub systems: Vec<Done>,
}

impl Deployed {
    /// Whether the database was up to date already.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.systems.iter().all(|done| {
            done.migrations.is_empty() && done.objects.is_empty() && done.policies.is_empty()
        })
    }
}

/// What a deployment would do to one system.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Planned {
    /// The system's name.
    pub system: String,
    /// The latest migration that is applied, `V001__name`.
    pub latest: Option<String>,
    /// Pending migrations, `V001__name`, in order.
    pub migrations: Vec<String>,
    /// Names of repeatable objects that are new, changed or gone.
    pub objects: Vec<String>,
    /// Whether policies and grants are to be compared, and applied where they differ.
    pub policies: bool,
}

/// Brings a database up to date: pending migrations, changed repeatable objects, policies and grants, under the
/// deployment lock. Of several programs that start at once one deploys; the others wait and find nothing to do.
///
/// # Errors
/// When the server cannot be reached or lacks something, when files and history do not agree, when somebody else
/// deploys for longer than [`Options::patience`], or when a statement fails; what was applied before stays, and the next
/// call goes on from there.
pub async fn deploy(project: &Project, target: &Target, options: &Options) -> Result<Deployed> {
    deploy_on(&Session::connect(target).await?, project, options).await
}

/// The same on a session that is open already.
///
/// # Errors
/// As [`deploy`].
pub async fn deploy_on(
    session: &Session,
    project: &Project,
    options: &Options,
) -> Result<Deployed> {
    let systems = options.select(project)?;
    let observer = options.observer.as_ref();
    let patience = options.patience;
    let everything = Choice::default();
    let deployment =
        Deployment::lock(observer, session, project, &systems, &everything, patience).await?;
    let done = deployment.run(observer, session, options.limits, options.grouped);
    let systems = DeploymentLock::release_after(session, done.await).await?;
    Ok(Deployed { systems })
}

/// What [`deploy`] would do, found out without the lock and without changing anything.
///
/// # Errors
/// When the server cannot be reached or lacks something, or when files and history do not agree.
pub async fn plan(project: &Project, target: &Target, options: &Options) -> Result<Vec<Planned>> {
    let systems = options.select(project)?;
    plan_on(&Session::connect(target).await?, project, &systems).await
}

/// The same for systems of the project, on a session that is open already.
///
/// # Errors
/// As [`plan`].
pub async fn plan_on(
    session: &Session,
    project: &Project,
    systems: &[&System],
) -> Result<Vec<Planned>> {
    let deployment = Deployment::look(session, project, systems, &Choice::default()).await?;
    let planned = deployment.parts.iter().map(|part| Planned {
        system: part.system.name.clone(),
        latest: part
            .migrations
            .applied
            .last()
            .map(|(file, _)| file.label().to_owned()),
        migrations: part
            .migrations
            .pending
            .iter()
            .map(|one| one.label().to_owned())
            .collect(),
        objects: part
            .changed
            .iter()
            .map(|at| part.objects[*at].qualified())
            .collect(),
        policies: part.policies.is_some(),
    });
    Ok(planned.collect())
}

/// Checks that a database has what the files make and `workroom.toml` expects: a check for each expectation, and the
/// outcome of all.
///
/// # Errors
/// When the server cannot be reached, or its catalog cannot be read.
pub async fn verify(project: &Project, target: &Target, options: &Options) -> Result<Report> {
    let systems = options.select(project)?;
    let session = Session::connect(target).await?;
    check(&session, project, &systems).await
}
