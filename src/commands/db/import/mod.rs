//! `workroom db import`: take over the files and the history of another tool. Runs none of them.

mod adopt;
mod code;
mod files;
mod plans;

use std::path::PathBuf;

use clap::Args;

use crate::commands::Context;
use crate::database::Session;
use crate::error::{Error, Result};
use crate::import::{Folder, History, Row, Tool};
use crate::project::{Project, System};
use crate::report::{Report, Table};
use files::Files;
use plans::{Object, Plan};

const EXAMPLES: &str = "\
Examples:
  workroom --system shop db import --from flyway db/migration         what becomes of each file
  workroom --system shop db import --from flyway db/migration --yes   write the files, adopt the history
  workroom --system shop db import --from alembic migrations/versions --yes --env staging";

/// From where.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The tool that has applied the migrations so far
    #[arg(long, value_name = "TOOL", value_parser = Tool::ALL.map(|tool| tool.to_string()))]
    pub from: String,

    /// The tool's folder of migrations [default: where the tool has it]
    pub folder: Option<PathBuf>,

    /// The tool's history table [default: the one of its usual name]
    #[arg(long, value_name = "SCHEMA.TABLE")]
    pub table: Option<String>,
}

/// Shows which files become which and what is applied; with `--yes`, writes the files and adopts the history.
///
/// # Errors
/// When the tool left something half done, when a file cannot be taken over, or when the system has other migrations.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let Some(tool) = Tool::named(&arguments.from) else {
        return Err(Error::refused(format!(
            "{} is not a tool to import from",
            arguments.from
        )));
    };
    make_folders(context);
    let project = context.project()?;
    let system = target(context, &project)?;
    let default = PathBuf::from(tool.default_folder());
    let given = arguments.folder.as_ref().unwrap_or(&default);
    let folder = tool.read(&context.folder.join(given))?;
    let session = context.connect(&project).await?;
    let history = tool.history(&session, arguments.table.as_deref()).await?;
    let found_history = history.is_some();
    let taking = Taking::new(
        context,
        &session,
        (&project, system),
        tool,
        &folder,
        history,
    );
    let prepared = taking.prepare(&folder, found_history).await?;
    let mut report = prepared.report.clone();
    let files = &prepared.files;
    if !context.global.yes {
        let does = match files.are_there {
            true => "adopts the history; the files are there already",
            false => "writes these files and adopts the history",
        };
        report.push_text(format!(
            "nothing was written; `workroom db import --from {tool} --yes …` {does}"
        ));
        return Ok(report);
    }
    let adopts = prepared
        .carry_out(context, &session, &project, &system.name)
        .await?;
    let applied = prepared.applied();
    report.push_text(match (files.are_there, adopts) {
        (_, false) => format!(
            "nothing to do: the files of {tool} are there, and its history is adopted in this database"
        ),
        (true, true) => format!(
            "the files are there already; {applied} of them adopted as applied in this database; `workroom db migrate` goes on from there"
        ),
        (false, true) => format!(
            "{} files written to sql/{}/, {applied} of them adopted as applied; `workroom db migrate` goes on from there, and {tool} is no longer needed; in every other database, `workroom db import` again adopts what it has",
            prepared.plans.len() + prepared.repeatables.len(),
            system.name,
        ),
    });
    Ok(report)
}

/// An import that was looked through: what it would write, and what is applied.
pub(in crate::commands) struct Prepared {
    plans: Vec<Plan>,
    repeatables: Vec<Object>,
    files: Files,
    /// Each file and what becomes of it, with what is to be said.
    pub(in crate::commands) report: Report,
}

impl Prepared {
    /// The database's own schema as the only migration.
    pub(in crate::commands) async fn of_database(
        context: &Context,
        session: &Session,
        project: &Project,
        system: &System,
    ) -> Result<Self> {
        let plans = vec![code::whole(context, session, project, system).await?];
        let files = Files::of(project, system, &plans, &[])?;
        let report = Report::table(table(&Folder::default(), &plans, &[]));
        Ok(Self {
            plans,
            repeatables: Vec::new(),
            files,
            report,
        })
    }

    /// Path and text of each file.
    pub(in crate::commands) fn files(&self) -> &[(String, String)] {
        &self.files.all
    }

    /// How many migrations are applied.
    pub(in crate::commands) fn applied(&self) -> usize {
        self.plans.iter().filter(|plan| plan.row.is_some()).count()
    }

    /// The last version.
    pub(in crate::commands) fn last(&self) -> i64 {
        self.plans
            .iter()
            .map(|plan| plan.version)
            .max()
            .unwrap_or(0)
    }

