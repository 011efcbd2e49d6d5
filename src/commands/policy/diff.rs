//! `workroom policy diff`: what `policy apply` would change, and which of it opens something.

use clap::Args;

use super::{compare, load_live};
use crate::commands::Context;
use crate::error::Result;
use crate::report::{Outcome, Report, Table};

/// Nothing beyond the options of every command.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Compares without changing anything.
///
/// # Errors
/// With every mistake of the policy file; when the database cannot be read.
pub async fn run(context: &Context, _: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let (all, session) = load_live(context, &project).await?;
    let mut report = Report::default();
    for rendered in &all {
        let system = &rendered.policies.system;
        let path = &rendered.policies.file.path;
        let diff = compare(&session, rendered).await?;
        if diff.is_empty() {
            report.push_text(format!("nothing differs: {system} is as {path} says"));
            continue;
        }
        report.outcome = Outcome::Found;
        let mut table = Table::new(format!("{system}: what differs"), &["change", "danger"]);
        for error in &diff.mistakes {
            let danger = error.hints.first().map_or("", String::as_str);
            table.row([format!("unmanaged: {}", error.message), danger.to_owned()]);
        }
        for change in &diff.changes {
            table.row([change.what.clone(), change.dangers.join("; ")]);
        }
        report.push_table(table);
        for note in &diff.notes {
            report.push_text(note.clone());
        }
        if !diff.changes.is_empty() {
            report.push_text(diff.sql());
        }
        let dangerous = diff.changes.iter().filter(|one| !one.dangers.is_empty());
        report.push_text(format!(
            "{} statements, {} of them dangerous; {} unmanaged: `workroom policy apply` {}",
            diff.changes.len(),
            dangerous.count(),
            diff.mistakes.len(),
            if diff.mistakes.is_empty() {
                "sends them"
            } else {
                "sends them, and names what is unmanaged until that is decided"
            }
        ));
    }
    Ok(report)
}
