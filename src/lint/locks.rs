//! Which locks a statement takes on which tables, as measured on Postgres 15, 16 and 18.
//!
//! `tests/it/measure.rs` compares this table with the server for every form in `tests/it/cases/ddl/`.

use super::schema::Schema;
use crate::sql::Name;
use crate::sql::tree::{Action, Change, ChangeKind, Constraint, ConstraintKind, Statement};

/// Table locks that somebody notices, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lock {
    /// Keeps out other schema changes only.
    ShareUpdateExclusive,
    /// Keeps out writers.
    Share,
    /// Keeps out writers.
    ShareRowExclusive,
    /// Keeps out writers, and readers that lock rows.
    Exclusive,
    /// Keeps out everybody.
    AccessExclusive,
}

/// The locks of a statement, the strongest for each table.
pub(crate) fn locks(statement: &Statement, schema: &Schema) -> Vec<(Name, Lock)> {
    let mut locks: Vec<(Name, Lock)> = Vec::new();
    let mut take =
        |table: &Name, lock: Lock| match locks.iter_mut().find(|(other, _)| other.is(table)) {
            Some((_, strongest)) => *strongest = (*strongest).max(lock),
            None => locks.push((table.clone(), lock)),
        };
    match &statement.action {
        Action::CreateTable(create) => {
            if let Some(parent) = &create.partition_of {
                take(parent, Lock::AccessExclusive);
            }
            for constraint in create.all_constraints() {
                parent_of(constraint).inspect(|parent| take(parent, Lock::ShareRowExclusive));
            }
        }
        Action::AlterTable { table, changes } => {
            for change in changes {
                alter(table, change, schema, &mut take);
            }
        }
        Action::DropTable { tables } => {
            for table in tables {
                take(table, Lock::AccessExclusive);
                for other in schema.tables() {
                    if other.name.is(table) {
                        for (_, parent) in other.foreign_keys() {
                            take(parent, Lock::AccessExclusive);
                        }
                        if let Some(parent) = &other.partition_of {
                            take(parent, Lock::AccessExclusive);
                        }
                    }
                }
            }
        }
        Action::CreateIndex(create) if create.concurrently => {
            take(&create.table, Lock::ShareUpdateExclusive);
        }
        Action::CreateIndex(create) => take(&create.table, Lock::Share),
        Action::DropIndex {
            indexes,
            concurrently: false,
        } => {
            for index in indexes {
                schema
                    .table_of_index(index)
                    .inspect(|table| take(table, Lock::AccessExclusive));
            }
        }
        Action::Reindex {
            target: Some(target),
            is_index,
            concurrently: false,
        } => {
            let table = if *is_index {
                schema.table_of_index(target)
            } else {
                Some(target)
            };
            table.inspect(|table| take(table, Lock::Share));
        }
        Action::RefreshView { view, concurrently } => {
            let lock = if *concurrently {
                Lock::Exclusive
            } else {
                Lock::AccessExclusive
            };
            take(view, lock);
        }
        Action::Policy { table }
        | Action::CreateRule { table }
        | Action::Trigger {
            table,
            function: None,
        }
        | Action::Rewrite { table: Some(table) } => take(table, Lock::AccessExclusive),
        Action::Trigger {
            table,
            function: Some(_),
        } => take(table, Lock::ShareRowExclusive),
        // Whoever asks it for a number waits.
        Action::AlterSequence { sequence } => take(sequence, Lock::ShareRowExclusive),
        Action::Truncate { tables, .. } | Action::LockTable { tables } => {
            for table in tables {
                take(table, Lock::AccessExclusive);
            }
        }
        Action::ConstrainDomain {
            domain,
            not_valid: false,
        } => {
            for table in schema.tables() {
                let uses = table
                    .columns
                    .iter()
                    .any(|column| column.kind == domain.name || column.kind == domain.to_string());
                if uses {
                    take(&table.name, Lock::Share);
                }
            }
        }
        _ => {}
    }
    locks
}

fn alter(table: &Name, change: &Change, schema: &Schema, take: &mut impl FnMut(&Name, Lock)) {
    match &change.kind {
        ChangeKind::AddConstraint(constraint) => match parent_of(constraint) {
            Some(parent) => {
                take(table, Lock::ShareRowExclusive);
                take(parent, Lock::ShareRowExclusive);
            }
            None => take(table, Lock::AccessExclusive),
        },
        ChangeKind::AddColumn(column) => {
            take(table, Lock::AccessExclusive);
            for parent in column.constraints.iter().filter_map(parent_of) {
                take(parent, Lock::ShareRowExclusive);
            }
        }
        ChangeKind::DropConstraint { name } => {
            take(table, Lock::AccessExclusive);
            schema
                .table(table)
                .and_then(|table| table.constraint(name))
                .and_then(parent_of)
                .inspect(|parent| take(parent, Lock::AccessExclusive));
        }
        ChangeKind::DropColumn { column } => {
            take(table, Lock::AccessExclusive);
            for (key, parent) in schema
                .table(table)
                .into_iter()
                .flat_map(|it| it.foreign_keys())
            {
                if key.columns.contains(column) {
                    take(parent, Lock::AccessExclusive);
                }
            }
        }
        ChangeKind::ValidateConstraint { .. } | ChangeKind::Light => {
            take(table, Lock::ShareUpdateExclusive);
        }
        ChangeKind::TriggerState { .. } => take(table, Lock::ShareRowExclusive),
        ChangeKind::AttachPartition { partition, .. } => {
            take(table, Lock::ShareUpdateExclusive);
            take(partition, Lock::AccessExclusive);
        }
        ChangeKind::DetachPartition {
            partition,
            concurrently,
        } => {
            let lock = if *concurrently {
                Lock::ShareUpdateExclusive
            } else {
                Lock::AccessExclusive
            };
            take(table, lock);
            // At its end also a concurrent one waits until nobody uses the partition.
            take(partition, Lock::AccessExclusive);
        }
        _ => take(table, Lock::AccessExclusive),
    }
}

/// The table that a foreign key points at.
pub(crate) fn parent_of(constraint: &Constraint) -> Option<&Name> {
    match &constraint.kind {
        ConstraintKind::ForeignKey { parent, .. } => Some(parent),
        _ => None,
    }
}
