//! `workroom policy render`: the SQL of roles, grants and policies, without a database.

use std::path::PathBuf;

use clap::Args;

use crate::commands::Context;
use crate::error::{Error, Result};
use crate::files;
use crate::policy::{self, Dialect, Difference, RenderedPolicies};
use crate::project::{Project, System};
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
}

/// Renders without a database.
///
/// # Errors
/// With every mistake of the policy file.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let systems = systems(context, &project)?;
    let mut mistakes = Vec::new();
    let mut rendered = Vec::new();
    for system in systems {
        match policy::load(&project, system, Dialect::default()) {
            Ok(Some(policies)) => rendered.push(policies),
            Ok(None) => mistakes.push(without_policies(system)),
            Err(error) => mistakes.push(error),
        }
    }
    Error::all(mistakes)?;
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

/// The systems that are named, or the default one; what they require is rendered only when it is named, too.
fn systems<'project>(
    context: &Context,
    project: &'project Project,
) -> Result<Vec<&'project System>> {
    let selected = context.systems(project)?;
    let named = &context.global.systems;
    Ok(if context.global.all {
        selected
            .into_iter()
            .filter(|system| system.policy.is_some())
            .collect()
    } else if named.is_empty() {
        selected.last().copied().into_iter().collect()
    } else {
        selected
            .into_iter()
            .filter(|system| named.contains(&system.name))
            .collect()
    })
}

fn without_policies(system: &System) -> Error {
    Error::project(format!("system `{}` has no policy file", system.name))
        .because(format!("there is no policies/{}.toml", system.name))
        .hint(format!(
            "write policies/{}.toml; docs/policies.md describes it",
            system.name
        ))
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
