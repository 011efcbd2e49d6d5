//! `workroom db reset`: drop the database and deploy it anew. On the embedded server a deployment that was made once
//! is copied from a template database, whose name is a fingerprint of everything that it was made from.

use std::time::{Duration, Instant};

use clap::Args;

use crate::commands::Context;
use crate::database::{Kept, Session, Target};
use crate::deployment::Deployment;
use crate::error::Result;
use crate::event::Event;
use crate::files::fingerprint_of_bytes;
use crate::project::{Project, System};
use crate::report::Report;
use crate::seed::refuse;
use crate::sql::{identifier, literal};

/// Template databases begin with this.
const TEMPLATE: &str = "workroom_template_";

/// What to reset.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Deploy from the files even where a template database is at hand
    #[arg(long)]
    pub no_template: bool,

    /// Reset this database although it is not marked disposable
    #[arg(long, value_name = "NAME")]
    pub into: Option<String>,
}

/// Drops the database with everything in it and deploys the systems.
///
/// # Errors
/// When the database is neither the embedded server's nor marked disposable, when the role may not create databases, or
/// when the deployment fails.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let started = Instant::now();
    let project = context.project()?;
    let systems = context.systems(&project)?;
    let target = context.target(&project)?;
    let database = target.database().to_owned();
    let is_embedded = context.global.database_url.is_none();
    let is_disposable = context.is_disposable()?;
    let admin = context
        .connect_to(&target.with_database("template1"))
        .await?;
    if !is_embedded && !is_disposable && exists(&admin, &database).await? {
        refuse::unless_other_is_disposable(&admin, &database, arguments.into.as_deref()).await?;
    }
    let template = (is_embedded && !arguments.no_template)
        .then(|| template_name(&project, &systems))
        .transpose()?;
    let known = match &template {
        Some(template) => exists(&admin, template).await?,
        None => false,
    };
    let from = template.as_deref().filter(|_| known).unwrap_or("template0");
    let left = recreate(&admin, &database, from).await?;
    let done = deploy(
        context,
        &project,
        &systems,
        &target.with_database(&database),
    )
    .await?;
    if let Some(template) = template.filter(|_| !known) {
        keep(context, &admin, &database, &template).await;
    }
    let how = if known {
        "copied from its template"
    } else {
        "deployed from its files"
    };
    let mut report = Report::default();
    for statement in left {
        report.push_text(format!(
            "what the database had and this role may not give back, for somebody who may: {statement}"
        ));
    }
    report.push_text(format!(
        "database {database} was dropped and {how} in {:.2} s ({done} things applied)",
        started.elapsed().as_secs_f64()
    ));
    Ok(report)
}

/// A name that changes with everything that a deployment is made from.
fn template_name(project: &Project, systems: &[&System]) -> Result<String> {
    let mut all = env!("CARGO_PKG_VERSION").as_bytes().to_vec();
    for system in systems {
        all.extend(system.name.as_bytes());
        all.push(0);
    }
    for (path, bytes) in project.tree.project_files()? {
        if !path.starts_with("seeds/") {
            all.extend(fingerprint_of_bytes(path.as_bytes()).as_bytes());
            all.extend(fingerprint_of_bytes(&bytes).as_bytes());
        }
    }
    Ok(format!("{TEMPLATE}{}", &fingerprint_of_bytes(&all)[..24]))
}

async fn exists(admin: &Session, database: &str) -> Result<bool> {
    let sql = format!(
        "select from pg_catalog.pg_database where datname = {};",
        literal(database)
    );
    Ok(!admin.run("looking for the database", &sql).await?[0].is_empty())
}

/// Each statement by itself: they run outside of a transaction. The new database belongs to whom the old one did, with its
/// grants, settings and comment; what could not be given back is returned as statements.
async fn recreate(admin: &Session, database: &str, template: &str) -> Result<Vec<String>> {
    let what = format!("making database {database} anew");
    let name = identifier(database);
    let kept = Kept::read(admin, database).await?;
    let dropped = admin.drop_database(database).await;
    dropped.map_err(|failure| failure.of_our_own(&what))?;
    let create = kept.create(database, template, template.starts_with(TEMPLATE));
    admin.run(&what, &create).await.map_err(|error| {
        error.hint(format!("database {database} is dropped; `create database {name}` as a role that may, then `workroom db migrate`"))
    })?;
    Ok(kept.give_back(admin).await)
}

/// Deploys, or finds that the template has it all; returns how many things were applied.
async fn deploy(
    context: &Context,
    project: &Project,
    systems: &[&System],
    target: &Target,
) -> Result<usize> {
    let session = context.connect_to(target).await?;
    let done = Deployment::carry_out(context.observer.as_ref(), &session, project, systems).await?;
    Ok(done
        .iter()
        .map(|done| done.migrations.len() + done.objects.len() + done.policies.len())
        .sum())
}

/// Keeps a copy for the next reset, and only the newest. Without one the next reset only takes longer, so that a
/// failure is told under `-v`.
async fn keep(context: &Context, admin: &Session, database: &str, template: &str) {
    let old =
        format!("select datname from pg_catalog.pg_database where datname like '{TEMPLATE}%';");
    let names = match admin.batch(&old).await {
        Ok(results) => results.into_iter().flatten().flatten().flatten().collect(),
        Err(_) => Vec::new(),
    };
    for name in names {
        let _ = admin
            .batch(&format!(
                "alter database {0} is_template false",
                identifier(&name)
            ))
            .await;
        let _ = admin
            .batch(&format!("drop database {}", identifier(&name)))
            .await;
    }
    let copy = format!(
        "create database {} template {} strategy file_copy",
        identifier(template),
        identifier(database)
    );
    // The session that deployed is just going away.
    for pause in [0, 20, 50, 100, 200, 400] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        if admin.batch(&copy).await.is_ok() {
            let close = format!(
                "alter database {} is_template true allow_connections false",
                identifier(template)
            );
            let _ = admin.batch(&close).await;
            return;
        }
    }
    context.observer.event(&Event::Detail(
        "no template database was kept: somebody is connected to the new database",
    ));
}
