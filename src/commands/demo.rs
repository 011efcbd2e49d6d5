//! `workroom demo`: deploy a shipped system to an embedded server, fill it, verify it, prove it where that is asked for,
//! say how to connect.

use std::time::Instant;

use clap::Args;

use super::Context;
use super::db::migrate;
use super::policy::prove;
use super::seed::dataset::Choices;
use crate::database::{DeploymentLock, Limits, Patience, Session, Target};
use crate::deployment::{self, Deployment};
use crate::error::{Error, Kind, Result};
use crate::event::Event;
use crate::migrate::Choice;
use crate::project::{Project, System};
use crate::report::Report;
use crate::seed::pipeline::default_threads;
use crate::seed::{Job, Rows, source};
use crate::sql::{identifier, literal};

/// Which system.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shipped system [default: the flagship]
    pub system: Option<String>,

    /// Prove the policies as well, on a copy of the schema: the flagship's take some seconds; `--all` always does
    #[arg(long)]
    pub prove: bool,
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
    let project = Project::read(context.shipped.clone())?;
    let names: Vec<String> = arguments.system.iter().cloned().collect();
    let systems = project.select(&names, context.global.all)?;
    let server = context.embedded(&project, &systems)?;
    let target = Target::parse(&server.url())?;
    let mut session = context.connect_to(&target).await?;
    if is_of_other_files(&session, &project, &systems).await? {
        drop(session);
        let old = set_aside(context, &target).await?;
        let note =
            format!("the demonstration was made from other files; it is kept as database {old}");
        context.observer.event(&Event::Note(&note));
        session = context.connect_to(&target).await?;
    }
    let deployment = Deployment::lock(
        context.observer.as_ref(),
        &session,
        &project,
        &systems,
        &Choice::default(),
        Patience::default(),
    )
    .await?;
    let done = deployment
        .run(
            context.observer.as_ref(),
            &session,
            Limits::default(),
            false,
        )
        .await;
    let seeded = match done {
        Ok(done) => fill(context, &session, &project, &systems)
            .await
            .map(|seeded| (done, seeded)),
        Err(error) => Err(error),
    };
    let (done, seeded) = DeploymentLock::release_after(&session, seeded).await?;
    let mut report = migrate::report(&done, &deployment);
    report.append(deployment::check(&session, &project, &systems).await?);
    report.append(seeded);
    if arguments.prove || context.global.all {
        report.append(prove::in_short(context, &project, &systems).await?);
    }
    report.push_text(format!(
        "{} on Postgres {} in {:.2} s; the server keeps running\n\
         connect:  {}\n\
         or:       workroom server psql --demo\n\
         stop:     workroom server stop --demo",
        title(&systems, context.global.all),
        server.binaries().version,
        started.elapsed().as_secs_f64(),
        server.url(),
    ));
    Ok(report)
}

/// What was deployed, in words.
fn title(systems: &[&System], all: bool) -> String {
    match systems.last() {
        Some(system) if !all => system.title.clone(),
        _ => format!("{} systems side by side", systems.len()),
    }
}

/// Fills the tables of each system that has a seed file and nothing in them yet, as of today, and shows what came of it.
async fn fill(
    context: &Context,
    session: &Session,
    project: &Project,
    systems: &[&System],
) -> Result<Report> {
    let mut report = Report::default();
    for system in systems.iter().filter(|system| system.seeds.is_some()) {
        let file = source::file_of(project, system)?;
        let job = Job {
            observer: context.observer.as_ref(),
            session,
            project,
            file: &file,
            options: Choices {
                as_of: Some(source::today()?),
                ..Choices::default()
            }
            .options()?,
            rows: Rows::default(),
            tenants: &[],
            threads: default_threads(),
            limits: Limits::default(),
        };
        report.append(job.run_if_empty().await?);
    }
    Ok(report)
}

/// Whether another version of workroom has deployed here, whose files or own tables were not these. The shipped
/// files themselves are in order, so a mistake of the project's can only be a difference to the history.
async fn is_of_other_files(
    session: &Session,
    project: &Project,
    systems: &[&System],
) -> Result<bool> {
    match Deployment::look(session, project, systems, &Choice::default()).await {
        Ok(_) => Ok(false),
        Err(error) if matches!(error.kind, Kind::Project | Kind::Database) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Renames the demonstration's database and makes an empty one in its place; returns the new name of the old.
async fn set_aside(context: &Context, target: &Target) -> Result<String> {
    let session = context
        .connect_to(&target.with_database("template1"))
        .await?;
    let name = target.database();
    let what = "setting the old demonstration aside";
    let stamp = "select pg_catalog.to_char(pg_catalog.clock_timestamp(), 'YYYYMMDD_HH24MISS');";
    let rows = session.run(what, stamp).await?;
    let stamp = rows.into_iter().flatten().flatten().flatten().next();
    let old = format!("{name}_until_{}", stamp.unwrap_or_default());
    for sql in [
        format!(
            "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where datname = {};",
            literal(name)
        ),
        format!(
            "alter database {} rename to {};",
            identifier(name),
            identifier(&old)
        ),
        format!("create database {};", identifier(name)),
    ] {
        let done = session.alone(name, &sql).await;
        done.map_err(|failure| failure.of_our_own(what))?;
    }
    Ok(old)
}
