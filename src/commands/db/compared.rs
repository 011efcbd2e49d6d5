//! A database beside a clean build of the migrations that it is said to have.

use crate::commands::Context;
use crate::database::Session;
use crate::deployment;
use crate::error::{Error, Result};
use crate::import::Tool;
use crate::project::System;
use crate::verify::{Change, Difference};

/// The most differences that are told.
const TOLD: usize = 20;

/// Builds the migrations of a system up to a version on a throw-away server, and refuses a database that has anything
/// else. What a deployment brings about after them does not count: repeatable objects and what a policy file manages.
///
/// # Errors
/// With what differs; when no Postgres can be found or fetched, or when the files cannot be deployed to it.
pub(super) async fn refuse_differences(
    context: &Context,
    session: &Session,
    system: &System,
    to: i64,
) -> Result<()> {
    let mut project = context.project()?;
    deployment::tolerate(&mut project, &context.global.systems, context.global.all)?;
    if let Some(system) = project.systems.get_mut(&system.name) {
        system
            .migrations
            .retain(|migration| migration.version <= to);
        system.objects.clear();
        system.policy = None;
    }
    let systems = context.systems(&project)?;
    let (connect, observer) = (context.connecting(), context.observer.as_ref());
    let found = deployment::differences_from(session, &project, &systems, &connect, observer);
    let found = found.await.map_err(|error| {
        error.because(
            "the database is compared with what the migrations make, on a throw-away server",
        )
    })?;
    let differing: Vec<&Difference> = found
        .iter()
        .filter(|difference| !is_left(system, difference))
        .collect();
    if differing.is_empty() {
        return Ok(());
    }
    let error = Error::refused(format!(
        "the database is not what the migrations of system `{}` up to {to} make",
        system.name
    ));
    let mut error = differing
        .iter()
        .take(TOLD)
        .fold(error, |error, one| error.because(one));
    if differing.len() > TOLD {
        error = error.because(format!("{} more", differing.len() - TOLD));
    }
    Err(error)
}

/// Whether a difference may be: it is accepted, another tool's history, or for the deployment to bring about.
fn is_left(system: &System, difference: &Difference) -> bool {
    let name = difference.object.split_once(' ');
    let name = name.map_or(difference.object.as_str(), |(_, name)| name);
    let is_surplus = difference.change == Change::Surplus && difference.part.is_none();
    let is_of_another_tool = Tool::ALL.iter().any(|tool| tool.has_made(name));
    let is_repeatable = system.objects.iter().any(|object| {
        let stem = object.file.path.rsplit('/').next().unwrap_or_default();
        let stem = stem.strip_suffix(".sql").unwrap_or(stem);
        let unqualified = name.rsplit('.').next().unwrap_or_default();
        unqualified.split('(').next() == Some(stem)
    });
    let is_of_policies = system.policy.is_some() && is_of_policies(difference);
    system.accepts(|accepted| difference.is_of(accepted))
        || is_surplus && (is_of_another_tool || is_repeatable)
        || is_of_policies
}

/// Whether it is of what a policy file manages: policies, row security, grants.
fn is_of_policies(difference: &Difference) -> bool {
    let is_of_rights =
        |name: &str| name.starts_with("granted to ") || name.ends_with("row-level security");
    difference.kind() == "policy"
        || matches!(&difference.change, Change::Property { name, .. } if is_of_rights(name))
}
