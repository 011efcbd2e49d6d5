//! What an SQL text speaks of: its words, its constants with what each is compared with, and the settings that it reads.
//!
//! This says what to try and never what is right, so that it need not understand the text.

use std::collections::BTreeSet;

use super::items::{Item, is_key, items, path, path_before};
use crate::policy::Sign;
use crate::prove::fixture::{Nesting, Step};

/// What a text speaks of.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// Names and keywords, as the catalog writes them.
    pub(super) words: BTreeSet<String>,
    /// Texts and numbers.
    pub(super) constants: Vec<Constant>,
    /// Paths in JSON.
    pub(super) paths: BTreeSet<Vec<String>>,
    /// Settings that are read.
    pub(super) settings: BTreeSet<String>,
    /// Whether something is compared with a pattern.
    pub(super) has_pattern: bool,
    /// Whether the clock is read.
    pub(super) has_clock: bool,
    /// Whether blanks around a text are taken off.
    pub(super) has_trim: bool,
}

/// A constant and what it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Constant {
    pub(super) value: String,
    pub(super) is_number: bool,
    /// Words on either side of a comparison, and what they have to be to the constant; of a call, the function.
    pub(super) beside: Vec<(String, Sign)>,
    /// Whether a sign of comparison or a list stands beside it.
    pub(super) is_compared: bool,
    /// The groups around it.
    pub(super) nesting: Nesting,
    /// Keys in JSON, when what it is compared with lies there.
    pub(super) path: Vec<String>,
    /// The setting that it is compared with.
    pub(super) setting: Option<String>,
}

/// Words between a constant and what it is compared with.
const BETWEEN: [&str; 33] = [
    "all",
    "and",
    "any",
    "array",
    "between",
    "bool",
    "boolean",
    "btrim",
    "clock_timestamp",
    "coalesce",
    "current_date",
    "current_timestamp",
    "date",
    "ilike",
    "in",
    "interval",
    "is",
    "like",
    "localtimestamp",
    "lower",
    "not",
    "now",
    "null",
    "nullif",
    "numeric",
    "or",
    "pg_catalog",
    "statement_timestamp",
    "timestamp",
    "timestamptz",
    "transaction_timestamp",
    "trim",
    "upper",
];

/// Nothing before these is compared with what comes after them.
const BEGINNINGS: [&str; 12] = [
    "select", "where", "from", "return", "returns", "then", "else", "if", "elsif", "case", "when",
    "begin",
];

const CLOCKS: [&str; 7] = [
    "now",
    "current_timestamp",
    "current_date",
    "localtimestamp",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
];

/// Reads a text; one that cannot be read speaks of nothing.
pub(super) fn read(text: &str) -> Reading {
    let mut reading = Reading::default();
    let items = items(text);
    let mut nesting = Nesting::new();
    let mut groups = 0;
    let mut enter = |nesting: &mut Nesting, is_negated| {
        nesting.push(Step {
            group: groups,
            alternative: 0,
            is_negated,
        });
        groups += 1;
    };
    enter(&mut nesting, false);
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Symbol('(' | '[') => enter(&mut nesting, is_word(&items, at, "not")),
            Item::Symbol(')' | ']') => {
                nesting.pop();
            }
            Item::Word(word) if word == "or" => {
                if let Some(step) = nesting.last_mut() {
                    step.alternative += 1;
                }
            }
            Item::Word(word) => {
                reading.has_clock |= CLOCKS.contains(&word.as_str());
                reading.has_pattern |= ["like", "ilike", "similar"].contains(&word.as_str());
                reading.has_trim |= ["btrim", "ltrim", "rtrim", "trim"].contains(&word.as_str());
                reading.words.insert(word.clone());
            }
            Item::Symbol(symbol) => reading.has_pattern |= *symbol == '~',
            Item::Text(_) if is_key(&items, at) => {
                reading.paths.insert(path(&items, at));
            }
            Item::Text(text) | Item::Number(text) => match before(&items, at) {
                Before::SettingName => {
                    reading.settings.insert(text.clone());
                }
                before => {
                    let mut constant = Constant {
                        value: text.clone(),
                        is_number: matches!(item, Item::Number(_)),
                        beside: after(&items, at).into_iter().collect(),
                        is_compared: has_comparison(&items, at) || is_followed(&items, at),
                        nesting: nesting.clone(),
                        path: path_before(&items, at),
                        setting: None,
                    };
                    match before {
                        Before::Word(word, sign) => constant.beside.insert(0, (word, sign)),
                        Before::Setting(name) => constant.setting = Some(name),
                        Before::SettingName | Before::Nothing => {}
                    }
                    if !reading.constants.contains(&constant) {
                        reading.constants.push(constant);
                    }
                }
            },
        }
    }
    reading
}

