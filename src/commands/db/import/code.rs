//! Migrations that are programs: what they made is taken from the database as one migration, the history as its baseline.

use super::Taking;
use super::plans::Plan;
use crate::commands::Context;
use crate::commands::db::compared;
use crate::database::Session;
use crate::deployment;
use crate::error::{Error, Result};
use crate::import::{Code, Row, Tool};
use crate::project::{Project, System};

/// The version of what stands for all of them.
const BASELINE: i64 = 1;

/// The one migration, and what is to be said of it.
///
/// # Errors
/// When the database has a part of the migrations alone, when there is none that the schema could be taken from, or when it is
/// not what the migration makes that is there.
pub(super) async fn plan(taking: &Taking<'_>, code: &Code) -> Result<(Plan, Vec<String>)> {
    let (tool, system) = (taking.tool, taking.system);
    refuse_part(taking, code)?;
    let target = format!(
        "sql/{}/V{BASELINE:03}__{}_baseline.sql",
        system.name,
        tool.to_string().replace('-', "_")
    );
    let is_there = taking.project.tree.exists(&target);
    let row = latest(&taking.rows);
    let mut source = "the schema of this database".to_owned();
    let text = if is_there {
        if row.is_some() {
            compared::refuse_differences(taking.context, taking.session, system, BASELINE)
                .await
                .map_err(|error| {
                    error.hint("bring the database to what the others are, then import again")
                })?;
        }
        taking.project.tree.read(&target)?.text.to_string()
    } else if let Some((path, text)) = &code.schema {
        source.clone_from(path);
        head(taking, code) + text
    } else if row.is_some() {
        head(taking, code) + &dumped(taking, system).await?
    } else {
        return Err(Error::refused(format!(
            "the database has no history of {tool}, so that there is nothing to take its schema from"
        ))
        .because("its migrations are programs: what they make is taken from a database that has it")
        .hint(format!("name a database that {tool} has migrated, or {} here first", tool.mend())));
    };
    let plan = Plan {
        source,
        target,
        text,
        key: Vec::new(),
        version: BASELINE,
        remark: None,
        row,
    };
    let said = format!(
        "the migrations of {tool} are programs: {} of them stay where they are, and one migration stands for all, with the schema as they made it; rows that they wrote are not in it",
        code.steps.len()
    );
    Ok((plan, vec![said]))
}

/// A database has all of them or none: a part of them is nothing that one migration could stand for.
fn refuse_part(taking: &Taking<'_>, code: &Code) -> Result<()> {
    let rows = &taking.rows;
    if rows.is_empty() {
        return Ok(());
    }
    let missing: Vec<&str> = code
        .steps
        .iter()
        .filter(|(_, called)| !called.is_empty() && !rows.iter().any(|row| row.identity == *called))
        .map(|(file, _)| file.as_str())
        .collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    let tool = taking.tool;
    let count = match code.is_whole_history {
        true => format!(
            "{} of {} are not applied, the first is {first}",
            missing.len(),
            code.steps.len()
        ),
        false => format!("it is not at {first}"),
    };
    Err(Error::refused(format!(
        "{tool} has not applied all of its migrations in this database"
    ))
    .because(count)
    .because("they are programs, and one migration stands for all of them")
    .hint(format!("{} here, then import again", tool.mend())))
}

fn latest(rows: &[Row]) -> Option<Row> {
    let last = rows.iter().max_by_key(|row| row.applied_on.clone())?;
    Some(Row {
        state: "applied".to_owned(),
        ..last.clone()
    })
}

fn head(taking: &Taking<'_>, code: &Code) -> String {
    format!(
        "-- The schema as {} migrations of {} had made it, which are programs.\n\n",
        code.steps.len(),
        taking.tool
    )
}

async fn dumped(taking: &Taking<'_>, system: &System) -> Result<String> {
    let is_made = |name: &str, quoted: &str| {
        taking.table.as_deref() == Some(quoted) || taking.tool.has_made(name)
    };
    let without = made(taking.session, &is_made).await?;
    dump(
        taking.context,
        taking.session,
        (taking.project, system),
        &without,
    )
    .await
}

/// Tables of some tool, qualified and quoted.
async fn made(session: &Session, is_made: &dyn Fn(&str, &str) -> bool) -> Result<Vec<String>> {
    let query = "select pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.concat(n.nspname, '.', c.relname) \
         from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
         where c.relkind in ('r', 'p') order by 1;";
    let results = session.run("reading the tables", query).await?;
    let rows = results.first().into_iter().flatten();
    let made = rows.filter_map(|row| match row.as_slice() {
        [Some(quoted), Some(name)] => is_made(name, quoted).then(|| quoted.clone()),
        _ => None,
    });
    Ok(made.collect())
}

/// The schema of a system as a script, without what is said to psql.
async fn dump(
    context: &Context,
    session: &Session,
    (project, system): (&Project, &System),
    without: &[String],
) -> Result<String> {
    let (connect, observer) = (context.connecting(), context.observer.as_ref());
    let text = deployment::dump(session, project, &[system], without, &connect, observer).await?;
    let body = text
        .split_once('\n')
        .filter(|(first, _)| first.starts_with("--"));
    Ok(body.map_or(text.clone(), |(_, body)| body.to_owned()))
}

/// The schema of a database that no tool has a history of.
///
/// # Errors
/// When it cannot be dumped.
pub(super) async fn whole(
    context: &Context,
    session: &Session,
    project: &Project,
    system: &System,
) -> Result<Plan> {
    let is_made = |name: &str, _: &str| Tool::ALL.iter().any(|tool| tool.has_made(name));
    let without = made(session, &is_made).await?;
    let text = dump(context, session, (project, system), &without).await?;
    Ok(Plan {
        source: "the schema of this database".to_owned(),
        target: format!("sql/{}/V{BASELINE:03}__baseline.sql", system.name),
        text: format!("-- The schema as it was found.\n\n{text}"),
        key: Vec::new(),
        version: BASELINE,
        remark: None,
        row: Some(Row {
            key: Vec::new(),
            identity: String::new(),
            state: "applied".to_owned(),
            applied_on: None,
            applied_by: None,
            duration_ms: 0.0,
            repeatable: None,
        }),
    })
}
