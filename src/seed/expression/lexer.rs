//! Words and signs of an expression.

use std::ops::Range;

use super::complaint::Complaint;

/// One word or sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, with its dots: `campaign.start_date`.
    Name(String),
    /// A number, as written.
    Number(String),
    /// A text in single quotes.
    Text(String),
    /// A sign: `<=`, `(`.
    Sign(&'static str),
}

const SIGNS: [&str; 18] = [
    "==", "<=", ">=", "<>", "!=", "||", "::", "=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]",
];

/// Splits an expression.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Complaint> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = rest
                .find(|next: char| !(next.is_ascii_alphanumeric() || next == '_' || next == '.'))
                .unwrap_or(rest.len());
            tokens.push((Token::Name(rest[..length].to_owned()), at..at + length));
            length
        } else if first.is_ascii_digit() {
            let length = rest
                .find(|next: char| !(next.is_ascii_digit() || next == '_' || next == '.'))
                .unwrap_or(rest.len());
            tokens.push((Token::Number(rest[..length].to_owned()), at..at + length));
            length
        } else if first == '\'' {
            let (value, length) = quoted(rest).ok_or_else(|| {
                Complaint::new(at..text.len(), "a text without its closing quote")
            })?;
            tokens.push((Token::Text(value), at..at + length));
            length
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push((Token::Sign(sign), at..at + sign.len()));
            sign.len()
        } else if first == ',' {
            tokens.push((Token::Sign(","), at..at + 1));
            1
        } else {
            let end = at + first.len_utf8();
            return Err(Complaint::new(
                at..end,
                format!("`{first}` means nothing here"),
            ));
        };
        at += length;
    }
    Ok(tokens)
}

/// A text in single quotes, a doubled quote standing for one; with its length.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != '\'' {
            value.push(character);
        } else if characters.peek().is_some_and(|(_, next)| *next == '\'') {
            characters.next();
            value.push('\'');
        } else {
            return Some((value, at + 1));
        }
    }
    None
}