enum Before {
    Nothing,
    Word(String, Sign),
    Setting(String),
    SettingName,
}

fn before(items: &[Item], at: usize) -> Before {
    let mut passed: Option<&String> = None;
    let mut is_behind_comma = false;
    let mut signs = String::new();
    let mut is_negated = false;
    let mut is_read = false;
    for (place, item) in items[..at].iter().enumerate().rev() {
        let is_sign = matches!(item, Item::Symbol(letter) if "=<>!".contains(*letter));
        is_read |= !signs.is_empty() && !is_sign;
        match item {
            Item::Symbol(';') => return Before::Nothing,
            Item::Symbol(symbol) => {
                is_behind_comma |= *symbol == ',' && passed.is_none();
                if is_sign && !is_read {
                    signs.insert(0, *symbol);
                }
            }
            Item::Text(text) | Item::Number(text) => passed = Some(text),
            // The name that the server gives to what a sub-select comes to.
            Item::Word(word)
                if word == "as"
                    || word == "current_setting"
                        && !matches!(items.get(place + 1), Some(Item::Symbol('('))) => {}
            Item::Word(word) if word == "current_setting" => {
                match passed {
                    None => return Before::SettingName,
                    // What stands in for a setting that is not set is compared with what the setting is.
                    Some(_) if is_behind_comma && !has_comparison(items, at) => {}
                    Some(name) => return Before::Setting(name.clone()),
                }
            }
            // `is distinct from`
            Item::Word(word) if word == "from" && is_word(items, place, "distinct") => {
                is_negated = !is_negated;
            }
            Item::Word(word) if word == "distinct" => {}
            Item::Word(word) if word == "not" => is_negated = !is_negated,
            Item::Word(word) if BETWEEN.contains(&word.as_str()) => {}
            Item::Word(word) if ["true", "false"].contains(&word.as_str()) => {}
            Item::Word(word) if BEGINNINGS.contains(&word.as_str()) => return Before::Nothing,
            Item::Word(word) => return Before::Word(word.clone(), sign(&signs, is_negated)),
        }
    }
    Before::Nothing
}

/// Whether a word stands before a place.
fn is_word(items: &[Item], place: usize, word: &str) -> bool {
    let item = place.checked_sub(1).and_then(|before| items.get(before));
    matches!(item, Some(Item::Word(found)) if found == word)
}

/// What a comparison is, as far as its letters tell.
fn sign(letters: &str, is_negated: bool) -> Sign {
    let sign = match letters {
        "<>" | "!=" => Sign::Different,
        "<" => Sign::Less,
        "<=" => Sign::LessOrEqual,
        ">" => Sign::Greater,
        ">=" => Sign::GreaterOrEqual,
        _ => Sign::Equal,
    };
    if is_negated { sign.negated() } else { sign }
}

/// Whether a sign of comparison stands before a constant, or a list.
fn has_comparison(items: &[Item], at: usize) -> bool {
    let before = items[..at].iter().rev().take_while(|item| match item {
        Item::Word(word) => BETWEEN.contains(&word.as_str()),
        _ => true,
    });
    let mut before = before;
    before.any(|item| match item {
        Item::Symbol(symbol) => "=<>~".contains(*symbol),
        Item::Word(word) => ["in", "between", "like", "ilike"].contains(&word.as_str()),
        Item::Text(_) | Item::Number(_) => false,
    })
}

/// Whether a sign of comparison stands behind a constant.
fn is_followed(items: &[Item], at: usize) -> bool {
    matches!(
        items.get(at + 1),
        Some(Item::Symbol('=' | '<' | '>' | '~' | '!'))
    )
}

