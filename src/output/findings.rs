//! Findings for people: what, where, the line itself, why, and what to write instead.

use super::clean::{clean, clean_line};
use super::diagnostic::frame;
use super::style::{Ink, Style};
use crate::report::{Finding, Severity};

pub(super) fn render(title: &str, examined: usize, findings: &[Finding], style: Style) -> String {
    let mut parts: Vec<String> = findings.iter().map(|finding| one(finding, style)).collect();
    let verdict = match findings.len() {
        0 => style.paint(Ink::Good, "nothing found"),
        1 => style.paint(Ink::Bad, "1 finding"),
        count => style.paint(Ink::Bad, &format!("{count} findings")),
    };
    let fixable = match findings.iter().filter(|finding| finding.fixable).count() {
        0 => String::new(),
        count => format!(", {count} of them mended by `--fix`"),
    };
    parts.push(format!(
        "{} {examined}: {verdict}{fixable}",
        style.paint(Ink::Strong, &clean_line(title))
    ));
    parts.join("\n\n")
}

fn one(finding: &Finding, style: Style) -> String {
    // Most rules warn; what is worse or less says so.
    let severity = match finding.severity {
        Severity::Warning => String::new(),
        other => format!(" ({})", other.word()),
    };
    let mut text = format!(
        "{} {}\n",
        style.paint(
            Ink::Bad,
            &format!("{}{severity}:", clean_line(&finding.rule))
        ),
        style.paint(Ink::Strong, &clean_line(&finding.message))
    );
    text.push_str(&frame(&finding.place, style));
    for line in &finding.details {
        text.push_str(&style.paint(Ink::Strong, "why:"));
        text.push(' ');
        text.push_str(&clean(line).replace('\n', "\n  "));
        text.push('\n');
    }
    if let Some(hint) = &finding.hint {
        text.push_str(&style.paint(Ink::Good, "hint:"));
        text.push(' ');
        text.push_str(&clean_line(hint));
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
pub(super) mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::files::TextFile;
    use crate::report::Report;

    /// Two findings with names that try to break out.
    pub(in crate::output) fn sample() -> Report {
        let file = TextFile::new(
            "sql/agency/V007__größe.sql",
            "-- 100 %\ncreate index i on t (a);\n\tdrop table \"a,b::c\";\n",
        );
        let mut report = Report::default();
        report.push_findings(
            "files linted",
            3,
            vec![
                Finding {
                    rule: "create-index-blocks-writes".to_owned(),
                    severity: Severity::Warning,
                    message: "creating index `i` blocks writes to `t`".to_owned(),
                    details: vec!["measured: Share on `t`".to_owned()],
                    hint: Some("create it concurrently".to_owned()),
                    fixable: true,
                    documentation: "docs/lint/create-index-blocks-writes.md".to_owned(),
                    place: file.place(9..32),
                },
                Finding {
                    rule: "drop-table".to_owned(),
                    severity: Severity::Warning,
                    message: "dropping `a,b::c`\u{1b}[2J is final: 100 %".to_owned(),
                    details: Vec::new(),
                    hint: None,
                    fixable: false,
                    documentation: String::new(),
                    place: file.place(35..54),
                },
            ],
        );
        report
    }

    #[test]
    fn findings_are_drawn_with_their_lines_and_counted() {
        let report = sample();
        assert_snapshot!(super::super::table::render(&report, Style::plain()));
    }

    #[test]
    fn nothing_found_is_one_line() {
        assert_eq!(
            render("files linted", 12, &[], Style::plain()),
            "files linted 12: nothing found"
        );
    }
}
