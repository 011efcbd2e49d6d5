//! Which repeatable objects are deployed, and which have to be applied: files against `workroom.objects`.

use std::collections::BTreeMap;

use super::definition::Definition;
use super::fingerprint::meaning;
use super::made::is_by_hand;
use crate::database::{Rows, Session, making_own_tables};
use crate::error::Result;
use crate::sql::literal;

/// An object as `workroom.objects` has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeployedObject {
    /// view, function or procedure.
    pub kind: String,
    /// What its file meant when it was applied.
    pub meaning: String,
    /// Whether it exists: one that was dropped by hand is applied again.
    pub exists: bool,
    /// Whether somebody changed it by hand since it was applied.
    pub by_hand: bool,
    /// When what it stands on was looked at, as RFC 3339 text.
    pub checked_on: String,
    /// What it had besides its file when a migration had to drop it: SQL that gives it back.
    pub restore: Option<String>,
}

/// What is deployed, by qualified name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeployedObjects {
    /// The objects.
    pub objects: BTreeMap<String, DeployedObject>,
}

/// SQL that is true when [`state_query`] has something to read.
#[must_use]
pub fn exists() -> &'static str {
    "pg_catalog.to_regclass('workroom.objects') is not null"
}

/// SQL that reads what is deployed, for a database that has `workroom.objects`; one result set for [`DeployedObjects::read`].
#[must_use]
pub fn state_query<'a>(systems: impl IntoIterator<Item = &'a str>) -> String {
    let systems: Vec<String> = systems.into_iter().map(literal).collect();
    format!(
        "select o.name, o.meaning, o.checked_on, o.restore, n.oid is not null and case o.kind when 'view' \
         then exists (select from pg_catalog.pg_class as c where c.relname = o.object_name and c.relnamespace = n.oid) \
         else exists (select from pg_catalog.pg_proc as p where p.proname = o.object_name and p.pronamespace = n.oid) \
         end, o.system, o.kind, {} from workroom.objects as o left join pg_catalog.pg_namespace as n on n.nspname = o.schema_name \
         where o.system in ({});",
        is_by_hand(),
        systems.join(", ")
    )
}

impl DeployedObjects {
    /// Reads what the result set of [`state_query`] has of a system.
    #[must_use]
    pub fn read(system: &str, rows: &Rows) -> Self {
        let objects = rows.iter().filter_map(|row| match row.as_slice() {
            [
                Some(name),
                Some(meaning),
                Some(checked_on),
                restore,
                Some(exists),
                Some(of),
                Some(kind),
                Some(by_hand),
            ] if of == system => Some((
                name.clone(),
                DeployedObject {
                    kind: kind.clone(),
                    meaning: meaning.clone(),
                    exists: exists == "t",
                    by_hand: by_hand == "t",
                    checked_on: checked_on.clone(),
                    restore: restore.clone(),
                },
            )),
            _ => None,
        });
        Self {
            objects: objects.collect(),
        }
    }

    /// Kind and name of what was applied from files that are gone, and is still there.
    pub fn without_file<'a>(
        &'a self,
        definitions: &'a [Definition<'_>],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let named = |name: &str| definitions.iter().any(|one| one.qualified() == name);
        let objects = self.objects.iter();
        objects
            .filter(move |(name, object)| object.exists && !named(name))
            .map(|(name, object)| (object.kind.as_str(), name.as_str()))
    }

    /// Whether the file means what was applied.
    ///
    /// # Errors
    /// When the file cannot be read as SQL.
    pub fn has(&self, definition: &Definition<'_>) -> Result<bool> {
        let meaning = meaning(&definition.object.file)?;
        let deployed = self.objects.get(&definition.qualified());
        Ok(deployed.is_some_and(|object| object.meaning == meaning))
    }
}

/// The objects to apply, as positions in `ordered`: new ones, those that are gone or were changed by hand, and those that
/// mean something else.
///
/// # Errors
/// When a file cannot be read as SQL.
pub fn plan(ordered: &[Definition<'_>], deployed: &DeployedObjects) -> Result<Vec<usize>> {
    let mut changed = Vec::new();
    for (at, definition) in ordered.iter().enumerate() {
        let is_there = deployed
            .objects
            .get(&definition.qualified())
            .is_some_and(|object| object.exists && !object.by_hand);
        if !is_there || !deployed.has(definition)? {
            changed.push(at);
        }
    }
    Ok(changed)
}

/// Creates `workroom.objects` if it is missing.
///
/// # Errors
/// When the role may not create a schema in this database.
pub async fn prepare(session: &Session) -> Result<()> {
    session
        .run(
            "creating workroom.objects",
            &format!(
                "set client_min_messages = warning;begin;{}commit;",
                making_own_tables(include_str!("objects.sql"))
            ),
        )
        .await?;
    Ok(())
}
