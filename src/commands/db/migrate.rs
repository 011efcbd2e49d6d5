//! `workroom db migrate`: apply what is pending.

use std::time::Duration;

use clap::Args;

use super::{nothing_to_do, plan};
use crate::commands::Context;
use crate::commands::arguments::{LimitArguments, parse_duration, parse_version};
use crate::database::{DeploymentLock, Patience, Session};
use crate::deployment::{Deployment, Done, UpToDateCheck, released_unless};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::import::Tool;
use crate::migrate::{self, Adopted, Choice};
use crate::project::Project;
use crate::report::{Report, Table};

/// What to apply, and how patiently.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Stop after this version of the system; repeatable objects and policies are left as they are
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    pub to: Option<i64>,

    /// A version that may be applied although a later one already is (can be repeated)
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    pub out_of_order: Vec<i64>,

    /// Record the version of `--to`, the next one, as applied without running it
    #[arg(long, requires = "to", conflicts_with_all = ["dry_run", "grouped"])]
    pub fake: bool,

    /// Apply consecutive transactional migrations in one transaction: all of them or none
    #[arg(long)]
    pub grouped: bool,

    /// How long to wait for another deployment of this database
    #[arg(long, value_name = "DURATION", default_value = "5min", value_parser = parse_duration)]
    pub lock_wait: Duration,

    /// How patient statements are.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// Applies pending migrations, changed repeatable objects and policies.
///
/// # Errors
/// When files and history do not agree, when the server lacks something, or when a statement fails.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    if arguments.dry_run {
        let plan = plan::Arguments {
            to: arguments.to,
            out_of_order: arguments.out_of_order.clone(),
            ..plan::Arguments::default()
        };
        return plan::run(context, &plan).await;
    }
    let patience = Patience {
        longest: arguments.lock_wait,
    };
    // Most runs find nothing to do, and need not read the texts of migrations to know it.
    let choice = Choice {
        to: arguments.to,
        out_of_order: arguments.out_of_order.clone(),
    };
    if choice == Choice::default() && !arguments.fake {
        let (outline, session, reading) = context.open_with_fingerprints().await?;
        let systems = context.systems(&outline)?;
        let observer = context.observer.as_ref();
        let check = UpToDateCheck::lock(observer, &session, &systems, patience).await;
        let fingerprints = released_unless(&session, context.fingerprints(reading).await).await?;
        let mut check = check?;
        let systems = context.systems(fingerprints.project())?;
        let is_current = check.is_current(&fingerprints, &systems);
        if released_unless(&session, is_current).await? {
            release_after(context, &session, Ok(())).await?;
            return Ok(nothing_to_do(
                systems.iter().map(|system| system.name.as_str()),
            ));
        }
        let ran = check.ran(&session).await?;
        let known =
            |system: &str, sha256: &str| ran.contains(&(system.to_owned(), sha256.to_owned()));
        let project = Project::read_after(&fingerprints, &known);
        let project = released_unless(&session, project).await?;
        let systems = context.systems(&project)?;
        let deployment = check
            .compare(observer, &session, &project, &systems)
            .await?;
        return apply(context, arguments, &session, &deployment).await;
    }
    let (project, session) = context.open().await?;
    let systems = context.systems(&project)?;
    let deployment = Deployment::lock(
        context.observer.as_ref(),
        &session,
        &project,
        &systems,
        &choice,
        patience,
    )
    .await?;
    if arguments.fake {
        let report = fake(&session, &deployment, arguments.to).await;
        return DeploymentLock::release_after(&session, report).await;
    }
    apply(context, arguments, &session, &deployment).await
}

/// Applies what is pending.
async fn apply(
    context: &Context,
    arguments: &Arguments,
    session: &Session,
    deployment: &Deployment<'_>,
) -> Result<Report> {
    let limits = arguments.limits.limits();
    let done = deployment
        .run(
            context.observer.as_ref(),
            session,
            limits,
            arguments.grouped,
        )
        .await;
    let done = match done {
        Err(error) => Err(with_another_history(session, deployment, error).await),
        done => done,
    };
    let done = release_after(context, session, done).await?;
    Ok(report(&done, deployment))
}

