//! `workroom adopt`: look at a folder and a database, and make a project of them that is green from its first minute.

mod detect;
mod file;
mod ground;
mod staged;

use std::path::PathBuf;

use clap::Args;

use super::db::import::{Prepared, Taking};
use super::{Context, Global, shell};
use crate::database::{Session, refuse_foreign_schema};
use crate::error::{Error, Kind, Result};
use crate::event::Silent;
use crate::files::{PROJECT_FILE, write_new};
use crate::import::Tool;
use crate::report::Report;
use detect::Detected;
use ground::Ground;
use staged::{Looked, Staged};

const EXAMPLES: &str = "\
Examples:
  workroom --database-url \"$URL\" adopt           what is found, what becomes of it, what is left as it is
  workroom --database-url \"$URL\" adopt --yes     write the project, adopt the history
  workroom --project db adopt --from flyway src/main/resources/db/migration --yes";

/// What to look at, where it is not found.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The folder of the other tool's migrations [default: looked for below the current folder]
    pub folder: Option<PathBuf>,

    /// The tool that has applied the migrations so far [default: the one whose history the database has]
    #[arg(long, value_name = "TOOL", value_parser = Tool::ALL.map(|tool| tool.to_string()))]
    pub from: Option<String>,

    /// A schema that the project makes (can be repeated) [default: those with objects of who applied the migrations]
    #[arg(long = "schema", value_name = "SCHEMA")]
    pub schemas: Vec<String>,
}

/// Shows what would be taken over and what a first `db verify`, `lint` and `policy lint` say; with `--yes`, writes the project,
/// in which what they find is accepted with its reason, and adopts the history.
///
/// # Errors
/// When there is a project already, no database is named, or something cannot be taken over.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let folder = match &context.global.project {
        Some(folder) => context.folder.join(folder),
        None => context.folder.clone(),
    };
    if folder.join(PROJECT_FILE).exists() {
        return Err(Error::refused(format!(
            "{} is there already",
            folder.join(PROJECT_FILE).display()
        ))
        .hint("`workroom db import --from TOOL` takes over a history into a project"));
    }
    let Some(target) = context.named_target()? else {
        return Err(Error::new(Kind::Usage, "no database is named")
            .because("which migrations are applied, and what they made, is to be seen there alone")
            .hint("name it: `--database-url URL`, or DATABASE_URL"));
    };
    let session = context.connect_to(&target).await?;
    refuse_foreign_schema(&session).await?;
    let detected = detect::detect(context, &session, arguments).await?;
    refuse_own_folder(&folder, context, detected.as_ref())?;
    let ground = Ground::read(&session, detected.as_ref(), &arguments.schemas).await?;
    let system = match context.global.systems.as_slice() {
        [] => file::system_name(&folder),
        [name] => name.clone(),
        _ => {
            return Err(Error::new(Kind::Usage, "a first project has one system")
                .hint("name one with --system"));
        }
    };
    let mut project = file::ProjectFile::new(&folder, &system, &ground, detected.as_ref());
    let staged = Staged::new(&[(PROJECT_FILE, project.text())], &system)?;
    let inner = within(context, staged.folder(), &system);
    let prepared = prepare(&inner, &session, &system, detected.as_ref()).await?;
    project.take(&prepared);
    staged.write(prepared.files())?;
    staged.rewrite(PROJECT_FILE, &project.text())?;
    let looked = Looked::at(&inner, &staged, &prepared, &mut project).await?;
    let mut report = prepared.report.clone();
    tell(&mut report, detected.as_ref(), &ground, &looked, &project);
    if !context.global.yes {
        report.push_text(format!(
            "nothing was written; `--yes` writes this project to {}:\n\n{}",
            shown(&folder),
            project.text().trim_end()
        ));
        return Ok(report);
    }
    carry_out(context, &session, &folder, &system, &prepared, &project).await?;
    report.push_text(format!(
        "{} files written to {}, {} migrations adopted as applied\nnext: {}",
        prepared.files().len() + 1,
        shown(&folder),
        prepared.applied(),
        match prepared.pending().next() {
            Some(_) => "`workroom db migrate` applies what is pending",
            None => "`workroom db verify`, and `workroom db new NAME` for the next migration",
        }
    ));
    Ok(report)
}

