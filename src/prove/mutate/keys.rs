//! Keys without the tenant: a foreign key that finds another tenant's row, a unique key that knows its values.

use super::operators::{Key, Maker, Noticed};
use crate::catalog::{Constraint, ConstraintKind};
use crate::prove::probe::taken;
use crate::sql::{identifier, literal};

impl Maker<'_> {
    /// Takes the tenant out of every key, and says which keys these then are.
    pub(super) fn keys(&mut self) -> Vec<Key> {
        let mut keys = Vec::new();
        let constraints: Vec<Constraint> = self.context.catalog.constraints.clone();
        for one in constraints {
            let Some(at) = self.context.world.position(&one.relation) else {
                continue;
            };
            let Some(tenant) = self.tenant_of(at) else {
                continue;
            };
            if at >= self.context.intent.policies.tables.len()
                || one.columns.len() < 2
                || !one.columns.contains(&tenant)
            {
                continue;
            }
            let made = match one.kind {
                ConstraintKind::ForeignKey => self.single(&one, &tenant),
                ConstraintKind::Unique => self.global(at, &one, &tenant),
                _ => None,
            };
            let Some((operator, sql, constraint)) = made else {
                continue;
            };
            let number = keys.len();
            keys.push(Key { constraint });
            let what = format!("key {} of {}", identifier(&one.name), one.relation);
            self.push(operator, what, sql, Some(at)).noticed = Noticed::Pairs(number);
        }
        keys
    }

    fn tenant_of(&self, at: usize) -> Option<String> {
        let found = self.context.hints.tenants.iter().find(|(of, _)| *of == at);
        found.map(|(_, column)| self.context.world.tables[at].columns[*column].name.clone())
    }

    /// Rows of all tenants but the one whose values the probes look for: in their absence these are unique.
    fn without_others(&self, at: usize, columns: &[String]) -> Option<String> {
        let table = &self.context.world.tables[at];
        let positions: Vec<usize> = columns
            .iter()
            .filter_map(|name| table.column(name))
            .collect();
        let (_, kept) = taken(self.context, at, &positions, None)?;
        let kept = kept?;
        Some(format!(
            "delete from {} where {} is distinct from {};",
            table.name,
            identifier(&self.tenant_of(at)?),
            literal(&kept)
        ))
    }

    fn single(&self, one: &Constraint, tenant: &str) -> Option<(&'static str, String, Constraint)> {
        let mut reference = one.references.clone()?;
        let to = self.context.world.position(&reference.relation)?;
        let pairs: Vec<(String, String)> = one
            .columns
            .iter()
            .zip(&reference.columns)
            .filter(|(column, _)| *column != tenant)
            .map(|(column, to)| (column.clone(), to.clone()))
            .collect();
        let (from, into): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
        let list = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| identifier(name)).collect();
            names.join(", ")
        };
        let sql = format!(
            "{}alter table {to} add constraint workroom_single unique ({}); alter table {table} drop constraint {name}; \
             alter table {table} add constraint {name} foreign key ({}) references {to} ({}) not valid;",
            self.without_others(to, &into)?,
            list(&into),
            list(&from),
            list(&into),
            to = reference.relation,
            table = one.relation,
            name = identifier(&one.name),
        );
        reference.columns = into;
        let constraint = Constraint {
            columns: from,
            references: Some(reference),
            ..one.clone()
        };
        Some(("FK_SINGLE", sql, constraint))
    }

    fn global(
        &self,
        at: usize,
        one: &Constraint,
        tenant: &str,
    ) -> Option<(&'static str, String, Constraint)> {
        let columns: Vec<String> = one
            .columns
            .iter()
            .filter(|name| *name != tenant)
            .cloned()
            .collect();
        let table = &self.context.world.tables[at];
        // What cannot be guessed tells nothing, whoever else has it.
        let is_random = |name: &String| {
            let column = table.column(name).map(|column| &table.columns[column]);
            column.is_none_or(|column| column.type_name.name == "uuid" || column.identity.is_some())
        };
        if columns.iter().any(is_random) {
            return None;
        }
        let names: Vec<String> = columns.iter().map(|name| identifier(name)).collect();
        let name = identifier(&one.name);
        let sql = format!(
            "{}alter table {table} drop constraint {name} cascade; alter table {table} add constraint {name} unique ({});",
            self.without_others(at, &columns)?,
            names.join(", "),
            table = one.relation,
        );
        let constraint = Constraint {
            columns,
            ..one.clone()
        };
        Some(("UNIQUE_GLOBAL", sql, constraint))
    }
}
