//! `workroom lint`: rules over the project's SQL files, or over any others. Needs no database.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Context;
use crate::error::{Error, Kind, Result};
use crate::event::Event;
use crate::files::{self, Tree};
use crate::lint::{self, RULES, Script};
use crate::project::{Headers, Project, System};
use crate::report::{Report, Table};

/// What to lint, and what to do about it.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files to lint, in the order in which they would run [default: every SQL file of the project]
    #[arg(value_name = "FILES")]
    pub files: Vec<PathBuf>,

    /// Mend what can be mended without changing what is meant
    #[arg(long)]
    pub fix: bool,

    /// List the rules
    #[arg(long, conflicts_with_all = ["files", "fix"])]
    pub rules: bool,

    /// Print the page of a rule: problem, what to write instead, evidence
    #[arg(long, value_name = "RULE", conflicts_with_all = ["files", "fix", "rules"])]
    pub explain: Option<String>,
}

/// Lints files and lists what was found.
///
/// # Errors
/// When the project or a file cannot be read, or a rule that is named does not exist.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    if let Some(rule) = &arguments.explain {
        return explain(context, rule);
    }
    if arguments.rules {
        let mut table = Table::new("", &["rule", "what_it_finds"]);
        for rule in RULES {
            let page = context.shipped.read(&rule.page())?;
            table.row([rule.name, lint::summary(&page.text)]);
        }
        return Ok(Report::table(table));
    }
    let work = Work::find(context, &arguments.files)?;
    let (mut scripts, off) = (work.scripts, work.off);
    let mut report = Report::default();
    if arguments.fix {
        for fixed in lint::fix(&scripts, &work.wanted, &off) {
            let script = &mut scripts[fixed.script];
            let path = work.paths[fixed.script].as_ref().ok_or_else(|| {
                Error::refused(format!("{} is inside the binary", script.file.path))
                    .hint("write the files to a folder with `workroom init --from SYSTEM` first")
            })?;
            files::replace(path, &fixed.text)?;
            context.observer.event(&Event::Note(&format!(
                "{}: {} mended; a migration that is applied somewhere must stay as it was",
                script.file.path, fixed.mended
            )));
            script.file.text = fixed.text.into();
            script.headers = Headers::of(&script.file);
        }
    }
    let findings = lint::lint(&scripts, &off)
        .into_iter()
        .filter(|linted| work.wanted.contains(&linted.script))
        .flat_map(|linted| linted.findings)
        .collect();
    report.push_findings("files linted:", work.wanted.len(), findings);
    report.mistakes = Error::all(work.mistakes).err();
    Ok(report)
}

fn explain(context: &Context, name: &str) -> Result<Report> {
    match RULES.iter().find(|rule| rule.name == name) {
        Some(rule) => {
            let page = context.shipped.read(&rule.page())?;
            Ok(Report::text(page.text.trim_end()))
        }
        None => Err(
            Error::new(Kind::Usage, format!("there is no rule `{name}`"))
                .hint("`workroom lint --rules` lists them"),
        ),
    }
}

/// Scripts in the order of deployment, and which of them were asked for.
struct Work {
    scripts: Vec<Script>,
    /// Where each lies on disk.
    paths: Vec<Option<PathBuf>>,
    wanted: Vec<usize>,
    off: Vec<String>,
    /// What is wrong with the project's files besides.
    mistakes: Vec<Error>,
}

impl Work {
    fn find(context: &Context, named: &[PathBuf]) -> Result<Self> {
        let anywhere = context.global.project.is_none()
            && Tree::find_above(&context.folder).is_none()
            && !named.is_empty();
        let mut work = if anywhere {
            Self {
                scripts: Vec::new(),
                paths: Vec::new(),
                wanted: Vec::new(),
                off: Vec::new(),
                mistakes: Vec::new(),
            }
        } else {
            let (project, mistakes) = context.what_can_be_read()?;
            Self::of_project(context, &project, mistakes)?
        };
        if !named.is_empty() {
            work.wanted.clear();
        }
        let mut mistakes = Vec::new();
        for path in named {
            let absolute = context.folder.join(path);
            let known = work.paths.iter().position(|other| {
                other
                    .as_deref()
                    .is_some_and(|other| is_same(other, &absolute))
            });
            match known {
                Some(at) => work.wanted.push(at),
                None => match lone(&context.folder, path) {
                    Ok(script) => {
                        work.wanted.push(work.scripts.len());
                        work.scripts.push(script);
                        work.paths.push(Some(absolute));
                    }
                    Err(error) => mistakes.push(error),
                },
            }
        }
        Error::all(mistakes)?;
        Ok(work)
    }

    /// Every system of the project, unless some are named; what those require is read and not reported.
    fn of_project(context: &Context, project: &Project, mistakes: Vec<Error>) -> Result<Self> {
        let named = &context.global.systems;
        let systems = project.select(named, named.is_empty())?;
        let is_wanted = |system: &System| named.is_empty() || named.contains(&system.name);
        let mut work = Self {
            scripts: Vec::new(),
            paths: Vec::new(),
            wanted: Vec::new(),
            off: lint::switched_off(project)?,
            mistakes,
        };
        for system in systems {
            for script in lint::scripts(&[system]) {
                if is_wanted(system) {
                    work.wanted.push(work.scripts.len());
                }
                let folder = project.tree.folder();
                work.paths
                    .push(folder.map(|folder| folder.join(&script.file.path)));
                work.scripts.push(script);
            }
        }
        Ok(work)
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// A file that belongs to no system: a migration of its own.
fn lone(folder: &Path, path: &Path) -> Result<Script> {
    let file = files::read_named(folder, path)?;
    Ok(Script {
        kind: lint::Kind::Migration,
        headers: Headers::of(&file),
        tenant: None,
        file,
    })
}
