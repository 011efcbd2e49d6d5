//! `workroom fleet …`: many databases that are kept alike.

pub mod migrate;
pub mod plan;
pub mod status;
pub mod verify;

use clap::Args;

use crate::commands::Context;
use crate::error::Result;
use crate::fleet::{Files, Group, Member, Outcome, Settings, Source, groups, members};
use crate::output::Format;
use crate::project::{FailureBudget, MigrationFingerprints, Project, System};
use crate::report::{Check, Outcome as Found, Report, Table};

/// Which databases, and how many at a time.
#[derive(Clone, Debug, Args)]
pub struct FleetArguments {
    /// Work on the databases of the named server whose names fit, as SQL's `like` has it, instead of those of workroom.toml
    #[arg(long, value_name = "PATTERN")]
    pub databases: Option<String>,

    /// Work on this database of the fleet alone (can be repeated)
    #[arg(long = "only", value_name = "NAME")]
    pub only: Vec<String>,

    /// A database that comes first: where it fails, the others are left alone (can be repeated)
    #[arg(long = "canary", value_name = "NAME")]
    pub canaries: Vec<String>,

    /// How many databases at a time [default: `concurrency` of workroom.toml, or 8]
    #[arg(long, value_name = "N")]
    pub concurrency: Option<std::num::NonZeroUsize>,

    /// How many of them on one server [default: `per_server` of workroom.toml, or 4]
    #[arg(long, value_name = "N")]
    pub per_server: Option<std::num::NonZeroUsize>,

    /// So many may fail, a number or a part such as 5%, until no further ones are begun [default: `max_failures`, or 5%]
    #[arg(long, value_name = "N")]
    pub max_failures: Option<FailureBudget>,
}

/// The databases and what they are compared with.
struct Opened {
    files: Files,
    members: Vec<Member>,
    settings: Settings,
}

impl Opened {
    fn systems(&self, context: &Context) -> Result<Vec<&System>> {
        context.systems(&self.files.project)
    }
}

impl FleetArguments {
    /// Reads the project and asks which databases there are.
    async fn open(&self, context: &Context) -> Result<Opened> {
        let project = context.project()?;
        context.systems(&project)?;
        let named = context.named_target()?;
        let variable = |name: &str| context.variable(name);
        let source = Source {
            project: &project,
            named: named.as_ref(),
            variable: &variable,
            pattern: self.databases.as_deref(),
            only: &self.only,
            canaries: &self.canaries,
        };
        let connect = context.connecting();
        let members = members(&source, connect.as_ref()).await?;
        let settings = self.settings(&project);
        let (names, all) = (&context.global.systems, context.global.all);
        let fingerprints = MigrationFingerprints::read(project.tree.clone(), names, all)?;
        Ok(Opened {
            files: Files {
                project,
                fingerprints,
            },
            members,
            settings,
        })
    }

    fn settings(&self, project: &Project) -> Settings {
        let fleet = project.fleet.clone().unwrap_or_default();
        Settings {
            concurrency: self.concurrency.unwrap_or(fleet.concurrency).get(),
            per_server: self.per_server.unwrap_or(fleet.per_server).get(),
            max_failures: self.max_failures.unwrap_or(fleet.max_failures),
        }
    }
}

/// A line for each group of databases, and what became of those that failed; for other formats than tables, and with
/// `-v`, a check for each database.
fn report<T>(
    context: &Context,
    verb: &str,
    members: &[Member],
    outcomes: &[Outcome<T>],
    words: impl Fn(&T) -> (bool, String),
) -> Report {
    let said = |outcome: &Outcome<T>| match outcome {
        Outcome::Done(done) => words(done),
        other => (false, other.missing().unwrap_or_default()),
    };
    let all: Vec<(&Member, bool, String)> = members
        .iter()
        .zip(outcomes)
        .map(|(member, outcome)| {
            let (is_well, text) = said(outcome);
            (member, is_well, text)
        })
        .collect();
    let mut report = Report::default();
    if all.iter().any(|(_, is_well, _)| !is_well) {
        report.outcome = Found::Found;
    }
    let is_whole = match context.global.format {
        Format::Table => context.global.verbose,
        Format::Markdown => false,
        _ => true,
    };
    if is_whole {
        let checks = all.iter().map(|(member, is_well, text)| Check {
            key: format!("fleet/{}", member.name),
            system: String::new(),
            name: member.name.clone(),
            passed: *is_well,
            expected: verb.to_owned(),
            found: text.clone(),
            details: Vec::new(),
            hint: None,
            place: None,
        });
        report.push_checks("fleet".to_owned(), checks.collect());
    }
    let mut table = Table::new("", &["databases", "what", "names"]);
    for is_well in [false, true] {
        let own = all.iter().filter(|(_, well, _)| *well == is_well);
        for group in groups(own.map(|(member, _, text)| (*member, text.clone()))) {
            row(&mut table, &group);
        }
    }
    report.push_table(table);
    let missing = outcomes.iter().filter(|one| one.is_missing()).count();
    if missing > 0 {
        report.push_text(format!(
            "{missing} of {} databases are not {verb}; the same command again goes on with them",
            members.len()
        ));
    }
    report
}

fn row(table: &mut Table, group: &Group<'_>) {
    table.row([
        group.names.len().to_string(),
        group.what.clone(),
        group.few(),
    ]);
}
