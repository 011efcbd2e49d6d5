//! Clocks that checks read: a condition is asked as if the server's clock showed the present day of the row.

use crate::files::TextFile;
use crate::sql::{Token, TokenKind, tokens};

/// The present day of a row, a column of the temporary table.
pub(super) const DAY: &str = "workroom_day";

/// An instant of that day.
pub(super) const NOW: &str = "workroom_now";

/// A condition as the server writes it, with the present day and instant of the row where it reads a clock. Functions of
/// the project that read one are not seen through.
pub(super) fn of_the_row(condition: &str) -> String {
    let file = TextFile::new("check", condition);
    let tokens = tokens(&file).unwrap_or_default();
    let text = |at: usize| {
        let token: Option<&Token> = tokens.get(at);
        token.map_or("", |token| &condition[token.span.clone()])
    };
    let mut made = String::new();
    let mut copied = 0;
    for (at, token) in tokens.iter().enumerate() {
        // A column of this name would be quoted or stand alone, a function of another schema behind its name.
        if token.kind != TokenKind::Word || (at > 0 && text(at - 1) == ".") {
            continue;
        }
        let is_called = text(at + 1) == "(";
        let end = if is_called {
            closing(&tokens, condition, at + 1)
        } else {
            Some(at)
        };
        let Some(end) = end else {
            continue;
        };
        let has_no_arguments = is_called && end == at + 2;
        let found = match text(at).to_ascii_lowercase().as_str() {
            "current_date" => DAY.to_owned(),
            "current_timestamp" => NOW.to_owned(),
            "localtimestamp" => format!("({NOW})::timestamp"),
            "current_time" => format!("({NOW})::timetz"),
            "localtime" => format!("({NOW})::time"),
            "now" | "transaction_timestamp" | "statement_timestamp" | "clock_timestamp"
                if has_no_arguments =>
            {
                NOW.to_owned()
            }
            // With one argument, it counts from midnight of the present day.
            "age" if is_called && !has_comma(&tokens, condition, at + 1, end) => {
                made.push_str(&condition[copied..token.span.start]);
                made.push_str(&format!("age(({DAY})::timestamptz, "));
                copied = tokens[at + 1].span.end;
                continue;
            }
            _ => continue,
        };
        made.push_str(&condition[copied..token.span.start]);
        made.push_str(&found);
        copied = tokens[end].span.end;
    }
    made.push_str(&condition[copied..]);
    made
}

/// The parenthesis that closes one.
fn closing(tokens: &[Token], condition: &str, open: usize) -> Option<usize> {
    let mut depth = 0;
    tokens
        .iter()
        .enumerate()
        .skip(open)
        .find_map(|(at, token)| {
            match &condition[token.span.clone()] {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at)
        })
}

/// Whether there are several arguments between two parentheses.
fn has_comma(tokens: &[Token], condition: &str, open: usize, close: usize) -> bool {
    let mut depth = 0;
    tokens[open..close].iter().any(|token| {
        match &condition[token.span.clone()] {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            _ => {}
        }
        depth == 1 && &condition[token.span.clone()] == ","
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_the_day_of_the_row() {
        for (condition, made) in [
            ("(born <= CURRENT_DATE)", "(born <= workroom_day)"),
            (
                "((at < now()) AND (at < CURRENT_TIMESTAMP(3)))",
                "((at < workroom_now) AND (at < workroom_now))",
            ),
            (
                "(at < (now() AT TIME ZONE 'utc'::text))",
                "(at < (workroom_now AT TIME ZONE 'utc'::text))",
            ),
            (
                "(age((born)::timestamp with time zone) >= '18 years'::interval)",
                "(age((workroom_day)::timestamptz, (born)::timestamp with time zone) >= '18 years'::interval)",
            ),
            (
                "(age((born)::timestamp with time zone, now()) > '1 day'::interval)",
                "(age((born)::timestamp with time zone, workroom_now) > '1 day'::interval)",
            ),
            (
                "(age(GREATEST(a, b)) > '1 day'::interval)",
                "(age((workroom_day)::timestamptz, GREATEST(a, b)) > '1 day'::interval)",
            ),
        ] {
            assert_eq!(of_the_row(condition), made);
        }
    }

    #[test]
    fn what_is_no_clock_stays() {
        for condition in [
            "(age > 18)",
            "(now IS NOT NULL)",
            "(at < shop.now())",
            "(word <> 'now()'::text)",
            "(\"current_date\" > 3)",
        ] {
            assert_eq!(of_the_row(condition), condition);
        }
    }
}
