//! What earlier files have created, read from their text: enough to tell a widened type from a rewritten one,
//! a foreign key from a check, and a new table from one that has rows.

mod table;

use std::sync::Arc;

pub(crate) use table::{Table, mentions};

use super::routines::Routines;
use crate::sql::Name;
use crate::sql::tree::{
    Action, Change, ChangeKind, Constraint, ConstraintKind, CreateDomain, CreateIndex, CreateTable,
    CreateView, Grants, Move, Publish, Rename, Renamed, Statement,
};

/// Tables and what hangs on them as the files make it; what other tools make is not seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    tables: Vec<Table>,
    indexes: Vec<CreateIndex>,
    domains: Vec<CreateDomain>,
    views: Vec<Arc<CreateView>>,
    /// The views as they were before the file.
    old_views: Vec<Arc<CreateView>>,
    /// Tables that a policy lets somebody see.
    secured: Vec<Name>,
    publications: Vec<Publish>,
    grants: Vec<Grants>,
    /// How many of the grants stand in earlier files.
    old_grants: usize,
    /// What the file that is being read has made.
    fresh: Vec<Name>,
    /// Functions and who calls them.
    pub(crate) routines: Routines,
}

impl Schema {
    /// From here on things are made by another file.
    pub(crate) fn begin_file(&mut self) {
        self.fresh.clear();
        self.old_grants = self.grants.len();
        self.old_views.clone_from(&self.views);
    }

    /// Whether the file that is being read has made it: nobody uses it yet.
    pub(crate) fn is_fresh(&self, name: &Name) -> bool {
        self.fresh.iter().any(|fresh| fresh.is(name))
    }

