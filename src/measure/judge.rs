//! Which measured statements are worth a finding: work that grows with the table while somebody has to wait.

use super::lock::LockMode;
use super::{Measured, Relation, RelationKind, Under, Work};
use crate::report::{Finding, Severity};

/// Findings for statements that write or read a whole table while a strong lock is held. A strong lock that is held
/// for a moment is none: the plan shows it, and `workroom lint` knows where there is a weaker way.
#[must_use]
pub fn findings(work: &[Work<'_>], measured: &[Measured], under: &[Under]) -> Vec<Finding> {
    measured
        .iter()
        .filter_map(|statement| {
            let work_on = statement.rewritten.iter().chain(&statement.scanned);
            let busy: Vec<&Relation> = work_on.collect();
            let mut waiting = statement.held.iter().filter(|held| makes_wait(held));
            // Of the table itself, if it is locked, and not of a view that stands on it.
            let first = waiting.clone().next();
            let own = waiting.find(|(relation, _)| busy.contains(&relation));
            let (locked, mode) = own.or(first)?;
            let (rule, verb, relations) = if statement.rewritten.is_empty() {
                ("measured-scan", "read in full", &statement.scanned)
            } else {
                ("measured-rewrite", "written anew", &statement.rewritten)
            };
            if relations.is_empty() {
                return None;
            }
            let work = &work[statement.work];
            let names: Vec<String> = relations
                .iter()
                .map(|it| format!("`{}`", it.name))
                .collect();
            let estimate = under
                .iter()
                .find(|under| {
                    under.transaction == statement.transaction && under.relation == *locked
                })
                .and_then(|under| under.seconds);
            let mut details = vec![format!(
                "measured: {mode} on `{}` keeps out {}",
                locked.name,
                mode.blocks()
            )];
            if let Some(seconds) = estimate {
                details.push(format!(
                    "estimated from the size of the real tables: {} under that lock",
                    super::estimate::in_words(seconds)
                ));
            }
            Some(Finding {
                rule: rule.to_owned(),
                severity: Severity::Warning,
                message: format!(
                    "{} {} {verb} while {} wait{}",
                    names.join(", "),
                    if names.len() == 1 { "is" } else { "are" },
                    who(*mode),
                    if *mode == LockMode::AccessExclusive {
                        "s"
                    } else {
                        ""
                    },
                ),
                details,
                hint: Some("`workroom lint` names the way that keeps nobody waiting".to_owned()),
                fixable: false,
                documentation: String::new(),
                place: work.file.place(statement.span.clone()),
            })
        })
        .collect()
}

/// Whether somebody waits for a lock: nobody writes a materialized view.
fn makes_wait((relation, mode): &(Relation, LockMode)) -> bool {
    match relation.kind {
        RelationKind::Table => mode.is_strong(),
        RelationKind::View | RelationKind::MaterializedView => *mode == LockMode::AccessExclusive,
        RelationKind::Index | RelationKind::Other => false,
    }
}

fn who(mode: LockMode) -> &'static str {
    match mode {
        LockMode::AccessExclusive => "everybody",
        _ => "writers",
    }
}
