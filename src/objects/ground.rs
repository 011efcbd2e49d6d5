//! What objects stand on, as one value for each: when it moves, an object whose file did not change is applied again,
//! because a new database would give it other columns or types.

use std::collections::BTreeSet;

use super::definition::Definition;
use super::fingerprint::takes_all_columns;
use super::made::made;
use super::state::DeployedObjects;
use crate::database::Session;
use crate::error::Result;
use crate::project::Migration;
use crate::sql::{literal, rfc3339_now, text_array};

fn query(system: &str, definitions: &[Definition<'_>]) -> Result<String> {
    let mut expanding = Vec::new();
    for definition in definitions {
        if takes_all_columns(&definition.object.file)? {
            expanding.push(definition.qualified());
        }
    }
    Ok(include_str!("ground.sql")
        .replace("{expanding}", &text_array(expanding))
        .replace("{system}", &literal(system)))
}

/// A statement that records the ground of these objects and what they are, without its `;`.
///
/// # Errors
/// When a file cannot be read as SQL.
pub(super) fn record(
    system: &str,
    definitions: &[Definition<'_>],
    names: &BTreeSet<String>,
) -> Result<String> {
    let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
    Ok(format!(
        "update workroom.objects as o set ground = g.ground, made = ({}), checked_on = {} from ({}) as g \
         where o.system = {} and o.name = g.name and o.name in ({})",
        made(),
        rfc3339_now(),
        query(system, definitions)?,
        literal(system),
        names.join(", ")
    ))
}

/// Which of the deployed objects stand on something that moved, or are gone, as positions in `definitions`. With `remember`
/// it is noted that the others were looked at, for which the lock must be held.
///
/// # Errors
/// When a file cannot be read as SQL, or the server does not answer.
pub async fn moved(
    session: &Session,
    system: &str,
    definitions: &[Definition<'_>],
    remember: bool,
) -> Result<Vec<usize>> {
    let query = query(system, definitions)?;
    let noted = if remember {
        format!(
            ", same as (\
               update workroom.objects as o set checked_on = {} from g \
               where o.system = {} and o.name = g.name and o.ground = g.ground\
             )",
            rfc3339_now(),
            literal(system)
        )
    } else {
        String::new()
    };
    // Names of types and functions come with their schema, whatever the role's search path.
    let sql = format!(
        "select pg_catalog.set_config('search_path', '', true);\
         with g as ({query}){noted} \
         select o.name from workroom.objects as o join g on g.name = o.name \
         where o.system = {} and o.ground is distinct from g.ground;",
        literal(system)
    );
    let results = session
        .run("looking at what objects stand on", &sql)
        .await?;
    let names: BTreeSet<&str> = results[1]
        .iter()
        .flatten()
        .flatten()
        .map(String::as_str)
        .collect();
    Ok((0..definitions.len())
        .filter(|at| names.contains(definitions[*at].qualified().as_str()))
        .collect())
}

/// Whether a migration may change what objects stand on. One that looks harmless and does is noticed by the next run.
#[must_use]
pub fn may_move(migration: &Migration) -> bool {
    migration.statements.iter().any(|statement| {
        [
            &["alter"][..],
            &["drop"],
            &["do"],
            &["call"],
            &["create", "or"],
            &["create", "function"],
        ]
        .iter()
        .any(|words| statement.starts_with(words))
    })
}

/// Whether something was migrated since the objects were looked at; `latest` is the history's last `applied_on`.
#[must_use]
pub fn may_have_moved(deployed: &DeployedObjects, latest: Option<&str>) -> bool {
    latest.is_some_and(|latest| {
        deployed
            .objects
            .values()
            .any(|object| object.checked_on.as_str() < latest)
    })
}
