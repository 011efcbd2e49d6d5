//! What a rule is, what it sees, and what it says.

use std::ops::Range;

use super::locks::{self, Lock};
use super::schema::Schema;
use super::statements::{Read, Surroundings};
use super::{Kind, Script};
use crate::report::Severity;
use crate::sql::tree::{Action, Change, ChangeKind, Column, Constraint, CreateRoutine, Statement};
use crate::sql::{Name, is_bounded};

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
    /// The locks that earlier statements of the file take on what has users, and which statement it is.
    pub(super) locked: &'a [(usize, Name, Lock)],
    /// The block or routine that it stands in.
    pub(super) inside: Option<&'a Surroundings>,
    /// All scripts, and which one this is.
    pub(super) read: &'a Read<'a>,
    pub(super) position: usize,
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

    /// Whether a table may have rows and users: the file has not made it.
    pub(super) fn is_old(&self, table: &Name) -> bool {
        !self.schema.is_fresh(table)
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
        let rest = &self.statements[self.index + 1..];
        self.read.is_decided(self.position, rest, routine)
    }

    /// Whether a later file makes an index that begins with these columns, in any order.
    pub(super) fn is_indexed_later(&self, table: &Name, columns: &[String]) -> bool {
        self.read.is_indexed(self.position, table, columns)
    }

    /// The locks of this statement on tables that may have users.
    pub(super) fn locks_on_old(&self) -> Vec<(Name, Lock)> {
        let mut locks = locks::locks(self.statement(), self.schema);
        locks.retain(|(table, _)| self.is_old(table));
        locks
    }

    /// The locks that are still held from earlier statements of the transaction, that keep somebody out.
    pub(super) fn held(&self) -> impl Iterator<Item = (&Name, Lock)> {
        let locked = self.locked.iter().filter(|_| self.in_transaction());
        let strong = locked.filter(|(_, _, lock)| *lock >= Lock::Share);
        strong.map(|(_, table, lock)| (table, *lock))
    }

    /// Whether a statement on a table says how many rows, between which keys, or which ones.
    pub(super) fn is_bounded(&self, words: &[String], table: &Name) -> bool {
        let known = self.schema.table(table);
        is_bounded(words, &|column| {
            let single = |index: &Vec<String>| index.len() == 1 && index[0] == column;
            known.is_some_and(|known| known.indexes.iter().any(single))
        })
    }

    /// Whether the statement runs again and again before anything is committed.
    pub(super) fn in_loop(&self) -> bool {
        self.inside
            .is_some_and(|inside| inside.in_loop && !inside.commits)
    }

    /// Whether the statement is one batch of a loop that commits each.
    pub(super) fn is_batch(&self) -> bool {
        self.inside
            .is_some_and(|inside| inside.in_loop && inside.commits)
    }

    /// Whether the statement ends with this word.
    pub(super) fn ends_with(&self, word: &str) -> bool {
        let text = self.text(&self.statement().span).to_ascii_lowercase();
        text.split_whitespace().last() == Some(word)
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

    /// The text of some bytes of the file; nothing for what stands in another one.
    pub(super) fn text(&self, span: &Range<usize>) -> &str {
        match self.inside {
            Some(Surroundings {
                elsewhere: true, ..
            }) => "",
            _ => self.script.file.text.get(span.clone()).unwrap_or_default(),
        }
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
    /// Whether something else puts it right: it is not told, and a comment that allows it is no surplus.
    pub(super) settled: bool,
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
            settled: false,
        }
    }

    /// Says that it is good to know, and harmless by itself.
    pub(super) fn note(mut self) -> Self {
        self.severity = Severity::Note;
        self
    }

    /// Says whether something else puts it right.
    pub(super) fn settled_by(mut self, settled: bool) -> Self {
        self.settled = settled;
        self
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
