//! What the tests of rules share: SQL in, the findings of one rule out.

use super::{Kind, RULES, Rule, Script, fix, lint, summary};
use crate::files::TextFile;
use crate::project::Headers;
use crate::report::Severity;

/// Scripts of a text: a line `-- V002__name.sql` begins a further migration, `-- views/name.sql` an object.
pub(super) fn scripts(text: &str) -> Vec<Script> {
    let mut parts: Vec<(String, String)> = vec![("V001__case.sql".to_owned(), String::new())];
    for line in text.split_inclusive('\n') {
        let name = line.trim().strip_prefix("-- ").unwrap_or_default();
        let begins = name.ends_with(".sql")
            && (name.starts_with('V') || name.starts_with("views/"))
            && !name.contains(' ');
        if begins {
            if parts.last().is_some_and(|(_, text)| text.trim().is_empty()) {
                parts.pop();
            }
            parts.push((name.to_owned(), String::new()));
        } else if let Some((_, text)) = parts.last_mut() {
            text.push_str(line);
        }
    }
    parts
        .into_iter()
        .map(|(path, text)| {
            let file = TextFile::new(path.as_str(), text);
            Script {
                kind: if path.starts_with("views/") {
                    Kind::Object
                } else {
                    Kind::Migration
                },
                headers: Headers::of(&file),
                is_secured: true,
                tenant: Some("tenant_id".to_owned()),
                file,
            }
        })
        .collect()
}

/// What one rule says about a text, as `line:column message`.
pub(super) fn says(rule: &str, text: &str) -> Vec<String> {
    lint(&scripts(text), &[])
        .into_iter()
        .flat_map(|linted| linted.findings)
        .filter(|finding| finding.rule == rule)
        .map(|finding| {
            let (line, column) = finding.place.line_column().unwrap_or_default();
            format!("{line}:{column} {}", finding.message)
        })
        .collect()
}

/// How bad what one rule says about a text is, in the order of its places.
pub(super) fn severities(rule: &Rule, text: &str) -> Vec<Severity> {
    let linted = lint(&scripts(text), &[]).into_iter();
    let findings = linted.flat_map(|linted| linted.findings);
    findings
        .filter(|finding| finding.rule == rule.name)
        .map(|finding| finding.severity)
        .collect()
}

/// The rule finds something in every text.
pub(super) fn catches(rule: &Rule, texts: &[&str]) {
    for text in texts {
        assert!(
            !says(rule.name, text).is_empty(),
            "{} is silent about:\n{text}",
            rule.name
        );
    }
}

/// The rule finds nothing in any text.
pub(super) fn accepts(rule: &Rule, texts: &[&str]) {
    for text in texts {
        let said = says(rule.name, text);
        assert!(
            said.is_empty(),
            "{} says {said:?} about:\n{text}",
            rule.name
        );
    }
}

/// `--fix` on the last file of a text gives this; the rule has then nothing to say.
pub(super) fn mends(rule: &Rule, text: &str, expected: &str) {
    let scripts = scripts(text);
    let last = scripts.len() - 1;
    let off: Vec<String> = RULES
        .iter()
        .filter(|other| other.name != rule.name)
        .map(|rule| rule.name.to_owned())
        .collect();
    let fixed = fix(&scripts, &[last], &off);
    assert_eq!(fixed.len(), 1, "{} mends nothing in:\n{text}", rule.name);
    assert_eq!(fixed[0].text, expected);
}

fn page(rule: &Rule) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(root.join(rule.page())).unwrap()
}

/// The ```sql blocks under a heading of a page.
fn blocks<'page>(page: &'page str, heading: &str) -> Vec<&'page str> {
    let Some((_, section)) = page.split_once(&format!("\n## {heading}\n")) else {
        return Vec::new();
    };
    let section = section.split("\n## ").next().unwrap_or_default();
    section
        .split("```sql\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

#[test]
fn every_rule_has_a_page_whose_examples_say_the_truth() {
    for rule in RULES {
        let page = &page(rule);
        assert!(
            page.starts_with(&format!("# {}\n", rule.name)),
            "{}",
            rule.name
        );
        for heading in ["Problem", "Instead of", "Use", "Evidence"] {
            assert!(
                page.contains(&format!("\n## {heading}\n")),
                "docs/lint/{}.md has no section {heading}",
                rule.name
            );
        }
        let (bad, good) = (blocks(page, "Instead of"), blocks(page, "Use"));
        assert!(
            !bad.is_empty() && !good.is_empty(),
            "{}: no examples",
            rule.name
        );
        catches(rule, &bad);
        accepts(rule, &good);
    }
}

#[test]
fn every_file_of_a_rule_is_in_the_list_and_every_page_has_its_rule() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = |folder: &str, ending: &str| -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(root.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
            .filter(|name| name != "mod" && name != "README")
            .collect();
        names.sort();
        names
    };
    let mut listed: Vec<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    let in_order = listed.is_sorted();
    listed.sort();
    assert!(in_order, "the list is in alphabetical order");
    assert_eq!(names("docs/lint", ".md"), listed);
    let files: Vec<String> = names("src/lint/rules", ".rs")
        .into_iter()
        .map(|name| name.replace('_', "-"))
        .collect();
    assert_eq!(files, listed);
}

#[test]
fn the_index_of_pages_lists_every_rule_with_its_summary() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let index = std::fs::read_to_string(root.join("docs/lint/README.md")).unwrap();
    let listed: Vec<&str> = index
        .lines()
        .filter(|line| line.starts_with("- ["))
        .collect();
    let expected: Vec<String> = RULES
        .iter()
        .map(|rule| format!("- [{0}]({0}.md): {1}", rule.name, summary(&page(rule))))
        .collect();
    assert_eq!(listed, expected);
}
