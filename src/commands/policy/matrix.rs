//! `workroom policy matrix`: who may do what, as the policy file means it and as the database has it.

use clap::Args;

use super::{catalog, load_live};
use crate::commands::Context;
use crate::error::Result;
use crate::policy::{self, MatrixCell};
use crate::report::{Outcome, Report, Table};

/// What to show.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only this database role (can be repeated)
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,

    /// Only this table, with its schema (can be repeated)
    #[arg(long = "table", value_name = "SCHEMA.TABLE")]
    pub tables: Vec<String>,

    /// Only where intent and effect differ
    #[arg(long)]
    pub differing: bool,
}

/// Shows intent and effect side by side; what nobody may do and nobody shall is left out.
///
/// # Errors
/// With every mistake of the policy file; when the database cannot be read.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let (all, session) = load_live(context, &project).await?;
    let mut report = Report::default();
    for rendered in &all {
        let policies = &rendered.policies;
        let live = policy::read_live(&session, rendered).await?;
        let catalog = catalog(&session, rendered).await?;
        let query = policy::roles_query(rendered, &catalog);
        let results = session.run("reading roles", &query).await?;
        let roles = results.last().map(policy::read_roles).unwrap_or_default();
        let is_asked = |cell: &&MatrixCell| {
            let named = |names: &[String], name: &String| names.is_empty() || names.contains(name);
            named(&arguments.roles, &cell.role)
                && named(&arguments.tables, &cell.table)
                && !(arguments.differing && cell.agrees())
        };
        let cells = policy::matrix(rendered, &live, &catalog, &roles);
        let mut table = Table::new(
            format!("{}: intent and effect", policies.system),
            &["table", "role", "command", "intent", "effect", "agrees"],
        );
        let asked: Vec<&MatrixCell> = cells.iter().filter(is_asked).collect();
        for cell in &asked {
            table.row([
                cell.table.as_str(),
                cell.role.as_str(),
                cell.command.word(),
                cell.intent.as_str(),
                cell.effect.as_str(),
                if cell.agrees() { "yes" } else { "NO" },
            ]);
        }
        if asked.iter().any(|cell| !cell.agrees()) {
            report.outcome = Outcome::Found;
        }
        report.push_table(table);
    }
    Ok(report)
}
