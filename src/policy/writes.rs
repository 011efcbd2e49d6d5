//! What a function that a definer owns may write: rows of its caller's, table by table. Grants and policies cannot tell
//! that, since they bind the definer; `policy prove` holds what the function does against it.

use super::cells::predicate;
use super::columns::Columns;
use super::model::{Table, Writes};
use super::names::split_names;
use super::resolver::Resolver;
use super::spec::PolicyFile;
use crate::files::suggest::suggestion;

impl Resolver<'_> {
    /// Looks up the functions, tables and predicates of `[writes]`.
    pub(super) fn writes(&mut self, entry: &PolicyFile, tables: &[Table]) -> Vec<Writes> {
        let mut entries: Vec<_> = entry.writes.iter().collect();
        entries.sort_by_key(|(names, _)| names.span().start);
        let mut all = Vec::new();
        for (names, written) in entries {
            for name in split_names(self.file, names) {
                let Some((schema, function)) = self.function(&name) else {
                    continue;
                };
                let owned = self.roles.iter().flat_map(|role| &role.owns);
                if !owned
                    .clone()
                    .any(|((of, owned), _)| (of, owned) == (&schema, &function))
                {
                    self.mistake(
                        &name,
                        format!("no definer owns `{}`", name.get_ref()),
                        "it writes with its caller's rights, which policies bind; name it under `owns` of a role of the kind \"definer\", or leave it out here",
                    );
                }
                for (table_name, rows) in written {
                    let qualified = self.qualify(table_name.get_ref());
                    let is_meant = |table: &Table| {
                        (&table.schema, &table.name) == (&qualified.0, &qualified.1)
                    };
                    let Some(at) = tables.iter().position(is_meant) else {
                        let known = tables.iter().map(|table| table.name.as_str());
                        let hint = suggestion(table_name.get_ref(), known);
                        let message = format!("there is no table `{}`", table_name.get_ref());
                        self.mistake(table_name, message, hint);
                        continue;
                    };
                    let table = &tables[at];
                    let (text, span) = (rows.get_ref(), rows.span());
                    let found = predicate(self, &Columns::of(table), table, text, span);
                    all.extend(found.map(|predicate| Writes {
                        schema: schema.clone(),
                        name: function.clone(),
                        table: at,
                        predicate,
                    }));
                }
            }
        }
        all
    }
}
