//! `workroom policy …`: row-level-security policies.

pub mod add;
pub mod adopt;
pub mod apply;
pub mod diff;
pub mod drift;
pub mod init;
pub mod lint;
pub mod matrix;
mod mutants;
mod part;
pub mod prove;
pub mod render;
mod touched;

use crate::catalog::Catalog;
use crate::commands::Context;
use crate::database::Session;
use crate::error::{Error, Kind, Result};
use crate::event::Event;
use crate::policy::{self, Dialect, Diff, RenderedPolicies};
use crate::project::{Project, System};

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

/// The one system that is meant, for commands that write a file of it.
fn one_system<'project>(context: &Context, project: &'project Project) -> Result<&'project System> {
    match systems(context, project)?.as_slice() {
        [system] => Ok(system),
        _ => Err(Error::new(Kind::Usage, "one system at a time").hint("name it with --system")),
    }
}

fn without_policies(system: &System) -> Error {
    Error::project(format!("system `{}` has no policy file", system.name))
        .because(format!("there is no policies/{}.toml", system.name))
        .hint(format!(
            "write policies/{}.toml; docs/policies.md describes it",
            system.name
        ))
        .hint("or take over what a database has: `workroom policy init`")
}

/// Renders the policies of the systems that are meant.
fn load(context: &Context, project: &Project) -> Result<Vec<RenderedPolicies>> {
    let mut mistakes = Vec::new();
    let mut rendered = Vec::new();
    for system in systems(context, project)? {
        match policy::load(project, system, Dialect::default()) {
            Ok(Some(found)) => {
                for note in &found.policies.notes {
                    context.observer.event(&Event::Note(note));
                }
                rendered.push(found);
            }
            Ok(None) => mistakes.push(without_policies(system)),
            Err(error) => mistakes.push(error),
        }
    }
    Error::all(mistakes)?;
    Ok(rendered)
}

/// The same with a session, whose database tells which tables the files' patterns fit.
async fn load_live(
    context: &Context,
    project: &Project,
) -> Result<(Vec<RenderedPolicies>, Session)> {
    let mut all = load(context, project)?;
    let session = context.connect(project).await?;
    for rendered in &mut all {
        let system = &project.systems[&rendered.policies.system];
        if !rendered.policies.patterns.is_empty()
            && let Some(live) =
                policy::load_live(&session, project, system, Dialect::default()).await?
        {
            for note in &live.policies.notes {
                context.observer.event(&Event::Note(note));
            }
            *rendered = live;
        }
    }
    Ok((all, session))
}

/// Compares one system with a database.
async fn compare(session: &Session, rendered: &RenderedPolicies) -> Result<Diff> {
    let live = policy::read_live(session, rendered).await?;
    policy::diff(rendered, &live, &catalog(session, rendered).await?)
}

/// The schemas that a policy file speaks of.
async fn catalog(session: &Session, rendered: &RenderedPolicies) -> Result<Catalog> {
    let schemas = rendered.policies.schemas.iter();
    let schemas: Vec<&str> = schemas.map(String::as_str).collect();
    Catalog::load(session.client(), &schemas).await
}
