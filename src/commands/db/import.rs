//! `workroom db import`: take over the files and the history of another tool. Runs none of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use crate::commands::Context;
use crate::database::{DeploymentLock, Patience, Session};
use crate::error::{Error, Result};
use crate::files::{TextFile, write_new};
use crate::import::{self, Folder, Row, Tool};
use crate::layout::Layout;
use crate::migrate::{self, Adopted, History};
use crate::objects;
use crate::project::{Project, System, mistakes_of};
use crate::report::{Report, Table};

/// From where.
#[derive(Debug, Args)]
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

/// One file that comes along.
struct Plan {
    source: String,
    target: String,
    text: String,
    /// The version as the tool has it.
    key: Vec<u64>,
    version: i64,
    row: Option<Row>,
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
    let rows = tool.history(&session, arguments.table.as_deref()).await?;
    let found_history = rows.is_some();
    let rows = rows.unwrap_or_default();
    let plans = plans(tool, system, &folder, &rows)?;
    let repeatables = repeatables(system, &folder, &rows)?;
    let files = Files::of(&project, system, &plans, &repeatables)?;
    let mut table = Table::new("", &["from", "to", "state"]);
    for plan in &plans {
        // Some tools say which version was the last, and not whether one that came late was ever run.
        let state = match &plan.row {
            None => "pending",
            Some(row) if row.state == "upto" && row.key != plan.key => "assumed",
            Some(_) => "applied",
        };
        table.row([plan.source.as_str(), &plan.target, state]);
    }
    for object in &repeatables {
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
    let mut report = Report::table(table);
    if plans.iter().any(|plan| {
        plan.row
            .as_ref()
            .is_some_and(|row| row.state == "upto" && row.key != plan.key)
    }) {
        report.push_text(format!(
            "the history of {tool} names the last version alone: those before it are assumed to be applied; one that came late may not be"
        ));
    }
    if !found_history {
        report.push_text(format!(
            "the database has no history of {tool}: everything is pending"
        ));
    }
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
    let applied = plans.iter().filter(|plan| plan.row.is_some()).count();
    let adopts = write_and_adopt(
        context,
        &session,
        &project,
        &system.name,
        (&plans, &repeatables),
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

/// Files and history side by side.
fn plans(tool: Tool, system: &System, folder: &Folder, rows: &[Row]) -> Result<Vec<Plan>> {
    let keys: Vec<Vec<u64>> = folder
        .migrations
        .iter()
        .map(|found| found.key.clone())
        .collect();
    let numbers = import::numbers(&keys);
    let mut mistakes = Vec::new();
    for row in rows.iter().filter(|row| row.state == "applied") {
        if !keys.contains(&row.key) {
            mistakes.push(
                Error::refused(format!(
                    "{tool} has applied version {}, but its file is gone",
                    import::shown(&row.key)
                ))
                .hint("bring the file back from version control: without it, no new database can be made"),
            );
        }
    }
    Error::all(mistakes)?;
    let plans = folder
        .migrations
        .iter()
        .zip(numbers)
        .map(|(found, version)| Plan {
            source: found.source.clone(),
            target: format!("sql/{}/V{version:03}__{}.sql", system.name, found.name),
            text: found.text.clone(),
            key: found.key.clone(),
            version,
            row: rows
                .iter()
                .find(|row| match row.state.as_str() {
                    "applied" => row.key == found.key,
                    "upto" => found.key <= row.key,
                    _ => false,
                })
                .cloned(),
        });
    Ok(plans.collect())
}

/// A repeatable migration that becomes a repeatable object.
struct Object {
    source: String,
    target: String,
    text: String,
    is_applied: bool,
}

fn repeatables(system: &System, folder: &Folder, rows: &[Row]) -> Result<Vec<Object>> {
    let mut mistakes = Vec::new();
    let mut found = Vec::new();
    for repeatable in &folder.repeatables {
        match objects::file_name(&repeatable.source, &repeatable.text) {
            Ok(name) => found.push(Object {
                source: repeatable.source.clone(),
                target: format!("views/{}/{name}.sql", system.name),
                text: repeatable.text.clone(),
                is_applied: rows
                    .iter()
                    .any(|row| row.repeatable.as_ref() == Some(&repeatable.applied_as)),
            }),
            Err(error) => mistakes.push(error),
        }
    }
    Error::all(mistakes)?;
    Ok(found)
}

/// What an import writes.
struct Files {
    /// Path and text.
    all: Vec<(String, String)>,
    /// Whether another database was imported before, so that they are in the project.
    are_there: bool,
}

impl Files {
    /// Files that are there already have to be those that would be written; new ones have to be good.
    fn of(
        project: &Project,
        system: &System,
        plans: &[Plan],
        repeatables: &[Object],
    ) -> Result<Self> {
        let migrations = plans.iter().map(|plan| (&plan.target, &plan.text));
        let objects = repeatables
            .iter()
            .map(|object| (&object.target, &object.text));
        let all: Vec<(String, String)> = migrations
            .chain(objects)
            .map(|(path, text)| (path.clone(), text.clone()))
            .collect();
        let are_there = !system.migrations.is_empty();
        if !are_there {
            let mistakes = plans.iter().flat_map(|plan| {
                let file = TextFile::new(plan.target.as_str(), plan.text.as_str());
                let mistakes = mistakes_of(&file).into_iter();
                mistakes.map(|mistake| mistake.because(format!("it comes from {}", plan.source)))
            });
            Error::all(mistakes.collect())?;
            return Ok(Self { all, are_there });
        }
        let is_same = |(path, text): &&(String, String)| {
            let file = project.tree.exists(path).then(|| project.tree.read(path));
            file.and_then(Result::ok)
                .is_some_and(|file| file.text == TextFile::new(path.as_str(), text.as_str()).text)
        };
        match all.iter().find(|file| !is_same(file)) {
            None => Ok(Self { all, are_there }),
            Some((path, _)) => Err(Error::refused(format!(
                "system `{}` has migrations already",
                system.name
            ))
            .because(format!("{path} is not among them as the import would write it"))
            .hint("import into the same database and from the same folder as before, or declare a system of its own in workroom.toml and name it with `--system NAME`")),
        }
    }
}

/// Whether anything was adopted.
async fn write_and_adopt(
    context: &Context,
    session: &Session,
    project: &Project,
    system: &str,
    taken: (&[Plan], &[Object]),
    files: &Files,
) -> Result<bool> {
    let root = project.writable_folder()?;
    let layout = context.lock(session, Patience::default()).await?;
    if files.are_there {
        let result = adopt(context, session, system, taken, layout, true).await;
        return DeploymentLock::release_after(session, result).await;
    }
    let all = files.all.iter();
    let all: Vec<(String, Vec<u8>)> = all
        .map(|(path, text)| (path.clone(), text.clone().into_bytes()))
        .collect();
    write_new(root, &all)?;
    let result = adopt(context, session, system, taken, layout, false).await;
    if result.is_err() {
        for (path, _) in &all {
            // They were written a moment ago; what cannot be removed is seen by the next command.
            let _ = std::fs::remove_file(root.join(path));
        }
    }
    let result = result.map_err(|error| {
        error.hint("the files of the import were removed again; nothing was adopted")
    });
    DeploymentLock::release_after(session, result).await
}

async fn adopt(
    context: &Context,
    session: &Session,
    system: &str,
    (plans, repeatables): (&[Plan], &[Object]),
    layout: Layout,
    is_repeated: bool,
) -> Result<bool> {
    // Read as any other project: what cannot run here is found before anything is recorded.
    let project = context.project()?;
    let Some(system) = project.systems.get(system) else {
        return Err(Error::refused(format!("system `{system}` is gone")));
    };
    layout.upgrade_tables(session).await?;
    migrate::prepare(session, system, "").await?;
    let sql = History::query(&system.name) + &History::steps_query([system.name.as_str()]);
    let results = session.run("reading the history", &sql).await?;
    let history = History::read(&system.name, &results[0], &results[1])?;
    if history.latest().is_some() {
        let mut adopted = plans.iter().filter(|plan| plan.row.is_some());
        if is_repeated && adopted.all(|plan| history.applied.contains_key(&plan.version)) {
            return Ok(false);
        }
        return Err(Error::refused(format!(
            "system `{}` has a history in this database already",
            system.name
        ))
        .hint("look at it with `workroom db status`"));
    }
    let rows = system.migrations.iter().filter_map(|migration| {
        let plan = plans
            .iter()
            .find(|plan| plan.version == migration.version)?;
        let row = plan.row.as_ref()?;
        Some(Adopted {
            migration,
            applied_on: row.applied_on.clone(),
            applied_by: row.applied_by.clone(),
            duration_ms: row.duration_ms,
        })
    });
    migrate::adopt(session, system, &rows.collect::<Vec<_>>()).await?;
    if repeatables.is_empty() {
        return Ok(true);
    }
    objects::prepare(session).await?;
    let definitions = objects::ordered(objects::definitions(system)?)?;
    let names: BTreeSet<String> = definitions
        .iter()
        .filter(|definition| {
            repeatables
                .iter()
                .any(|object| object.is_applied && object.target == definition.object.file.path)
        })
        .map(objects::Definition::qualified)
        .collect();
    objects::adopt(session, system, &definitions, &names).await?;
    Ok(true)
}
