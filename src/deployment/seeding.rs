//! Rows of a seed file, for programs.

use super::{Options, take_lock};
use crate::database::{DeploymentLock, Session, Target};
use crate::error::{Error, Kind, Result};
use crate::project::Project;
use crate::report::Report;
use crate::seed::pipeline::default_threads;
use crate::seed::{self, Job, Rows, refuse, source};

/// What to load, and into which database.
#[derive(Clone, Debug, Default)]
pub struct Seeding {
    /// What the data depend on besides the file; the present day is the clock's.
    pub data: seed::Options,
    /// What becomes of rows that are there.
    pub rows: Rows,
    /// The tenants whose rows are added, with [`Rows::Beside`].
    pub tenants: Vec<String>,
    /// The name of a database that may be filled although it is not marked disposable.
    pub into: Option<String>,
}

/// Loads the rows of a system's seed file, of the last one of [`Options::systems`]: sent by COPY, checked and recorded in
/// one transaction, under the deployment lock. Tells the rows of each table.
///
/// ```no_run
/// use workroom::{Options, Seeding, seed::Rows};
///
/// # async fn fill(project: &workroom::Project, target: &workroom::Target) -> workroom::Result<()> {
/// let seeding = Seeding { rows: Rows::Replace, into: Some("staging".into()), ..Seeding::default() };
/// workroom::seed(project, target, &Options::default(), &seeding).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When the system has no seed file or a wrong one, when the database is not meant for it, when tables have rows
/// ([`Rows::Refuse`]), or when the server refuses one. Nothing is changed then.
pub async fn seed(
    project: &Project,
    target: &Target,
    options: &Options,
    seeding: &Seeding,
) -> Result<Report> {
    let systems = options.select(project)?;
    let system = systems
        .last()
        .ok_or_else(|| Error::new(Kind::Usage, "no system is named"))?;
    let file = source::file_of(project, system)?;
    let session = Session::connect(target).await?;
    refuse::unless_disposable(&session, seeding.into.as_deref()).await?;
    let observer = options.observer.as_ref();
    let job = Job {
        observer,
        session: &session,
        project,
        file: &file,
        options: seed::Options {
            today: source::today()?,
            ..seeding.data
        },
        rows: seeding.rows,
        tenants: &seeding.tenants,
        threads: default_threads(),
        limits: options.limits,
    };
    take_lock(observer, &session, options.patience).await?;
    let done = job.run().await;
    DeploymentLock::release_after(&session, done).await
}
