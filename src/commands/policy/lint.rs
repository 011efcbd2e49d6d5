//! `workroom policy lint`: checks over the live catalog.

use clap::Args;

use super::systems;
use crate::commands::Context;
use crate::error::{Error, Result};
use crate::policy::Policies;
use crate::policy::lint::{self, Scope};
use crate::report::{Report, Table};

/// What to show.
#[derive(Debug, Args)]
pub struct Arguments {
    /// List the checks
    #[arg(long)]
    pub checks: bool,
}

/// Runs every check on the systems that are meant.
///
/// # Errors
/// With every mistake of the policy file; when the database cannot be read.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    if arguments.checks {
        let mut table = Table::new("", &["check", "severity", "after", "why"]);
        for check in lint::checks() {
            table.row([check.name, check.severity.word(), check.after, check.why]);
        }
        return Ok(Report::table(table));
    }
    let (project, mut mistakes) = context.what_can_be_read()?;
    // The database is looked at, for which migrations and views need not be in order.
    mistakes.retain(|mistake| {
        let path = mistake.place.as_ref().map_or("", |place| &place.path);
        !path.starts_with("sql/") && !path.starts_with("views/")
    });
    let mut all = Vec::new();
    for system in systems(context, &project)? {
        match Policies::read(system) {
            Ok(policies) => all.push((system, policies)),
            Err(error) => mistakes.push(error),
        }
    }
    Error::all(mistakes)?;
    let session = context.connect(&project).await?;
    let mut findings = Vec::new();
    for (system, policies) in &all {
        let scope = Scope::new(&project, system, policies.as_ref());
        let results = session.run("checking the catalog", &scope.query()).await?;
        findings.extend(scope.read(&results));
    }
    let mut report = Report::default();
    let count = lint::checks().count() * all.len();
    report.push_findings("checks made:", count, findings);
    Ok(report)
}
