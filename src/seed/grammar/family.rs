//! `{ sum_of = "agency.timesheet_entries.hours", by = "campaign_id" }`, `{ count_of = "agency.artifact_versions" }` and
//! `{ last_of = "agency.artifact_versions.content" }`: what follows from the rows that belong to this one.

use super::Generator;
use crate::files::toml::Node;
use crate::seed::spec::{Fields, Reader, Slot};

/// Something of the rows that belong to this one.
#[derive(Clone, Copy, Debug)]
pub enum Family {
    /// The sum of a column over the rows whose `by` refers to this one.
    Sum {
        /// Their table.
        table: usize,
        /// The column.
        column: usize,
        /// Their reference.
        by: usize,
    },
    /// How many rows are made for this one.
    Count {
        /// Their table.
        table: usize,
    },
    /// A column of the last of the rows made for this one.
    Last {
        /// Their table.
        table: usize,
        /// The column.
        column: usize,
    },
}

pub(super) fn parse_sum(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let found = reader.table_column(value);
    let Some(node) = fields.take("by") else {
        reader.mistake(
            value.span.clone(),
            "`by` names the column that refers to this row",
            Some("add by = \"campaign_id\"".to_owned()),
        );
        return None;
    };
    let (table, column) = found?;
    let name = reader.text(node)?;
    let by = reader.names.column(table, name);
    let leads_here =
        by.is_some_and(|by| reader.names.tables[table].columns[by].target == Some(slot.table));
    let (Some(by), true) = (by, leads_here) else {
        let label = reader.names.tables[slot.table].label.clone();
        reader.mistake(
            node.span.clone(),
            format!("`{name}` does not lead to {label}"),
            None,
        );
        return None;
    };
    Some(Generator::Family(Family::Sum { table, column, by }))
}

pub(super) fn parse_count(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let table = reader.table(value)?;
    is_made_for(reader, value, table, slot).then_some(Generator::Family(Family::Count { table }))
}

pub(super) fn parse_last(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let (table, column) = reader.table_column(value)?;
    is_made_for(reader, value, table, slot)
        .then_some(Generator::Family(Family::Last { table, column }))
}

fn is_made_for(reader: &mut Reader<'_>, node: &Node, table: usize, slot: &Slot) -> bool {
    let is_so = reader.names.tables[table].parent == Some(slot.table);
    if !is_so {
        let (child, own) = (
            &reader.names.tables[table].label,
            &reader.names.tables[slot.table].label,
        );
        let message = format!("{child} is not made `per` {own}");
        reader.mistake(node.span.clone(), message, None);
    }
    is_so
}
