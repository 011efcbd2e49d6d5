//! Checks over the live catalog: what row-level security does not hold, whatever the policy file says.
//!
//! A check is a file in `checks/`: a header (how bad, which pitfall, why, what to do) and a query that returns
//! schema, table, object, message and evidence. All of them travel in one message.

mod checks;
mod pitfall;

use super::accept::AcceptEntry;
use super::model::{Class, Policies, RoleKind};
use crate::database::Rows;
use crate::error::Place;
use crate::files::toml::quoted;
use crate::project::Project;
use crate::project::System;
use crate::report::{Finding, Severity};
use crate::sql::{literal, text_array};
use checks::CHECKS;
pub use pitfall::pitfall;

/// What to look at.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    system: &'a System,
    policies: Option<&'a Policies>,
    project: &'a Project,
    /// Where findings about no table of the policy file are shown.
    elsewhere: Place,
}

/// A check as its header describes it.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its name, which outlives changes of wording.
    pub name: &'static str,
    /// How bad.
    pub severity: Severity,
    /// The pitfalls that it is made after.
    pub after: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
    query: &'static str,
}

/// Every check.
pub fn checks() -> impl Iterator<Item = Check> {
    CHECKS.iter().map(|(name, text)| {
        let header = |key: &str| {
            text.lines()
                .filter_map(|line| line.strip_prefix("--! "))
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
                .unwrap_or_default()
        };
        let start = text
            .match_indices('\n')
            .map(|(at, _)| at + 1)
            .find(|at| !text[*at..].starts_with("--!"))
            .unwrap_or_default();
        Check {
            name,
            severity: match header("level") {
                "error" => Severity::Error,
                "note" => Severity::Note,
                _ => Severity::Warning,
            },
            after: header("after"),
            why: header("why"),
            fix: header("fix"),
            query: &text[start..],
        }
    })
}

impl<'a> Scope<'a> {
    /// A system, with its policy file if it has one.
    #[must_use]
    pub fn new(project: &'a Project, system: &'a System, policies: Option<&'a Policies>) -> Self {
        Self {
            system,
            policies,
            project,
            elsewhere: match policies {
                Some(policies) => policies.file.place(0..0),
                None => project.file.place(0..0),
            },
        }
    }

    /// SQL that runs every check; each row says which one it is of.
    #[must_use]
    pub fn query(&self) -> String {
        // What checks look at is read and compiled once for all of them, in one statement.
        let queries: Vec<String> = checks()
            .enumerate()
            .map(|(at, check)| {
                format!(
                    "select {at}, {}, one.schema::text, one.name::text, one.object::text, one.message::text, one.evidence::text \
                     from ({}) as one (schema, name, object, message, evidence)",
                    literal(check.name),
                    check.query.trim_end()
                )
            })
            .collect();
        // Compiling takes longer than running.
        format!(
            "select set_config('search_path', 'pg_catalog, pg_temp', true), set_config('jit', 'off', true);\n\
             with recursive {},\n{} select rule, schema, name, object, message, evidence from (\n{}\n) \
             as found (at, rule, schema, name, object, message, evidence) order by at, schema, name, object, message;\n",
            self.given(),
            include_str!("common.sql"),
            queries.join("\nunion all\n")
        )
    }

    fn given(&self) -> String {
        let schemas: Vec<&str> = self.system.all_schemas().map(String::as_str).collect();
        let mut trusted = Vec::new();
        let mut listed = Vec::new();
        let mut roles = Vec::new();
        let mut context = Vec::new();
        if let Some(policies) = self.policies {
            roles.extend(
                policies
                    .roles
                    .iter()
                    .map(|role| role.database_role.as_str()),
            );
            context.extend(policies.context.settings());
            let beyond = policies.roles.iter().filter(|role| {
                role.bypass_rls || matches!(role.kind, RoleKind::Definer | RoleKind::Owner)
            });
            trusted.extend(beyond.map(|role| role.database_role.as_str()));
            trusted.extend(policies.kept_grantees.iter().map(String::as_str));
            listed.extend(policies.tables.iter().chain(&policies.unmanaged));
        }
        let class = |class: Class| match class {
            Class::Tenant => "tenant",
            Class::Global => "global",
            Class::Public => "public",
            Class::System => "system",
            Class::Exempt => "exempt",
            Class::Unmanaged => "unmanaged",
        };
        format!(
            "given (schemas, project, roles, context, settings, has_file, names_clock, trusted, listed_schemas, listed_names, listed_tenants, listed_classes, tenant) \
             as materialized (select {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}::text)",
            text_array(schemas),
            text_array(self.project.schemas()),
            text_array(roles),
            text_array(&context),
            text_array(
                settings_in(&self.texts()).chain(context.iter().map(|name| name.to_lowercase()))
            ),
            self.policies.is_some(),
            names_clock(
                &self
                    .policies
                    .map_or_else(String::new, |policies| policies.file.text.to_string())
            ),
            text_array(trusted),
            text_array(listed.iter().map(|table| table.schema.as_str())),
            text_array(listed.iter().map(|table| table.name.as_str())),
            text_array(listed.iter().map(|table| match table.class {
                Class::Tenant => table.tenant.as_deref().unwrap_or_default(),
                _ => "",
            })),
            text_array(listed.iter().map(|table| class(table.class))),
            self.system
                .tenant
                .as_deref()
                .map_or("null".to_owned(), literal)
        )
    }