fn shown(folder: &std::path::Path) -> String {
    shell::quoted(&folder.display().to_string())
}

/// The same run in another folder, without anything said twice.
fn within(context: &Context, folder: &std::path::Path, system: &str) -> Context {
    let global = Global {
        project: Some(folder.to_path_buf()),
        systems: vec![system.to_owned()],
        all: false,
        env: None,
        ..context.global.clone()
    };
    Context::new(
        global,
        context.folder.clone(),
        Box::new(Silent),
        context.shipped.clone(),
    )
}

/// The project's own `sql/` would lie in the other tool's folder.
fn refuse_own_folder(
    folder: &std::path::Path,
    context: &Context,
    detected: Option<&Detected>,
) -> Result<()> {
    let Some(detected) = detected else {
        return Ok(());
    };
    let theirs = context.folder.join(&detected.path);
    if theirs.starts_with(folder.join("sql")) {
        return Err(Error::refused(format!(
            "{} is the folder of {}",
            theirs.display(),
            detected.tool
        ))
        .because("a project has its own migrations in sql/")
        .hint("put the project beside it: `workroom --project database adopt`"));
    }
    Ok(())
}

async fn prepare(
    inner: &Context,
    session: &Session,
    system: &str,
    detected: Option<&Detected>,
) -> Result<Prepared> {
    let project = inner.project()?;
    let system = &project.systems[system];
    match detected {
        Some(detected) => {
            let taking = Taking::new(
                inner,
                session,
                (&project, system),
                detected.tool,
                &detected.folder,
                detected.history.clone(),
            );
            taking
                .prepare(&detected.folder, detected.history.is_some())
                .await
        }
        None => Prepared::of_database(inner, session, &project, system).await,
    }
}

fn tell(
    report: &mut Report,
    detected: Option<&Detected>,
    ground: &Ground,
    looked: &Looked,
    project: &file::ProjectFile,
) {
    report.push_text(match detected {
        Some(detected) => format!(
            "found {}: {} and {}",
            detected.tool,
            detected.path.display(),
            detected.history.as_ref().map_or_else(
                || "no history in the database".to_owned(),
                |history| format!("{} rows in {}", history.rows.len(), history.table)
            )
        ),
        None => {
            "no history of another tool was found: the schema as it is becomes the first migration"
                .to_owned()
        }
    });
    report.push_text(format!(
        "taken over: the schemas {}; left as they are: {}",
        ground.schemas.join(", "),
        match ground.others.as_slice() {
            [] => "no others".to_owned(),
            others => others.join(", "),
        }
    ));
    report.push_text(ground.unmanaged());
    report.push_text(looked.told());
    let accepted = project.accepted();
    if !accepted.is_empty() {
        report.push_text(format!(
            "accepted in workroom.toml, each with its reason, until somebody mends it:\n{}",
            accepted.join("\n")
        ));
    }
}

/// Writes the project and adopts the history; what was written goes away again where that fails.
async fn carry_out(
    context: &Context,
    session: &Session,
    folder: &std::path::Path,
    system: &str,
    prepared: &Prepared,
    file: &file::ProjectFile,
) -> Result<()> {
    write_new(
        folder,
        &[(PROJECT_FILE.to_owned(), file.text().into_bytes())],
    )?;
    let migrations = folder.join("sql").join(system);
    let result = async {
        std::fs::create_dir_all(&migrations).map_err(|error| {
            Error::refused(format!("{} cannot be made", migrations.display())).because(error)
        })?;
        let inner = within(context, folder, system);
        let project = inner.project()?;
        prepared.carry_out(&inner, session, &project, system).await
    };
    let result = result.await;
    if result.is_err() {
        // What is not empty, or cannot be removed, is somebody else's.
        let _ = std::fs::remove_file(folder.join(PROJECT_FILE));
        let _ = std::fs::remove_dir(&migrations);
        let _ = std::fs::remove_dir(folder.join("sql"));
    }
    result.map(|_| ())
}
