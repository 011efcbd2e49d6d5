//! Takes passwords out of text before anybody sees it.

/// What stands in a password's place.
const HIDDEN: &str = "***";

/// Words that a secret follows after `=`, as libpq spells them.
const SECRET_KEYS: [&str; 4] = ["password", "sslpassword", "passwd", "pgpassword"];

/// The text with the password of every URL (`scheme://user:password@host`, `?password=…`) and of every
/// connection string (`password=…`) replaced.
#[must_use]
pub fn redact(text: &str) -> String {
    redact_assignments(&redact_authorities(text))
}

fn redact_authorities(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        result.push_str(before);
        // The last @ before the path: a password that was not percent-encoded may itself contain one.
        let end = after
            .find(|part: char| part.is_whitespace() || matches!(part, '/' | '"' | '\'' | '`' | '?'))
            .unwrap_or(after.len());
        // An unencoded `/` or `?` in a password ends the search early; look for the @ of the whole word then.
        let end = if after[..end].contains('@') || ends_in_port(&after[..end]) {
            end
        } else {
            after.find(char::is_whitespace).unwrap_or(after.len())
        };
        let authority = &after[..end];
        let colon = authority.find(':');
        match (colon, authority.rfind('@')) {
            (Some(colon), Some(at)) if colon < at => {
                result.push_str(&authority[..=colon]);
                result.push_str(HIDDEN);
                rest = &after[at..];
            }
            _ => rest = after,
        }
    }
    result.push_str(rest);
    result
}

fn ends_in_port(authority: &str) -> bool {
    authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()))
}

fn redact_assignments(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for (equals, _) in text.match_indices('=') {
        let key = lower[..equals].trim_end();
        let is_secret = SECRET_KEYS.iter().any(|secret| {
            key.strip_suffix(secret).is_some_and(|before| {
                !before.ends_with(|part: char| part.is_alphanumeric() || part == '_')
            })
        });
        if equals < done || !is_secret {
            continue;
        }
        let value = equals + 1 + text[equals + 1..].len() - text[equals + 1..].trim_start().len();
        result.push_str(&text[done..value]);
        result.push_str(HIDDEN);
        done = value + value_length(&text[value..]);
    }
    result.push_str(&text[done..]);
    result
}

/// The length of a connection string's value: quoted with backslash escapes, or up to a blank or `&`.
fn value_length(text: &str) -> usize {
    let Some(quoted) = text.strip_prefix('\'') else {
        return text
            .find(|part: char| part.is_whitespace() || part == '&')
            .unwrap_or(text.len());
    };
    let mut escaped = false;
    for (at, part) in quoted.char_indices() {
        match part {
            '\'' if !escaped => return at + 2,
            _ => escaped = part == '\\' && !escaped,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_a_password_gets_through() {
        for (text, shown) in [
            ("postgres://ann:s3cret@db/x", "postgres://ann:***@db/x"),
            (
                "cannot reach `postgresql://ann:p@ss@db:5432/x`",
                "cannot reach `postgresql://ann:***@db:5432/x`",
            ),
            ("postgres://ann:a/b?c@db/x", "postgres://ann:***@db/x"),
            (
                "postgres:///x?user=ann&password=s3cret&sslmode=require",
                "postgres:///x?user=ann&password=***&sslmode=require",
            ),
            (
                r"host=db password = 'it\'s é' user=ann",
                "host=db password = *** user=ann",
            ),
            ("PGPASSWORD=s3cret psql", "PGPASSWORD=*** psql"),
            ("password=a password=b", "password=*** password=***"),
        ] {
            assert_eq!(redact(text), shown);
        }
    }

    #[test]
    fn text_without_a_password_stays_as_it_is() {
        for text in [
            "postgres://db:5432/x",
            "postgres://ann@db/x",
            "no_password=1 and a password",
            "see https://example.org:8080/a@b",
            "é = ö",
        ] {
            assert_eq!(redact(text), text);
        }
    }
}
