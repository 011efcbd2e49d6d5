//! Findings and failed checks as SARIF 2.1.0, which code scanning of GitHub, GitLab and Azure reads.
//!
//! Source: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.19 (tool
//! component), 3.27 (result), 3.30 (region: lines and columns from 1, the end column behind the last character).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::clean::clean;
use crate::error::Place;
use crate::files::fingerprint;
use crate::report::{Block, Report};

pub(super) fn render(report: &Report) -> String {
    let mut rules: BTreeMap<&str, &str> = BTreeMap::new();
    let mut results = Vec::new();
    for block in &report.blocks {
        match block {
            Block::Findings { findings, .. } => {
                for finding in findings {
                    rules.insert(&finding.rule, &finding.documentation);
                    let mut text = vec![finding.message.clone()];
                    text.extend(finding.details.iter().cloned());
                    text.extend(finding.hint.iter().cloned());
                    results.push(result(
                        &finding.rule,
                        finding.severity.word(),
                        &text.join("\n"),
                        Some(&finding.place),
                    ));
                }
            }
            Block::Checks { checks, .. } => {
                for check in checks.iter().filter(|check| !check.passed) {
                    rules.insert(&check.key, "");
                    let mut text = vec![format!(
                        "{} {}: expected {}, found {}",
                        check.system, check.name, check.expected, check.found
                    )];
                    text.extend(check.details.iter().cloned());
                    text.extend(check.hint.iter().cloned());
                    results.push(result(
                        &check.key,
                        "error",
                        &text.join("\n"),
                        check.place.as_ref(),
                    ));
                }
            }
            Block::Text { .. } | Block::Table(_) => {}
        }
    }
    let rules: Vec<Value> = rules
        .into_iter()
        .map(|(rule, documentation)| {
            let mut value = json!({ "id": rule });
            if !documentation.is_empty() {
                let explain = if documentation.starts_with("docs/lint/") {
                    format!(", or run `workroom lint --explain {rule}`")
                } else {
                    String::new()
                };
                value["help"] = json!({ "text": format!("See {documentation}{explain}.") });
            }
            value
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "workroom",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn result(rule: &str, level: &str, text: &str, place: Option<&Place>) -> Value {
    let mut result = json!({
        "ruleId": rule,
        "level": level,
        "message": { "text": clean(text) },
    });
    if let Some(place) = place {
        let mut location = json!({ "artifactLocation": { "uri": uri(&place.path) } });
        if let Some(region) = region(place) {
            location["region"] = region;
        }
        result["locations"] = json!([{ "physicalLocation": location }]);
        let line = first_line(place).unwrap_or_default();
        // Stays the same when lines are added above, so that a known finding is not reported as a new one.
        result["partialFingerprints"] =
            json!({ "ruleAndLine/v1": fingerprint(&format!("{rule}\n{}\n{line}", place.path)) });
    }
    result
}

fn first_line(place: &Place) -> Option<&str> {
    let start = place.span.as_ref()?.start;
    place.text[start..].lines().next()
}

fn region(place: &Place) -> Option<Value> {
    let (line, column) = place.line_column()?;
    let span = place.span.clone()?;
    let end = Place::span(&*place.path, place.text.clone(), span.end..span.end);
    let (end_line, end_column) = end.line_column()?;
    Some(json!({
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
    }))
}

/// A relative path as a URI reference.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn findings_and_failed_checks_are_results_with_their_regions() {
        let mut report = super::super::findings::tests::sample();
        report.append(super::super::table::tests::sample());
        assert_snapshot!(render(&report));
    }

    #[test]
    fn a_report_without_findings_is_a_run_without_results() {
        let value: Value = serde_json::from_str(&render(&Report::text("done"))).unwrap();
        assert_eq!(value["runs"][0]["results"], json!([]));
    }
}
