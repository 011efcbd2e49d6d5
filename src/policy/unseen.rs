//! `[policies] unseen`: what no statement that is read creates, named by the file.

use super::names::split_names;
use super::resolver::Resolver;
use super::spec::PolicyFile;
use crate::sql::{DeclaredColumn, QualifiedName};

impl Resolver<'_> {
    /// Adds what a `do` block or an extension's function creates to what is declared. What `[views]` names and
    /// `[tables]` does not is a view.
    pub(super) fn unseen(&mut self, entry: &PolicyFile) {
        let is_view = |resolver: &Self, name: &QualifiedName| {
            let views = entry.views.keys();
            let mut views = views.flat_map(|names| split_names(resolver.file, names));
            views.any(|view| resolver.qualify(view.get_ref()) == *name)
                && !entry
                    .tables
                    .keys()
                    .any(|table| resolver.qualify(table.get_ref()) == *name)
        };
        for named in &entry.policies.unseen {
            let text = named.get_ref();
            if let Some((function, _)) = text.split_once('(') {
                let name = self.qualify(function.trim());
                *self.declared.functions.entry(name).or_default() += 1;
            } else if let Some((table, column)) = text
                .rsplit_once('.')
                .filter(|(table, _)| self.declared.tables.contains_key(&self.qualify(table)))
            {
                let name = self.qualify(table);
                if let Some(table) = self.declared.tables.get_mut(&name) {
                    table.columns.push(DeclaredColumn {
                        name: column.to_owned(),
                        generated: false,
                        sequence: None,
                    });
                }
            } else {
                let name = self.qualify(text);
                if is_view(self, &name) {
                    self.declared.views.insert(name);
                } else {
                    self.declared.tables.entry(name).or_default();
                }
            }
        }
    }
}
