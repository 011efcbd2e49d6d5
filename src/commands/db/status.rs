//! `workroom db status`: migrations, and whether they are applied.

use clap::Args;

use crate::commands::Context;
use crate::deployment::Deployment;
use crate::error::Result;
use crate::report::{Outcome, Report, Table};

/// How to answer.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Exit with status 1 when something is pending
    #[arg(long)]
    pub check: bool,
}

/// Lists migrations with when, by whom and how long, and repeatable objects that changed.
///
/// # Errors
/// When files and history do not agree, or when the server lacks something.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let (project, session) = context.open().await?;
    let systems = context.systems(&project)?;
    let deployment = Deployment::look(&session, &project, &systems, None).await?;
    let mut table = Table::new("", &["system", "what", "state", "applied_on", "by", "ms"]);
    let mut pending = 0;
    for part in &deployment.parts {
        let system = part.system.name.as_str();
        for migration in &part.system.migrations {
            let row = part
                .migrations
                .applied
                .iter()
                .find(|(other, _)| other.version == migration.version);
            match row {
                Some((_, applied)) => table.row([
                    system,
                    migration.label(),
                    "applied",
                    &applied.applied_on,
                    &applied.applied_by,
                    &applied.duration_ms,
                ]),
                None => {
                    pending += 1;
                    table.row([system, migration.label(), "pending", "", "", ""]);
                }
            }
        }
        for at in &part.changed {
            pending += 1;
            table.row([
                system,
                &part.objects[*at].qualified(),
                "pending",
                "",
                "",
                "",
            ]);
        }
    }
    let mut report = Report::table(table);
    if pending > 0 {
        report.push_text(format!(
            "{pending} pending; `workroom db migrate` applies them"
        ));
        if arguments.check {
            report.outcome = Outcome::Found;
        }
    }
    Ok(report)
}
