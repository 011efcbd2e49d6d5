//! Looking up what a policy file names: tables, views, functions and roles.

use std::collections::BTreeSet;

use super::model::{Granted, RoleIndex, RoleKind};
use super::resolver::Resolver;
use super::spec::{ByNames, Named};
use crate::files::TextFile;
use crate::files::suggest::suggestion;
use crate::sql::QualifiedName;

impl Resolver<'_> {
    /// `name` or `schema.name`.
    pub(super) fn qualify(&self, name: &str) -> QualifiedName {
        match name.split_once('.') {
            Some((schema, name)) => (schema.to_owned(), name.to_owned()),
            None => (self.schema.clone(), name.to_owned()),
        }
    }

    /// As people write it: without the schema where that is the file's own.
    fn short(&self, (schema, name): &QualifiedName) -> String {
        if *schema == self.schema {
            name.clone()
        } else {
            format!("{schema}.{name}")
        }
    }

    pub(super) fn suggest<'a>(
        &self,
        name: &str,
        known: impl Iterator<Item = &'a QualifiedName>,
    ) -> String {
        let known: Vec<String> = known.map(|name| self.short(name)).collect();
        suggestion(name, known.iter().map(String::as_str))
    }

    pub(super) fn granted(
        &mut self,
        entries: &ByNames<Vec<Named>>,
        find: impl Fn(&mut Self, &Named) -> Option<QualifiedName>,
    ) -> Vec<Granted> {
        let mut entries: Vec<_> = entries.iter().collect();
        entries.sort_by_key(|(names, _)| names.span().start);
        let mut granted: Vec<Granted> = Vec::new();
        for (names, roles) in entries {
            let roles = self.roles_in_list(roles);
            for name in split_names(self.file, names) {
                let Some((schema, found)) = find(self, &name) else {
                    continue;
                };
                let twin = granted
                    .iter_mut()
                    .find(|other| other.schema == schema && other.name == found);
                match twin {
                    Some(twin) => twin.roles.extend(&roles),
                    None => granted.push(Granted {
                        schema,
                        name: found,
                        roles: roles.clone(),
                        span: name.span(),
                    }),
                }
            }
        }
        granted
    }

    pub(super) fn view(&mut self, name: &Named) -> Option<QualifiedName> {
        let found = self.qualify(name.get_ref());
        if self.declared.views.contains(&found) {
            return Some(found);
        }
        let hint = self.suggest(name.get_ref(), self.declared.views.iter());
        let message = format!("there is no view `{}`", name.get_ref());
        self.mistake(name, message, hint);
        None
    }

    /// A function of the system, `name` or, where several share the name, `name(type, type)`.
    pub(super) fn function(&mut self, name: &Named) -> Option<QualifiedName> {
        let text = name.get_ref();
        let (bare, arguments) = match text.split_once('(') {
            Some((bare, arguments)) => (bare.trim(), Some(arguments)),
            None => (text.as_str(), None),
        };
        let found = self.qualify(bare);
        match (self.declared.functions.get(&found), arguments) {
            (None, _) => {
                let hint = self.suggest(bare, self.declared.functions.keys());
                self.mistake(name, format!("there is no function `{bare}`"), hint);
                None
            }
            (Some(1), _) => Some(found),
            (Some(_), Some(arguments)) => {
                let arguments: Vec<_> = arguments
                    .trim_end_matches(')')
                    .split(',')
                    .map(str::trim)
                    .collect();
                Some((found.0, format!("{}({})", found.1, arguments.join(", "))))
            }
            (Some(count), None) => {
                let message = format!("there are {count} functions called `{bare}`");
                self.mistake(
                    name,
                    message,
                    format!("say which one by its argument types: \"{bare}(uuid, integer)\""),
                );
                None
            }
        }
    }

    pub(super) fn external(&mut self, name: &Named) -> Option<QualifiedName> {
        let text = name.get_ref();
        let found = text.split_once('(').and_then(|(name, arguments)| {
            let (schema, name) = name.trim().split_once('.')?;
            arguments
                .ends_with(')')
                .then(|| (schema.to_owned(), format!("{name}({arguments}")))
        });
        if found.is_none() {
            self.mistake(
                name,
                format!("`{text}` does not say which function is meant"),
                "write its schema and its argument types: \"auth.uid()\"",
            );
        }
        found
    }

    /// A list of roles; `*` is every application role and the shared one.
    pub(super) fn roles_in_list(&mut self, names: &[Named]) -> BTreeSet<RoleIndex> {
        let mut roles = BTreeSet::new();
        for name in names {
            if name.get_ref() == "*" {
                let all = self.roles.iter().enumerate().filter(|(_, role)| {
                    matches!(role.kind, RoleKind::Application | RoleKind::Shared)
                });
                roles.extend(all.map(|(at, _)| at));
            } else {
                roles.extend(self.role(name));
            }
        }
        roles
    }

    /// A role by its name.
    pub(super) fn role(&mut self, name: &Named) -> Option<RoleIndex> {
        let found = self
            .roles
            .iter()
            .position(|role| role.name == *name.get_ref());
        if found.is_none() {
            let known = self.roles.iter().map(|role| role.name.as_str());
            let hint = suggestion(name.get_ref(), known);
            self.mistake(name, format!("there is no role `{}`", name.get_ref()), hint);
        }
        found
    }
}

/// `"a, b"` as its names, each with its own place.
pub(super) fn split_names(file: &TextFile, names: &Named) -> Vec<Named> {
    let span = names.span();
    let source = file.text.get(span.clone()).unwrap_or_default();
    // The types of a function's arguments stand in parentheses.
    let mut depth = 0;
    names
        .get_ref()
        .split(|letter| {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            letter == ',' && depth == 0
        })
        .map(str::trim)
        .map(|name| {
            // The text in the file may be quoted or escaped; where the name is not found, all of it is meant.
            let place = source
                .match_indices(name)
                .find(|(at, _)| {
                    let before = source[..*at].chars().next_back();
                    let after = source[at + name.len()..].chars().next();
                    let part = |letter: Option<char>| {
                        letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
                    };
                    !part(before) && !part(after)
                })
                .map_or(span.clone(), |(at, _)| {
                    span.start + at..span.start + at + name.len()
                });
            Named::new(place, name.to_owned())
        })
        .collect()
}
