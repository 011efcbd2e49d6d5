//! What a draft does where the server refuses rows in a load that is taken back: another line for a key, keys that agree,
//! fewer rows, or no table.

use super::check::mentions;
use super::draft::Draft;
use crate::catalog::{Catalog, ConstraintKind, Name};
use crate::seed::dataset::Dataset;
use crate::seed::trial::Refused;

impl Draft {
    /// Answers refusals; where `mend` is false, by leaving out alone. Returns whether there was an answer.
    pub fn answer(
        &mut self,
        catalog: &Catalog,
        data: &Dataset,
        refused: &[Refused],
        mend: bool,
    ) -> bool {
        let mut changed = false;
        for refused in refused {
            let table = &data.tables[refused.table];
            if mend && self.mends(catalog, &table.name, refused) {
                changed = true;
                continue;
            }
            let reason = reason(catalog, &table.name, refused);
            changed |= self.give_fewer(&table.label, refused.holds, &reason)
                || self.leave_out(&table.label, &reason);
        }
        changed
    }

    fn mends(&mut self, catalog: &Catalog, table: &Name, refused: &Refused) -> bool {
        let columns = columns(catalog, table, refused);
        match refused.code.as_deref() {
            // Rows that are alike, or overlap.
            Some("23505" | "23P01") => self.differ(catalog, table, &columns),
            // A row that refers to none.
            Some("23503") => self.go_along(catalog, table),
            Some("23502") => {
                let label = super::label(table);
                let mut columns = columns.into_iter();
                columns.any(|column| self.open.insert((label.clone(), column)))
            }
            _ => false,
        }
    }
}

/// The columns that a refusal speaks of.
fn columns(catalog: &Catalog, table: &Name, refused: &Refused) -> Vec<String> {
    if let Some(column) = &refused.column {
        return vec![column.clone()];
    }
    let Some(name) = &refused.constraint else {
        return Vec::new();
    };
    let index = catalog
        .indexes
        .iter()
        .find(|index| index.relation == *table && index.name.name == *name);
    let constraint = catalog
        .constraints
        .iter()
        .find(|constraint| constraint.relation == *table && constraint.name == *name);
    let definition = match (constraint, index) {
        (Some(constraint), _) if constraint.kind != ConstraintKind::Exclusion => {
            return constraint.columns.clone();
        }
        (Some(constraint), _) => &constraint.definition,
        (None, Some(index)) => &index.definition,
        (None, None) => return Vec::new(),
    };
    // Keys may be expressions; those of a partial index come before its condition.
    let keys = definition.split(" WHERE ").next().unwrap_or(definition);
    let columns = catalog.columns_of(table).map(|column| column.name.clone());
    columns.filter(|column| mentions(keys, column)).collect()
}

/// Why rows are refused, in a few words.
fn reason(catalog: &Catalog, table: &Name, refused: &Refused) -> String {
    let rule = refused.constraint.as_ref().and_then(|name| {
        let mut constraints = catalog.constraints.iter();
        let constraint = constraints
            .find(|constraint| constraint.relation == *table && constraint.name == *name)
            .map(|constraint| &constraint.definition);
        let mut indexes = catalog.indexes.iter();
        let index = indexes
            .find(|index| index.relation == *table && index.name.name == *name)
            .map(|index| &index.definition);
        let what = if refused.holds > 0 {
            "more"
        } else {
            "its rows"
        };
        Some(format!("{name} refuses {what}: {}", constraint.or(index)?))
    });
    let cause = refused.error.causes.first();
    rule.unwrap_or_else(|| match cause {
        Some(cause) => format!("{}: {cause}", refused.error.message),
        None => refused.error.message.clone(),
    })
}
