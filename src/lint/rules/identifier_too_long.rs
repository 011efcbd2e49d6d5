//! Names that the server cuts off.

use crate::files::TextFile;
use crate::lint::rule::{At, Problem, Rule};
use crate::sql::{self, LONGEST_NAME, Token, TokenKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "identifier-too-long",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let statement = &at.statement().span;
    // A function's body is a text of its own.
    let file = TextFile::new("", at.text(statement));
    let tokens = sql::tokens(&file).unwrap_or_default();
    let is_name = |token: &&Token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
    let makes = |token: &&Token| {
        let first = tokens.first().map(|first| &file.text[first.span.clone()]);
        let makes = first.is_some_and(|verb| {
            verb.eq_ignore_ascii_case("create") || verb.eq_ignore_ascii_case("alter")
        });
        makes && sql::whole_name(&file.text[token.span.clone()]).len() > LONGEST_NAME
    };
    tokens
        .iter()
        .filter(is_name)
        .filter(makes)
        .map(|token| {
            let name = file.text[token.span.clone()].to_owned();
            let span = statement.start + token.span.start..statement.start + token.span.end;
            Problem::new(span, format!("`{name}` is longer than 63 bytes and is cut off"))
                .why("two long names may become one, and nothing finds the object under the name that stands here")
                .instead("choose a shorter name")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn sixty_three_bytes_are_the_limit() {
        let name = |length| format!("create table {} (a int);", "a".repeat(length));
        catches(&RULE, &[&name(64)]);
        accepts(&RULE, &[&name(63)]);
    }
}