/// What the first migration makes may be there already because another tool has made it.
async fn with_another_history(
    session: &Session,
    deployment: &Deployment<'_>,
    error: Error,
) -> Error {
    // Schemas, relations, types, functions, columns that exist.
    let exists = ["42P06", "42P07", "42710", "42723", "42701"];
    let is_there = error
        .code
        .as_deref()
        .is_some_and(|code| exists.contains(&code));
    let is_new = deployment
        .parts
        .iter()
        .any(|part| part.migrations.applied.is_empty());
    if !is_there || !is_new {
        return error;
    }
    let tools = Tool::in_database(session).await.unwrap_or_default();
    // Several tools call their table alike.
    let names: Vec<String> = tools.iter().map(ToString::to_string).collect();
    if names.is_empty() {
        return error;
    }
    error.hint(format!(
        "the database has a history of {}: `workroom db import --from TOOL` takes over what it has applied",
        names.join(" or ")
    ))
}

/// Releases the lock, which is the last thing of a run.
async fn release_after<T>(context: &Context, session: &Session, result: Result<T>) -> Result<T> {
    let result = DeploymentLock::release_after(session, result).await;
    let round_trips = format!("{} round trips after authentication", session.round_trips());
    context.observer.event(&Event::Detail(&round_trips));
    result
}

/// Records the one pending migration as applied.
async fn fake(session: &Session, deployment: &Deployment<'_>, to: Option<i64>) -> Result<Report> {
    let Some(part) = deployment.parts.last() else {
        return Err(Error::refused("no system to record a migration of"));
    };
    let system = part.system;
    let [migration] = part.migrations.pending.as_slice() else {
        let error = Error::refused("`--fake` records one version at a time");
        return Err(match part.migrations.pending.first() {
            Some(next) => error
                .because(format!(
                    "{} migrations up to {} are pending",
                    part.migrations.pending.len(),
                    to.unwrap_or_default()
                ))
                .hint(format!(
                    "the next one is {}: `workroom db migrate --fake --to {}`",
                    next.label(),
                    next.version
                ))
                .hint("`workroom db baseline` records several for a database without a history"),
            None => error
                .because(format!(
                    "version {} is applied already",
                    to.unwrap_or_default()
                ))
                .hint("`workroom db status` lists what is pending"),
        });
    };
    migrate::prepare(session, system, &deployment.layout_sql()).await?;
    migrate::adopt(session, system, &[Adopted::now(migration)]).await?;
    let mut table = Table::new("", &["system", "version", "state"]);
    table.row([system.name.as_str(), migration.label(), "recorded, not run"]);
    Ok(Report::table(table))
}

/// One line for each thing that was done.
#[must_use]
pub fn report(done: &[Done], deployment: &Deployment<'_>) -> Report {
    let mut table = Table::new("", &["system", "applied", "ms"]);
    for done in done {
        for ran in &done.migrations {
            let took = format!("{:.1}", ran.took.as_secs_f64() * 1000.0);
            table.row([done.system.clone(), ran.label.clone(), took]);
        }
        for object in &done.objects {
            table.row([done.system.as_str(), object, ""]);
        }
        if !done.policies.is_empty() {
            let statements = format!("policies and grants ({} statements)", done.policies.len());
            table.row([done.system.as_str(), &statements, ""]);
        }
    }
    let mut report = Report::default();
    if table.rows.is_empty() {
        report = nothing_to_do(done.iter().map(|done| done.system.as_str()));
    } else {
        report.push_table(table);
    }
    for part in deployment
        .parts
        .iter()
        .filter(|part| !part.migrations.complete)
    {
        report.push_text(format!(
            "system {} is not complete: repeatable objects and policies are left as they are until all migrations are applied",
            part.system.name
        ));
    }
    for line in deployment.without_file() {
        report.push_text(line);
    }
    report
}
