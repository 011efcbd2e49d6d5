//! What every command returns: tables, checks and text as plain values, which `output` renders.

use std::borrow::Cow;

use serde::Serialize;

use crate::error::{Error, Place};

/// How a command that ran to its end turned out; with [`crate::error::Kind`] it decides the exit status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did what was asked, or there was nothing to do.
    #[default]
    Done,
    /// It ran and found something: a failed check, drift, a lint finding, pending work under `--check`.
    Found,
}

/// What a command has to say on standard output.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Blocks in the order in which they are shown.
    pub blocks: Vec<Block>,
    /// Whether something was found.
    pub outcome: Outcome,
    /// The database that the run worked on, as `user@server/database`.
    pub target: Option<String>,
    /// What is wrong with the project's files, where the command could answer all the same; shown after the answer, with
    /// the exit status of an error.
    pub mistakes: Option<Error>,
}

/// One block of a report.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// Prose or generated text, shown as it is; ends without a newline.
    Text {
        /// The text.
        text: String,
    },
    /// Rows under headings.
    Table(Table),
    /// Assertions with their results.
    Checks {
        /// What was checked, for the heading.
        title: String,
        /// One assertion each.
        checks: Vec<Check>,
    },
    /// What rules found in files, each at its place.
    Findings {
        /// What was looked at, for the heading.
        title: String,
        /// How many files or statements were looked at.
        examined: usize,
        /// One finding each, in the order of files and lines.
        findings: Vec<Finding>,
    },
}

/// Rows under headings. Every row has as many cells as there are columns.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Table {
    /// The heading above the table; may be empty.
    pub title: String,
    /// Column names, lower_snake_case so that they serve as JSON keys.
    pub columns: Vec<String>,
    /// Cells as text; empty means "nothing".
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these columns.
    #[must_use]
    pub fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        Self {
            title: title.into(),
            columns: columns.iter().map(ToString::to_string).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row<Cell: Into<String>>(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

/// One assertion: what should be, what is, and which objects make the difference.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// A stable identifier, `area/name`, that outlives changes of wording.
    pub key: String,
    /// The system it belongs to.
    pub system: String,
    /// What is asserted, a noun phrase: "tables", "row-level security".
    pub name: String,
    /// Whether it holds.
    pub passed: bool,
    /// What should be.
    pub expected: String,
    /// What is.
    pub found: String,
    /// The objects that make the difference, one line each.
    pub details: Vec<String>,
    /// The way out when it does not hold.
    pub hint: Option<String>,
    /// The line of the project that asks for it.
    #[serde(skip)]
    pub place: Option<Place>,
}

/// How bad a finding is, worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody sees or does what they must not.
    Error,
    /// A door that is closed by something else, or slow.
    #[default]
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// All of them, worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// The word for it, also in SARIF.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// What a rule found at one place of a file.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The rule's name, which outlives changes of wording: "create-index-blocks-writes".
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without a full stop: what is wrong here.
    pub message: String,
    /// Why it matters and how that is known, one line each.
    pub details: Vec<String>,
    /// What to write instead.
    pub hint: Option<String>,
    /// Whether `--fix` mends it.
    pub fixable: bool,
    /// Where the rule is explained: a path in the repository, or empty.
    pub documentation: String,
    /// Where in the file.
    #[serde(skip)]
    pub place: Place,
}

impl Report {
    /// A report of one table.
    #[must_use]
    pub fn table(table: Table) -> Self {
        Self {
            blocks: vec![Block::Table(table)],
            ..Self::default()
        }
    }

