//! A system: one deployable schema and everything that belongs to it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::OnceLock;

use super::threads::in_parts;
use super::{Expect, Extension, Migration, ObjectFile, config};
use crate::files::TextFile;
use crate::files::toml::Spanned;
use crate::sql::{Declared, Parsed, Statement};

/// One deployable schema and everything that belongs to it.
#[derive(Debug)]
pub struct System {
    /// Its name: the folder and file name in `sql/ views/ policies/ seeds/`.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// Schemas whose objects the expectations count.
    pub schemas: Vec<String>,
    /// Further schemas of the system, reachable by no client.
    pub private_schemas: Vec<String>,
    /// The column that says whose a row is, in every table of a system that serves several tenants.
    pub tenant: Option<String>,
    /// Systems that must be deployed before.
    pub requires: Vec<String>,
    /// Extensions that the server must have.
    pub extensions: Vec<Extension>,
    /// What `db verify` asserts, each with its place in `workroom.toml`.
    pub expect: Expect,
    /// What `db verify` and `db drift` would find and may be as it is: a check's key or the name of what differs, and the
    /// reason.
    pub accept: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Versioned migrations, ascending.
    pub migrations: Vec<Migration>,
    /// Repeatable objects, by file name.
    pub objects: Vec<ObjectFile>,
    /// `policies/<system>.toml`, if there is one.
    pub policy: Option<TextFile>,
    /// `seeds/<system>.toml`, if there is one.
    pub seeds: Option<TextFile>,
    /// What the files declare, once somebody has asked.
    pub(crate) declared: OnceLock<Declared>,
}

impl System {
    /// What migrations and views declare, read once: the policy file of every other system is looked at with each.
    #[must_use]
    pub fn declares(&self) -> &Declared {
        self.declared.get_or_init(|| {
            type Split<'a> = &'a (dyn Deref<Target = [Statement]> + Sync);
            let migrations = self.migrations.iter();
            let migrations = migrations.map(|one| (&one.file, &one.statements as Split<'_>));
            let objects = self.objects.iter();
            let objects = objects.map(|one| (&one.file, &one.statements as Split<'_>));
            let files: Vec<(&TextFile, Split<'_>)> = migrations.chain(objects).collect();
            let parsed = in_parts(&files, |files| {
                let files = files.iter();
                files.map(|(file, split)| Parsed::of(file, split)).collect()
            });
            let mut declared = Declared::default();
            for ((file, _), parsed) in files.into_iter().zip(parsed) {
                declared.take(file, parsed);
            }
            declared
        })
    }

    /// All schemas of the system, public ones first.
    pub fn all_schemas(&self) -> impl Iterator<Item = &String> {
        self.schemas.iter().chain(&self.private_schemas)
    }

    /// Whether one of the names under `accept` is meant.
    #[must_use]
    pub fn accepts(&self, is_meant: impl Fn(&str) -> bool) -> bool {
        self.accept.keys().any(|name| is_meant(name.get_ref()))
    }

    /// Path and SHA-256 of each migration.
    pub fn fingerprints(&self) -> impl Iterator<Item = (&str, String)> {
        let files = self.migrations.iter();
        let files = files.map(|migration| (&migration.file.path, &migration.sha256));
        files.map(|(path, sha256)| (path.as_str(), sha256.clone()))
    }

    /// A system as `workroom.toml` has it; nothing of its files is read.
    pub(super) fn declared(name: String, entry: config::SystemEntry) -> Self {
        Self {
            name,
            title: entry.title,
            schemas: entry.schemas,
            private_schemas: entry.private_schemas,
            tenant: entry.tenant,
            requires: entry
                .requires
                .into_iter()
                .map(Spanned::into_inner)
                .collect(),
            extensions: entry.extensions,
            expect: entry.expect,
            accept: entry.accept,
            migrations: Vec::new(),
            objects: Vec::new(),
            policy: None,
            seeds: None,
            declared: OnceLock::new(),
        }
    }
}
