//! Findings and failed checks as workflow commands of GitHub Actions: each becomes a note beside its line.
//!
//! Source: GitHub's documentation, "Workflow commands for GitHub Actions", sections "Setting a warning message"
//! and "Setting an error message"; the escapes are those of the `@actions/core` package.

use super::clean::clean;
use crate::error::Place;
use crate::report::{Block, Report, Severity};

pub(super) fn render(report: &Report) -> String {
    let mut text = String::new();
    for block in &report.blocks {
        match block {
            Block::Findings { findings, .. } => {
                for finding in findings {
                    let mut message = vec![finding.message.clone()];
                    message.extend(finding.details.iter().cloned());
                    message.extend(finding.hint.iter().map(|hint| format!("hint: {hint}")));
                    text.push_str(&command(
                        match finding.severity {
                            Severity::Note => "notice",
                            other => other.word(),
                        },
                        Some(&finding.place),
                        &finding.rule,
                        &message.join("\n"),
                    ));
                }
            }
            Block::Checks { checks, .. } => {
                for check in checks.iter().filter(|check| !check.passed) {
                    let mut message = vec![format!(
                        "{} {}: expected {}, found {}",
                        check.system, check.name, check.expected, check.found
                    )];
                    message.extend(check.details.iter().cloned());
                    message.extend(check.hint.iter().map(|hint| format!("hint: {hint}")));
                    text.push_str(&command(
                        "error",
                        check.place.as_ref(),
                        &check.key,
                        &message.join("\n"),
                    ));
                }
            }
            Block::Text { .. } | Block::Table(_) => {}
        }
    }
    text
}

fn command(level: &str, place: Option<&Place>, title: &str, message: &str) -> String {
    let mut properties = Vec::new();
    if let Some(place) = place {
        properties.push(format!("file={}", property(&place.path)));
        if let Some((line, column)) = place.line_column() {
            properties.push(format!("line={line}"));
            properties.push(format!("col={column}"));
        }
    }
    properties.push(format!("title={}", property(title)));
    format!("::{level} {}::{}\n", properties.join(","), data(message))
}

/// Text after the last `::`.
fn data(text: &str) -> String {
    clean(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A value between the commas.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn findings_and_failed_checks_are_one_line_each() {
        let mut report = super::super::findings::tests::sample();
        report.append(super::super::table::tests::sample());
        assert_snapshot!(render(&report));
    }
}
