//! Whether SQL of a policy file is one expression, so that it stays inside of what it is put into.

use crate::files::TextFile;
use crate::sql::{Token, TokenKind, tokens};

/// The tokens of a piece of SQL, or why there are none.
pub(super) fn read(text: &str) -> Result<Vec<Token>, String> {
    tokens(&TextFile::new("", text)).map_err(|error| error.message)
}

/// Why a text is not one expression.
pub(super) fn several_expressions(text: &str) -> Option<String> {
    let tokens = match read(text) {
        Ok(tokens) => tokens,
        Err(why) => return Some(why),
    };
    let mut open = 0_usize;
    for token in &tokens {
        match (&text[token.span.clone()], token.kind) {
            ("(", _) => open += 1,
            (")", _) if open == 0 => {
                return Some("a parenthesis is closed that was not opened".to_owned());
            }
            (")", _) => open -= 1,
            (";", _) => return Some("it has a semicolon".to_owned()),
            (_, TokenKind::MetaCommand | TokenKind::Parameter) => {
                return Some("it has something that only psql or a program fills in".to_owned());
            }
            _ => {}
        }
    }
    if ends_in_comment(text, &tokens) {
        return Some("it ends in a comment, which would hide what follows it".to_owned());
    }
    (open > 0).then(|| "a parenthesis is never closed".to_owned())
}

/// Whether a comment that ends with its line is the last thing of a text.
fn ends_in_comment(text: &str, tokens: &[Token]) -> bool {
    let end = tokens.last().map_or(0, |token| token.span.end);
    text[end..]
        .rsplit('\n')
        .next()
        .is_some_and(|line| line.contains("--"))
}
