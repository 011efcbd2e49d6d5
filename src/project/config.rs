//! `workroom.toml` as written: the shape of the file, checked for what can be checked without other files.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::count::Count;
use super::environment::{self, Environment};
use crate::error::Error;
use crate::files::TextFile;
use crate::files::toml::Spanned;
use crate::sql::cut_off;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    pub(super) project: ProjectEntry,
    #[serde(default)]
    pub(super) systems: BTreeMap<Spanned<String>, SystemEntry>,
    #[serde(default)]
    pub(super) lint: Lint,
    #[serde(default)]
    pub(super) environments: BTreeMap<Spanned<String>, Environment>,
    pub(super) fleet: Option<super::Fleet>,
}

/// What `workroom lint` leaves out everywhere in the project.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lint {
    /// Rules that do not apply to this project, each with the reason.
    #[serde(default)]
    pub allow: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Systems whose first migrations are left out, since they were applied before anybody linted them.
    #[serde(default)]
    pub applied: BTreeMap<Spanned<String>, Applied>,
}

/// Migrations that were applied before anybody linted them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applied {
    /// The last of them.
    pub to: i64,
    /// Why they are left out.
    pub reason: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProjectEntry {
    pub(super) name: String,
    pub(super) default_system: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SystemEntry {
    pub(super) title: String,
    pub(super) schemas: Vec<String>,
    #[serde(default)]
    pub(super) private_schemas: Vec<String>,
    pub(super) tenant: Option<String>,
    #[serde(default)]
    pub(super) requires: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) extensions: Vec<Extension>,
    #[serde(default)]
    pub(super) expect: Expect,
    #[serde(default)]
    pub(super) accept: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// What `db verify` asserts. An absent count is not asserted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Tables, partitions not counted.
    pub tables: Option<Spanned<Count>>,
    /// Plain views.
    pub views: Option<Spanned<Count>>,
    /// Materialized views.
    pub materialized_views: Option<Spanned<Count>>,
    /// Functions and procedures that no extension owns.
    pub functions: Option<Spanned<Count>>,
    /// Indexes, those of constraints included.
    pub indexes: Option<Spanned<Count>>,
    /// Row-level-security policies.
    pub policies: Option<Spanned<Count>>,
    /// Which tables must have row-level security enabled and forced.
    pub row_level_security: Option<Spanned<RowLevelSecurity>>,
}

/// Which tables must have row-level security enabled and forced.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum RowLevelSecurity {
    /// Every table of the system.
    #[serde(rename = "every table")]
    EveryTable,
}

/// An extension with the least version that will do: `vector` or `vector >= 0.5`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Extension {
    /// Its name in `pg_available_extensions`.
    pub name: String,
    /// The least version, if one is asked for.
    pub at_least: Option<String>,
}

impl TryFrom<String> for Extension {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (name, at_least) = match text.split_once(">=") {
            Some((name, version)) => (name.trim(), Some(version.trim().to_owned())),
            None => (text.trim(), None),
        };
        let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
        let is_version = at_least
            .as_deref()
            .is_none_or(|version| version.starts_with(|first: char| first.is_ascii_digit()));
        if is_name && is_version {
            Ok(Self {
                name: name.to_owned(),
                at_least,
            })
        } else {
            Err(format!(
                "an extension is a name, or a name with the least version, such as \"vector >= 0.5\"; not {text:?}"
            ))
        }
    }
}

impl Extension {
    /// Whether an installed or available version is new enough. Versions compare number by number.
    #[must_use]
    pub fn accepts(&self, version: &str) -> bool {
        let numbers = |text: &str| -> Vec<u64> {
            text.split(|part: char| !part.is_ascii_digit())
                .map(|part| part.parse().unwrap_or(0))
                .collect()
        };
        self.at_least
            .as_deref()
            .is_none_or(|least| numbers(version) >= numbers(least))
    }
}