fn after(items: &[Item], at: usize) -> Option<(String, Sign)> {
    let letter = |item: &Item| match item {
        Item::Symbol(letter) if "=<>~!".contains(*letter) => Some(*letter),
        _ => None,
    };
    let letters: String = items[at + 1..].iter().map_while(letter).take(2).collect();
    if letters.is_empty() {
        return None;
    }
    let mut rest = items[at + 1..].iter();
    rest.find_map(|item| match item {
        Item::Word(word) if !BETWEEN.contains(&word.as_str()) => {
            Some((word.clone(), sign(&letters, false).turned()))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constants(text: &str) -> Vec<(String, Vec<String>, Option<String>)> {
        let constants = read(text).constants.into_iter();
        constants
            .map(|one| {
                let beside = one.beside.into_iter().map(|(word, _)| word).collect();
                (one.value, beside, one.setting)
            })
            .collect()
    }

    #[test]
    fn what_a_constant_is_compared_with_has_a_sign() {
        let sign = |text: &str| read(text).constants[0].beside[0].1;
        for (text, wanted) in [
            ("(kind = 'a'::text)", Sign::Equal),
            ("(kind <> ALL (ARRAY['a'::text]))", Sign::Different),
            ("kind not in ('a')", Sign::Different),
            ("kind IS DISTINCT FROM 'a'", Sign::Different),
            ("kind is not distinct from 'a'", Sign::Equal),
            ("level >= 5", Sign::GreaterOrEqual),
            ("5 < level", Sign::Greater),
            ("level between 1 and 5", Sign::Equal),
        ] {
            assert_eq!(sign(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_constant_is_compared_with_what_stands_beside_it() {
        let found = |value: &str, beside: &[&str]| {
            let beside = beside.iter().map(ToString::to_string).collect();
            (value.to_owned(), beside, None)
        };
        assert_eq!(
            constants(
                "((person.rank)::text = ANY (ARRAY['a'::public.rank, 'd'::character varying]))"
            ),
            [found("a", &["rank"]), found("d", &["rank"])]
        );
        assert_eq!(
            constants("lower(kind) = 'x' and 5 < level"),
            [found("x", &["kind"]), found("5", &["kind", "level"])]
        );
        assert_eq!(
            constants("created_at > (now() - '1 day'::interval)"),
            [found("1 day", &["created_at"])]
        );
        assert_eq!(
            constants("is_at_least('editor')"),
            [found("editor", &["is_at_least"])]
        );
    }

    #[test]
    fn settings_and_what_they_are_compared_with_are_told_apart() {
        let text = "coalesce(current_setting('app.mode', true), '') = 'open'";
        let reading = read(text);
        assert_eq!(
            reading.settings.into_iter().collect::<Vec<_>>(),
            ["app.mode"]
        );
        assert!(constants(text).contains(&(
            "open".to_owned(),
            Vec::new(),
            Some("app.mode".to_owned())
        )));
        assert!(read("tenant::text ~~ x").has_pattern);
        let text =
            "(( SELECT current_setting('app.mode'::text, true) AS current_setting) = 'open'::text)";
        let reading = read(text);
        assert_eq!(reading.settings.len(), 1);
        assert_eq!(reading.constants[0].setting.as_deref(), Some("app.mode"));
    }

    #[test]
    fn keys_in_json_are_no_constants() {
        let reading = read("((auth.jwt() -> 'app'::text) ->> 'role'::text) = 'admin'::text");
        let path = ["app", "role"].map(str::to_owned).to_vec();
        assert!(reading.paths.contains(&path));
        assert_eq!(reading.constants.len(), 1);
        assert_eq!(reading.constants[0].path, path);
        let reading = read("data #>> '{app,role}' = 'x'");
        assert_eq!(reading.constants[0].path, path);
    }

    #[test]
    fn bodies_of_functions_are_read_and_comments_are_not() {
        let text = "as $body$ select kind = 'it''s' -- don't\n $body$";
        assert_eq!(constants(text)[0].0, "it's");
    }
}
