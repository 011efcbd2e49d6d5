//! Texts: what a check names, what its patterns let pass, a length, words with a number.

use super::super::pattern;
use super::{Asked, Proposal, Words, add, following, plain};
use crate::seed::column_type::ColumnType;
use crate::sql::literal;

pub(super) fn propose(column: &Asked, others: &[Asked], words: &Words, found: &mut Vec<Proposal>) {
    if let ColumnType::Enum(labels) = &column.data_type {
        found.extend(
            labels
                .iter()
                .map(|label| plain(format!("{label:?}"), &[&literal(label)])),
        );
        return;
    }
    let fits = |text: &str| match column.data_type.most_characters() {
        Some(most) => text.chars().count() <= most as usize,
        None => true,
    };
    let mut constants = Vec::new();
    for text in &words.texts {
        for made in [
            pattern::regular(text),
            Some(pattern::like(text)),
            Some(text.clone()),
        ]
        .into_iter()
        .flatten()
        {
            if let Some(code) = pattern::numbered(&made).filter(|_| fits(&made)) {
                let at = |number: &str| {
                    let (before, rest) = code.split_once('{').unwrap_or_default();
                    let (zeros, after) = rest.split_once('}').unwrap_or_default();
                    literal(&format!(
                        "{before}{number:0>width$}{after}",
                        width = zeros.len()
                    ))
                };
                found.push(plain(
                    format!("{{ code = {code:?} }}"),
                    &[&at("1"), &at("100")],
                ));
            }
            add(&mut constants, made);
        }
    }
    for begin in words.texts.iter().filter_map(|text| beginning(text)) {
        let at = |row: u32| literal(&format!("{begin}{row}"));
        found.push(plain(
            format!("{{ text = {:?} }}", format!("{begin}{{row}}")),
            &[&at(1), &at(100)],
        ));
    }
    if words.texts.iter().any(|text| text.contains('@')) {
        found.push(plain(
            "{ text = \"{word}.{row}@example.com\" }",
            &["'oak.1@example.com'", "'willow.100@example.com'"],
        ));
    }
    for (line, samples) in [
        ("{ text = \"{word} {row}\" }", ["'oak 1'", "'willow 100'"]),
        ("{ text = \"{word}{row}\" }", ["'oak1'", "'willow100'"]),
        ("{ text = \"{row}\" }", ["'1'", "'100'"]),
        ("{ list = \"word\" }", ["'oak'", "'willow'"]),
        ("{ code = \"{000000}\" }", ["'000001'", "'000100'"]),
    ] {
        found.push(plain(line, &samples));
    }
    for length in words.lengths() {
        add(&mut constants, "a".repeat(length));
        found.push(plain(
            format!("{{ code = \"{{{}}}\" }}", "0".repeat(length.max(1))),
            &[
                &literal(&format!("{:0length$}", 1)),
                &literal(&format!("{:0length$}", 100)),
            ],
        ));
    }
    for other in others
        .iter()
        .filter(|other| other.data_type.is_plain_text())
    {
        found.push(following(
            format!("{{ value = \"lower({})\" }}", other.name),
            &other.name,
            &["pg_catalog.lower({})"],
        ));
        found.push(following(
            format!("{{ copy = \"{}\" }}", other.name),
            &other.name,
            &["{}"],
        ));
    }
    if !column.differs {
        // A label is written as the check has it, before what only looks like one.
        for text in words
            .texts
            .iter()
            .filter(|text| fits(text) && !text.contains('%'))
            .rev()
        {
            found.insert(0, plain(format!("{text:?}"), &[&literal(text)]));
        }
        constants.retain(|text| fits(text) && (text.contains('%') || !words.texts.contains(text)));
        found.extend(
            constants
                .iter()
                .map(|text| plain(format!("{text:?}"), &[&literal(text)])),
        );
    }
}

/// What a text begins with that a pattern of `like` lets go on in any way.
fn beginning(pattern: &str) -> Option<String> {
    let begin = pattern.strip_suffix('%')?.replace("\\_", "\u{1}");
    let is_fixed = !begin.is_empty() && !begin.contains(['%', '_', '\\', '{', '^']);
    is_fixed.then(|| begin.replace('\u{1}', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_only_begins_is_gone_on_with() {
        assert_eq!(beginning("ab\\_%").as_deref(), Some("ab_"));
        assert_eq!(beginning("https://%").as_deref(), Some("https://"));
        assert_eq!(beginning("a_%"), None);
        assert_eq!(beginning("%"), None);
    }
}
