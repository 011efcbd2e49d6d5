//! `workroom policy lint`: checks over the live catalog.

use clap::Args;

use super::systems;
use crate::commands::Context;
use crate::error::{Error, Kind, Result};
use crate::policy::Policies;
use crate::policy::lint::{self, Scope};
use crate::report::{Report, Table};

/// What to show.
#[derive(Debug, Args)]
pub struct Arguments {
    /// List the checks
    #[arg(long)]
    pub checks: bool,

    /// Tell about a check, or about the pitfall of a number such as P41 that findings and proofs name
    #[arg(long, value_name = "CHECK", conflicts_with = "checks")]
    pub explain: Option<String>,
}

/// Runs every check on the systems that are meant.
///
/// # Errors
/// With every mistake of the policy file; when the database cannot be read.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    if let Some(name) = &arguments.explain {
        return explain(name);
    }
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

/// A check with its pitfalls, or what a finding was made after with its checks.
fn explain(name: &str) -> Result<Report> {
    let codes = |check: &lint::Check| check.after.split(", ").filter(|code| *code != "none");
    if let Some(check) = lint::checks().find(|check| check.name == name) {
        let mut text = format!(
            "{} ({})\n\nwhy: {}\nhint: {}\n",
            check.name,
            check.severity.word(),
            check.why,
            check.fix.replace("{object}", "…")
        );
        for code in codes(&check) {
            text.push_str(&format!("\n{code}: {}", meaning(code)));
        }
        return Ok(Report::text(text.trim_end()));
    }
    let made: Vec<lint::Check> = lint::checks()
        .filter(|check| codes(check).any(|code| code == name))
        .collect();
    if made.is_empty() && lint::pitfall(name).is_none() {
        return Err(
            Error::new(Kind::Usage, format!("there is no check `{name}`"))
                .hint("`workroom policy lint --checks` lists them"),
        );
    }
    let mut text = format!("{name}: {}\n", meaning(name));
    for check in made {
        text.push_str(&format!(
            "\n{} ({}): {}",
            check.name,
            check.severity.word(),
            check.why
        ));
    }
    Ok(Report::text(text.trim_end()))
}

/// What a check was made after.
fn meaning(code: &str) -> String {
    match (lint::pitfall(code), code.strip_prefix("splinter ")) {
        (Some(pitfall), _) => pitfall.to_owned(),
        (None, Some(number)) => {
            format!("lint {number} of splinter, Supabase's linter of databases")
        }
        (None, None) => "measured on the servers that workroom is tested on".to_owned(),
    }
}
