//! `workroom init`: start a project in a folder.

use std::path::PathBuf;

use clap::Args;

use super::{Context, shell};
use crate::error::{Error, Kind, Result};
use crate::files::{PROJECT_FILE, Tree, write_new};
use crate::project::{Project, excerpt};
use crate::report::Report;

/// Where, and from what.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The project's folder; created if it is missing
    #[arg(default_value = ".")]
    pub folder: PathBuf,

    /// Copy this shipped system, with the systems that it requires
    #[arg(long, value_name = "SYSTEM")]
    pub from: Option<String>,
}

/// Writes a first project, or a copy of a shipped system. Never overwrites a file.
///
/// # Errors
/// When a file is in the way, and when the folder cannot be written.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let folder = context.folder.join(&arguments.folder);
    let files = match &arguments.from {
        Some(name) => shipped(&context.shipped, name)?,
        None => starter(&folder),
    };
    write_new(&folder, &files)?;
    let shown = arguments.folder.display();
    let mut text = format!("{} files written to {shown}\n", files.len());
    text.push_str("next: ");
    if arguments.folder.as_os_str() != "." {
        let folder = shell::quoted(&shown.to_string());
        text.push_str(&format!("cd {folder} && "));
    }
    text.push_str("workroom db migrate && workroom policy prove");
    Ok(Report::text(text))
}

/// A shipped system and its requirements, with a `workroom.toml` that declares just these.
fn shipped(tree: &Tree, name: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let project = Project::read(tree.clone())?;
    let systems = project.select(&[name.to_owned()], false).map_err(|error| {
        Error::new(Kind::Usage, format!("there is no shipped system `{name}`"))
            .hint(error.hints.join("; "))
    })?;
    let names: Vec<&str> = systems.iter().map(|system| system.name.as_str()).collect();
    let seeds: Vec<&str> = systems
        .iter()
        .filter_map(|system| Some(&*system.seeds.as_ref()?.text))
        .collect();
    let mut files = Vec::new();
    for (path, bytes) in tree.project_files()? {
        let second = path.split('/').nth(1).unwrap_or_default();
        let owner = second.strip_suffix(".toml").unwrap_or(second);
        // Lists of words belong to no system: those that a seed file names come along.
        let is_named = path.strip_prefix("seeds/").is_some_and(|path| {
            let quoted = format!("\"{path}\"");
            seeds.iter().any(|text| text.contains(&quoted))
        });
        if names.contains(&owner) || is_named {
            files.push((path, bytes));
        }
    }
    let declaration = excerpt(&project.file, name, &names);
    files.push((PROJECT_FILE.to_owned(), declaration.into_bytes()));
    Ok(files)
}

/// One system with one table, one view and their policies: enough to see every part at work.
fn starter(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let name = folder
        .canonicalize()
        .ok()
        .or_else(|| Some(folder.to_path_buf()))
        .and_then(|folder| Some(folder.file_name()?.to_str()?.to_owned()))
        .unwrap_or_else(|| "project".to_owned());
    let project = include_str!("workroom.toml").replace("{name}", &name.replace(['"', '\\'], "_"));
    let files = [
        (PROJECT_FILE, project.as_str()),
        (
            "sql/app/V001__create_notes.sql",
            include_str!("V001__create_notes.sql"),
        ),
        (
            "views/app/recent_notes.sql",
            include_str!("recent_notes.sql"),
        ),
        ("policies/app.toml", include_str!("app.toml")),
    ];
    files
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .collect()
}