    /// The files of what is not applied.
    pub(in crate::commands) fn pending(&self) -> impl Iterator<Item = &str> {
        let plans = self.plans.iter().filter(|plan| plan.row.is_none());
        let plans = plans.map(|plan| plan.target.as_str());
        let objects = self.repeatables.iter().filter(|object| !object.is_applied);
        plans.chain(objects.map(|object| object.target.as_str()))
    }

    /// Writes the files and adopts the history; whether there was any.
    pub(in crate::commands) async fn carry_out(
        &self,
        context: &Context,
        session: &Session,
        project: &Project,
        system: &str,
    ) -> Result<bool> {
        let taken = (self.plans.as_slice(), self.repeatables.as_slice());
        adopt::write_and_adopt(context, session, project, system, taken, &self.files).await
    }
}

/// An import under way.
pub(in crate::commands) struct Taking<'a> {
    context: &'a Context,
    session: &'a Session,
    project: &'a Project,
    system: &'a System,
    tool: Tool,
    rows: Vec<Row>,
    /// The history's table, where there is one.
    table: Option<String>,
}

impl<'a> Taking<'a> {
    /// From a folder that was read and a history, if the database has one.
    pub(in crate::commands) fn new(
        context: &'a Context,
        session: &'a Session,
        (project, system): (&'a Project, &'a System),
        tool: Tool,
        folder: &Folder,
        history: Option<History>,
    ) -> Self {
        let (table, mut rows) = history.map_or((None, Vec::new()), |history| {
            (Some(history.table), history.rows)
        });
        if let Some(scope) = &folder.scope {
            rows.retain(|row| row.identity.starts_with(scope.as_str()));
        }
        Self {
            context,
            session,
            project,
            system,
            tool,
            rows,
            table,
        }
    }

    /// Looks everything through; nothing is written.
    ///
    /// # Errors
    /// With what cannot be taken over.
    pub(in crate::commands) async fn prepare(
        &self,
        folder: &Folder,
        found_history: bool,
    ) -> Result<Prepared> {
        let (tool, system) = (self.tool, self.system);
        let (plans, said) = match &folder.code {
            Some(code) => {
                let (plan, said) = code::plan(self, code).await?;
                (vec![plan], said)
            }
            None => (plans::plans(tool, system, folder, &self.rows)?, Vec::new()),
        };
        let repeatables = plans::repeatables(system, folder, &self.rows)?;
        let files = Files::of(self.project, system, &plans, &repeatables)?;
        let mut report = Report::table(table(folder, &plans, &repeatables));
        if plans.iter().any(Plan::is_assumed) {
            report.push_text(format!(
                "the history of {tool} names the last version alone: those before it are assumed to be applied; one that came late may not be"
            ));
        }
        if !found_history {
            report.push_text(format!(
                "the database has no history of {tool}: everything is pending"
            ));
        }
        for text in said {
            report.push_text(text);
        }
        Ok(Prepared {
            plans,
            repeatables,
            files,
            report,
        })
    }
}

fn table(folder: &Folder, plans: &[Plan], repeatables: &[Object]) -> Table {
    let mut table = Table::new("", &["from", "to", "state"]);
    for plan in plans {
        table.row([plan.source.clone(), plan.target.clone(), plan.state()]);
    }
    for object in repeatables {
        let state = if object.is_applied {
            "applied"
        } else {
            "pending"
        };
        table.row([object.source.as_str(), &object.target, state]);
    }
    for (source, why) in &folder.left {
        table.row([source.as_str(), "", why]);
    }
    table
}

/// A system that is only declared yet gets its folder, so that the project can be read.
fn make_folders(context: &Context) {
    let root = match &context.global.project {
        Some(folder) => Some(context.folder.join(folder)),
        None => Project::locate(&context.folder)
            .ok()
            .and_then(|tree| tree.folder().map(PathBuf::from)),
    };
    for system in &context.global.systems {
        if let Some(root) = root.as_ref().filter(|_| !system.contains(['/', '.'])) {
            // What cannot be made is missed in a moment, with a better message.
            let _ = std::fs::create_dir_all(root.join("sql").join(system));
        }
    }
}

fn target<'project>(context: &Context, project: &'project Project) -> Result<&'project System> {
    let systems = context.systems(project)?;
    let Some(system) = systems.last() else {
        return Err(
            Error::refused("no system to import into").hint("name one with `--system NAME`")
        );
    };
    Ok(system)
}
