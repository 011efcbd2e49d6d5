//! `workroom db manifest`: write down what the files make.

use clap::Args;

use crate::catalog::Description;
use crate::commands::Context;
use crate::deployment;
use crate::error::{Kind, Result};
use crate::files::{self, Tree};
use crate::project::System;
use crate::report::{Check, Report, Table};
use crate::verify::{Manifest, Versions, differences, manifest_path};

/// On which server, and whether to write.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Write nothing; exit with status 1 when a manifest is not what the files make
    #[arg(long)]
    pub check: bool,

    /// Major version of the server that the files are built on, best that of the database that will be verified
    /// [default: that of the manifests that are there, or the newest to be had]
    #[arg(long, value_name = "MAJOR")]
    pub postgres: Option<u32>,
}

/// Builds the systems anew on a throw-away server and writes or compares their manifests.
///
/// # Errors
/// When no Postgres can be found or fetched, when the files cannot be deployed to it, or when a file cannot be written.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let mut project = context.project()?;
    let folder = project.writable_folder()?.to_owned();
    deployment::tolerate(&mut project, &context.global.systems, context.global.all)?;
    let systems = context.systems(&project)?;
    let kept = systems
        .iter()
        .filter_map(|system| kept(&project.tree, system).ok()?);
    let major = arguments
        .postgres
        .or_else(|| kept.map(|kept| kept.postgres).next());
    let (connect, observer) = (context.connecting(), context.observer.as_ref());
    let built = deployment::described_by_files(&project, &systems, major, &connect, observer);
    let built = built.await.map_err(|error| match (major, error.kind) {
        (Some(_), Kind::Database) => error.hint("`--postgres MAJOR` builds on another version"),
        _ => error,
    })?;
    if arguments.check {
        let mut report = Report::default();
        for system in systems {
            let check = check(&project.tree, system, &built)?;
            report.push_checks(system.name.clone(), vec![check]);
        }
        return Ok(report);
    }
    let mut table = Table::new("", &["system", "manifest", "state", "objects", "postgres"]);
    for system in systems {
        let path = manifest_path(&system.name);
        let manifest = made(system, &built);
        let text = manifest.text();
        let before = project.tree.exists(&path).then(|| project.tree.read(&path));
        let state = match before {
            None => "new",
            Some(Ok(before)) if *before.text == *text => "as it was",
            Some(_) => "changed",
        };
        if state != "as it was" {
            files::write_over(&folder, &path, &text)?;
        }
        table.row([
            system.name.clone(),
            path,
            state.to_owned(),
            manifest.objects.len().to_string(),
            manifest.postgres.to_string(),
        ]);
    }
    Ok(Report::table(table))
}

fn made(system: &System, built: &Description) -> Manifest {
    Manifest {
        postgres: built.major,
        objects: built.of(system.all_schemas()),
    }
}

/// The manifest that is there.
fn kept(tree: &Tree, system: &System) -> Result<Option<Manifest>> {
    let path = manifest_path(&system.name);
    if !tree.exists(&path) {
        return Ok(None);
    }
    Manifest::read(&tree.read(&path)?).map(Some)
}

/// Whether the manifest is what the files make.
fn check(tree: &Tree, system: &System, built: &Description) -> Result<Check> {
    let path = manifest_path(&system.name);
    let made = made(system, built);
    let kept = kept(tree, system)?;
    let details: Vec<String> = kept.as_ref().map_or_else(Vec::new, |kept| {
        let versions = if kept.postgres == made.postgres {
            Versions::Same
        } else {
            Versions::Different
        };
        let differences = differences(&made.objects, &kept.objects, versions);
        differences.iter().map(ToString::to_string).collect()
    });
    let found = match (&kept, details.len()) {
        (None, _) => "no manifest".to_owned(),
        (Some(_), 0) => "as the files make it".to_owned(),
        (Some(_), 1) => "1 difference".to_owned(),
        (Some(_), count) => format!("{count} differences"),
    };
    let passed = kept.is_some() && details.is_empty();
    Ok(Check {
        key: "manifest/up-to-date".to_owned(),
        system: system.name.clone(),
        name: path.clone(),
        passed,
        expected: "as the files make it".to_owned(),
        found,
        details,
        hint: (!passed).then(|| {
            format!(
                "run `workroom db manifest --system {}` and commit {path}",
                system.name
            )
        }),
        place: None,
    })
}
