//! `workroom seed plan`: what `run` would do, table by table, with a rehearsal.

use clap::Args;

use super::dataset::{self, Choices};
use crate::commands::Context;
use crate::database::Session;
use crate::error::{Kind, Result};
use crate::project::Project;
use crate::report::{Report, Table};
use crate::seed::plan::{Mode, Plan, plan};
use crate::seed::{Dataset, SeedFile, count, history, rehearse, source, staging};

/// What to plan.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What the data depend on.
    #[command(flatten)]
    pub choices: Choices,

    /// Do not let the server judge a thousand rows of each table in temporary tables
    #[arg(long)]
    pub no_rehearsal: bool,
}

/// Shows rows, bytes, ways of loading and order; writes nothing.
///
/// # Errors
/// With every mistake of the file, and when the server would refuse a row.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let files = dataset::files(context, &project)?;
    let session = context.connect(&project).await?;
    let mut report = Report::default();
    for file in &files {
        report.append(planned(&session, &project, file, arguments).await?);
    }
    Ok(report)
}

/// What would become of one file.
async fn planned(
    session: &Session,
    project: &Project,
    file: &SeedFile,
    arguments: &Arguments,
) -> Result<Report> {
    let catalog = source::catalog(session, project, file).await?;
    let data = source::compile(session, &catalog, file, arguments.choices.options()?).await?;
    let facts = source::facts(session, project, &data, &catalog).await?;
    let planned = plan(&data, &catalog, facts, false);
    let plan = match planned {
        Err(refused) if refused.kind == Kind::Refused => return Err(refused),
        planned if arguments.no_rehearsal => {
            count::count(&data)?;
            planned?
        }
        planned => {
            let wrong = planned.as_ref().err().cloned();
            rehearse::everything(session, &data, wrong).await?;
            planned?
        }
    };
    let pace = history::pace(session, &data.system).await?;
    let estimate = history::estimate(plan.tables.iter().map(|planned| planned.rows).sum(), pace);
    Ok(report(&data, &plan, &estimate, !arguments.no_rehearsal))
}

fn report(data: &Dataset, plan: &Plan, estimate: &str, rehearsed: bool) -> Report {
    let mut table = Table::new(
        "would load, in this order",
        &["table", "rows", "MB", "mode", "why", "triggers"],
    );
    for planned in &plan.tables {
        let made = &data.tables[planned.table];
        let triggers = match (planned.triggers.len(), planned.mode) {
            (0, Mode::Staged) => "fire".to_owned(),
            (0, _) => String::new(),
            (count, _) => format!("{count} rest: the rows are complete"),
        };
        let mut why = planned.reason.clone();
        if staging::is_needed(data, planned.table) && planned.mode != Mode::Staged {
            why.push_str("; by way of a temporary table, for types that are sent as text");
        }
        if planned.lift_force {
            why.push_str("; its owner lifts forced row-level security meanwhile");
        }
        table.row([
            made.label.clone(),
            planned.rows.to_string(),
            format!("{:.1}", planned.bytes as f64 / 1e6),
            planned.mode.to_string(),
            why,
            triggers,
        ]);
    }
    let mut report = Report::table(table);
    let mut keys = Table::new("what must differ", &["table", "key", "known because"]);
    for unique in &data.uniques {
        let made = &data.tables[unique.table];
        let proof = unique
            .proof
            .clone()
            .unwrap_or_else(|| "all rows were made and compared".to_owned());
        keys.row([made.label.as_str(), &unique.name, &proof]);
    }
    report.push_table(keys);
    let (rows, bytes) = plan.tables.iter().fold((0, 0), |(rows, bytes), planned| {
        (rows + planned.rows, bytes + planned.bytes)
    });
    let rehearsal = if rehearsed {
        "; a thousand rows of each table were accepted by the server in temporary tables"
    } else {
        ""
    };
    report.push_text(format!(
        "{rows} rows, about {:.1} MB, as of {}, as {}{rehearsal}\n{estimate}",
        bytes as f64 / 1e6,
        data.shown_as_of(),
        plan.facts.role
    ));
    report
}
