//! The words, constants and signs of an SQL text, without types and comments.

use crate::files::TextFile;
use crate::sql::{TokenKind, tokens};

/// A piece of a text.
pub(super) enum Item {
    Word(String),
    Text(String),
    Number(String),
    Symbol(char),
}

/// The pieces of a text; one that cannot be read has none.
pub(super) fn items(text: &str) -> Vec<Item> {
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

/// Whether a text is a key in JSON: behind `->`, `->>`, `#>` or `#>>`.
pub(super) fn is_key(items: &[Item], at: usize) -> bool {
    let symbol = |back: usize| match at.checked_sub(back).and_then(|at| items.get(at)) {
        Some(Item::Symbol(symbol)) => Some(*symbol),
        _ => None,
    };
    symbol(1) == Some('>')
        && matches!(
            (symbol(2), symbol(3)),
            (Some('-' | '#'), _) | (Some('>'), Some('-' | '#'))
        )
}

/// The keys that lead to one and itself.
pub(super) fn path(items: &[Item], at: usize) -> Vec<String> {
    let mut path = path_before(items, at);
    if let Item::Text(text) = &items[at] {
        let keys = text.trim_matches(['{', '}']).split(',');
        path.extend(keys.map(str::to_owned));
    }
    path
}

/// The keys before something, with nothing but signs between.
pub(super) fn path_before(items: &[Item], at: usize) -> Vec<String> {
    let is_other = |item: &Item| !matches!(item, Item::Symbol(_));
    let last = items[..at].iter().rposition(is_other);
    let last = last.filter(|last| is_key(items, *last));
    last.map_or_else(Vec::new, |last| path(items, last))
}
