//! `workroom docs`: a page of a system's tables, references, rights and migrations.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;

use crate::catalog::{Catalog, Grantee, Name, Target};
use crate::commands::Context;
use crate::deployment::{self, CleanBuild};
use crate::docs::{self, MigrationLine, Role, Source, SystemPart};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::files;
use crate::migrate;
use crate::output::Format;
use crate::policy::{Policies, RoleKind};
use crate::project::{Project, System};
use crate::report::{Check, Report};
use crate::seed::{self, source};

/// Where to, and whether to write.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file, from the project's folder [default: docs/<system>.html, or .md with `--format markdown`]
    #[arg(long, value_name = "FILE")]
    pub output: Option<String>,

    /// Write nothing; exit with status 1 when the file is not what the project's files make
    #[arg(long)]
    pub check: bool,

    /// Major version of the server that the files are built on [default: the newest to be had]
    #[arg(long, value_name = "MAJOR")]
    pub postgres: Option<u32>,
}

/// Builds the systems anew on a throw-away server and writes the page of what is there.
///
/// # Errors
/// When no Postgres can be found or fetched, when the files cannot be deployed to it, or when the page cannot be written.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let mut project = context.project()?;
    deployment::tolerate(&mut project, &context.global.systems, context.global.all)?;
    let systems = context.systems(&project)?;
    let Some(shown) = systems.last() else {
        return Err(Error::refused("no system to show"));
    };
    let is_markdown = context.global.format == Format::Markdown;
    let path = match &arguments.output {
        Some(path) => path.clone(),
        None if is_markdown => format!("docs/{}.md", shown.name),
        None => format!("docs/{}.html", shown.name),
    };
    let folder = project.writable_folder()?;
    let (connect, observer) = (context.connecting(), context.observer.as_ref());
    let build = CleanBuild::new(&project, &systems, arguments.postgres, &connect, observer);
    let build = build.await?;
    let schemas: Vec<&str> = systems
        .iter()
        .flat_map(|system| system.all_schemas())
        .map(String::as_str)
        .collect();
    let catalog = Catalog::load(build.session.client(), &schemas).await?;
    let mut rows = BTreeMap::new();
    for system in &systems {
        match rows_of(&build, &project, system).await {
            Ok(found) => rows.extend(found),
            Err(error) => tell(observer, system, &error),
        }
    }
    let source = Source {
        title: &shown.title,
        systems: systems.iter().map(|system| part(system)).collect(),
        catalog: &catalog,
        postgres: build.major,
        roles: roles(&systems, &catalog)?,
        rows,
    };
    let page = if is_markdown {
        docs::markdown(&source)
    } else {
        docs::html(&source)
    };
    if arguments.check {
        let check = check(folder, &path, &page, shown);
        let mut report = Report::default();
        report.push_checks(shown.name.clone(), vec![check]);
        return Ok(report);
    }
    files::write_over(folder, &path, &page)?;
    Ok(Report::text(format!(
        "{path}: {} tables, {} kB",
        catalog.tables().count(),
        page.len().div_ceil(1000)
    )))
}

fn tell(observer: &dyn Observer, system: &System, error: &Error) {
    observer.event(&Event::Note(&format!(
        "the page does not say how many rows the seed file of {} makes: {error}",
        system.name
    )));
}

/// The rows that a system's seed file makes, table by table.
async fn rows_of(
    build: &CleanBuild,
    project: &Project,
    system: &System,
) -> Result<Vec<(Name, u64)>> {
    if system.seeds.is_none() {
        return Ok(Vec::new());
    }
    let file = source::file_of(project, system)?;
    let catalog = source::catalog(&build.session, project, &file).await?;
    // No number of rows depends on the day.
    let options = seed::Options {
        scale: None,
        seed: None,
        as_of: None,
        today: 0,
    };
    let data = source::compile(&build.session, &catalog, &file, options).await?;
    let tables = data.tables.iter().enumerate();
    let rows = tables.map(|(at, table)| (table.name.clone(), data.rows(at)));
    Ok(rows.collect())
}

fn part(system: &System) -> SystemPart<'_> {
    let migrations = system.migrations.iter().map(|migration| MigrationLine {
        label: migration.label(),
        does: migrate::summary(&migration.statements),
    });
    SystemPart {
        name: &system.name,
        title: &system.title,
        schemas: system.all_schemas().map(String::as_str).collect(),
        migrations: migrations.collect(),
    }
}

/// The roles of the systems' policy files that have something on a table, in their order; definers come last.
fn roles(systems: &[&System], catalog: &Catalog) -> Result<Vec<Role>> {
    let has_something = |name: &str| {
        let mut grants = catalog.grants.iter();
        grants.any(|grant| {
            let is_on_table = matches!(grant.target, Target::Relation(_) | Target::Column { .. });
            is_on_table && matches!(&grant.grantee, Grantee::Role(role) if role == name)
        })
    };
    let (mut clients, mut definers): (Vec<Role>, Vec<Role>) = (Vec::new(), Vec::new());
    for system in systems {
        let policies = Policies::read(system)?;
        for role in policies.into_iter().flat_map(|policies| policies.roles) {
            let list = match role.kind {
                RoleKind::Owner => continue,
                RoleKind::Definer => &mut definers,
                _ => &mut clients,
            };
            let role = Role {
                name: role.database_role,
                bypasses: role.bypass_rls,
            };
            if has_something(&role.name) && !list.contains(&role) {
                list.push(role);
            }
        }
    }
    clients.append(&mut definers);
    Ok(clients)
}

/// Whether the file is the page.
fn check(folder: &Path, path: &str, page: &str, system: &System) -> Check {
    let found = match files::read_named(folder, Path::new(path)) {
        Ok(file) if *file.text == *page => None,
        Ok(_) => Some("another page"),
        Err(_) => Some("no page"),
    };
    let what = "what the project's files make";
    Check {
        key: "docs/up-to-date".to_owned(),
        system: system.name.clone(),
        name: path.to_owned(),
        passed: found.is_none(),
        expected: what.to_owned(),
        found: found.unwrap_or(what).to_owned(),
        details: Vec::new(),
        hint: found.map(|_| {
            format!(
                "run `workroom docs --system {}` with the same options and commit {path}",
                system.name
            )
        }),
        place: None,
    }
}