impl Config {
    /// Mistakes that show in this file alone.
    pub(super) fn mistakes(&self, file: &TextFile) -> Vec<Error> {
        let mut mistakes = environment::mistakes(&self.environments, file);
        if let Some(default) = &self.project.default_system
            && !self
                .systems
                .keys()
                .any(|name| name.get_ref() == default.get_ref())
        {
            mistakes.push(
                Error::project(format!(
                    "default_system `{}` is not a system",
                    default.get_ref()
                ))
                .at(file.place(default.span()))
                .hint(format!("name one of: {}", self.names())),
            );
        }
        for (name, applied) in &self.lint.applied {
            let is_known = self
                .systems
                .keys()
                .any(|known| known.get_ref() == name.get_ref());
            if !is_known {
                mistakes.push(
                    Error::project(format!(
                        "[lint.applied] names `{}`, which is no system",
                        name.get_ref()
                    ))
                    .at(file.place(name.span()))
                    .hint(format!("name one of: {}", self.names())),
                );
            }
            if applied.reason.get_ref().trim().is_empty() {
                mistakes.push(
                    Error::project(format!(
                        "migrations of `{}` are left out without a reason",
                        name.get_ref()
                    ))
                    .at(file.place(applied.reason.span()))
                    .hint("say why nobody looks at them"),
                );
            }
        }
        if self.systems.is_empty() {
            mistakes.push(
                Error::project(format!("{} declares no system", file.path))
                    .at(file.place(0..0))
                    .hint("add a [systems.<name>] section with `title` and `schemas`"),
            );
        }
        for (name, entry) in &self.systems {
            if !is_system_name(name.get_ref()) {
                mistakes.push(
                    Error::project(format!("`{}` cannot be a system's name", name.get_ref()))
                        .at(file.place(name.span()))
                        .because("a system's name is lower_snake_case: it names folders, a history table and a lock")
                        .hint("rename it, and its folders and files with it"),
                );
            }
            for (what, reason) in &entry.accept {
                if reason.get_ref().trim().is_empty() {
                    mistakes.push(
                        Error::project(format!(
                            "`{}` is accepted without a reason",
                            what.get_ref()
                        ))
                        .at(file.place(reason.span()))
                        .hint("write why it may be as it is"),
                    );
                }
            }
            for why in entry
                .schemas
                .iter()
                .chain(&entry.private_schemas)
                .filter_map(|name| cut_off(name))
            {
                mistakes.push(
                    Error::project(format!(
                        "a schema of system `{}` has a name that is too long",
                        name.get_ref()
                    ))
                    .at(file.place(name.span()))
                    .because(why)
                    .hint("choose a shorter name"),
                );
            }
            if entry.schemas.is_empty() {
                mistakes.push(
                    Error::project(format!("system `{}` has no schema", name.get_ref()))
                        .at(file.place(name.span()))
                        .hint("set `schemas = [\"…\"]`: the schemas that its migrations create"),
                );
            }
        }
        mistakes
    }

    pub(super) fn names(&self) -> String {
        let names: Vec<_> = self
            .systems
            .keys()
            .map(|name| name.get_ref().as_str())
            .collect();
        names.join(", ")
    }
}

/// The text of a `workroom.toml` with only the named systems' sections, and this one as the default.
#[must_use]
pub fn excerpt(file: &TextFile, default: &str, names: &[&str]) -> String {
    let mut kept = String::new();
    let mut keep = true;
    for line in file.text.split_inclusive('\n') {
        if let Some(header) = line.strip_prefix('[') {
            let system = header
                .strip_prefix("systems.")
                .and_then(|rest| rest.split(['.', ']']).next());
            keep = system.is_none_or(|system| names.contains(&system));
        }
        if keep && line.starts_with("default_system") {
            kept.push_str(&format!("default_system = \"{default}\"\n"));
        } else if keep {
            kept.push_str(line);
        }
    }
    kept
}

/// At most 40 characters, since `history_<system>` and its constraints must fit into 63 bytes.
fn is_system_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|part| part.is_ascii_lowercase() || part.is_ascii_digit() || part == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_whose_name_the_server_would_cut_is_a_mistake() {
        let [fits, long] = [63, 64].map(|length| "é".repeat(31) + &"x".repeat(length - 62));
        let text = format!(
            "[project]\nname = 'x'\n[systems.shop]\ntitle = 'Shop'\nschemas = ['{fits}']\nprivate_schemas = ['{long}']\n"
        );
        let file = TextFile::new("workroom.toml", text);
        let config: Config = crate::files::toml::read(&file).unwrap();
        let mistakes = config.mistakes(&file);
        assert_eq!(mistakes.len(), 1);
        assert!(mistakes[0].causes[0].contains(&long), "{mistakes:?}");
    }

    #[test]
    fn extension_versions_compare_number_by_number() {
        let extension = Extension::try_from("vector >= 0.8".to_owned()).unwrap();
        assert!(extension.accepts("0.10.1"));
        assert!(!extension.accepts("0.7.4"));
        assert!(Extension::try_from("vector > 1".to_owned()).is_err());
    }
}
