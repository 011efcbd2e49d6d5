//! Which repeatable objects are deployed, and which have to be applied: files against `workroom.objects`.

use std::collections::BTreeMap;

use super::definition::Definition;
use crate::database::{Rows, Session};
use crate::error::Result;
use crate::sql::literal;

/// What is deployed: qualified name → SHA-256 of its file. Objects that no longer exist are not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployed {
    /// Qualified name → SHA-256.
    pub objects: BTreeMap<String, String>,
}

/// SQL that tells whether [`state_query`] has something to read.
#[must_use]
pub fn exists_query() -> &'static str {
    "select pg_catalog.to_regclass('workroom.objects') is not null;"
}

/// SQL that reads what is deployed, for a database that has `workroom.objects`; one result set for [`Deployed::read`].
/// A row counts only while its object exists: one that was dropped by hand is applied again.
#[must_use]
pub fn state_query(system: &str) -> String {
    format!(
        "select o.name, o.sha256 from workroom.objects as o \
         join pg_catalog.pg_namespace as n on n.nspname = o.schema_name \
         where o.system = {} and case o.kind when 'view' \
         then exists (select from pg_catalog.pg_class as c where c.relname = o.object_name and c.relnamespace = n.oid) \
         else exists (select from pg_catalog.pg_proc as p where p.proname = o.object_name and p.pronamespace = n.oid) \
         end;",
        literal(system)
    )
}

impl Deployed {
    /// Reads the result set of [`state_query`].
    #[must_use]
    pub fn read(rows: &Rows) -> Self {
        let objects = rows.iter().filter_map(|row| match row.as_slice() {
            [Some(name), Some(sha256)] => Some((name.clone(), sha256.clone())),
            _ => None,
        });
        Self {
            objects: objects.collect(),
        }
    }
}

/// The objects to apply, as positions in `ordered`: new ones and those whose text changed.
#[must_use]
pub fn plan(ordered: &[Definition<'_>], deployed: &Deployed) -> Vec<usize> {
    let is_current = |definition: &Definition<'_>| {
        deployed.objects.get(&definition.qualified()) == Some(&definition.object.file.fingerprint())
    };
    (0..ordered.len())
        .filter(|at| !is_current(&ordered[*at]))
        .collect()
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
                include_str!("objects.sql")
            ),
        )
        .await?;
    Ok(())
}
