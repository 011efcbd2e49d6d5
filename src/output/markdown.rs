//! A report as Markdown, for pull requests and wikis: tables as tables, text as it is in a fence.

use super::clean::{clean, clean_line};
use crate::report::{Block, Report};

pub(super) fn render(report: &Report) -> String {
    let blocks: Vec<String> = report
        .blocks
        .iter()
        .map(|block| match block {
            Block::Text { text } => fence(&clean(text)),
            Block::Table(table) => {
                let columns: Vec<String> = table
                    .columns
                    .iter()
                    .map(|name| name.replace('_', " "))
                    .collect();
                titled(&table.title, &grid(&columns, &table.rows))
            }
            Block::Checks { title, checks } => {
                let columns =
                    ["status", "check", "expected", "found", "details"].map(str::to_owned);
                let rows: Vec<Vec<String>> = checks
                    .iter()
                    .map(|check| {
                        let status = if check.passed { "ok" } else { "FAILED" };
                        vec![
                            status.to_owned(),
                            check.name.clone(),
                            check.expected.clone(),
                            check.found.clone(),
                            check.details.join("\n"),
                        ]
                    })
                    .collect();
                titled(title, &grid(&columns, &rows))
            }
            Block::Findings {
                title,
                examined,
                findings,
            } => {
                let columns = ["severity", "rule", "finding", "hint"].map(str::to_owned);
                let rows: Vec<Vec<String>> = findings
                    .iter()
                    .map(|finding| {
                        vec![
                            finding.severity.word().to_owned(),
                            finding.rule.clone(),
                            finding.message.clone(),
                            finding.hint.clone().unwrap_or_default(),
                        ]
                    })
                    .collect();
                titled(&format!("{title} {examined}"), &grid(&columns, &rows))
            }
        })
        .filter(|text| !text.is_empty())
        .collect();
    if blocks.is_empty() {
        return String::new();
    }
    format!("{}\n", blocks.join("\n\n"))
}

fn titled(title: &str, body: &str) -> String {
    if title.is_empty() {
        body.to_owned()
    } else {
        format!("### {}\n\n{body}", cell(title))
    }
}

fn grid(columns: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
        format!("| {} |", cells.join(" | "))
    };
    let mut lines = vec![line(columns), format!("|{}", "---|".repeat(columns.len()))];
    lines.extend(rows.iter().map(|row| line(row)));
    lines.join("\n")
}

/// A cell on one line, in which nothing is markup.
fn cell(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            escaped.push_str("<br>");
        }
        for letter in clean_line(line).chars() {
            if matches!(
                letter,
                '|' | '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '#'
            ) {
                escaped.push('\\');
            }
            escaped.push(letter);
        }
    }
    escaped
}

/// A fence that is longer than any in the text.
fn fence(text: &str) -> String {
    let mut longest = 2;
    let mut run = 0;
    for letter in text.chars() {
        run = if letter == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let ticks = "`".repeat(longest + 1);
    format!("{ticks}\n{}\n{ticks}", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Table;

    #[test]
    fn cells_stay_in_their_table_and_fences_hold_fences() {
        let mut table = Table::new("who", &["table", "may_read"]);
        table.row(["a|b", "x\n`y`"]);
        assert_eq!(
            render(&Report::table(table)),
            "### who\n\n| table | may read |\n|---|---|\n| a\\|b | x<br>\\`y\\` |\n"
        );
        assert_eq!(
            render(&Report::text("a\n```\nb")),
            "````\na\n```\nb\n````\n"
        );
        assert_eq!(render(&Report::default()), "");
    }
}
