//! Which measured statements are worth a finding: work that grows with the table while somebody has to wait.

use super::lock::LockMode;
use super::text::names_rows;
use super::{Measured, Relation, RelationKind, Under, Work};
use crate::report::{Finding, Severity};

/// Findings for statements that write or read a whole table while a strong lock is held. A strong lock that is held
/// for a moment is none: the plan shows it, and `workroom lint` knows where there is a weaker way.
#[must_use]
pub fn findings(work: &[Work<'_>], measured: &[Measured], under: &[Under]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in measured {
        let loses = loses_rows(statement, work);
        findings.extend(match loses {
            Some(lost) => Some(lost),
            None => under_lock(statement, work, under),
        });
        findings.extend(changes(statement, work));
        findings.extend(breaks(statement, work));
    }
    findings
}

fn under_lock(statement: &Measured, work: &[Work<'_>], under: &[Under]) -> Option<Finding> {
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
    let estimate = under
        .iter()
        .find(|under| under.transaction == statement.transaction && under.relation == *locked)
        .and_then(|under| Some((under.seconds?, under.is_unknown)));
    let mut details = vec![format!(
        "measured: {mode} on `{}` keeps out {}",
        locked.name,
        mode.blocks()
    )];
    match estimate {
        Some((_, true)) => details.push(
            "how long is not known: a real table that it works on was never analyzed".to_owned(),
        ),
        Some((seconds, false)) => details.push(format!(
            "estimated from the size of the real tables: {} under that lock",
            super::estimate::in_words(seconds)
        )),
        None => {}
    }
    Some(Finding {
        rule: rule.to_owned(),
        severity: Severity::Warning,
        message: format!(
            "{} {} {verb} while {} wait{}",
            names(relations),
            if relations.len() == 1 { "is" } else { "are" },
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
}

/// `truncate`, and `refresh … with no data`: nothing is written anew, the rows are gone.
fn loses_rows(statement: &Measured, work: &[Work<'_>]) -> Option<Finding> {
    let text = text_of(statement, work);
    let empties = text.starts_with("truncate")
        || text.starts_with("refresh") && text.trim_end().ends_with("no data");
    let lost = statement.rewritten.first().filter(|_| empties)?;
    let mut finding = finding("measured-loss", statement, work);
    finding.message = format!("all rows of {} are gone", names(&statement.rewritten));
    finding.details = vec![format!("measured: `{}` has a new, empty file", lost.name)];
    finding.hint =
        Some("keep a copy and allow this with the reason why nobody needs the rows".to_owned());
    Some(finding)
}

/// All rows of a table changed in one transaction: whoever touches one of them waits to its end.
fn changes(statement: &Measured, work: &[Work<'_>]) -> Option<Finding> {
    if statement.changed.is_empty() || names_rows(&text_of(statement, work)) {
        return None;
    }
    let mut finding = finding("measured-change", statement, work);
    finding.message = format!(
        "every row of {} is changed in one transaction",
        names(&statement.changed)
    );
    finding.details = vec![
        "measured: as many rows were changed or deleted as the copy has; each stays locked to the end".to_owned(),
    ];
    finding.hint = Some("change rows in batches that are committed one by one".to_owned());
    Some(finding)
}

/// What programs that ran before can do no longer.
fn breaks(statement: &Measured, work: &[Work<'_>]) -> Option<Finding> {
    let first = statement.breaks.first()?;
    let mut finding = finding("measured-break", statement, work);
    finding.message = match statement.breaks.len() {
        1 => format!("programs that ran before can no longer {first}"),
        count => format!("programs that ran before can no longer do {count} things"),
    };
    if statement.breaks.len() > 1 {
        finding.details = statement.breaks.clone();
    }
    finding.hint = Some(
        "deploy programs that do without it first, then allow this with that reason".to_owned(),
    );
    Some(finding)
}

fn finding(rule: &str, statement: &Measured, work: &[Work<'_>]) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity: Severity::Warning,
        message: String::new(),
        details: Vec::new(),
        hint: None,
        fixable: false,
        documentation: String::new(),
        place: work[statement.work].file.place(statement.span.clone()),
    }
}

fn text_of(statement: &Measured, work: &[Work<'_>]) -> String {
    work[statement.work].file.text[statement.span.clone()].to_ascii_lowercase()
}

fn names(relations: &[Relation]) -> String {
    let names: Vec<String> = relations
        .iter()
        .map(|it| format!("`{}`", it.name))
        .collect();
    names.join(", ")
}

/// Whether somebody waits for a lock: nobody writes a materialized view.
fn makes_wait((relation, mode): &(Relation, LockMode)) -> bool {
    match relation.kind {
        RelationKind::Table => mode.is_strong(),
        RelationKind::View | RelationKind::MaterializedView => *mode == LockMode::AccessExclusive,
        // Whoever draws a number from a sequence writes it.
        RelationKind::Sequence => mode.is_strong(),
        // No query of its table can be planned meanwhile.
        RelationKind::Index => *mode == LockMode::AccessExclusive,
        RelationKind::Other => false,
    }
}

fn who(mode: LockMode) -> &'static str {
    match mode {
        LockMode::AccessExclusive => "everybody",
        _ => "writers",
    }
}
