//! Which tool has brought a database to where it is, and where its files lie.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Arguments;
use crate::commands::Context;
use crate::database::Session;
use crate::error::{Error, Kind, Result};
use crate::files::Tree;
use crate::import::{Folder, History, Tool};

/// A tool with its files and its history.
pub(super) struct Detected {
    pub(super) tool: Tool,
    /// As it is named from the current folder.
    pub(super) path: PathBuf,
    pub(super) folder: Folder,
    pub(super) history: Option<History>,
    /// How many rows of the history have their file.
    matched: usize,
}

/// Folders of migrations are called so, wherever they lie.
const USUAL: [&str; 12] = [
    "changelog",
    "changelogs",
    "committed",
    "database",
    "db",
    "drizzle",
    "migrate",
    "migration",
    "migrations",
    "sql",
    "sqitch",
    "versions",
];

/// What others have installed or built lies in these.
const FOREIGN: [&str; 7] = [
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "target",
    "vendor",
    "venv",
];

/// How deep folders are looked into.
const DEPTH: usize = 6;

/// The tool whose history the database has and whose files have the most of it.
///
/// # Errors
/// When there are files of none of the histories, or as much of several.
pub(super) async fn detect(
    context: &Context,
    session: &Session,
    arguments: &Arguments,
) -> Result<Option<Detected>> {
    let named = arguments.from.as_deref().and_then(Tool::named);
    let tools = match named {
        Some(tool) => vec![tool],
        None => Tool::in_database(session).await?,
    };
    let folders = match &arguments.folder {
        Some(folder) => vec![folder.clone()],
        None => usual(context),
    };
    let mut best: Vec<Detected> = Vec::new();
    let mut refusals = Vec::new();
    for tool in &tools {
        let history = match tool.history(session, None).await {
            Ok(history) => history,
            // A table of that name with other columns is another tool's.
            Err(error) if error.kind == Kind::Database && error.code.is_some() => continue,
            Err(error) => {
                refusals.push(error);
                continue;
            }
        };
        let default = PathBuf::from(tool.default_folder());
        let default = arguments.folder.is_none().then_some(default);
        let mut seen = BTreeSet::new();
        for path in default
            .iter()
            .chain(&folders)
            .filter(|path| seen.insert(*path))
        {
            let folder = match tool.read(&context.folder.join(path)) {
                Ok(folder) => folder,
                Err(error) => {
                    if arguments.folder.is_some() || named.is_some() {
                        refusals.push(error);
                    }
                    continue;
                }
            };
            let matched = history
                .as_ref()
                .map_or(0, |history| matched(&folder, history));
            let is_empty = history
                .as_ref()
                .is_none_or(|history| history.rows.is_empty());
            if matched == 0 && !is_empty {
                continue;
            }
            best.push(Detected {
                tool: *tool,
                path: path.clone(),
                folder,
                history: history.clone(),
                matched,
            });
        }
    }
    // Where a folder and one in it have as many, the files lie in the inner one.
    let depth = |one: &Detected| one.path.components().count();
    best.sort_by_key(|one| std::cmp::Reverse((one.matched, depth(one))));
    if let [first, second, ..] = best.as_slice()
        && first.matched == second.matched
        && first.tool != second.tool
    {
        return Err(Error::refused(format!(
            "it may be {} or {} that has applied the migrations",
            first.tool, second.tool
        ))
        .hint("say which with `--from TOOL`, and name its folder"));
    }
    if let Some(best) = best.into_iter().next() {
        return Ok(Some(best));
    }
    Error::all(refusals)?;
    match tools.first() {
        None => Ok(None),
        Some(tool) => Err(Error::refused(format!(
            "the database has a history of {tool}, and its files were not found"
        ))
        .because(format!(
            "looked for in {} and folders of usual names",
            tool.default_folder()
        ))
        .hint(format!(
            "name its folder: `workroom adopt --from {tool} FOLDER`"
        ))),
    }
}

fn matched(folder: &Folder, history: &History) -> usize {
    let steps = folder.code.iter().flat_map(|code| &code.steps);
    let steps = steps.filter(|(_, called)| history.rows.iter().any(|row| row.identity == *called));
    let found = folder.migrations.iter().filter(|found| {
        history.rows.iter().any(|row| match row.state.as_str() {
            "upto" => found.key <= row.key,
            _ => row.is_applied() && found.is_of(row),
        })
    });
    steps.count() + found.count()
}

/// Folders below the current one that are called like folders of migrations, outer ones first.
fn usual(context: &Context) -> Vec<PathBuf> {
    let tree = Tree::Folder(context.folder.clone());
    let mut found = Vec::new();
    let mut level = vec![String::new()];
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for folder in &level {
            // What cannot be read is none of the project's.
            for entry in tree.list(folder).ok().flatten().unwrap_or_default() {
                if !entry.is_folder || FOREIGN.contains(&entry.name.as_str()) {
                    continue;
                }
                let path = match folder.as_str() {
                    "" => entry.name.clone(),
                    folder => format!("{folder}/{}", entry.name),
                };
                if USUAL.contains(&entry.name.as_str()) {
                    found.push(PathBuf::from(&path));
                }
                next.push(path);
            }
        }
        level = next;
    }
    found
}
