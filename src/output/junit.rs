//! Checks and findings as JUnit XML, so that a CI server shows each as a test: `classname` is the system or the
//! file, `name` the key or the rule. A block without findings is one test case that passed.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::clean::{clean, clean_line};
use crate::report::{Block, Check, Finding, Report};

pub(super) fn render(report: &Report) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing into memory does not fail.
    let _ = document(&mut writer, report);
    let mut text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    text.push('\n');
    text
}

/// Whether a report has something that becomes a test case.
pub(super) fn has_cases(report: &Report) -> bool {
    report
        .blocks
        .iter()
        .any(|block| matches!(block, Block::Checks { .. } | Block::Findings { .. }))
}

/// A unit of work: "shop V001__create", and how long it took; `None` while it runs.
pub(super) struct Unit {
    pub(super) label: String,
    pub(super) took: Option<Duration>,
}

/// Units of work as test cases; the ones that did not end have failed for this reason.
pub(super) fn render_units(units: &[Unit], failure: Option<&str>) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing into memory does not fail.
    let _ = units_document(&mut writer, units, failure);
    let mut text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    text.push('\n');
    text
}

fn units_document(
    writer: &mut Writer<Vec<u8>>,
    units: &[Unit],
    failure: Option<&str>,
) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let failed = units
        .iter()
        .filter(|unit| failure.is_some() && unit.took.is_none())
        .count();
    let (tests, errors) = (units.len().to_string(), failed.to_string());
    let counts = [
        ("tests", tests.as_str()),
        ("failures", "0"),
        ("errors", errors.as_str()),
    ];
    let root = writer
        .create_element("testsuites")
        .with_attribute(("name", "workroom"));
    root.with_attributes(counts).write_inner_content(|writer| {
        let suite = writer
            .create_element("testsuite")
            .with_attribute(("name", "workroom"));
        suite
            .with_attributes(counts)
            .write_inner_content(|writer| {
                units
                    .iter()
                    .try_for_each(|unit| unit_case(writer, unit, failure))
            })?;
        Ok(())
    })?;
    Ok(())
}

fn unit_case(writer: &mut Writer<Vec<u8>>, unit: &Unit, failure: Option<&str>) -> io::Result<()> {
    let label = clean_line(&unit.label);
    let (system, name) = label.split_once(' ').unwrap_or(("workroom", &label));
    let time = format!("{:.3}", unit.took.unwrap_or_default().as_secs_f64());
    let case = writer
        .create_element("testcase")
        .with_attribute(("classname", system))
        .with_attribute(("name", name))
        .with_attribute(("time", time.as_str()));
    match failure.filter(|_| unit.took.is_none()) {
        None => case.write_empty()?,
        Some(failure) => case.write_inner_content(|writer| {
            let message = failure.lines().next().unwrap_or_default();
            writer
                .create_element("error")
                .with_attribute(("message", clean_line(message).as_str()))
                .write_text_content(BytesText::new(&clean(failure)))?;
            Ok(())
        })?,
    };
    Ok(())
}

fn document(writer: &mut Writer<Vec<u8>>, report: &Report) -> io::Result<()> {
    let suites: Vec<(&str, Cow<'_, [Check]>)> = report
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Checks { title, checks } => Some((title.as_str(), Cow::Borrowed(&checks[..]))),
            Block::Findings {
                title, findings, ..
            } => Some((title.as_str(), Cow::Owned(as_checks(title, findings)))),
            Block::Text { .. } | Block::Table(_) => None,
        })
        .collect();
    let all = || suites.iter().flat_map(|(_, checks)| checks.iter());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = writer
        .create_element("testsuites")
        .with_attribute(("name", "workroom"));
    let counts = counts(all());
    for (name, value) in &counts {
        root = root.with_attribute((*name, value.as_str()));
    }
    if suites.is_empty() {
        root.write_empty()?;
    } else {
        root.write_inner_content(|writer| {
            suites
                .iter()
                .try_for_each(|(title, checks)| suite(writer, title, checks))
        })?;
    }
    Ok(())
}

