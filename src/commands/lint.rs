//! `workroom lint`: rules over the project's SQL files, or over any others. Needs no database but for `--pending`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::arguments::parse_version;
use super::{Context, since};
use crate::deployment::Deployment;
use crate::error::{Error, Kind, Place, Result};
use crate::event::Event;
use crate::files::{self, Tree};
use crate::lint::{self, RULES, Script};
use crate::project::{Headers, Project, System};
use crate::report::{Report, Severity, Table};

/// What to lint, and what to do about it.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files to lint, in the order in which they would run [default: every SQL file of the project]
    #[arg(value_name = "FILES")]
    pub files: Vec<PathBuf>,

    /// Report only migrations above this version, and repeatable objects
    #[arg(long, value_name = "VERSION", value_parser = parse_version, conflicts_with = "files")]
    pub after: Option<i64>,

    /// Report only what the database does not have yet
    #[arg(long, conflicts_with_all = ["files", "after"])]
    pub pending: bool,

    /// Report only what is new or changed since this branch left a commit, such as origin/main
    #[arg(long, value_name = "REF", conflicts_with_all = ["files", "after", "pending"])]
    pub since: Option<String>,

    /// How bad a finding must be for exit status 1
    #[arg(long, value_name = "SEVERITY", default_value = "warning", value_parser = severity_parser())]
    pub deny: Severity,

    /// Mend what can be mended without changing what is meant; where a database is named, only what it does not have yet
    #[arg(long)]
    pub fix: bool,

    /// List the rules
    #[arg(long, conflicts_with_all = ["files", "fix"])]
    pub rules: bool,

    /// Print the page of a rule: problem, what to write instead, evidence
    #[arg(long, value_name = "RULE", conflicts_with_all = ["files", "fix", "rules"])]
    pub explain: Option<String>,
}

/// Reads `--deny`, and lists the severities in the help text.
fn severity_parser() -> impl TypedValueParser<Value = Severity> {
    let names = Severity::ALL.map(Severity::word);
    PossibleValuesParser::new(names).map(|name| {
        let mut all = Severity::ALL.into_iter();
        all.find(|one| one.word() == name).unwrap_or_default()
    })
}

/// Lints files and lists what was found.
///
/// # Errors
/// When the project or a file cannot be read, a rule that is named does not exist, or the database that is asked for what
/// it has does not answer.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
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
    let mut work = Work::find(context, &arguments.files)?;
    let named = context.global.database_url.is_some();
    let everything = arguments.files.is_empty() && arguments.after.is_none();
    if let Some(reference) = &arguments.since {
        let tree = context.global.tree(&context.folder)?;
        let folder = tree.folder().unwrap_or(&context.folder);
        let files = work.scripts.iter().map(|script| &script.file);
        let changed = since::changed(folder, reference, files)?;
        work.keep(|_, path| changed.contains_key(path));
    } else if let Some(after) = arguments.after {
        work.keep(|version, _| version.is_none_or(|version| version > after));
    } else if arguments.pending || arguments.fix && everything && named {
        let pending = pending(context).await?;
        work.keep(|_, path| pending.contains(path));
    } else if everything {
        work.leave_out_applied();
    }
    let (mut scripts, off) = (work.scripts, work.off);
    let mut report = Report::default();
    if arguments.fix {
        let mended = add_headers(&mut scripts, &work.paths, &work.wanted, &work.lacking)?;
        for at in mended {
            let path = &scripts[at].file.path;
            context.observer.event(&Event::Note(&format!(
                "{path}: begins with `--! no-transaction` now"
            )));
            let is_mended = |place: &Place| place.path == *path;
            work.mistakes
                .retain(|mistake| !mistake.place.as_ref().is_some_and(is_mended));
        }
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
    report.push_findings_denying(arguments.deny, "files linted:", work.wanted.len(), findings);
    report.mistakes = Error::all(work.mistakes).err();
    Ok(report)
}

