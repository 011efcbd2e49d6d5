//! A rendering as text: for review, for one role, and compared with the one that is kept in the repository.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::facts::Kind;
use super::render::dollar;
use super::statement::{RenderedStatement, Section};
use super::statements::RenderedPolicies;
use crate::error::{self, Error, Place, Result};
use crate::files::Tree;
use crate::files::suggest::suggestion;
use crate::sql::{identifier, qualified, text_array};

/// Where a kept rendering differs from the policy file.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The first line that differs, or the whole file when there is none.
    pub place: Place,
    /// What the policy file says there; empty after the end.
    pub expected: String,
    /// What the kept rendering says there; `None` when there is no such file.
    pub found: Option<String>,
}

/// Where a system's rendering is kept, if the project keeps one.
#[must_use]
pub fn kept_path(system: &str) -> String {
    format!("policies/rendered/{system}.sql")
}

impl RenderedPolicies {
    /// All of it as a script for psql, which can be run again and again.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "-- Roles, grants and policies of system {}, rendered from {} by `workroom policy render`.\n\
             -- `workroom db migrate` applies what differs; by hand: psql --file {}\n\
             begin;\n\
             set local search_path = pg_catalog, pg_temp;\n\
             set local client_min_messages = warning;\n",
            self.policies.system,
            self.policies.file.path,
            kept_path(&self.policies.system),
        );
        write_statements(&mut text, self.statements.iter());
        text.push_str(
            "\n-- What others have here: by default privileges of a platform, or by hand\n",
        );
        text.push_str(&self.closing_to_strangers());
        text.push_str("\ncommit;\n");
        text
    }

    /// What a comparison with the database finds and a script cannot know beforehand, as a block: it takes away what roles
    /// have in these schemas whom no policy file of the project names.
    fn closing_to_strangers(&self) -> String {
        let policies = &self.policies;
        let own = policies.roles.iter().map(|role| &role.database_role);
        let others = self.tolerated.iter().map(|key| &key.detail);
        let kept = own.chain(&policies.kept_grantees).chain(others);
        let kept: BTreeSet<&String> = kept.collect();
        let schemas = policies.schemas.iter();
        let whole = schemas.filter(|schema| !policies.is_partly_managed(schema));
        let body = include_str!("strangers.sql")
            .replace("{{schemas}}", &text_array(whole))
            .replace("{{kept}}", &text_array(kept));
        // Names may hold whatever would end a body.
        format!("do {};\n", dollar(&body))
    }

    /// What concerns one role, by its name in the policy file or in the database: its grants, the policies made
    /// out to it, and the floors that bind it.
    ///
    /// # Errors
    /// When there is no such role.
    pub fn text_of_role(&self, name: &str) -> Result<String> {
        let roles = &self.policies.roles;
        let role = roles
            .iter()
            .find(|role| role.name == name || role.database_role == name)
            .ok_or_else(|| {
                let known = roles.iter().map(|role| role.name.as_str());
                Error::new(
                    error::Kind::Usage,
                    format!("there is no role `{name}` in {}", self.policies.file.path),
                )
                .hint(suggestion(name, known))
            })?;
        let mut text = format!(
            "-- What concerns the role {} in system {}, rendered from {}.\n",
            identifier(&role.database_role),
            self.policies.system,
            self.policies.file.path
        );
        let concerning = self
            .statements
            .iter()
            .filter(|statement| statement.roles.contains(&role.database_role));
        write_statements(&mut text, concerning);
        Ok(text)
    }

    /// Compares with the rendering that the project keeps; `None` when they are the same.
    ///
    /// # Errors
    /// When the kept file cannot be read.
    pub fn check(&self, tree: &Tree) -> Result<Option<Difference>> {
        let path = kept_path(&self.policies.system);
        let text = self.text();
        if !tree.exists(&path) {
            return Ok(Some(Difference {
                place: Place::file(path),
                expected: String::new(),
                found: None,
            }));
        }
        let kept = tree.read(&path)?;
        let mut start = 0;
        let mut lines = text.lines();
        for found in kept.text.lines() {
            let expected = lines.next();
            if expected != Some(found) {
                return Ok(Some(Difference {
                    place: kept.place(start..start + found.len()),
                    expected: expected.unwrap_or_default().to_owned(),
                    found: Some(found.to_owned()),
                }));
            }
            start += found.len() + 1;
        }
        Ok(lines.next().map(|expected| Difference {
            place: kept.place(start..start),
            expected: expected.to_owned(),
            found: Some(String::new()),
        }))
    }
}

fn write_statements<'a>(
    text: &mut String,
    statements: impl Iterator<Item = &'a RenderedStatement>,
) {
    let mut section: Option<Section> = None;
    for statement in statements.filter(|statement| !statement.sql.is_empty()) {
        if section != Some(statement.section) {
            section = Some(statement.section);
            let _ = write!(text, "\n-- {}\n", statement.section.heading());
        }
        // A policy cannot be replaced in place.
        for key in statement
            .facts
            .keys()
            .filter(|key| key.kind == Kind::Policy)
        {
            let _ = writeln!(
                text,
                "drop policy if exists {} on {};",
                identifier(&key.detail),
                qualified(&key.schema, &key.name)
            );
        }
        text.push_str(&statement.sql);
        text.push('\n');
    }
}
