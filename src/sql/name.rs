//! Names in statements, read from tokens: those that follow a keyword, with the schema that they stand in.

use super::lexer::{Token, TokenKind};
use super::statement::Statement;
use crate::files::TextFile;

/// A schema and a name in it.
pub type Name = (String, String);

/// The schema of names that have none.
pub(super) const DEFAULT_SCHEMA: &str = "public";

/// The name that follows a keyword, `if [not] exists` skipped.
pub(super) fn name_after(file: &TextFile, statement: &Statement, keyword: &str) -> Option<Name> {
    names_after(file, statement, keyword).into_iter().next()
}

/// The comma-separated names that follow a keyword; argument lists in parentheses are skipped.
pub(super) fn names_after(file: &TextFile, statement: &Statement, keyword: &str) -> Vec<Name> {
    let text = |token: &Token| file.text[token.span.clone()].to_owned();
    let mut tokens = statement
        .tokens
        .iter()
        .skip_while(|token| !text(token).eq_ignore_ascii_case(keyword))
        .skip(1)
        .skip_while(|token| {
            ["if", "not", "exists"].contains(&text(token).to_ascii_lowercase().as_str())
        });
    let mut names = Vec::new();
    let mut parts: Vec<String> = Vec::new();
    let mut after_dot = true;
    let mut depth = 0usize;
    loop {
        let token = tokens.next();
        let symbol = token.map(|token| (token.kind, text(token)));
        match &symbol {
            Some((TokenKind::Symbol, sign)) if sign == "(" => depth += 1,
            Some((TokenKind::Symbol, sign)) if sign == ")" => depth = depth.saturating_sub(1),
            Some(_) if depth > 0 => {}
            Some((TokenKind::Symbol, sign)) if sign == "." => after_dot = true,
            Some((TokenKind::Word, word)) if after_dot => {
                parts.push(word.to_ascii_lowercase());
                after_dot = false;
            }
            Some((TokenKind::QuotedName, name)) if after_dot => {
                parts.push(name.trim_matches('"').replace("\"\"", "\""));
                after_dot = false;
            }
            other => {
                let name = parts.pop();
                if let Some(name) = name {
                    let schema = parts.pop().unwrap_or_else(|| DEFAULT_SCHEMA.to_owned());
                    names.push((schema, name));
                }
                parts.clear();
                after_dot = true;
                if !matches!(other, Some((TokenKind::Symbol, sign)) if sign == ",") {
                    return names;
                }
            }
        }
    }
}
