//! One table as the files make it.

use crate::sql::Name;
use crate::sql::tree::{ChangeKind, Column, Constraint, ConstraintKind, CreateTable};

/// One table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: Name,
    pub(crate) columns: Vec<Column>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) partition_of: Option<Name>,
    /// Whether it is the partition for what no other one takes.
    pub(crate) is_default: bool,
    pub(crate) is_partitioned: bool,
    /// The columns that decide the partition; an expression is an empty text.
    pub(crate) partition_key: Vec<String>,
    /// The type that its rows have.
    pub(crate) of_type: Option<Name>,
    /// Whether the statements that make it say all of its columns.
    pub(crate) is_known: bool,
    /// Whether it names what stands for a row in replication: nothing while that is the primary key's matter.
    pub(crate) replica_identity: Option<bool>,
    /// Leading columns of each index, unique or not, partial ones left out.
    pub(crate) indexes: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(create: &CreateTable) -> Self {
        Self {
            name: create.table.clone(),
            columns: Vec::new(),
            constraints: Vec::new(),
            partition_of: create.partition_of.clone(),
            is_default: create.is_default,
            is_partitioned: create.is_partitioned,
            partition_key: create.partition_key.clone(),
            of_type: create.of_type.clone(),
            is_known: !create.columns_are_elsewhere || !create.likes.is_empty(),
            replica_identity: None,
            indexes: Vec::new(),
        }
    }

    /// Takes columns, checks and indexes of another table, as a partition or by `like`.
    pub(super) fn take(&mut self, other: &Self) {
        self.is_known &= other.is_known;
        self.columns.extend(other.columns.iter().cloned());
        let keys = |it: &&Constraint| !matches!(it.kind, ConstraintKind::ForeignKey { .. });
        let constraints = other.constraints.iter().filter(keys).cloned();
        self.constraints.extend(constraints);
        self.indexes.extend(other.indexes.iter().cloned());
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(crate) fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.name == name)
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

    /// The columns of the primary key.
    pub(crate) fn primary_key(&self) -> Option<&[String]> {
        let mut constraints = self.constraints.iter();
        let key = constraints.find(|it| matches!(it.kind, ConstraintKind::PrimaryKey { .. }))?;
        Some(&key.columns)
    }

    /// Whether every row is known to have a value in the column: it is required, or a check says so that the server
    /// has looked at every row for. A constraint of this name does not count.
    pub(crate) fn has_no_null(&self, column: &str, without: &[&str]) -> bool {
        self.column(column).is_some_and(|column| column.not_null)
            || self.constraints.iter().any(|constraint| {
                let name = constraint.name.as_deref();
                constraint.kind == ConstraintKind::Check
                    && !constraint.not_valid
                    && !name.is_some_and(|name| without.contains(&name))
                    && constraint.columns.iter().any(|it| it == column)
            })
    }

    /// Checks that mention a column and that every row has been looked at for.
    pub(crate) fn checks_of(&self, column: &str) -> impl Iterator<Item = &Constraint> {
        self.constraints.iter().filter(move |constraint| {
            constraint.kind == ConstraintKind::Check
                && !constraint.not_valid
                && mentions(constraint.conditions.iter().flatten(), column)
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

    pub(super) fn add_column(&mut self, column: &Column) {
        self.columns.push(column.clone());
        for constraint in &column.constraints {
            self.add_constraint(constraint);
        }
    }

    pub(super) fn add_constraint(&mut self, constraint: &Constraint) {
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
                ConstraintKind::Check => "check",
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

    /// What does not touch anything but the self.
    pub(super) fn change(&mut self, kind: &ChangeKind) {
        match kind {
            ChangeKind::AddColumn(column) => self.add_column(column),
            ChangeKind::RenameColumn { from, to } => self.rename_column(from, to),
            ChangeKind::SetType { column, kind, .. } => {
                if let Some(column) = self.column_mut(column) {
                    column.kind.clone_from(kind);
                }
            }
            ChangeKind::SetNotNull { column } | ChangeKind::DropNotNull { column } => {
                if let Some(column) = self.column_mut(column) {
                    column.not_null = matches!(kind, ChangeKind::SetNotNull { .. });
                }
            }
            ChangeKind::SetDefault { column } | ChangeKind::DropDefault { column } => {
                if let Some(column) = self.column_mut(column) {
                    column.default = matches!(kind, ChangeKind::SetDefault { .. });
                }
            }
            ChangeKind::DropIdentity { column } => {
                if let Some(column) = self.column_mut(column) {
                    column.identity = false;
                }
            }
            ChangeKind::AlwaysIdentity { column } => {
                if let Some(column) = self.column_mut(column) {
                    column.identity = true;
                }
            }
            ChangeKind::ReplicaIdentity { nothing } => self.replica_identity = Some(!nothing),
            ChangeKind::DropConstraint { name } => self
                .constraints
                .retain(|constraint| constraint.name.as_ref() != Some(name)),
            ChangeKind::ValidateConstraint { name } | ChangeKind::EnforceConstraint { name } => {
                for constraint in &mut self.constraints {
                    if constraint.name.as_ref() == Some(name) {
                        constraint.not_valid = false;
                    }
                }
            }
            _ => {}
        }
    }

    pub(super) fn rename_column(&mut self, from: &str, to: &str) {
        let constraints = self.constraints.iter_mut().map(|it| &mut it.columns);
        let lists = constraints
            .chain(&mut self.indexes)
            .chain([&mut self.partition_key]);
        for name in lists.flatten().filter(|name| *name == from) {
            to.clone_into(name);
        }
        let conditions = self
            .constraints
            .iter_mut()
            .flat_map(|it| &mut it.conditions);
        for word in conditions.flatten().filter(|word| *word == from) {
            to.clone_into(word);
        }
        if let Some(column) = self.column_mut(from) {
            to.clone_into(&mut column.name);
        }
    }

    pub(super) fn drop_column(&mut self, column: &str) {
        self.columns.retain(|other| other.name != column);
        let stays = |columns: &Vec<String>| !columns.iter().any(|it| it == column);
        self.indexes.retain(stays);
        self.constraints
            .retain(|it| stays(&it.columns) && !mentions(it.conditions.iter().flatten(), column));
    }
}

/// Whether a column stands among the words of an expression.
pub(crate) fn mentions<'a>(mut words: impl Iterator<Item = &'a String>, column: &str) -> bool {
    words.any(|word| word.trim_matches('"') == column)
}
