//! What earlier files have created, read from their text: enough to tell a widened type from a rewritten one,
//! a foreign key from a check, and a new table from one that has rows.

use super::routines::Routines;
use crate::sql::Name;
use crate::sql::tree::{
    Action, Change, ChangeKind, Column, Constraint, ConstraintKind, CreateTable, Move, Statement,
};

/// Tables and indexes as the files make them; what `do` blocks and other tools make is not seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    tables: Vec<Table>,
    /// (index, table)
    indexes: Vec<(Name, Name)>,
    /// Functions and who calls them.
    pub(crate) routines: Routines,
}

/// One table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: Name,
    pub(crate) columns: Vec<Column>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) partition_of: Option<Name>,
    /// Leading columns of each index, unique or not, partial ones left out.
    pub(crate) indexes: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(crate) fn constraint(&self, name: &str) -> Option<&Constraint> {
        self.constraints
            .iter()
            .find(|constraint| constraint.name.as_deref() == Some(name))
    }

    /// Foreign keys: their constraint and the parent.
    pub(crate) fn foreign_keys(&self) -> impl Iterator<Item = (&Constraint, &Name)> {
        self.constraints.iter().filter_map(|key| match &key.kind {
            ConstraintKind::ForeignKey { parent, .. } => Some((key, parent)),
            _ => None,
        })
    }

    /// Whether an index or a key begins with these columns, in any order.
    pub(crate) fn has_index_on(&self, columns: &[String]) -> bool {
        self.indexes.iter().any(|index| {
            index.len() >= columns.len()
                && columns
                    .iter()
                    .all(|column| index[..columns.len()].contains(column))
        })
    }

    fn add_column(&mut self, column: &Column) {
        for constraint in &column.constraints {
            self.add_constraint(constraint);
        }
        self.columns.push(column.clone());
    }

    fn add_constraint(&mut self, constraint: &Constraint) {
        if matches!(
            constraint.kind,
            ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. }
        ) {
            self.indexes.push(constraint.columns.clone());
        }
        if matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }) {
            for column in &mut self.columns {
                column.not_null |= constraint.columns.contains(&column.name);
            }
        }
        let mut constraint = constraint.clone();
        // The server names what has no name; foreign keys are the ones that later statements speak of.
        if constraint.name.is_none() {
            let suffix = match constraint.kind {
                ConstraintKind::ForeignKey { .. } => "fkey",
                ConstraintKind::Check { .. } => "check",
                ConstraintKind::PrimaryKey { .. } => "pkey",
                _ => "key",
            };
            let middle = match constraint.kind {
                ConstraintKind::PrimaryKey { .. } => String::new(),
                _ => format!("_{}", constraint.columns.join("_")),
            };
            constraint.name = Some(format!("{}{middle}_{suffix}", self.name.name));
        }
        self.constraints.push(constraint);
    }
}

impl Schema {
    /// The table of a name.
    pub(crate) fn table(&self, name: &Name) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.is(name))
    }

    /// All tables.
    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Whether a foreign key changes or deletes rows of the table, or of the one that it is a partition of.
    pub(crate) fn is_acted_on(&self, name: &Name) -> bool {
        let Some(table) = self.table(name) else {
            return false;
        };
        let acts =
            |key: &Constraint| matches!(key.kind, ConstraintKind::ForeignKey { acts: true, .. });
        let parent = table
            .partition_of
            .as_ref()
            .filter(|parent| !parent.is(name));
        table.constraints.iter().any(acts) || parent.is_some_and(|parent| self.is_acted_on(parent))
    }

    /// The table that an index belongs to.
    pub(crate) fn table_of_index(&self, index: &Name) -> Option<&Name> {
        self.indexes
            .iter()
            .find(|(name, _)| name.is(index))
            .map(|(_, table)| table)
    }

    /// Takes over what a statement does.
    pub(crate) fn apply(&mut self, statement: &Statement) {
        self.routines.apply(statement);
        match &statement.action {
            Action::CreateTable(create) => self.create(create),
            Action::AlterTable { table, changes } => self.alter(table, changes),
            Action::DropTable { tables } => self
                .tables
                .retain(|table| !tables.iter().any(|dropped| table.name.is(dropped))),
            Action::CreateIndex(create) => {
                if let Some(index) = &create.index {
                    let index = Name {
                        schema: index.schema.clone().or(create.table.schema.clone()),
                        name: index.name.clone(),
                    };
                    self.indexes.push((index, create.table.clone()));
                }
                if let Some(table) = self.table_mut(&create.table)
                    && !create.partial
                {
                    table.indexes.push(create.columns.clone());
                }
            }
            Action::DropIndex { indexes, .. } => self
                .indexes
                .retain(|(name, _)| !indexes.iter().any(|dropped| name.is(dropped))),
            _ => {}
        }
    }

    fn table_mut(&mut self, name: &Name) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.name.is(name))
    }

    fn create(&mut self, create: &CreateTable) {
        let mut table = Table {
            name: create.table.clone(),
            columns: Vec::new(),
            constraints: Vec::new(),
            partition_of: create.partition_of.clone(),
            indexes: Vec::new(),
        };
        for column in &create.columns {
            table.add_column(column);
        }
        for constraint in &create.constraints {
            table.add_constraint(constraint);
        }
        self.tables.push(table);
    }

    fn alter(&mut self, name: &Name, changes: &[Change]) {
        for change in changes {
            if let ChangeKind::AttachPartition { partition } = &change.kind
                && let Some(table) = self.table_mut(partition)
            {
                table.partition_of = Some(name.clone());
            }
            let Some(table) = self.table_mut(name) else {
                continue;
            };
            match &change.kind {
                ChangeKind::AddColumn(column) => table.add_column(column),
                ChangeKind::DropColumn { column } => {
                    table.columns.retain(|other| other.name != *column);
                    table
                        .constraints
                        .retain(|constraint| !constraint.columns.contains(column));
                }
                ChangeKind::RenameColumn { from, to } => {
                    for column in &mut table.columns {
                        if column.name == *from {
                            column.name.clone_from(to);
                        }
                    }
                }
                ChangeKind::MoveTable(Move::Name(to)) => table.name.name.clone_from(to),
                ChangeKind::MoveTable(Move::Schema(to)) => table.name.schema = Some(to.clone()),
                ChangeKind::SetType { column, kind, .. } => {
                    for other in &mut table.columns {
                        if other.name == *column {
                            other.kind.clone_from(kind);
                        }
                    }
                }
                ChangeKind::SetNotNull { column } | ChangeKind::DropNotNull { column } => {
                    for other in &mut table.columns {
                        if other.name == *column {
                            other.not_null = matches!(change.kind, ChangeKind::SetNotNull { .. });
                        }
                    }
                }
                ChangeKind::AddConstraint(constraint) => table.add_constraint(constraint),
                ChangeKind::DropConstraint { name } => table
                    .constraints
                    .retain(|constraint| constraint.name.as_ref() != Some(name)),
                ChangeKind::ValidateConstraint { name } => {
                    for constraint in &mut table.constraints {
                        if constraint.name.as_ref() == Some(name) {
                            constraint.not_valid = false;
                        }
                    }
                }
                _ => {}
            }
        }
    }
}
