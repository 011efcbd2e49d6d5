//! Postgres's lexical rules: what is quoted, what is a comment, what is a word.
//!
//! Source: the PostgreSQL documentation, section "Lexical Structure"; `standard_conforming_strings = on`.

use std::ops::Range;

use crate::error::Error;
use crate::files::TextFile;

/// A piece of SQL text; white space and comments are not tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes in the text.
    pub span: Range<usize>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An unquoted word: a keyword or a name.
    Word,
    /// `"…"`, also `U&"…"`.
    QuotedName,
    /// `'…'`, `E'…'`, `B'…'`, `X'…'`, `N'…'`, `U&'…'`.
    Text,
    /// `$tag$…$tag$`.
    DollarText,
    /// A number.
    Number,
    /// `$1`.
    Parameter,
    /// A psql meta-command: a backslash at the beginning of a statement's line.
    MetaCommand,
    /// Any other single character: `;`, `(`, `=` …
    Symbol,
}

/// Reads a file as tokens.
///
/// # Errors
/// When a quote or a comment is never closed; the place is where it was opened.
pub fn tokens(file: &TextFile) -> Result<Vec<Token>, Error> {
    let text = file.text.as_ref();
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        let start = lexer.at;
        match lexer.next() {
            Ok(Some(token)) => tokens.push(token),
            Ok(None) => return Ok(tokens),
            Err(unclosed) => {
                return Err(Error::project(format!("{unclosed} is never closed"))
                    .at(file.place(lexer.at.max(start)..lexer.at.max(start) + 1))
                    .because(format!(
                        "{unclosed} that opens here runs to the end of the file"
                    ))
                    .hint("close it; a statement inside it would silently not run"));
            }
        }
    }
}

struct Lexer<'text> {
    text: &'text str,
    at: usize,
}

type Unclosed = &'static str;

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Result<Option<Token>, Unclosed> {
        self.skip_blank()?;
        let start = self.at;
        let Some(first) = self.peek() else {
            return Ok(None);
        };
        let kind = match first {
            '\'' => self.text_literal(0, false)?,
            '"' => self.quoted_name(0)?,
            '$' => self.dollar()?,
            '\\' => self.meta_command(),
            _ if is_word_start(first) => self.word()?,
            _ if first.is_ascii_digit() => self.number(),
            '.' if self.rest()[1..].starts_with(|next: char| next.is_ascii_digit()) => {
                self.number()
            }
            _ => {
                self.at += first.len_utf8();
                TokenKind::Symbol
            }
        };
        Ok(Some(Token {
            kind,
            span: start..self.at,
        }))
    }

    fn skip_blank(&mut self) -> Result<(), Unclosed> {
        loop {
            let rest = self.rest();
            let blank = rest.len()
                - rest
                    .trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}'])
                    .len();
            self.at += blank;
            let rest = self.rest();
            if rest.starts_with("--") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.at += comment_length(rest).ok_or("a comment")?;
            } else {
                return Ok(());
            }
        }
    }

    /// `prefix` bytes stand before the quote.
    fn text_literal(&mut self, prefix: usize, escapes: bool) -> Result<TokenKind, Unclosed> {
        let length = quoted_length(&self.rest()[prefix..], '\'', escapes).ok_or("a text")?;
        self.at += prefix + length;
        Ok(TokenKind::Text)
    }

    fn quoted_name(&mut self, prefix: usize) -> Result<TokenKind, Unclosed> {
        let length = quoted_length(&self.rest()[prefix..], '"', false).ok_or("a quoted name")?;
        self.at += prefix + length;
        Ok(TokenKind::QuotedName)
    }

    fn dollar(&mut self) -> Result<TokenKind, Unclosed> {
        let rest = self.rest();
        let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            self.at += 1 + digits;
            return Ok(TokenKind::Parameter);
        }
        let Some(tag) = dollar_tag(rest) else {
            self.at += 1;
            return Ok(TokenKind::Symbol);
        };
        let body = rest[tag.len()..].find(tag).ok_or("a dollar-quoted text")?;
        self.at += tag.len() + body + tag.len();
        Ok(TokenKind::DollarText)
    }

    fn meta_command(&mut self) -> TokenKind {
        let rest = self.rest();
        self.at += rest.find('\n').unwrap_or(rest.len());
        TokenKind::MetaCommand
    }

    fn word(&mut self) -> Result<TokenKind, Unclosed> {
        let rest = self.rest();
        let mut head = rest.chars();
        match (head.next(), head.next(), head.next()) {
            (Some('e' | 'E'), Some('\''), _) => return self.text_literal(1, true),
            (Some('b' | 'B' | 'x' | 'X' | 'n' | 'N'), Some('\''), _) => {
                return self.text_literal(1, false);
            }
            (Some('u' | 'U'), Some('&'), Some('\'')) => return self.text_literal(2, false),
            (Some('u' | 'U'), Some('&'), Some('"')) => return self.quoted_name(2),
            _ => {}
        }
        self.at += rest.find(|next| !is_word_part(next)).unwrap_or(rest.len());
        Ok(TokenKind::Word)
    }

    fn number(&mut self) -> TokenKind {
        let rest = self.rest();
        self.at += rest
            .find(|next: char| !(next.is_ascii_alphanumeric() || next == '.' || next == '_'))
            .unwrap_or(rest.len());
        TokenKind::Number
    }
}

