//! The only home of printing: reports, errors and progress as text for people and for machines.
//!
//! Features return a [`Report`] or an [`crate::Error`] and send [`crate::event::Event`]s; here they become
//! a table, JSON, JUnit, SARIF or GitHub annotations on standard output, and diagnostics and progress on standard error.

mod clean;
mod diagnostic;
mod findings;
mod github;
mod json;
mod junit;
mod lines;
mod markdown;
mod progress;
mod redact;
mod sarif;
mod style;
mod table;
mod units;
mod wrap;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

pub use clean::clean;
pub use diagnostic::diagnostic;
pub use lines::{Lines, error_lines};
pub use progress::{Progress, Verbosity};
pub use redact::redact;
pub use style::Style;
pub use units::Units;

use crate::error::{Error, Kind};
use crate::report::Report;

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Tables for people.
    #[default]
    Table,
    /// One JSON document with `"version": 1`; its keys are stable.
    Json,
    /// JUnit XML: a test case for every check and every finding. Anything else is left out.
    Junit,
    /// SARIF 2.1.0, for code scanning: a result for every finding and every failed check.
    Sarif,
    /// Workflow commands of GitHub Actions, which annotate the lines of a pull request.
    Github,
    /// Markdown tables, for pull requests and wikis.
    Markdown,
}

impl Format {
    /// Every format, in the order of the help text.
    pub const ALL: [Self; 6] = [
        Self::Table,
        Self::Json,
        Self::Junit,
        Self::Sarif,
        Self::Github,
        Self::Markdown,
    ];
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
        })
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let format = Self::ALL.into_iter().find(|it| it.to_string() == text);
        format.ok_or_else(|| {
            Error::new(Kind::Usage, format!("`{text}` is not an output format"))
                .hint("name one of: table, json, junit, sarif, github, markdown")
        })
    }
}

/// A report as text that ends with a newline, or as the empty text when there is nothing to say.
#[must_use]
pub fn render(report: &Report, format: Format, style: Style) -> String {
    match format {
        Format::Table => table::render(report, style),
        Format::Json => json::render(report),
        Format::Junit => junit::render(&report.with_cases()),
        Format::Sarif => sarif::render(&report.with_cases()),
        Format::Github => github::render(&report.with_cases()),
        Format::Markdown => markdown::render(report),
    }
}

/// Writes data to standard output. A reader that has gone away, as in `workroom … | head`, is no error.
///
/// # Errors
/// When standard output cannot be written, a full disk for example.
pub fn write_stdout(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes to standard error. There is nowhere to say that it failed.
pub fn write_stderr(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read_from_its_own_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
        }
        assert_eq!("xml".parse::<Format>().unwrap_err().kind, Kind::Usage);
    }
}
