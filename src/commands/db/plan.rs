//! `workroom db plan`: what `migrate` would do. Creates nothing, not even the history table.

use clap::Args;

use super::differing::Differing;
use super::measured;
use super::nothing_to_do;
use crate::commands::Context;
use crate::commands::arguments::parse_version;
use crate::database::Session;
use crate::deployment::{Deployment, Part};
use crate::error::Result;
use crate::migrate::{self, Choice};
use crate::report::{Report, Table};

/// What to plan.
#[derive(Debug, Default, Args)]
pub struct Arguments {
    /// Plan up to this version of the system only
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    pub to: Option<i64>,

    /// A version that may be applied although a later one already is (can be repeated)
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    pub out_of_order: Vec<i64>,

    /// Print the SQL with its transactions instead of a table
    #[arg(long, conflicts_with = "measure")]
    pub sql: bool,

    /// Execute the plan on a disposable copy of the schema, and show the locks, rewrites and scans of each statement
    #[arg(long)]
    pub measure: bool,

    /// How to measure.
    #[command(flatten)]
    pub measuring: measured::MeasureArguments,
}

/// Shows what would be applied, in which transaction.
///
/// # Errors
/// When files and history do not agree, or when the server lacks something.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let (project, session) = context.open().await?;
    let systems = context.systems(&project)?;
    let choice = Choice {
        to: arguments.to,
        out_of_order: arguments.out_of_order.clone(),
    };
    let deployment = Deployment::look(&session, &project, &systems, &choice).await?;
    deployment.refuse_missing_rights(&session).await?;
    let lifted = lifted(&session, &deployment).await?;
    if arguments.measure {
        let measured = measured::run(
            context,
            &arguments.measuring,
            &project,
            &session,
            &deployment,
        );
        let mut report = measured.await?;
        for line in lifted {
            report.push_text(line);
        }
        return Ok(report);
    }
    let mut table = Table::new("would apply", &["system", "what", "does", "transaction"]);
    let mut preview = String::new();
    let mut policies = Vec::new();
    for part in &deployment.parts {
        add(part, &mut table, &mut preview);
        if let Some(differing) = Differing::look(&session, part).await? {
            let system = part.system.name.as_str();
            table.row([system, "policies and grants", &differing.does(), "one"]);
            preview.push_str(&differing.sql());
            policies.push(differing);
        }
    }
    if table.rows.is_empty() {
        let names = systems.iter().map(|system| system.name.as_str());
        let mut report = nothing_to_do(names);
        for line in deployment.without_file() {
            report.push_text(line);
        }
        return Ok(report);
    }
    if arguments.sql {
        return Ok(Report::text(preview.trim_end()));
    }
    let mut report = Report::table(table);
    for differing in &policies {
        differing.tell(&mut report);
    }
    let used = deployment.parts.iter().flat_map(Part::uses_of_objects);
    let gone = deployment.without_file();
    for line in lifted.into_iter().chain(used).chain(gone) {
        report.push_text(line);
    }
    Ok(report)
}

/// A line for each pending migration that runs into row-level security of the connected role's own tables.
async fn lifted(session: &Session, deployment: &Deployment<'_>) -> Result<Vec<String>> {
    if deployment.is_superuser() {
        return Ok(Vec::new());
    }
    let pending = || {
        let parts = deployment.parts.iter();
        parts.flat_map(|part| part.migrations.pending.iter().copied())
    };
    if pending().next().is_none() {
        return Ok(Vec::new());
    }
    let binding = migrate::binding(session).await?;
    let lines = pending().filter_map(|migration| {
        let tables = migrate::foreseen(migration, &binding);
        (!tables.is_empty()).then(|| {
            format!(
                "{} needs all rows of {}, whose row-level security binds their owner: force is lifted from them in its transaction, which locks out everybody else until it commits",
                migration.label(),
                tables.join(", ")
            )
        })
    });
    Ok(lines.collect())
}

/// Adds what a deployment of one system would do: a row each, and the SQL with its transactions.
fn add(part: &Part<'_>, table: &mut Table, preview: &mut String) {
    let system = part.system.name.as_str();
    for migration in &part.migrations.pending {
        let transaction = if migration.headers.no_transaction {
            "one for each statement"
        } else {
            "one"
        };
        table.row([
            system,
            migration.label(),
            &migrate::summary(&migration.statements),
            transaction,
        ]);
        let text = migration.file.text.trim_end();
        let path = &migration.file.path;
        if migration.headers.no_transaction {
            preview.push_str(&format!("-- {path}, statement by statement\n{text}\n\n"));
        } else {
            preview.push_str(&format!("-- {path}\nbegin;\n{text}\ncommit;\n\n"));
        }
    }
    if !part.changed.is_empty() {
        preview.push_str("begin;\n");
    }
    for at in &part.changed {
        let definition = &part.objects[*at];
        let kind = definition.kind.keyword();
        let does = if part.is_by_hand(*at) {
            format!("puts back 1 {kind} that was changed by hand")
        } else {
            format!("creates or replaces 1 {kind}")
        };
        table.row([
            system,
            &definition.qualified(),
            &does,
            "one for all objects",
        ]);
        let file = &definition.object.file;
        preview.push_str(&format!("-- {}\n{}\n", file.path, file.text.trim_end()));
    }
    if !part.changed.is_empty() {
        preview.push_str("commit;\n\n");
    }
}
