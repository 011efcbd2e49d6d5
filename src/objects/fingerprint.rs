//! What a repeatable object's file means: a change of comments or white space applies nothing.

use crate::error::Result;
use crate::files::{TextFile, fingerprint};
use crate::sql::{Token, TokenKind, tokens};

/// SHA-256 over the file's tokens. Comments and white space are none; texts are, bodies of functions and the
/// texts of `comment on` with them.
///
/// # Errors
/// When a quote is never closed.
pub(super) fn meaning(file: &TextFile) -> Result<String> {
    let mut words = String::new();
    let mut end = 0;
    for token in tokens(file)? {
        let text = word(file, &token);
        // Characters of one operator belong together: `@-` is another operator than `@ -`.
        let continues = token.span.start == end && is_operator(&text) && words.ends_with(OPERATOR);
        if !continues {
            words.push('\0');
        }
        words.push_str(&text);
        end = token.span.end;
    }
    // The last statement may end with a `;` or without.
    Ok(fingerprint(words.trim_end_matches(['\0', ';'])))
}

/// The characters of which Postgres makes operators.
const OPERATOR: [char; 18] = [
    '+', '-', '*', '/', '<', '>', '=', '~', '!', '@', '#', '%', '^', '&', '|', '`', '?', ':',
];

fn is_operator(text: &str) -> bool {
    text.len() == 1 && text.starts_with(OPERATOR)
}

/// Unquoted words mean the same in any case.
fn word(file: &TextFile, token: &Token) -> String {
    let text = &file.text[token.span.clone()];
    if token.kind == TokenKind::Word {
        text.to_lowercase()
    } else {
        text.to_owned()
    }
}

/// Whether the text takes columns without naming them, by `*` or a natural join: what it gives then depends on
/// all columns of what it stands on. A product after a parenthesis is taken for one, which costs a replacement.
///
/// # Errors
/// When a quote is never closed.
pub(super) fn takes_all_columns(file: &TextFile) -> Result<bool> {
    let tokens = tokens(file)?;
    let words: Vec<String> = tokens.iter().map(|token| word(file, token)).collect();
    let star = words.windows(2).any(|pair| {
        pair[1] == "*"
            && matches!(
                pair[0].as_str(),
                "select" | "distinct" | "all" | "returning" | "," | "." | ")"
            )
    });
    Ok(star || words.iter().any(|word| word == "natural"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        let of = |text: &str| meaning(&TextFile::new("views/shop/a.sql", text)).unwrap();
        of(one) == of(other)
    }

    #[test]
    fn comments_space_and_case_of_words_mean_nothing() {
        assert!(same(
            "create or replace view shop.a as select b from shop.t;",
            "-- what it is\nCREATE or replace VIEW shop.a\n  as /* all */ select b\n  from shop.t ;\n"
        ));
    }

    #[test]
    fn texts_bodies_quoted_names_and_comment_statements_do() {
        assert!(!same("select 'a b'", "select 'a  b'"));
        assert!(!same("select \"a\"", "select \"A\""));
        assert!(!same("select $$ a $$", "select $$ a -- b\n $$"));
        assert!(!same(
            "comment on view a is 'x'",
            "comment on view a is 'y'"
        ));
        assert!(!same("select a b", "select ab"));
        assert!(!same("select a @- b", "select a @ - b"));
    }

    #[test]
    fn only_a_star_that_stands_for_columns_takes_them_all() {
        let takes = |text: &str| takes_all_columns(&TextFile::new("a.sql", text)).unwrap();
        for text in [
            "select * from t",
            "select t.* from t",
            "select a, * from t",
            "select a from t natural join u",
        ] {
            assert!(takes(text), "{text}");
        }
        for text in [
            "select count(*) from t",
            "select a * b from t",
            "select '*' as natural_a",
        ] {
            assert!(!takes(text), "{text}");
        }
    }
}
