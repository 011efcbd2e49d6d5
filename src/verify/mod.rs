//! What should exist against what does: expectations of `workroom.toml`, and rules that hold for every system.
//!
//! Checking is a function of values; it takes no connection. A rule is a file: it looks at a [`Scope`] and
//! answers with one [`Check`], or with none where the system has nothing that the rule speaks of. Where it
//! should have something and has not, the check fails: it must never pass because it looked at nothing.

mod constraints;
mod counts;
mod declared;
mod described;
mod difference;
mod extensions;
mod foreign_keys;
mod functions;
mod grants;
mod indexes;
#[cfg(feature = "manifest")]
mod manifest;
mod row_level_security;
mod schemas;
mod triggers;
mod values;
mod views;

#[cfg(test)]
mod sample;

pub use declared::Declared;
pub use described::{Source, described};
pub use difference::{Change, Difference, Versions, differences};
#[cfg(feature = "manifest")]
pub use manifest::{Manifest, manifest_path};

use crate::catalog::{Catalog, Name, Relation};
use crate::error::Place;
use crate::files::TextFile;
use crate::project::System;
use crate::report::Check;

/// Every rule that yields at most one check, in the order in which they are shown.
const RULES: [fn(&Scope<'_>) -> Option<Check>; 8] = [
    row_level_security::check,
    views::check,
    indexes::check,
    constraints::check,
    foreign_keys::check,
    triggers::check,
    functions::check,
    grants::check,
];

/// Checks one system. `file` is `workroom.toml`, for places; the catalog must hold all schemas of the system
/// and may hold more; `declared` says which objects the project's files create.
#[must_use]
pub fn check(
    system: &System,
    file: &TextFile,
    catalog: &Catalog,
    declared: &Declared,
) -> Vec<Check> {
    let scope = Scope {
        system,
        file,
        catalog,
        declared,
    };
    let mut checks = vec![schemas::check(&scope)];
    checks.extend(extensions::checks(&scope));
    checks.extend(counts::checks(&scope));
    checks.extend(RULES.iter().filter_map(|rule| rule(&scope)));
    for check in checks.iter_mut().filter(|check| !check.passed) {
        if system.accepts(|name| name == check.key) {
            check.passed = true;
            check.found.push_str(", accepted");
            check.details.clear();
            check.hint = None;
        }
    }
    checks
}

/// One system and what is known of it.
struct Scope<'a> {
    system: &'a System,
    file: &'a TextFile,
    catalog: &'a Catalog,
    declared: &'a Declared,
}

impl Scope<'_> {
    /// Whether a name lies in one of the system's schemas, private ones included.
    fn owns(&self, name: &Name) -> bool {
        self.system
            .all_schemas()
            .any(|schema| *schema == name.schema)
    }

    /// Whether the policy file leaves a table as it is, or the table that it is a partition of.
    fn is_unmanaged(&self, table: &Relation) -> bool {
        let unmanaged = &self.declared.unmanaged;
        unmanaged.contains(&table.name)
            || table
                .partition_of
                .as_ref()
                .and_then(|parent| self.catalog.relation(parent))
                .is_some_and(|parent| self.is_unmanaged(parent))
    }

    /// Whether a name lies in a schema whose objects are counted.
    fn counts(&self, name: &Name) -> bool {
        self.system.schemas.contains(&name.schema)
    }

    /// Tables of all schemas of the system, partitions only through their parents.
    fn tables(&self) -> impl Iterator<Item = &Relation> {
        self.catalog.tables().filter(|table| self.owns(&table.name))
    }

    /// Whether the system should have tables, so that finding none is a failure and not an answer.
    fn wants_tables(&self) -> bool {
        is_wanted(self.system.expect.tables.as_ref(), &self.declared.tables)
    }

    /// A rule about what belongs to tables: without any there is nothing to judge, which is a failure where there
    /// should be some.
    fn of_tables(&self, rule: &Rule, check: impl FnOnce() -> Check) -> Option<Check> {
        if self.tables().next().is_some() {
            return Some(check());
        }
        self.wants_tables().then(|| self.every(rule, 0, Vec::new()))
    }

    /// The command that brings the system up to date.
    fn migrate(&self) -> String {
        format!("run `workroom db migrate --system {}`", self.system.name)
    }

    fn place(&self, span: std::ops::Range<usize>) -> Place {
        self.file.place(span)
    }

    /// A check that passes; the other methods make it fail.
    fn passed(&self, key: &str, name: &str, expected: &str, found: String) -> Check {
        Check {
            key: key.to_owned(),
            system: self.system.name.clone(),
            name: name.to_owned(),
            passed: true,
            expected: expected.to_owned(),
            found,
            details: Vec::new(),
            hint: None,
            place: None,
        }
    }

    /// A check that every one of `total` things passes, but for the offenders.
    fn every(&self, rule: &Rule, total: usize, offenders: Vec<String>) -> Check {
        let found = format!("{}/{total}", total.saturating_sub(offenders.len()));
        self.judged(rule, total, found, offenders)
    }

    /// A check that there are no offenders among `total` things.
    fn none(&self, rule: &Rule, total: usize, offenders: Vec<String>) -> Check {
        let found = match offenders.len() {
            0 => "none".to_owned(),
            count => count.to_string(),
        };
        self.judged(rule, total, found, offenders)
    }

    fn judged(&self, rule: &Rule, total: usize, found: String, offenders: Vec<String>) -> Check {
        let mut check = self.passed(rule.key, rule.name, rule.expected, found);
        if total == 0 {
            check.passed = false;
            check.found = format!("no {} to check", rule.subject);
            check.hint = Some(self.migrate());
        } else if !offenders.is_empty() {
            check.passed = false;
            check.details = offenders;
        }
        check
    }
}

/// What a rule says of itself.
struct Rule {
    key: &'static str,
    name: &'static str,
    expected: &'static str,
    /// What it looks at, in the plural.
    subject: &'static str,
}

/// Whether a kind of object is expected or declared.
fn is_wanted<T>(
    expected: Option<&crate::files::toml::Spanned<crate::project::Count>>,
    declared: &Option<T>,
) -> bool
where
    for<'a> &'a T: IntoIterator,
{
    expected.is_some_and(|count| !count.get_ref().holds(0))
        || declared
            .as_ref()
            .is_some_and(|names| names.into_iter().next().is_some())
}

/// Adds the way out to a check that fails with offenders.
fn with_hint(mut check: Check, hint: impl FnOnce() -> String) -> Check {
    if !check.passed && check.hint.is_none() {
        check.hint = Some(hint());
    }
    check
}