    /// The system's own files: what they ask for, conditions may depend on.
    fn texts(&self) -> String {
        let policies = self.policies.map(|policies| &policies.file);
        let migrations = self.system.migrations.iter().map(|one| &one.file);
        let objects = self.system.objects.iter().map(|one| &one.file);
        let files = policies.into_iter().chain(migrations).chain(objects);
        files
            .map(|file| file.text.to_string())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Reads the results of [`Scope::query`]. What the policy file accepts with the right fingerprint is left
    /// out; an entry that accepts nothing is a finding of its own.
    #[must_use]
    pub fn read(&self, results: &[Rows]) -> Vec<Finding> {
        let all: Vec<Check> = checks().collect();
        let mut used = Vec::new();
        let mut findings = Vec::new();
        for row in results.iter().flatten() {
            let [
                Some(rule),
                Some(schema),
                Some(name),
                Some(object),
                Some(message),
                evidence,
            ] = row.as_slice()
            else {
                continue;
            };
            let Some(check) = all.iter().find(|check| check.name == rule) else {
                continue;
            };
            let id = format!("{rule}:{object}");
            let print = print_of(
                rule,
                object,
                message,
                evidence.as_deref().unwrap_or_default(),
            );
            if self.system.accepts(|name| name == id || name == rule) {
                continue;
            }
            let mut details = vec![check.why.to_owned()];
            match self.accepted(&id) {
                Some((at, accepted)) => {
                    used.push(at);
                    if accepted == print {
                        continue;
                    }
                    details.push(format!(
                        "it was accepted as {accepted} and has changed since: it is {print} now"
                    ));
                }
                None => details.push(format!(
                    "to accept it: [[accept]] id = {}, fingerprint = \"{print}\", and a reason",
                    quoted(&id)
                )),
            }
            if check.after != "none" {
                details.push(format!("after {}", check.after));
            }
            findings.push(Finding {
                rule: rule.clone(),
                severity: check.severity,
                message: format!("{object}: {message}"),
                details,
                hint: Some(check.fix.replace("{object}", object)),
                fixable: false,
                documentation: "docs/policies.md".to_owned(),
                place: self.place(schema, name),
            });
        }
        findings.extend(self.unused(&used));
        findings.sort_by_key(|finding| finding.severity);
        findings
    }

    fn accepted(&self, id: &str) -> Option<(usize, &'a str)> {
        let accept = &self.policies?.accept;
        let at = accept.iter().position(|entry| entry.id.get_ref() == id)?;
        Some((at, accept[at].fingerprint.as_str()))
    }

    fn unused(&self, used: &[usize]) -> Vec<Finding> {
        let Some(policies) = self.policies else {
            return Vec::new();
        };
        let ours = |id: &str| {
            checks().any(|check| {
                id.strip_prefix(check.name)
                    .is_some_and(|rest| rest.starts_with(':'))
            })
        };
        let unused = policies.accept.iter().enumerate();
        unused
            .filter(|(at, entry)| !used.contains(at) && ours(entry.id.get_ref()))
            .map(|(_, entry)| Finding {
                rule: "unused-accept".to_owned(),
                severity: Severity::Warning,
                message: format!("{} is accepted and was not found", entry.id.get_ref()),
                details: vec!["an entry that accepts nothing would hide the next one".to_owned()],
                hint: Some("remove the entry".to_owned()),
                fixable: false,
                documentation: "docs/policies.md".to_owned(),
                place: policies.place(&entry.id.span()),
            })
            .collect()
    }

    fn place(&self, schema: &str, name: &str) -> Place {
        let table = self.policies.and_then(|policies| {
            let tables = &policies.tables;
            let table = tables
                .iter()
                .find(|table| table.schema == schema && table.name == name)?;
            Some(policies.place(&table.span))
        });
        table.unwrap_or_else(|| self.elsewhere.clone())
    }
}

/// The names that a text gives to `current_setting`.
fn settings_in(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split("current_setting(").skip(1).filter_map(|rest| {
        let (name, _) = rest.trim_start().strip_prefix('\'')?.split_once('\'')?;
        Some(name.replace('"', "").to_lowercase())
    })
}

/// Whether a text speaks of the time of day.
fn names_clock(text: &str) -> bool {
    let words = [
        "now(",
        "_timestamp",
        "timeofday(",
        "current_date",
        "current_time",
        "localtime",
    ];
    let text = text.to_lowercase();
    words.iter().any(|word| text.contains(word))
}

/// Changes when what was accepted does.
fn print_of(rule: &str, object: &str, message: &str, evidence: &str) -> String {
    AcceptEntry::print_of(&[rule, object, message, evidence].join("\u{1f}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_says_how_bad_it_is_why_and_what_to_do() {
        for check in checks() {
            for text in [check.after, check.why, check.fix] {
                assert!(!text.is_empty(), "{}", check.name);
            }
            assert!(
                check.query.trim_start().starts_with(['s', 'w']),
                "{}",
                check.name
            );
        }
    }
}
