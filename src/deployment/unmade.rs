//! Migrations that use a repeatable object: here it is there from an earlier run, on a new database it is not, since
//! repeatable objects come after all migrations.

use super::Part;
use crate::error::Error;
use crate::objects::Definition;
use crate::project::Migration;
use crate::sql::{Statement, catalog_name};

impl Part<'_> {
    /// What the pending migrations use although only a file of `views/` makes it, a sentence each.
    #[must_use]
    pub fn uses_of_objects(&self) -> Vec<String> {
        let pending = self.migrations.pending.iter();
        let uses = pending.flat_map(|migration| {
            let objects = self.objects.iter().map(move |object| (migration, object));
            objects.filter(|(migration, object)| self.is_unmade(migration, object))
        });
        uses.map(|(migration, object)| {
            let (name, path) = (object.qualified(), &object.object.file.path);
            format!(
                "{} uses {name}, which only {path} makes: on a new database that comes after all migrations, and this \
                 one fails; move what needs it into that file, or create {name} in a migration, too",
                migration.label(),
            )
        })
        .collect()
    }

    /// Whether a migration uses an object that no migration up to it mentions otherwise.
    fn is_unmade(&self, migration: &Migration, object: &Definition<'_>) -> bool {
        let uses = |migration: &Migration, which: fn(&Statement) -> bool| {
            let mut statements = migration.statements.iter();
            statements.any(|one| which(one) && mentions(migration, one, object))
        };
        // A text is enough to be silent about: whoever mentions the object in an earlier migration may have made it.
        let may_be_made = |earlier: &&Migration| earlier.file.text.contains(&object.name);
        let all = self.system.migrations.iter();
        let mut earlier = all.filter(|one| one.version < migration.version);
        uses(migration, needs)
            && !uses(migration, |one| !needs(one))
            && !earlier.any(|one| may_be_made(&one))
    }

    /// Adds to the error of a migration which object of `views/` it may have missed.
    pub(super) fn with_missed_object(&self, migration: &Migration, error: Error) -> Error {
        // undefined_function, undefined_table, undefined_object.
        if !matches!(error.code.as_deref(), Some("42883" | "42P01" | "42704")) {
            return error;
        }
        let missed = self.objects.iter().find(|object| {
            error.causes.iter().any(|cause| {
                let mut words = cause.split(|part: char| !part.is_alphanumeric() && part != '_');
                words.any(|word| word == object.name)
            })
        });
        match missed {
            Some(object) => error.hint(format!(
                "{} makes {}, after all migrations: move what needs it in {} into that file",
                object.object.file.path,
                object.qualified(),
                migration.label()
            )),
            None => error,
        }
    }
}

/// Whether a statement needs what it names to be there, instead of making, changing or dropping it.
fn needs(statement: &Statement) -> bool {
    let first = statement.words.first().map(String::as_str);
    let makes = ["view", "function", "procedure"].iter().any(|kind| {
        statement.starts_with(&["create", kind])
            || statement.starts_with(&["create", "or", "replace", kind])
            || statement.starts_with(&["alter", kind])
    });
    !makes && !matches!(first, Some("drop" | "comment" | "grant" | "revoke" | "do"))
}

/// Whether `schema.name` of an object stands in a statement.
fn mentions(migration: &Migration, statement: &Statement, object: &Definition<'_>) -> bool {
    let text = &migration.file.text;
    let is = |at: usize, name: &str| {
        let token = statement.tokens.get(at);
        token.is_some_and(|token| catalog_name(&text[token.span.clone()]) == name)
    };
    (0..statement.tokens.len().saturating_sub(2)).any(|at| {
        is(at, &object.schema)
            && &text[statement.tokens[at + 1].span.clone()] == "."
            && is(at + 2, &object.name)
    })
}
