//! `--fix`: applies the edits of findings, and keeps only what lints silent afterwards.

use std::collections::BTreeSet;

use super::rule::Edit;
use super::{Linted, Script, lint};
use crate::files::TextFile;
use crate::report::Finding;

/// A file that `--fix` changes.
#[derive(Debug)]
pub struct Fixed {
    /// Position of the script.
    pub script: usize,
    /// The new text.
    pub text: String,
    /// How many findings are gone.
    pub mended: usize,
}

/// Mends what can be mended in the scripts at these positions. A finding is mended only when the file, linted
/// again, no longer has it and has nothing new.
#[must_use]
pub fn fix(scripts: &[Script], wanted: &[usize], off: &[String]) -> Vec<Fixed> {
    let mut scripts = scripts.to_vec();
    let mut fixed = Vec::new();
    for &at in wanted {
        let before = of(&lint(&scripts, off), at);
        let original = scripts[at].clone();
        let mut left = before.clone();
        let mut failed: BTreeSet<String> = BTreeSet::new();
        // One finding at a time: its edit may move the others.
        loop {
            let linted = lint(&scripts, off);
            let Some(linted) = linted.into_iter().find(|linted| linted.script == at) else {
                break;
            };
            let next = linted
                .findings
                .iter()
                .zip(&linted.edits)
                .find(|(finding, edits)| !edits.is_empty() && !failed.contains(&key(finding)));
            let Some((finding, edits)) = next else {
                break;
            };
            let previous = scripts[at].clone();
            scripts[at] = with_text(&previous, apply(&previous.file.text, edits));
            let now = of(&lint(&scripts, off), at);
            let is_better = now.len() < left.len() && now.iter().all(|rule| left.contains(rule));
            if is_better {
                left = now;
            } else {
                failed.insert(key(finding));
                scripts[at] = previous;
            }
        }
        if left.len() < before.len() {
            fixed.push(Fixed {
                script: at,
                text: scripts[at].file.text.to_string(),
                mended: before.len() - left.len(),
            });
        } else {
            scripts[at] = original;
        }
    }
    fixed
}

/// The rules of a file's findings.
fn of(linted: &[Linted], script: usize) -> Vec<String> {
    linted
        .iter()
        .filter(|linted| linted.script == script)
        .flat_map(|linted| linted.findings.iter().map(|finding| finding.rule.clone()))
        .collect()
}

fn key(finding: &Finding) -> String {
    format!("{} {}", finding.rule, finding.message)
}

fn with_text(script: &Script, text: String) -> Script {
    let file = TextFile::new(script.file.path.clone(), text);
    let headers = crate::project::Headers::of(&file);
    Script {
        file,
        headers,
        ..script.clone()
    }
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.span, &edit.text);
    }
    text
}