    /// A report of plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let mut report = Self::default();
        report.push_text(text);
        report
    }

    /// A report of checks; its outcome is `Found` when one of them fails.
    #[must_use]
    pub fn checks(title: impl Into<String>, checks: Vec<Check>) -> Self {
        let mut report = Self::default();
        report.push_checks(title, checks);
        report
    }

    /// Adds a text block.
    pub fn push_text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text { text: text.into() });
    }

    /// Adds a table.
    pub fn push_table(&mut self, table: Table) {
        self.blocks.push(Block::Table(table));
    }

    /// Adds checks, and turns the outcome to `Found` when one of them fails.
    pub fn push_checks(&mut self, title: impl Into<String>, checks: Vec<Check>) {
        if checks.iter().any(|check| !check.passed) {
            self.outcome = Outcome::Found;
        }
        self.blocks.push(Block::Checks {
            title: title.into(),
            checks,
        });
    }

    /// Adds findings, and turns the outcome to `Found` when there are any.
    pub fn push_findings(
        &mut self,
        title: impl Into<String>,
        examined: usize,
        findings: Vec<Finding>,
    ) {
        self.push_findings_denying(Severity::Note, title, examined, findings);
    }

    /// The same, where only what is at least this bad counts as found.
    pub fn push_findings_denying(
        &mut self,
        deny: Severity,
        title: impl Into<String>,
        examined: usize,
        findings: Vec<Finding>,
    ) {
        if findings.iter().any(|finding| finding.severity <= deny) {
            self.outcome = Outcome::Found;
        }
        self.blocks.push(Block::Findings {
            title: title.into(),
            examined,
            findings,
        });
    }

    /// The same with a failed check for what was found and stands in tables and texts alone, for readers of checks.
    #[must_use]
    pub fn with_cases(&self) -> Cow<'_, Self> {
        let is_told = self.blocks.iter().any(|block| match block {
            Block::Checks { checks, .. } => checks.iter().any(|check| !check.passed),
            Block::Findings { findings, .. } => !findings.is_empty(),
            Block::Text { .. } | Block::Table(_) => false,
        });
        if self.outcome == Outcome::Done || is_told {
            return Cow::Borrowed(self);
        }
        let mut details = Vec::new();
        let mut name = "result";
        for block in &self.blocks {
            match block {
                Block::Text { text } => details.extend(text.lines().map(str::to_owned)),
                Block::Table(table) => {
                    let row = |row: &Vec<String>| {
                        let cells = row.iter().filter(|cell| !cell.is_empty());
                        cells.map(String::as_str).collect::<Vec<_>>().join("  ")
                    };
                    details.extend(table.rows.iter().map(row));
                    if !table.title.is_empty() {
                        name = &table.title;
                    }
                }
                Block::Checks { .. } | Block::Findings { .. } => {}
            }
        }
        let check = Check {
            key: "found".to_owned(),
            system: "workroom".to_owned(),
            name: name.to_owned(),
            passed: false,
            expected: "nothing".to_owned(),
            found: match details.len() {
                1 => "1 line".to_owned(),
                count => format!("{count} lines"),
            },
            details,
            hint: None,
            place: None,
        };
        let mut told = self.clone();
        told.push_checks("found", vec![check]);
        Cow::Owned(told)
    }

    /// What went wrong, for machines that annotate lines: a finding where it has a place, otherwise a failed check.
    #[must_use]
    pub fn of_error(error: &Error) -> Self {
        let hint = |error: &Error| (!error.hints.is_empty()).then(|| error.hints.join("; "));
        let finding = |error: &Error| {
            Some(Finding {
                rule: "error".to_owned(),
                severity: Severity::Error,
                message: error.message.clone(),
                details: error.causes.clone(),
                hint: hint(error),
                fixable: false,
                documentation: String::new(),
                place: error.place.clone()?,
            })
        };
        let check = |error: &Error| Check {
            key: "error".to_owned(),
            system: "workroom".to_owned(),
            name: error.message.clone(),
            passed: false,
            expected: "no error".to_owned(),
            found: "one".to_owned(),
            details: error.causes.clone(),
            hint: hint(error),
            place: None,
        };
        let mut report = Self::default();
        let findings: Vec<Finding> = error.iter().filter_map(finding).collect();
        report.push_findings("errors:", findings.len(), findings);
        let placeless = error.iter().filter(|error| error.place.is_none());
        let checks: Vec<Check> = placeless.map(check).collect();
        if !checks.is_empty() {
            report.push_checks("errors", checks);
        }
        report
    }

    /// Adds another report's blocks and takes over what it found.
    pub fn append(&mut self, other: Self) {
        self.blocks.extend(other.blocks);
        if other.outcome == Outcome::Found {
            self.outcome = Outcome::Found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_in_a_table_is_a_failed_check_for_those_who_read_checks() {
        let mut table = Table::new("", &["system", "what", "state"]);
        table.row(["shop", "V002__add", "pending"]);
        let mut report = Report::table(table);
        assert_eq!(report.with_cases().blocks.len(), 1);
        report.outcome = Outcome::Found;
        report.push_text("1 pending");
        let told = report.with_cases();
        let [.., Block::Checks { checks, .. }] = &told.blocks[..] else {
            panic!("{told:?}");
        };
        assert_eq!(checks[0].details, ["shop  V002__add  pending", "1 pending"]);
        assert!(!checks[0].passed);
        assert_eq!(told.with_cases().blocks.len(), 3);
    }
}
