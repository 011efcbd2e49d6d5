//! The columns of a table, as far as they are known.

use super::model::{Span, Table};
use super::resolver::Resolver;
use super::spec::Named;
use crate::files::suggest::suggestion;
use crate::sql::DeclaredColumn;

/// A table's columns, for looking names up.
pub(super) struct Columns {
    pub(super) table: String,
    pub(super) columns: Option<Vec<DeclaredColumn>>,
}

impl Columns {
    /// Those of a table that was read.
    pub(super) fn of(table: &Table) -> Self {
        Self {
            table: table.name.clone(),
            columns: table.columns.clone(),
        }
    }

    /// Whether there is such a column, as far as is known.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns
            .as_ref()
            .is_none_or(|columns| columns.iter().any(|column| column.name == name))
    }

    pub(super) fn check(&self, resolver: &mut Resolver<'_>, name: &Named) {
        self.check_at(resolver, name.get_ref(), name.span());
    }

    pub(super) fn check_at(&self, resolver: &mut Resolver<'_>, name: &str, span: Span) {
        if !self.has(name) {
            let known = self
                .columns
                .iter()
                .flatten()
                .map(|column| column.name.as_str());
            let hint = suggestion(name, known);
            let message = format!("the table `{}` has no column `{name}`", self.table);
            resolver.mistake_at(span, message, hint);
        }
    }
}
