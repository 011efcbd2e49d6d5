//! New columns of type `timestamp`.

use crate::lint::rule::{At, Problem, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "timestamp-without-time-zone",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    at.new_types()
        .into_iter()
        .filter(|(kind, _)| *kind == "timestamp")
        .map(|(_, span)| {
            Problem::new(span, "`timestamp` does not say which moment is meant")
                .note()
                .why("the same value is another moment for a session in another time zone; `timestamptz` takes the same 8 bytes")
                .instead("write `timestamptz`")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn timestamptz_and_date_say_what_they_mean() {
        catches(
            &RULE,
            &[
                "create table t (a timestamp);",
                "alter table t add column a timestamp without time zone;",
            ],
        );
        accepts(
            &RULE,
            &["create table t (a timestamptz, b date, c timestamp with time zone);"],
        );
    }
}