fn as_checks(title: &str, findings: &[Finding]) -> Vec<Check> {
    let check = |key: &str, system: &str, passed| Check {
        key: key.to_owned(),
        system: system.to_owned(),
        name: String::new(),
        passed,
        expected: "nothing".to_owned(),
        found: String::new(),
        details: Vec::new(),
        hint: None,
        place: None,
    };
    if findings.is_empty() {
        return vec![check("no findings", &named(title), true)];
    }
    findings
        .iter()
        .map(|finding| Check {
            name: finding.rule.clone(),
            found: finding.message.clone(),
            details: finding.details.clone(),
            hint: finding.hint.clone(),
            place: Some(finding.place.clone()),
            ..check(&finding.rule, &finding.place.path, false)
        })
        .collect()
}

/// A heading as a name: "files linted".
fn named(title: &str) -> String {
    clean_line(title.trim_end_matches(':'))
}

fn counts<'a>(checks: impl Iterator<Item = &'a Check> + Clone) -> [(&'static str, String); 3] {
    let failed = checks.clone().filter(|check| !check.passed).count();
    [
        ("tests", checks.count().to_string()),
        ("failures", failed.to_string()),
        ("errors", "0".to_owned()),
    ]
}

fn suite(writer: &mut Writer<Vec<u8>>, title: &str, checks: &[Check]) -> io::Result<()> {
    let title = named(title);
    let mut element = writer
        .create_element("testsuite")
        .with_attribute(("name", title.as_str()));
    let counts = counts(checks.iter());
    for (name, value) in &counts {
        element = element.with_attribute((*name, value.as_str()));
    }
    element
        .write_inner_content(|writer| checks.iter().try_for_each(|check| case(writer, check)))?;
    Ok(())
}

fn case(writer: &mut Writer<Vec<u8>>, check: &Check) -> io::Result<()> {
    let line = check.place.as_ref().and_then(|place| place.line_column());
    let line = line.map(|(line, _)| line.to_string());
    let mut element = writer
        .create_element("testcase")
        .with_attribute(("classname", clean_line(&check.system).as_str()))
        .with_attribute(("name", clean_line(&check.key).as_str()));
    if let Some(place) = &check.place {
        element = element.with_attribute(("file", clean_line(&place.path).as_str()));
    }
    if let Some(line) = &line {
        element = element.with_attribute(("line", line.as_str()));
    }
    if check.passed {
        element.write_empty()?;
        return Ok(());
    }
    let message = clean_line(&format!(
        "{}: expected {}, found {}",
        check.name, check.expected, check.found
    ));
    let mut lines: Vec<String> = check.details.iter().map(|line| clean(line)).collect();
    lines.extend(
        check
            .hint
            .iter()
            .map(|hint| format!("hint: {}", clean(hint))),
    );
    element.write_inner_content(|writer| {
        writer
            .create_element("failure")
            .with_attribute(("type", "expectation"))
            .with_attribute(("message", message.as_str()))
            .write_text_content(BytesText::new(&lines.join("\n")))?;
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::table::tests::sample;
    use super::*;

    #[test]
    fn every_check_is_a_test_case() {
        assert_snapshot!(render(&sample()), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="workroom" tests="2" failures="1" errors="0">
          <testsuite name="agency" tests="2" failures="1" errors="0">
            <testcase classname="agency" name="expect/tables"/>
            <testcase classname="agency" name="expect/views" file="workroom.toml" line="2">
              <failure type="expectation" message="views: expected 6, found 5">missing: view agency.&quot;&lt;a&amp;b&gt;&quot;
        hint: run `workroom db migrate --system agency`</failure>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn every_finding_is_a_failed_test_case() {
        let text = render(&super::super::findings::tests::sample());
        assert_eq!(text.matches("<failure").count(), 2, "{text}");
        assert!(
            text.contains("classname=\"sql/agency/V007__größe.sql\""),
            "{text}"
        );
    }

    #[test]
    fn a_report_without_checks_is_an_empty_suite() {
        assert_snapshot!(render(&Report::text("done")), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="workroom" tests="0" failures="0" errors="0"/>
        "#);
    }
}
