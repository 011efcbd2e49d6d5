//! `char(n)`.

use crate::lint::rule::{At, Problem, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "char-type",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    at.new_types()
        .into_iter()
        .filter(|(kind, _)| ["char", "nchar"].contains(kind))
        .map(|(_, span)| {
            Problem::new(span, "`char(n)` is padded with blanks that some comparisons see and others do not")
                .note()
                .why("it is no smaller and no faster than `text`, and casting it to `text` drops the blanks")
                .instead("write `text`, with a check constraint on its length where that matters")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn char_is_found_and_text_is_not() {
        catches(
            &RULE,
            &[
                "create table t (a char(3));",
                "alter table t add column a character(3);",
            ],
        );
        accepts(&RULE, &["create table t (a text, b varchar(3));"]);
    }
}
