//! JSON: documents that a check names, objects of the keys that it names, with words, numbers and what else it names as
//! their values.

use super::{Proposal, Words, plain};
use crate::files::toml::quoted;
use crate::seed::value::{UNIT, json};
use crate::sql::literal;

/// Texts of a check that are taken as keys.
const MOST_KEYS: usize = 8;

pub(super) fn propose(words: &Words, found: &mut Vec<Proposal>) {
    for document in ["{}", "[]"] {
        found.push(document_of(document));
    }
    let is_document =
        |text: &&String| text.starts_with(['{', '[']) && json::canonical(text).is_some();
    found.extend(
        words
            .texts
            .iter()
            .filter(is_document)
            .map(|text| document_of(text)),
    );
    found.push(plain(
        "{ json_list = { word = { list = \"word\" } }, count = [1, 2] }",
        &["'[{\"word\": \"elm\"}]'"],
    ));
    let keys: Vec<&str> = words
        .texts
        .iter()
        .map(String::as_str)
        .filter(|text| !text.is_empty() && !text.starts_with(['{', '[']))
        .take(MOST_KEYS)
        .collect();
    let word = ("{ list = \"word\" }", "\"elm\"");
    let number = ("{ number = [1, 9] }", "1");
    for values in [word, number] {
        for key in &keys {
            found.push(object(&[key], values));
        }
        if keys.len() > 1 {
            found.push(object(&keys, values));
        }
    }
    for value in &keys {
        let others: Vec<&str> = keys.iter().copied().filter(|key| key != value).collect();
        let value = (quoted(value), text(value));
        for key in &others {
            found.push(object(&[key], (&value.0, &value.1)));
        }
        if others.len() > 1 {
            found.push(object(&others, (&value.0, &value.1)));
        }
    }
    let numbers = words
        .numbers
        .iter()
        .flat_map(|number| [number / UNIT, number / UNIT + 1]);
    let others = numbers.map(|number| number.to_string());
    let others = others.chain(["[]", "{}", "[\"elm\"]", "true", "false"].map(str::to_owned));
    for value in others.collect::<Vec<_>>() {
        for key in &keys {
            found.push(document_of(&format!("{{{}: {value}}}", text(key))));
        }
    }
    for outer in &keys {
        for inner in keys.iter().filter(|inner| *inner != outer) {
            for value in ["\"elm\"", "1"] {
                found.push(document_of(&format!(
                    "{{{}: {{{}: {value}}}}}",
                    text(outer),
                    text(inner)
                )));
            }
        }
    }
    // The path of `#>>`.
    for path in words
        .texts
        .iter()
        .filter_map(|text| text.strip_prefix('{')?.strip_suffix('}'))
    {
        for value in ["\"elm\"", "1"] {
            let steps = path.rsplit(',').map(str::trim);
            let made = steps.fold(value.to_owned(), |value, step| {
                format!("{{{}: {value}}}", text(step))
            });
            found.push(document_of(&made));
        }
    }
    for scalar in ["\"elm\"", "1", "true"] {
        found.push(document_of(scalar));
    }
}

/// A document as it is.
fn document_of(document: &str) -> Proposal {
    plain(quoted(document), &[&literal(document)])
}

/// An object with the same value under several keys: its line and its sample.
fn object(keys: &[&str], (line, sample): (&str, &str)) -> Proposal {
    let lines: Vec<String> = keys
        .iter()
        .map(|key| format!("{} = {line}", quoted(key)))
        .collect();
    let samples: Vec<String> = keys
        .iter()
        .map(|key| format!("{}: {sample}", text(key)))
        .collect();
    plain(
        format!("{{ json = {{ {} }} }}", lines.join(", ")),
        &[&literal(&format!("{{{}}}", samples.join(", ")))],
    )
}

fn text(text: &str) -> String {
    let mut out = String::new();
    crate::seed::value::text::write_json(&mut out, text);
    out
}
