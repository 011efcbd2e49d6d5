//! `workroom demo`: deploy a shipped system to an embedded server, verify it, say how to connect.

use std::time::Instant;

use clap::Args;

use super::Context;
use super::db::deployment::Deployment;
use super::db::{migrate, verify};
use crate::database::{DeploymentLock, Limits, Patience, Target};
use crate::error::{Error, Result};
use crate::files::Tree;
use crate::project::Project;
use crate::report::Report;

/// Which system.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shipped system [default: the flagship]
    pub system: Option<String>,
}

/// Starts the embedded server and brings the shipped system up to date on it.
///
/// # Errors
/// When no Postgres can be found or fetched, or when the deployment fails.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    if context.global.database_url.is_some() {
        return Err(Error::refused("`demo` works on its own embedded server only")
            .because("a database URL is given, and a demonstration does not belong into a database of yours")
            .hint("unset DATABASE_URL, or use `workroom init --from SYSTEM` and `workroom db migrate`"));
    }
    let started = Instant::now();
    let project = Project::read(Tree::Shipped)?;
    let names: Vec<String> = arguments.system.iter().cloned().collect();
    let systems = project.select(&names, context.global.all)?;
    let server = context.embedded(&project)?;
    let session = context.connect_to(&Target::parse(&server.url())?).await?;
    let (_lock, deployment) = Deployment::lock(
        context,
        &session,
        &project,
        &systems,
        None,
        Patience::default(),
    )
    .await?;
    let done = deployment.run(context, &session, Limits::default()).await;
    let released = session.batch(&DeploymentLock::release()).await;
    let done = done?;
    released.map_err(|failure| failure.of_our_own("releasing the deployment lock"))?;
    let mut report = migrate::report(&done, &deployment);
    report.append(verify::check(&session, &project, &systems).await?);
    report.push_text(format!(
        "{} on Postgres {} in {:.2} s; the server keeps running\n\
         connect:  {}\n\
         or:       workroom server psql --demo\n\
         stop:     workroom server stop --demo",
        systems
            .last()
            .map_or("nothing", |system| system.title.as_str()),
        server.binaries().version,
        started.elapsed().as_secs_f64(),
        server.url(),
    ));
    Ok(report)
}
