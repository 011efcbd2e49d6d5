//! `workroom db plan`: what `migrate` would do. Creates nothing, not even the history table.

use std::path::PathBuf;

use clap::Args;

use super::deployment::Deployment;
use super::measured;
use crate::commands::Context;
use crate::error::Result;
use crate::report::{Report, Table};

/// What to plan.
#[derive(Debug, Default, Args)]
pub struct Arguments {
    /// Plan up to this version of the system only
    #[arg(long, value_name = "VERSION")]
    pub to: Option<i64>,

    /// Execute the plan on a disposable copy of the schema, and show the locks, rewrites and scans of each statement
    #[arg(long)]
    pub measure: bool,

    /// Take versions up to this one as applied, whatever the database says
    #[arg(long, value_name = "VERSION", requires = "measure")]
    pub after: Option<i64>,

    /// Sizes of the real tables, to estimate the time under lock: a file, or `target` to read them there
    #[arg(long, value_name = "FILE", requires = "measure")]
    pub stats: Option<PathBuf>,

    /// Make the copy in a database beside the target instead of on a throw-away server
    #[arg(long, requires = "measure")]
    pub beside: bool,
}

/// Shows what would be applied, in which transaction.
///
/// # Errors
/// When files and history do not agree, or when the server lacks something.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let (project, session) = context.open().await?;
    let systems = context.systems(&project)?;
    let deployment = Deployment::look(&session, &project, &systems, arguments.to).await?;
    if arguments.measure {
        return measured::run(context, arguments, &project, &session, &deployment).await;
    }
    let mut table = Table::new(
        "would apply",
        &["system", "what", "statements", "transaction"],
    );
    for part in &deployment.parts {
        let system = part.system.name.as_str();
        for migration in &part.migrations.pending {
            let statements = migration.statements.len().to_string();
            let transaction = if migration.headers.no_transaction {
                "one for each statement"
            } else {
                "one"
            };
            table.row([system, migration.label(), &statements, transaction]);
        }
        for at in &part.changed {
            let definition = &part.objects[*at];
            let what = format!("{} {}", definition.kind.keyword(), definition.qualified());
            let statements = definition.object.statements.len().to_string();
            table.row([system, &what, &statements, "one for all objects"]);
        }
    }
    for part in deployment
        .parts
        .iter()
        .filter(|part| part.policies.is_some())
    {
        table.row([
            part.system.name.as_str(),
            "policies and grants",
            "",
            "one, of what differs",
        ]);
    }
    if table.rows.is_empty() {
        let names: Vec<_> = systems.iter().map(|system| system.name.as_str()).collect();
        return Ok(Report::text(format!(
            "nothing to do: {} up to date",
            names.join(", ")
        )));
    }
    Ok(Report::table(table))
}