fn is_word_start(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

fn is_word_part(character: char) -> bool {
    is_word_start(character) || character.is_ascii_digit() || character == '$'
}

/// Bytes of the nested comment at the start of `text`.
fn comment_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
    None
}

/// Bytes of the quoted piece at the start of `text`, both quotes included; a doubled quote stays inside.
fn quoted_length(text: &str, quote: char, escapes: bool) -> Option<usize> {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\\' && escapes {
            characters.next();
        } else if character == quote {
            if characters.peek().is_some_and(|(_, next)| *next == quote) {
                characters.next();
            } else {
                return Some(at + 1);
            }
        }
    }
    None
}

/// `$tag$` at the start of `text`; a tag follows the rules of a name, without a dollar sign.
fn dollar_tag(text: &str) -> Option<&str> {
    let end = text[1..].find('$')? + 1;
    let tag = &text[1..end];
    let is_name = tag.chars().all(|part| is_word_part(part) && part != '$')
        && !tag.starts_with(|first: char| first.is_ascii_digit());
    is_name.then(|| &text[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(TokenKind, String)> {
        let file = TextFile::new("a.sql", text);
        tokens(&file)
            .unwrap()
            .into_iter()
            .map(|token| (token.kind, text[token.span].to_owned()))
            .collect()
    }

    fn one(text: &str) -> TokenKind {
        let kinds = kinds(text);
        assert_eq!(kinds.len(), 1, "{text}: {kinds:?}");
        kinds[0].0
    }

    #[test]
    fn every_quoting_form_is_one_token() {
        for text in [
            "'it''s; -- no'",
            r"e'a\'; b'",
            "'a\\'",
            "u&'d\\0061'",
            "x'1F'",
        ] {
            assert_eq!(one(text), TokenKind::Text, "{text}");
        }
        for text in ["$$ ; ' $$", "$fn$ $$ ; $$ $fn$", "$é$;$é$"] {
            assert_eq!(one(text), TokenKind::DollarText, "{text}");
        }
        for text in ["\"a;\"\"b\"", "u&\"d\""] {
            assert_eq!(one(text), TokenKind::QuotedName, "{text}");
        }
    }

    #[test]
    fn a_dollar_inside_a_word_opens_nothing() {
        assert_eq!(one("a$b$c"), TokenKind::Word);
        assert_eq!(one("$1"), TokenKind::Parameter);
    }

    #[test]
    fn comments_nest_and_are_not_tokens() {
        assert_eq!(kinds("/* a /* b */ ; */ -- ;\n").len(), 0);
    }

    #[test]
    fn what_is_never_closed_is_shown_where_it_opens() {
        for (text, column) in [
            ("select 'a", 8),
            ("select $$a", 8),
            ("select /* a /* */", 8),
            ("\"a", 1),
        ] {
            let error = tokens(&TextFile::new("a.sql", text)).unwrap_err();
            assert_eq!(
                error.place.unwrap().line_column(),
                Some((1, column)),
                "{text}"
            );
        }
    }
}
