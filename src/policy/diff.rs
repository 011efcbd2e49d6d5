//! The difference between a database and its policy file for people: what would be sent, and which of it opens
//! something that was closed.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::column_list::ColumnList;
use super::facts::{Facts, Key, Kind, PUBLIC};
use super::live::{Live, Verdict};
use super::plan::{PlannedStatement, due, plan};
use super::statement::{RenderedStatement, Section};
use super::statements::RenderedPolicies;
use crate::catalog::{Catalog, Name, Policy};
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
    let (diff, is_blocked) = compared(rendered, live, before);
    if is_blocked {
        Error::all(diff.mistakes.clone())?;
    }
    Ok(diff)
}

/// The same, as far as the plan can be made: migrations may come before it.
#[must_use]
pub fn compare(rendered: &RenderedPolicies, live: &Live, before: &Catalog) -> Diff {
    compared(rendered, live, before).0
}

/// The difference, and whether some of it cannot come about.
fn compared(rendered: &RenderedPolicies, live: &Live, before: &Catalog) -> (Diff, bool) {
    if live.verdict != Verdict::Differs {
        return (Diff::default(), false);
    }
    let plan = plan(rendered, live);
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
    let diff = Diff {
        changes: changes.collect(),
        mistakes: plan.mistakes,
        notes: plan.notes,
    };
    (diff, plan.is_blocked)
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
    if is_new(key, before) {
        return None;
    }
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
            let more = widened(found.unwrap_or_default(), wanted);
            (!more.is_empty())
                .then(|| format!("grant widened: {} to {}", more.join(", "), key.detail))
        }
        _ => None,
    }
}

/// The privileges, with their columns, that somebody shall have and had not.
fn widened(had: &str, wanted: &str) -> Vec<String> {
    let word = |part: &str| {
        let end = part.find(['(', '*']).unwrap_or(part.len());
        part[..end].to_ascii_uppercase()
    };
    let more = wanted.split(", ").filter_map(|part| {
        let had = had.split(", ").filter(|other| word(other) == word(part));
        let had = had.map(ColumnList::of).reduce(ColumnList::and);
        let more = match had {
            Some(had) => ColumnList::of(part).beyond(&had)?,
            None => ColumnList::of(part),
        };
        Some(match more {
            ColumnList::All => word(part),
            ColumnList::Some(columns) => {
                let columns: Vec<String> = columns.into_iter().collect();
                format!("{}({})", word(part), columns.join(","))
            }
        })
    });
    more.collect()
}

/// Whether a fact is about something that is not there yet, and holds no rows that could be opened.
fn is_new(key: &Key, before: &Catalog) -> bool {
    let is_it = |name: &Name| name.schema == key.schema && name.name == key.name;
    match key.kind {
        Kind::Policy | Kind::Grant => !before.relations.iter().any(|one| is_it(&one.name)),
        Kind::Usage => !before.schemas.iter().any(|one| one.name == key.schema),
        Kind::Execute => {
            let bare = key.name.split('(').next().unwrap_or_default();
            let is_it = |name: &Name| name.schema == key.schema && name.name == bare;
            !before.functions.iter().any(|one| is_it(&one.name))
        }
        _ => false,
    }
}

fn policy<'a>(catalog: &'a Catalog, key: &Key) -> Option<&'a Policy> {
    catalog.policies.iter().find(|policy| {
        policy.relation.schema == key.schema
            && policy.relation.name == key.name
            && policy.name == key.detail
    })
}

#[cfg(test)]
mod tests {
    use super::widened;

    #[test]
    fn only_what_somebody_had_not_is_widened() {
        for (had, wanted, more) in [
            ("", "SELECT", vec!["SELECT"]),
            ("SELECT", "SELECT", vec![]),
            ("SELECT", "SELECT(a,b)", vec![]),
            ("SELECT*", "SELECT", vec![]),
            ("SELECT(a,b,c)", "SELECT(a)", vec![]),
            (
                "SELECT(a), UPDATE",
                "SELECT(a,b), UPDATE(a)",
                vec!["SELECT(b)"],
            ),
            ("SELECT(a)", "SELECT", vec!["SELECT"]),
            ("INSERT, SELECT", "DELETE, SELECT", vec!["DELETE"]),
            ("execute", "EXECUTE", vec![]),
        ] {
            assert_eq!(widened(had, wanted), more, "{had} -> {wanted}");
        }
    }
}
