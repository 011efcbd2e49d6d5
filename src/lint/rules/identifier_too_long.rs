//! Names that the server cuts off.

use crate::lint::rule::{At, Problem, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "identifier-too-long",
    documentation: include_str!("../../../docs/lint/identifier-too-long.md"),
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    at.squawk("identifier-too-long")
        .into_iter()
        .map(|span| {
            let name = at.text(&span).to_owned();
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
