//! The `workroom.toml` of a project that was adopted.

use std::collections::BTreeMap;
use std::path::Path;

use super::detect::Detected;
use super::ground::Ground;
use crate::commands::db::import::Prepared;
use crate::files::toml::{key, quoted};

/// What stands in it.
pub(super) struct ProjectFile {
    name: String,
    system: String,
    schemas: Vec<String>,
    /// Extensions of the database; those that the files speak of become the system's.
    installed: Vec<String>,
    extensions: Vec<String>,
    /// Who was there before.
    before: String,
    /// The last version that was taken over.
    last: Option<i64>,
    /// Checks of `db verify`, each with the reason.
    checks: BTreeMap<String, String>,
    /// Rules of `lint`, each with the reason.
    rules: BTreeMap<String, String>,
}

impl ProjectFile {
    /// Without what is found later.
    pub(super) fn new(
        folder: &Path,
        system: &str,
        ground: &Ground,
        detected: Option<&Detected>,
    ) -> Self {
        Self {
            name: last_part(folder),
            system: system.to_owned(),
            schemas: ground.schemas.clone(),
            installed: ground.extensions.clone(),
            extensions: Vec::new(),
            before: detected.map_or_else(
                || "the database".to_owned(),
                |detected| detected.tool.to_string(),
            ),
            last: None,
            checks: BTreeMap::new(),
            rules: BTreeMap::new(),
        }
    }

    /// Takes over what the files say.
    pub(super) fn take(&mut self, prepared: &Prepared) {
        self.last = Some(prepared.last());
        let creates = |name: &String| {
            prepared.files().iter().any(|(_, text)| {
                let text = text.to_ascii_lowercase();
                text.contains("create extension") && text.contains(name.as_str())
            })
        };
        self.extensions = self
            .installed
            .iter()
            .filter(|name| creates(name))
            .cloned()
            .collect();
    }

    /// Accepts what a check found.
    pub(super) fn accept(&mut self, check: &str, found: &str) {
        let reason = format!("as {} left it: {found}", self.before);
        self.checks.insert(check.to_owned(), reason);
    }

    /// Leaves out a rule that found something in repeatable objects.
    pub(super) fn allow(&mut self, rule: &str, count: usize) {
        let reason = format!("as {} left it: {count} findings", self.before);
        self.rules.insert(rule.to_owned(), reason);
    }

    /// What is accepted, a line each.
    pub(super) fn accepted(&self) -> Vec<String> {
        let all = self.checks.iter().chain(&self.rules);
        all.map(|(what, reason)| format!("{what}: {reason}"))
            .collect()
    }

    /// The file.
    pub(super) fn text(&self) -> String {
        let list = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            format!("[{}]", names.join(", "))
        };
        let system = &self.system;
        let mut text = format!(
            "[project]\nname = {}\ndefault_system = {}\n\n[systems.{system}]\ntitle = {}\nschemas = {}\n",
            quoted(&self.name),
            quoted(system),
            quoted(&self.name),
            list(&self.schemas)
        );
        if !self.extensions.is_empty() {
            text.push_str(&format!("extensions = {}\n", list(&self.extensions)));
        }
        let entries = |all: &BTreeMap<String, String>| -> String {
            let lines = all
                .iter()
                .map(|(name, reason)| format!("{} = {}\n", key(name), quoted(reason)));
            lines.collect()
        };
        if !self.checks.is_empty() {
            text.push_str(&format!(
                "\n# What `workroom db verify` found on the first day. Mend it, and take the line away.\n[systems.{system}.accept]\n{}",
                entries(&self.checks)
            ));
        }
        if let Some(last) = self.last {
            text.push_str(&format!(
                "\n# What was there before is linted by `workroom lint --after 0` alone.\n[lint.applied.{system}]\nto = {last}\nreason = {}\n",
                quoted(&format!("taken over from {}", self.before))
            ));
        }
        if !self.rules.is_empty() {
            text.push_str(&format!("\n[lint.allow]\n{}", entries(&self.rules)));
        }
        text
    }
}

/// What the folder is called.
fn last_part(folder: &Path) -> String {
    let folder = folder
        .canonicalize()
        .unwrap_or_else(|_| folder.to_path_buf());
    let name = folder.file_name().and_then(|name| name.to_str());
    name.unwrap_or("project").to_owned()
}

/// A name for the system: that of the folder in lower_snake_case.
pub(super) fn system_name(folder: &Path) -> String {
    let mut name = String::new();
    for letter in last_part(folder).chars() {
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    name.truncate(40);
    let name = name.trim_end_matches('_');
    if name.starts_with(|first: char| first.is_ascii_lowercase()) {
        name.to_owned()
    } else {
        "app".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_name_to_the_system() {
        assert_eq!(system_name(Path::new("/nowhere/My Shop-2")), "my_shop_2");
        assert_eq!(system_name(Path::new("/nowhere/2026")), "app");
    }
}
