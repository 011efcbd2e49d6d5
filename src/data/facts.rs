//! What the catalog's model leaves out and an import needs: the category of each type, and what row security asks of
//! this session.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Name;
use crate::database::{Rows, Session};
use crate::error::Result;

/// Facts of a database and a session.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Type → `pg_type.typcategory`.
    pub(super) categories: BTreeMap<Name, char>,
    /// Tables whose policies bind this session only because they are forced on their owner, which it is.
    pub(super) forced: BTreeSet<Name>,
    /// Tables whose policies bind this session.
    pub(super) bound: BTreeSet<Name>,
}

impl Facts {
    /// Asks the server.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ask(session: &Session) -> Result<Self> {
        let sql = "select n.nspname, t.typname, t.typcategory from pg_catalog.pg_type as t \
               join pg_catalog.pg_namespace as n on n.oid = t.typnamespace;\n\
             select n.nspname, c.relname, \
               c.relforcerowsecurity and pg_catalog.pg_has_role(c.relowner, 'usage') \
               from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
               where c.relrowsecurity and c.relkind in ('r', 'p') and pg_catalog.row_security_active(c.oid);";
        let results = session.run("reading types and row security", sql).await?;
        let named = |row: &[Option<String>]| {
            let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
            (Name::new(text(0), text(1)), text(2))
        };
        let rows = |at: usize| results.get(at).map_or(&[][..], Rows::as_slice).iter();
        let mut facts = Self::default();
        for (name, category) in rows(0).map(|row| named(row)) {
            let category = category.chars().next().unwrap_or('U');
            facts.categories.insert(name, category);
        }
        for (name, is_owner) in rows(1).map(|row| named(row)) {
            if is_owner == "t" {
                facts.forced.insert(name);
            } else {
                facts.bound.insert(name);
            }
        }
        Ok(facts)
    }
}