    /// The table of a name.
    pub(crate) fn table(&self, name: &Name) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.is(name))
    }

    /// All tables.
    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    pub(crate) fn view(&self, name: &Name) -> Option<&CreateView> {
        let mut views = self.views.iter().map(Arc::as_ref);
        views.find(|view| view.view.is(name))
    }

    pub(crate) fn views(&self) -> impl Iterator<Item = &CreateView> {
        self.views.iter().map(Arc::as_ref)
    }

    /// The view as it was before the file.
    pub(crate) fn view_before(&self, name: &Name) -> Option<&CreateView> {
        let mut views = self.old_views.iter().map(Arc::as_ref);
        views.find(|view| view.view.is(name))
    }

    /// Whether a policy is for the table.
    pub(crate) fn has_policy(&self, table: &Name) -> bool {
        self.secured.iter().any(|secured| secured.is(table))
    }

    /// What earlier files grant.
    pub(crate) fn old_grants(&self) -> &[Grants] {
        &self.grants[..self.old_grants]
    }

    /// Whether a publication sends changes of the table.
    pub(crate) fn is_published(&self, table: &Name) -> bool {
        let names = |it: &Publish| it.tables.iter().any(|(name, _)| name.is(table));
        let mut sending = self.publications.iter().filter(|it| it.changes);
        sending.any(|it| it.all_tables || names(it))
    }

    /// The indexes of a table that a `create index` made.
    pub(crate) fn indexes_of<'a>(
        &'a self,
        table: &'a Name,
    ) -> impl Iterator<Item = &'a CreateIndex> {
        self.indexes.iter().filter(|index| index.table.is(table))
    }

    /// The domain that a column's type is.
    pub(crate) fn domain(&self, kind: &str) -> Option<&CreateDomain> {
        self.domains.iter().find(|it| is_kind(kind, &it.domain))
    }

    /// Whether a type is a domain that refuses something, itself or by what it stands on.
    pub(crate) fn refuses(&self, kind: &str) -> bool {
        let mut kind = kind;
        // A domain cannot stand on itself; what the files say may.
        for _ in 0..self.domains.len() {
            match self.domain(kind) {
                Some(domain) if domain.refuses => return true,
                Some(domain) => kind = &domain.kind,
                None => return false,
            }
        }
        false
    }

    /// The type that a domain stands on at last; any other type is its own.
    pub(crate) fn base<'a>(&'a self, kind: &'a str) -> &'a str {
        let mut kind = kind;
        for _ in 0..self.domains.len() {
            match self.domain(kind) {
                Some(domain) => kind = &domain.kind,
                None => break,
            }
        }
        kind
    }

    /// The columns that have a type, or a domain that stands on it.
    pub(crate) fn columns_of(&self, name: &Name) -> Vec<(&Table, &str)> {
        let is_it = |kind: &str| {
            let mut kind = kind.trim_end_matches("[]");
            for _ in 0..=self.domains.len() {
                if is_kind(kind, name) {
                    return true;
                }
                match self.domain(kind) {
                    Some(domain) => kind = domain.kind.trim_end_matches("[]"),
                    None => break,
                }
            }
            false
        };
        let mut columns = Vec::new();
        for table in &self.tables {
            let of_it = table.columns.iter().filter(|column| is_it(&column.kind));
            columns.extend(of_it.map(|column| (table, column.name.as_str())));
        }
        columns
    }

    /// The default partition of a table.
    pub(crate) fn default_partition(&self, parent: &Name) -> Option<&Table> {
        let mut tables = self.tables.iter();
        tables.find(|table| {
            table.is_default && table.partition_of.as_ref().is_some_and(|of| of.is(parent))
        })
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

    /// The index of a name.
    pub(crate) fn index(&self, index: &Name) -> Option<&CreateIndex> {
        let named = |it: &&CreateIndex| it.index.as_ref().is_some_and(|name| name.is(index));
        self.indexes.iter().find(named)
    }

    /// The table that an index belongs to.
    pub(crate) fn table_of_index(&self, index: &Name) -> Option<&Name> {
        self.index(index).map(|index| &index.table)
    }

    /// Of these tables and their indexes nothing but this one.
    pub(crate) fn only(&self, table: &Name) -> Self {
        Self {
            tables: self.table(table).cloned().into_iter().collect(),
            ..Self::default()
        }
    }

    /// Takes over what a statement does.
    pub(crate) fn apply(&mut self, statement: &Statement) {
        match &statement.action {
            Action::CreateTable(create) => self.create(create),
            Action::AlterTable { table, changes } => self.alter(table, changes),
            Action::DropTable { tables } => self
                .tables
                .retain(|table| !tables.iter().any(|dropped| table.name.is(dropped))),
            Action::CreateIndex(create) => self.create_index(create),
            Action::DropIndex { indexes, .. } => self.indexes.retain(|index| {
                let name = index.index.as_ref();
                !name.is_some_and(|name| indexes.iter().any(|dropped| name.is(dropped)))
            }),
            Action::CreateDomain(domain) => {
                self.fresh.push(domain.domain.clone());
                self.domains.push(domain.clone());
            }
            Action::ConstrainDomain { domain, .. } => {
                let known = self.domains.iter_mut().find(|it| it.domain.is(domain));
                if let Some(known) = known {
                    known.refuses = true;
                }
            }
            Action::CreateNamed { name } => self.fresh.push(name.clone()),
            Action::CreateRoutine(create)
                if !create.replaces || self.routines.routine(&create.name).is_none() =>
            {
                self.fresh.push(create.name.clone());
            }
            Action::CreateView(create) => {
                if !create.replaces || self.view(&create.view).is_none() {
                    self.fresh.push(create.view.clone());
                }
                self.views.retain(|view| !view.view.is(&create.view));
                self.views.push(Arc::new(create.clone()));
            }
            Action::DropView { views } => self
                .views
                .retain(|view| !views.iter().any(|dropped| view.view.is(dropped))),
            Action::MoveView { view, to } => {
                self.rename(view, to);
                for known in self.views.iter_mut().filter(|known| known.view.is(view)) {
                    rename(&mut Arc::make_mut(known).view, view, to);
                }
            }
            Action::Rename(Rename {
                name,
                renamed: Renamed::Whole(to),
                ..
            }) => self.rename(name, to),
            Action::Policy { table } => self.secured.push(table.clone()),
            Action::Publish(publish) => self.publications.push(publish.clone()),
            Action::Grant(grants) => self.grants.push(grants.clone()),
            _ => {}
        }
        self.routines.apply(statement);
    }

    /// What is new stays new under its new name; what has been said of the old one still holds.
    fn rename(&mut self, name: &Name, to: &Move) {
        let renamed = self.fresh.iter().find(|fresh| fresh.is(name)).cloned();
        self.fresh.extend(renamed.map(|mut fresh| {
            rename(&mut fresh, name, to);
            fresh
        }));
    }

    fn table_mut(&mut self, name: &Name) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.name.is(name))
    }

    fn create_index(&mut self, create: &CreateIndex) {
        let mut index = create.clone();
        if let Some(name) = &mut index.index
            && name.schema.is_none()
        {
            name.schema.clone_from(&create.table.schema);
        }
        self.indexes.push(index);
        if let Some(table) = self.table_mut(&create.table)
            && !create.partial
        {
            table.indexes.push(create.columns.clone());
        }
    }

    fn create(&mut self, create: &CreateTable) {
        if create.if_not_exists && self.table(&create.table).is_some() {
            return;
        }
        self.fresh.push(create.table.clone());
        let mut table = Table::new(create);
        let likes = create.likes.iter().map(|(other, _)| other);
        for other in create
            .partition_of
            .iter()
            .chain(&create.inherits)
            .chain(likes)
        {
            match self.table(other) {
                Some(other) => table.take(other),
                None => table.is_known = false,
            }
        }
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
            match &change.kind {
                ChangeKind::MoveTable(to) => self.move_table(name, to),
                ChangeKind::AttachPartition { partition, bounds } => {
                    if let Some(table) = self.table_mut(partition) {
                        table.partition_of = Some(name.clone());
                        table.is_default = bounds == &["default"];
                    }
                }
                ChangeKind::DetachPartition { partition, .. } => {
                    if let Some(table) = self.table_mut(partition) {
                        table.partition_of = None;
                        table.is_default = false;
                    }
                }
                ChangeKind::AddConstraint(constraint) => {
                    let mut constraint = constraint.clone();
                    if let Some(index) = &constraint.index {
                        let index = Name {
                            schema: name.schema.clone(),
                            name: index.clone(),
                        };
                        let columns = self.index(&index).map(|index| index.columns.clone());
                        constraint.columns = columns.unwrap_or_default();
                    }
                    if let Some(table) = self.table_mut(name) {
                        table.add_constraint(&constraint);
                    }
                }
                ChangeKind::DropColumn { column } => {
                    self.indexes.retain(|index| {
                        !index.table.is(name)
                            || !index.columns.contains(column)
                                && !mentions(index.mentions.iter(), column)
                    });
                    if let Some(table) = self.table_mut(name) {
                        table.drop_column(column);
                    }
                }
                kind => {
                    if let Some(table) = self.table_mut(name) {
                        table.change(kind);
                    }
                }
            }
        }
    }

    fn move_table(&mut self, name: &Name, to: &Move) {
        self.rename(name, to);
        for table in &mut self.tables {
            rename(&mut table.name, name, to);
            if let Some(parent) = &mut table.partition_of {
                rename(parent, name, to);
            }
            for constraint in &mut table.constraints {
                if let ConstraintKind::ForeignKey { parent, .. } = &mut constraint.kind {
                    rename(parent, name, to);
                }
            }
        }
        for index in &mut self.indexes {
            rename(&mut index.table, name, to);
        }
    }
}

fn rename(known: &mut Name, name: &Name, to: &Move) {
    if known.is(name) {
        match to {
            Move::Name(to) => known.name.clone_from(to),
            Move::Schema(to) => known.schema = Some(to.clone()),
        }
    }
}

/// Whether a column's type as written is the one of a name; either may leave its schema out.
fn is_kind(kind: &str, name: &Name) -> bool {
    match kind.split_once('.') {
        Some((schema, kind)) => {
            kind == name.name && name.schema.as_ref().is_none_or(|known| known == schema)
        }
        None => kind == name.name,
    }
}
