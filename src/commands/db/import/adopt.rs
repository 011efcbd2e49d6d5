//! Writes files and adopts histories, under the deployment lock.

use std::collections::{BTreeMap, BTreeSet};

use super::files::Files;
use super::plans::{Object, Plan};
use crate::commands::Context;
use crate::database::{DeploymentLock, Patience, Session};
use crate::error::{Error, Result};
use crate::files::write_new;
use crate::layout::Layout;
use crate::migrate::{self, Adopted, History};
use crate::objects;
use crate::project::Project;

/// Whether anything was adopted.
pub(super) async fn write_and_adopt(
    context: &Context,
    session: &Session,
    project: &Project,
    system: &str,
    taken: (&[Plan], &[Object]),
    files: &Files,
) -> Result<bool> {
    let root = project.writable_folder()?;
    let layout = context.lock(session, Patience::default()).await?;
    if files.are_there {
        let result = adopt(context, session, system, taken, layout, true).await;
        return DeploymentLock::release_after(session, result).await;
    }
    let all = files.all.iter();
    let all: Vec<(String, Vec<u8>)> = all
        .map(|(path, text)| (path.clone(), text.clone().into_bytes()))
        .collect();
    write_new(root, &all)?;
    let result = adopt(context, session, system, taken, layout, false).await;
    if result.is_err() {
        for (path, _) in &all {
            // They were written a moment ago; what cannot be removed is seen by the next command.
            let _ = std::fs::remove_file(root.join(path));
        }
    }
    let result = result.map_err(|error| {
        error.hint("the files of the import were removed again; nothing was adopted")
    });
    DeploymentLock::release_after(session, result).await
}

async fn adopt(
    context: &Context,
    session: &Session,
    system: &str,
    (plans, repeatables): (&[Plan], &[Object]),
    layout: Layout,
    is_repeated: bool,
) -> Result<bool> {
    // Read as any other project: what cannot run here is found before anything is recorded.
    let project = context.project()?;
    let Some(system) = project.systems.get(system) else {
        return Err(Error::refused(format!("system `{system}` is gone")));
    };
    layout.upgrade_tables(session).await?;
    migrate::prepare(session, system, "").await?;
    let sql = History::query(&system.name) + &History::steps_query([system.name.as_str()]);
    let results = session.run("reading the history", &sql).await?;
    let history = History::read(&system.name, &results[0], &results[1])?;
    if history.latest().is_some() {
        let mut adopted = plans.iter().filter(|plan| plan.row.is_some());
        if is_repeated && adopted.all(|plan| history.applied.contains_key(&plan.version)) {
            return Ok(false);
        }
        return Err(Error::refused(format!(
            "system `{}` has a history in this database already",
            system.name
        ))
        .hint("look at it with `workroom db status`"));
    }
    let by_version: BTreeMap<i64, &Plan> = plans.iter().map(|plan| (plan.version, plan)).collect();
    let rows = system.migrations.iter().filter_map(|migration| {
        let plan = by_version.get(&migration.version)?;
        let row = plan.row.as_ref()?;
        Some(Adopted {
            migration,
            applied_on: row.applied_on.clone(),
            applied_by: row.applied_by.clone(),
            duration_ms: row.duration_ms,
        })
    });
    migrate::adopt(session, system, &rows.collect::<Vec<_>>()).await?;
    if repeatables.is_empty() {
        return Ok(true);
    }
    objects::prepare(session).await?;
    let definitions = objects::ordered(objects::definitions(system)?)?;
    let names: BTreeSet<String> = definitions
        .iter()
        .filter(|definition| {
            repeatables
                .iter()
                .any(|object| object.is_applied && object.target == definition.object.file.path)
        })
        .map(objects::Definition::qualified)
        .collect();
    objects::adopt(session, system, &definitions, &names).await?;
    Ok(true)
}
