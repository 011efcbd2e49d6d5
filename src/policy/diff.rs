//! The difference between a database and its policy file for people: what would be sent, and which of it opens
//! something that was closed.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::facts::{Facts, Key, Kind, PUBLIC};
use super::live::{Live, Verdict};
use super::plan::{PlannedStatement, due, plan};
use super::statement::{RenderedStatement, Section};
use super::statements::RenderedPolicies;
use crate::catalog::{Catalog, Policy};
use crate::error::{Error, Result};

/// What would change.
#[derive(Debug, Default)]
pub struct Diff {
    /// What would be sent, in order.
    pub changes: Vec<Change>,
    /// What somebody has to decide or to correct.
    pub mistakes: Vec<Error>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// One statement that would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// In words.
    pub what: String,
    /// The SQL.
    pub sql: String,
    /// How it lets somebody do more than before; none for what only closes or keeps.
    pub dangers: Vec<String>,
}

/// Compares. `before` holds the system's schemas as they are.
///
/// # Errors
/// When the plan cannot be made at all.
pub fn diff(rendered: &RenderedPolicies, live: &Live, before: &Catalog) -> Result<Diff> {
    if live.verdict != Verdict::Differs {
        return Ok(Diff::default());
    }
    let plan = plan(rendered, live);
    if plan.is_blocked {
        Error::all(plan.mistakes.clone())?;
    }
    let made: BTreeSet<&Key> = plan
        .statements
        .iter()
        .filter_map(|planned| planned.rendered)
        .flat_map(|at| rendered.statements[at].facts.keys())
        .collect();
    let changes = plan.statements.iter().map(|planned| Change {
        what: planned.what.clone(),
        sql: planned.sql.clone(),
        dangers: dangers(planned, rendered, live, before, &made),
    });
    Ok(Diff {
        changes: changes.collect(),
        mistakes: plan.mistakes,
        notes: plan.notes,
    })
}

impl Diff {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.mistakes.is_empty()
    }

    /// The difference, once nothing stands in the way.
    ///
    /// # Errors
    /// With everything that the database has and workroom did not make.
    pub fn decided(mut self) -> Result<Self> {
        Error::all(std::mem::take(&mut self.mistakes))?;
        Ok(self)
    }

    /// The statements, each under a comment that says what it is for and what it opens.
    #[must_use]
    pub fn sql(&self) -> String {
        let mut text = String::new();
        for change in &self.changes {
            let _ = writeln!(text, "-- {}", change.what.replace('\n', " "));
            for danger in &change.dangers {
                let _ = writeln!(text, "-- DANGEROUS: {}", danger.replace('\n', " "));
            }
            let _ = writeln!(text, "{}\n", change.sql);
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// The difference as a migration for review.
    #[must_use]
    pub fn migration(&self, rendered: &RenderedPolicies) -> String {
        format!(
            "-- Policies and grants of system {}, as {} says.\n\
             -- Written by `workroom policy render --as-migration`; `workroom db migrate` finds nothing left to do after it.\n\
             set local search_path = pg_catalog, pg_temp;\n\
             set local client_min_messages = warning;\n\n{}\n",
            rendered.policies.system,
            rendered.policies.file.path,
            self.sql()
        )
    }
}

fn dangers(
    planned: &PlannedStatement,
    rendered: &RenderedPolicies,
    live: &Live,
    before: &Catalog,
    made: &BTreeSet<&Key>,
) -> Vec<String> {
    if let Some(key) = &planned.takes {
        let dropped = key.kind == Kind::Policy
            && !made.contains(key)
            && policy(before, key).is_some_and(|policy| !policy.permissive);
        return if dropped {
            vec!["restrictive policy dropped".to_owned()]
        } else {
            taken(key, rendered, live).into_iter().collect()
        };
    }
    let Some(statement) = planned.rendered.map(|at| &rendered.statements[at]) else {
        return Vec::new();
    };
    due(statement, &live.facts)
        .into_iter()
        .filter_map(|key| danger(key, statement, &live.facts, before))
        .collect()
}

/// What stops working for somebody whom the file does not name.
fn taken(key: &Key, rendered: &RenderedPolicies, live: &Live) -> Option<String> {
    if !matches!(key.kind, Kind::Usage | Kind::Grant | Kind::Execute) || key.detail == PUBLIC {
        return None;
    }
    let mut roles = rendered.policies.roles.iter();
    if roles.any(|role| role.database_role == key.detail) {
        return None;
    }
    let stops = match live.watchers.get(&key.detail).map(String::as_str) {
        Some("audit") => ": object audit by pgaudit.role stops",
        Some("replication") => ": first copies of its subscriptions fail",
        _ => "",
    };
    Some(format!(
        "grant taken from {}, whom the file does not name{stops}",
        key.detail
    ))
}

fn danger(
    key: &Key,
    statement: &RenderedStatement,
    live: &Facts,
    before: &Catalog,
) -> Option<String> {
    let wanted = statement.facts.get(key).map(String::as_str)?;
    let found = live.get(key).map(String::as_str);
    match key.kind {
        Kind::Policy if statement.section == Section::Permissive => {
            let Some(old) = policy(before, key) else {
                return Some("permissive policy added".to_owned());
            };
            let had: BTreeSet<String> = old.roles.iter().map(ToString::to_string).collect();
            let more: Vec<_> = statement.roles.difference(&had).cloned().collect();
            (!had.contains("PUBLIC") && !had.contains("public") && !more.is_empty())
                .then(|| format!("role widened: also to {}", more.join(", ")))
        }
        Kind::Table if wanted == "off" && found.is_some_and(|found| found != "off") => {
            Some("row-level security off".to_owned())
        }
        Kind::Table if wanted == "enabled" && found == Some("forced") => {
            Some("row-level security no longer forced".to_owned())
        }
        Kind::Role if wanted == "yes" => Some(format!("role becomes {}", key.detail)),
        Kind::Member => Some(format!("{} becomes a member of {}", key.name, key.detail)),
        Kind::Grant | Kind::Usage | Kind::Execute | Kind::External | Kind::Default => {
            let had: BTreeSet<&str> = found.unwrap_or_default().split(", ").collect();
            let more: Vec<_> = wanted
                .split(", ")
                .filter(|part| !had.contains(part))
                .collect();
            (!more.is_empty())
                .then(|| format!("grant widened: {} to {}", more.join(", "), key.detail))
        }
        _ => None,
    }
}

fn policy<'a>(catalog: &'a Catalog, key: &Key) -> Option<&'a Policy> {
    catalog.policies.iter().find(|policy| {
        policy.relation.schema == key.schema
            && policy.relation.name == key.name
            && policy.name == key.detail
    })
}