/// Gives files that cannot run in a transaction the header that says so; returns which.
fn add_headers(
    scripts: &mut [Script],
    paths: &[Option<PathBuf>],
    wanted: &[usize],
    lacking: &BTreeSet<String>,
) -> Result<Vec<usize>> {
    let mut mended = Vec::new();
    for at in wanted {
        let script = &mut scripts[*at];
        let Some(path) = paths[*at]
            .as_ref()
            .filter(|_| lacking.contains(&script.file.path))
        else {
            continue;
        };
        let text = format!("--! no-transaction\n{}", script.file.text);
        files::replace(path, &text)?;
        script.file.text = text.into();
        script.headers = Headers::of(&script.file);
        mended.push(*at);
    }
    Ok(mended)
}

/// The paths of migrations and objects that the database does not have yet.
async fn pending(context: &Context) -> Result<BTreeSet<String>> {
    let (project, _, session) = context.open_what_can_be().await?;
    let systems = context.systems(&project)?;
    let (deployment, _) = Deployment::look_at_what_can_be(&session, &project, &systems).await?;
    let mut paths = BTreeSet::new();
    for part in &deployment.parts {
        let migrations = part.migrations.pending.iter();
        paths.extend(migrations.map(|migration| migration.file.path.to_string()));
        let objects = part
            .changed
            .iter()
            .map(|at| &part.objects[*at].object.file.path);
        paths.extend(objects.map(ToString::to_string));
    }
    Ok(paths)
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
    /// The version of each migration of the project.
    versions: Vec<Option<i64>>,
    /// Whether each was applied before anybody linted it, as workroom.toml says.
    applied: Vec<bool>,
    off: Vec<String>,
    /// Migrations that cannot run but for `--! no-transaction`, which they have not.
    lacking: BTreeSet<String>,
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
                versions: Vec::new(),
                applied: Vec::new(),
                off: Vec::new(),
                lacking: BTreeSet::new(),
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

    /// Leaves out what is not asked for, by its version and its path.
    fn keep(&mut self, is_wanted: impl Fn(Option<i64>, &str) -> bool) {
        let (scripts, versions) = (&self.scripts, &self.versions);
        self.wanted.retain(|at| {
            let version = versions.get(*at).copied().flatten();
            is_wanted(version, scripts[*at].file.path.as_str())
        });
    }

    /// Leaves out what workroom.toml says was applied before.
    fn leave_out_applied(&mut self) {
        let applied = &self.applied;
        self.wanted
            .retain(|at| !applied.get(*at).copied().unwrap_or(false));
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
            versions: Vec::new(),
            applied: Vec::new(),
            off: lint::switched_off(project)?,
            lacking: BTreeSet::new(),
            mistakes,
        };
        for system in systems {
            let lacking = system
                .migrations
                .iter()
                .filter(|it| it.lacks_no_transaction());
            work.lacking.extend(lacking.map(|it| it.file.path.clone()));
            let versions = system.migrations.iter().map(|it| Some(it.version));
            work.versions.extend(versions);
            let mut applied = project.lint.applied.iter();
            let to = applied.find(|(name, _)| *name.get_ref() == system.name);
            let is_applied = |version| to.is_some_and(|(_, applied)| version <= applied.to);
            let applied = system.migrations.iter().map(|it| is_applied(it.version));
            work.applied.extend(applied);
            work.applied.extend(system.objects.iter().map(|_| false));
            work.versions.extend(system.objects.iter().map(|_| None));
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
        if !is_secured(project) {
            work.scripts
                .iter_mut()
                .for_each(|script| script.is_secured = false);
        }
        Ok(work)
    }
}

/// Whether a project has policies, in a file of its own or in its SQL.
fn is_secured(project: &Project) -> bool {
    project.systems.values().any(|system| {
        let migrations = system.migrations.iter().map(|migration| &migration.file);
        let mut files = migrations.chain(system.objects.iter().map(|object| &object.file));
        let speaks = |text: &str| text.to_ascii_lowercase().contains("row level security");
        system.policy.is_some() || files.any(|file| speaks(&file.text))
    })
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
        is_secured: true,
        file,
    })
}
