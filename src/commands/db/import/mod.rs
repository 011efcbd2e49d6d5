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
use crate::import::{Folder, Row, Tool};
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
    let (table, mut rows) = history.map_or((None, Vec::new()), |history| {
        (Some(history.table), history.rows)
    });
    if let Some(scope) = &folder.scope {
        rows.retain(|row| row.identity.starts_with(scope.as_str()));
    }
    let taking = Taking {
        context,
        session: &session,
        project: &project,
        system,
        tool,
        rows,
        table,
    };
    let (plans, said) = match &folder.code {
        Some(code) => {
            let (plan, said) = code::plan(&taking, code).await?;
            (vec![plan], said)
        }
        None => (
            plans::plans(tool, system, &folder, &taking.rows)?,
            Vec::new(),
        ),
    };
    taking.show(&folder, &plans, said, found_history).await
}

/// An import under way.
struct Taking<'a> {
    context: &'a Context,
    session: &'a Session,
    project: &'a Project,
    system: &'a System,
    tool: Tool,
    rows: Vec<Row>,
    /// The history's table, where there is one.
    table: Option<String>,
}

impl Taking<'_> {
    /// The tables that the tool made for itself, qualified and quoted.
    async fn made_by_the_tool(&self) -> Result<Vec<String>> {
        let query = "select pg_catalog.format('%I.%I', n.nspname, c.relname), n.nspname, c.relname from pg_catalog.pg_class as c \
             join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where c.relkind in ('r', 'p') order by 1;";
        let results = self.session.run("reading the tables", query).await?;
        let rows = results.first().into_iter().flatten();
        let made = rows.filter_map(|row| match row.as_slice() {
            [Some(quoted), Some(schema), Some(name)] => {
                let is_of_the_tool = self.table.as_ref() == Some(quoted)
                    || self.tool.has_made(&format!("{schema}.{name}"));
                is_of_the_tool.then(|| quoted.clone())
            }
            _ => None,
        });
        Ok(made.collect())
    }

    async fn show(
        &self,
        folder: &Folder,
        plans: &[Plan],
        said: Vec<String>,
        found_history: bool,
    ) -> Result<Report> {
        let (tool, system) = (self.tool, self.system);
        let repeatables = plans::repeatables(system, folder, &self.rows)?;
        let files = Files::of(self.project, system, plans, &repeatables)?;
        let mut report = Report::table(table(folder, plans, &repeatables));
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
        if !self.context.global.yes {
            let does = match files.are_there {
                true => "adopts the history; the files are there already",
                false => "writes these files and adopts the history",
            };
            report.push_text(format!(
                "nothing was written; `workroom db import --from {tool} --yes …` {does}"
            ));
            return Ok(report);
        }
        let applied = plans.iter().filter(|plan| plan.row.is_some()).count();
        let adopts = adopt::write_and_adopt(
            self.context,
            self.session,
            self.project,
            &system.name,
            (plans, &repeatables),
            &files,
        )
        .await?;
        report.push_text(match (files.are_there, adopts) {
            (_, false) => format!(
                "nothing to do: the files of {tool} are there, and its history is adopted in this database"
            ),
            (true, true) => format!(
                "the files are there already; {applied} of them adopted as applied in this database; `workroom db migrate` goes on from there"
            ),
            (false, true) => format!(
                "{} files written to sql/{}/, {applied} of them adopted as applied; `workroom db migrate` goes on from there, and {tool} is no longer needed; in every other database, `workroom db import` again adopts what it has",
                plans.len() + repeatables.len(),
                system.name,
            ),
        });
        Ok(report)
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
