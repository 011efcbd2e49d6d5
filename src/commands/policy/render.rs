//! `workroom policy render`: the SQL of roles, grants and policies, without a database.

use std::path::PathBuf;

use clap::Args;

use super::{compare, load};
use crate::commands::Context;
use crate::error::{Error, Kind, Result};
use crate::files;
use crate::policy::{self, Difference, RenderedPolicies};
use crate::project::{Project, version_of};
use crate::report::{Outcome, Report};

/// What to render.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only what concerns this role: its grants, its policies, and the floors that bind it
    #[arg(long, value_name = "ROLE", conflicts_with = "check")]
    pub role: Option<String>,

    /// Compare with policies/rendered/<system>.sql, and exit with status 1 when it differs
    #[arg(long)]
    pub check: bool,

    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    pub out: Option<PathBuf>,

    /// Write what differs from the database as a migration, sql/<system>/V0NN__name.sql, for review
    #[arg(long, value_name = "V0NN__name", conflicts_with_all = ["check", "role", "out"])]
    pub as_migration: Option<String>,
}

/// Renders without a database, unless a migration is asked for.
///
/// # Errors
/// With every mistake of the policy file.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    if let Some(name) = &arguments.as_migration {
        return as_migration(context, name).await;
    }
    let project = context.project()?;
    let rendered = load(context, &project)?;
    if arguments.check {
        return check(&project, &rendered);
    }
    let mut text = String::new();
    for policies in &rendered {
        match &arguments.role {
            Some(role) => text.push_str(&policies.text_of_role(role)?),
            None => text.push_str(&policies.text()),
        }
    }
    let Some(out) = &arguments.out else {
        return Ok(Report::text(text.trim_end()));
    };
    files::write(&context.folder.join(out), &text)?;
    Ok(Report::default())
}

fn check(project: &Project, rendered: &[RenderedPolicies]) -> Result<Report> {
    let mut report = Report::default();
    for policies in rendered {
        let system = &policies.policies.system;
        let path = policy::kept_path(system);
        let Some(difference) = policies.check(&project.tree)? else {
            report.push_text(format!("{path} is as {} says", policies.policies.file.path));
            continue;
        };
        report.outcome = Outcome::Found;
        report.push_text(describe(&difference, &path, system));
    }
    Ok(report)
}

fn describe(difference: &Difference, path: &str, system: &str) -> String {
    let render =
        format!("run `workroom policy render --system {system} --out {path}` and commit it");
    let Some(found) = &difference.found else {
        return format!("{path} does not exist; {render}");
    };
    let (line, _) = difference.place.line_column().unwrap_or((1, 1));
    let or_nothing = |text: &str| {
        if text.is_empty() {
            "(nothing)".to_owned()
        } else {
            text.to_owned()
        }
    };
    format!(
        "{path}:{line} differs from the policy file; {render}\n- {}\n+ {}",
        or_nothing(found),
        or_nothing(&difference.expected)
    )
}

/// Writes the difference as the next migration of the system.
async fn as_migration(context: &Context, name: &str) -> Result<Report> {
    let project = context.project()?;
    let name = name.strip_suffix(".sql").unwrap_or(name);
    let rendered = load(context, &project)?;
    let [rendered] = rendered.as_slice() else {
        return Err(Error::new(Kind::Usage, "a migration belongs to one system")
            .hint("name it with --system"));
    };
    let system = &project.systems[&rendered.policies.system];
    let path = format!("sql/{}/{name}.sql", system.name);
    let version = version_of(&system.name, &format!("{name}.sql"))?;
    let folder = project.writable_folder()?;
    let latest = system.migrations.iter().map(|one| one.version).max();
    if folder.join(&path).exists() {
        return Err(Error::refused(format!("{path} exists already"))
            .hint("migrations are not edited; choose the next version"));
    }
    if let Some(latest) = latest.filter(|latest| version <= *latest) {
        return Err(
            Error::refused(format!("{name} would not come last: V{latest:03} exists"))
                .hint(format!("name it V{:03}__…", latest + 1)),
        );
    }
    let session = context.connect(&project).await?;
    let diff = compare(&session, rendered).await?;
    let diff = diff.decided()?;
    if diff.changes.is_empty() {
        return Err(Error::refused(format!(
            "there is nothing to write: the database is as {} says",
            rendered.policies.file.path
        )));
    }
    files::write_new(folder, &[(path.clone(), diff.migration(rendered).into())])?;
    let dangers = diff.changes.iter().filter(|one| !one.dangers.is_empty());
    Ok(Report::text(format!(
        "wrote {path}: {} statements, {} of them dangerous",
        diff.changes.len(),
        dangers.count()
    )))
}
