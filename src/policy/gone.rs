//! What a policy file describes and a database does not have: somebody dropped it, or a migration never made it.

use std::collections::BTreeSet;

use super::facts::{Facts, Key, Kind};
use super::live::Live;
use super::model::Table;
use super::statement::RenderedStatement;
use super::statements::RenderedPolicies;
use crate::error::Error;
use crate::sql::qualified;

/// Described tables that are not there, in schemas that are.
pub(super) struct Gone<'policies> {
    tables: Vec<&'policies Table>,
    /// The tables and their sequences: schema and name.
    relations: BTreeSet<(&'policies str, &'policies str)>,
}

impl<'policies> Gone<'policies> {
    pub(super) fn find(rendered: &'policies RenderedPolicies, wanted: &Facts, live: &Live) -> Self {
        let has_schema = |schema: &str| {
            live.facts
                .contains_key(&Key::new(Kind::Schema, schema, "", ""))
        };
        let is_gone = |table: &&Table| {
            let key = Key::new(Kind::Table, &table.schema, &table.name, "");
            wanted.contains_key(&key) && !live.facts.contains_key(&key) && has_schema(&table.schema)
        };
        let tables: Vec<&Table> = rendered.policies.tables.iter().filter(is_gone).collect();
        let mut relations = BTreeSet::new();
        for table in &tables {
            relations.insert((table.schema.as_str(), table.name.as_str()));
            let sequences = table.columns.iter().flatten();
            let sequences = sequences.filter_map(|column| column.sequence.as_deref());
            relations.extend(sequences.map(|name| (table.schema.as_str(), name)));
        }
        Self { tables, relations }
    }

    /// Whether a statement is about one of them.
    pub(super) fn concerns(&self, statement: &RenderedStatement) -> bool {
        !self.relations.is_empty()
            && statement.facts.keys().any(|key| {
                matches!(key.kind, Kind::Table | Kind::Policy | Kind::Grant)
                    && self
                        .relations
                        .contains(&(key.schema.as_str(), key.name.as_str()))
            })
    }

    pub(super) fn mistakes(&self, rendered: &RenderedPolicies) -> Vec<Error> {
        let path = &rendered.policies.file.path;
        let tables = self.tables.iter().map(|table| {
            Error::refused(format!(
                "the table {} is in {path} and not in the database",
                qualified(&table.schema, &table.name)
            ))
            .at(rendered.policies.place(&table.span))
            .because("a migration creates it, and it was dropped or renamed since")
            .hint(format!(
                "if it is not wanted any more, drop it in a migration and take it out of {path}"
            ))
            .hint("if it is, create it again in a migration")
        });
        tables.collect()
    }
}
