//! `workroom db repair`: bring history and files together again. Runs no migration.

use clap::Args;

use crate::commands::Context;
use crate::commands::arguments::parse_version;
use crate::database::{DeploymentLock, Patience, Session};
use crate::error::{Error, Result};
use crate::migrate::{self, History, Mismatch, Repair};
use crate::project::System;
use crate::report::{Report, Table};

/// What else to repair.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Record the file of this version as it is now, although it does something else than what ran (can be repeated)
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    pub adopt: Vec<i64>,
}

/// Shows what would be repaired; with `--yes`, does it.
///
/// # Errors
/// When a file was changed in what it does and its version is not named with `--adopt`.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let (project, session) = context.open().await?;
    let systems = context.systems(&project)?;
    context.lock(&session, Patience::default()).await?;
    let report = repair(context, arguments, &session, systems).await;
    DeploymentLock::release_after(&session, report).await
}

async fn repair(
    context: &Context,
    arguments: &Arguments,
    session: &Session,
    systems: Vec<&System>,
) -> Result<Report> {
    let mut table = Table::new("", &["system", "version", "what"]);
    let mut refused = Vec::new();
    let mut work = Vec::new();
    let mut late = Vec::new();
    for system in systems {
        let Some(history) = History::load(session, &system.name).await? else {
            continue;
        };
        let mut repairs = Vec::new();
        for mismatch in migrate::mismatches(system, &history, &[]) {
            let (version, what, repair) = match mismatch {
                Mismatch::Late(migration, _) => {
                    late.push(migration);
                    continue;
                }
                Mismatch::Renumbered(from, migration) => (
                    migration.label().to_owned(),
                    format!("ran as version {from}: record its number"),
                    Repair::Renumber(from, migration),
                ),
                Mismatch::Remarks(migration) => (
                    migration.label().to_owned(),
                    "only comments or white space changed: record the file as it is".to_owned(),
                    Repair::Adopt(migration),
                ),
                Mismatch::Renamed(migration) => (
                    migration.label().to_owned(),
                    "renamed: record the new name".to_owned(),
                    Repair::Adopt(migration),
                ),
                Mismatch::Changed(migration) if arguments.adopt.contains(&migration.version) => (
                    migration.label().to_owned(),
                    "changed, as named with --adopt: record the file as it is".to_owned(),
                    Repair::Adopt(migration),
                ),
                Mismatch::Changed(migration) => {
                    refused.push(
                        migrate::changed(migration, &history.applied[&migration.version]).hint(format!(
                            "or, when the database has been brought to what the file does now: `workroom db repair --adopt {}`",
                            migration.version
                        )),
                    );
                    continue;
                }
                Mismatch::Gone(version) => (
                    version.to_string(),
                    "its file is gone: remove the row".to_owned(),
                    Repair::Forget(version),
                ),
                Mismatch::Steps(version) => (
                    version.to_string(),
                    "steps of a migration that is not under way: remove them".to_owned(),
                    Repair::ClearSteps(version),
                ),
            };
            table.row([system.name.as_str(), &version, &what]);
            repairs.push(repair);
        }
        work.push((system, repairs));
    }
    Error::all(refused)?;
    let mut report = Report::default();
    if table.rows.is_empty() {
        report.push_text("nothing to repair: history and files agree");
    } else {
        report.push_table(table);
        if context.global.yes {
            for (system, repairs) in &work {
                migrate::repair(session, system, repairs).await?;
            }
            report.push_text("repaired");
        } else {
            report.push_text("nothing was changed; `workroom db repair --yes` does this");
        }
    }
    for migration in late {
        report.push_text(format!(
            "{} is late, and did not run: `workroom db migrate --out-of-order {}` applies it where the order makes no difference",
            migration.label(),
            migration.version
        ));
    }
    Ok(report)
}
