//! What a rule is, what it sees, and what it says.

use std::ops::Range;

use super::locks::{self, Lock};
use super::schema::Schema;
use super::{Kind, Script, is_decided_in};
use crate::report::Severity;
use crate::sql::Name;
use crate::sql::tree::{Action, Change, ChangeKind, Column, Constraint, CreateRoutine, Statement};

/// One rule. It lives in a file of its own in `lint/rules/` and has a page in `docs/lint/`.
#[derive(Debug)]
pub struct Rule {
    /// Its name, which outlives changes of wording; also the name of its page.
    pub name: &'static str,
    /// Looks at one statement.
    pub(super) check: fn(&At<'_>) -> Vec<Problem>,
}

impl Rule {
    /// The page's path in the repository.
    #[must_use]
    pub fn page(&self) -> String {
        format!("docs/lint/{}.md", self.name)
    }
}

/// The first sentence of a rule's page, which is Markdown.
#[must_use]
pub fn summary(page: &str) -> &str {
    let mut lines = page.lines().filter(|line| !line.is_empty());
    lines.nth(1).unwrap_or_default()
}

/// One statement in its surroundings.
pub(super) struct At<'a> {
    pub(super) script: &'a Script,
    /// All statements of the file, and which one it is.
    pub(super) statements: &'a [Statement],
    pub(super) index: usize,
    /// What the files make until just before this statement.
    pub(super) schema: &'a Schema,
    /// The scripts that are deployed after this one.
    pub(super) later: &'a [Script],
}

impl At<'_> {
    pub(super) fn statement(&self) -> &Statement {
        &self.statements[self.index]
    }

    pub(super) fn action(&self) -> &Action {
        &self.statement().action
    }

    /// The statements of the file before this one.
    pub(super) fn before(&self) -> &[Statement] {
        &self.statements[..self.index]
    }

    /// Whether a table may have rows and users: it was not created earlier in this file.
    pub(super) fn is_old(&self, table: &Name) -> bool {
        !self
            .before()
            .iter()
            .any(|statement| match &statement.action {
                Action::CreateTable(create) => create.table.is(table),
                Action::CreateView(create) => create.view.is(table),
                _ => false,
            })
    }

    /// A table that may have rows and users, and what an `alter table` does to it.
    pub(super) fn changes_of_old(&self) -> Option<(&Name, &[Change])> {
        match self.action() {
            Action::AlterTable { table, changes } if self.is_old(table) => Some((table, changes)),
            _ => None,
        }
    }

    /// Whether a later statement, also of a later file, says anew where names in a routine's body are looked up.
    pub(super) fn is_decided_later(&self, routine: &CreateRoutine) -> bool {
        is_decided_in(&self.statements[self.index + 1..], self.later, routine)
    }

    /// The locks of this statement on tables that may have users.
    pub(super) fn locks_on_old(&self) -> Vec<(Name, Lock)> {
        let mut locks = locks::locks(self.statement(), self.schema);
        locks.retain(|(table, _)| self.is_old(table));
        locks
    }

    /// Whether the statement shares its transaction with the rest of the file.
    pub(super) fn in_transaction(&self) -> bool {
        !self.script.headers.no_transaction
    }

    /// Whether the file is a versioned migration.
    pub(super) fn is_migration(&self) -> bool {
        self.script.kind == Kind::Migration
    }

    /// The constraint for which a change of a table looks at every row: one that is added or enforced.
    pub(super) fn validated<'a>(
        &'a self,
        table: &Name,
        change: &'a Change,
    ) -> Option<&'a Constraint> {
        match &change.kind {
            ChangeKind::AddConstraint(constraint) => (!constraint.not_valid).then_some(constraint),
            ChangeKind::EnforceConstraint { name } => self.schema.table(table)?.constraint(name),
            _ => None,
        }
    }

    /// The types of columns that the statement makes, without their modifiers, and their bytes.
    pub(super) fn new_types(&self) -> Vec<(&str, Range<usize>)> {
        let (columns, changes): (&[Column], &[Change]) = match self.action() {
            Action::CreateTable(create) => (&create.columns, &[]),
            Action::AlterTable { changes, .. } => (&[], changes),
            _ => (&[], &[]),
        };
        let added = changes.iter().filter_map(|change| match &change.kind {
            ChangeKind::AddColumn(column) => Some((&column.kind, &column.kind_span)),
            ChangeKind::SetType { kind, .. } => Some((kind, &change.span)),
            _ => None,
        });
        let made = columns
            .iter()
            .map(|column| (&column.kind, &column.kind_span));
        made.chain(added)
            .map(|(kind, span)| {
                let end = kind.find(['(', '[']).unwrap_or(kind.len());
                (&kind[..end], span.clone())
            })
            .collect()
    }

    /// The text of some bytes of the file.
    pub(super) fn text(&self, span: &Range<usize>) -> &str {
        &self.script.file.text[span.clone()]
    }
}

/// What a rule says about some bytes of a file.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) span: Range<usize>,
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) details: Vec<String>,
    pub(super) hint: Option<String>,
    pub(super) edits: Vec<Edit>,
}

/// A change of the file that mends a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) span: Range<usize>,
    pub(super) text: String,
}

impl Problem {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span,
            severity: Severity::Warning,
            message: message.into(),
            details: Vec::new(),
            hint: None,
            edits: Vec::new(),
        }
    }

    /// Says that it must not stay.
    pub(super) fn error(mut self) -> Self {
        self.severity = Severity::Error;
        self
    }

    /// Says why it matters.
    pub(super) fn why(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    /// Says what to write instead.
    pub(super) fn instead(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says how to mend it without asking.
    pub(super) fn mend(mut self, span: Range<usize>, text: impl Into<String>) -> Self {
        self.edits.push(Edit {
            span,
            text: text.into(),
        });
        self
    }
}
