//! What an SQL text speaks of: its words, its constants with what each is compared with, and the settings that it reads.
//!
//! This says what to try and never what is right, so that it need not understand the text.

use std::collections::BTreeSet;

use crate::files::TextFile;
use crate::sql::{TokenKind, tokens};

/// What a text speaks of.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// Names and keywords, as the catalog writes them.
    pub(super) words: BTreeSet<String>,
    /// Texts and numbers.
    pub(super) constants: Vec<Constant>,
    /// Settings that are read.
    pub(super) settings: BTreeSet<String>,
    /// Whether something is compared with a pattern.
    pub(super) has_pattern: bool,
    /// Whether the clock is read.
    pub(super) has_clock: bool,
}

/// A constant and what it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Constant {
    pub(super) value: String,
    pub(super) is_number: bool,
    /// Words on either side of a comparison; of a call, the function.
    pub(super) beside: Vec<String>,
    /// The setting that it is compared with.
    pub(super) setting: Option<String>,
}

enum Item {
    Word(String),
    Text(String),
    Number(String),
    Symbol(char),
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
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Word(word) => {
                reading.has_clock |= CLOCKS.contains(&word.as_str());
                reading.has_pattern |= ["like", "ilike", "similar"].contains(&word.as_str());
                reading.words.insert(word.clone());
            }
            Item::Symbol(symbol) => reading.has_pattern |= *symbol == '~',
            Item::Text(text) | Item::Number(text) => match before(&items, at) {
                Before::SettingName => {
                    reading.settings.insert(text.clone());
                }
                before => {
                    let mut constant = Constant {
                        value: text.clone(),
                        is_number: matches!(item, Item::Number(_)),
                        beside: after(&items, at).into_iter().collect(),
                        setting: None,
                    };
                    match before {
                        Before::Word(word) => constant.beside.insert(0, word),
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
    Word(String),
    Setting(String),
    SettingName,
}

fn before(items: &[Item], at: usize) -> Before {
    let mut passed: Option<&String> = None;
    let mut is_behind_comma = false;
    for item in items[..at].iter().rev() {
        match item {
            Item::Symbol(';') => return Before::Nothing,
            Item::Symbol(symbol) => is_behind_comma |= *symbol == ',' && passed.is_none(),
            Item::Text(text) | Item::Number(text) => passed = Some(text),
            Item::Word(word) if word == "current_setting" => {
                match passed {
                    None => return Before::SettingName,
                    // What stands in for a setting that is not set is compared with what the setting is.
                    Some(_) if is_behind_comma && !has_comparison(items, at) => {}
                    Some(name) => return Before::Setting(name.clone()),
                }
            }
            Item::Word(word) if BETWEEN.contains(&word.as_str()) => {}
            Item::Word(word) if ["true", "false"].contains(&word.as_str()) => {}
            Item::Word(word) if BEGINNINGS.contains(&word.as_str()) => return Before::Nothing,
            Item::Word(word) => return Before::Word(word.clone()),
        }
    }
    Before::Nothing
}

/// Whether a sign of comparison stands before a constant, or a list.
fn has_comparison(items: &[Item], at: usize) -> bool {
    let before = items[..at].iter().rev().take_while(|item| match item {
        Item::Word(word) => BETWEEN.contains(&word.as_str()),
        _ => true,
    });
    let mut before = before;
    before.any(|item| matches!(item, Item::Symbol('=' | '<' | '>' | '~')))
}

fn after(items: &[Item], at: usize) -> Option<String> {
    if !matches!(
        items.get(at + 1)?,
        Item::Symbol('=' | '<' | '>' | '~' | '!')
    ) {
        return None;
    }
    let mut rest = items[at + 1..].iter();
    rest.find_map(|item| match item {
        Item::Word(word) if !BETWEEN.contains(&word.as_str()) => Some(word.clone()),
        _ => None,
    })
}

fn items(text: &str) -> Vec<Item> {
    let file = TextFile::new("sql", text);
    let Ok(found) = tokens(&file) else {
        return Vec::new();
    };
    let mut items = Vec::new();
    let mut is_type = false;
    let mut colons = 0;
    for token in &found {
        let piece = &text[token.span.clone()];
        let is_colon = piece == ":";
        match token.kind {
            // What stands behind `::` is a type.
            TokenKind::Word | TokenKind::QuotedName if is_type => {
                is_type = [
                    "character",
                    "double",
                    "timestamp",
                    "time",
                    "with",
                    "without",
                    "time",
                ]
                .contains(&piece);
                continue;
            }
            TokenKind::Symbol if is_type && piece == "." => continue,
            TokenKind::Word => items.push(Item::Word(piece.to_lowercase())),
            TokenKind::QuotedName => {
                items.push(Item::Word(piece.trim_matches('"').replace("\"\"", "\"")));
            }
            TokenKind::Text => {
                let quoted = piece
                    .split_once('\'')
                    .and_then(|(_, rest)| rest.strip_suffix('\''));
                items.push(Item::Text(quoted.unwrap_or_default().replace("''", "'")));
            }
            TokenKind::DollarText => {
                let inside = piece[1..].split_once('$').map_or("", |(_, rest)| rest);
                let inside = inside
                    .rsplit_once('$')
                    .and_then(|(rest, _)| rest.rsplit_once('$'));
                items.extend(self::items(inside.map_or("", |(inside, _)| inside)));
            }
            TokenKind::Number => items.push(Item::Number(piece.to_owned())),
            TokenKind::Symbol => items.extend(piece.chars().next().map(Item::Symbol)),
            TokenKind::Parameter | TokenKind::MetaCommand => {}
        }
        colons = if is_colon { colons + 1 } else { 0 };
        is_type = colons == 2;
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constants(text: &str) -> Vec<(String, Vec<String>, Option<String>)> {
        let constants = read(text).constants.into_iter();
        constants
            .map(|one| (one.value, one.beside, one.setting))
            .collect()
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
    }

    #[test]
    fn bodies_of_functions_are_read_and_comments_are_not() {
        let text = "as $body$ select kind = 'it''s' -- don't\n $body$";
        assert_eq!(constants(text)[0].0, "it's");
    }
}
