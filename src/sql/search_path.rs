//! Where a function with a text body looks up names, and how its caller could put an object in their way.

use super::literal;

/// What such a function pins: the server's own schema first, temporary objects last. Every other name carries its
/// schema.
pub const PINNED: &str = "pg_catalog, pg_temp";

/// How a caller could make a function use an object of theirs, by the function's own `search_path`: as the catalog has
/// it, or as SQL writes it behind `=` or `to`. Nothing where they cannot: the path ends in `pg_temp`, which is otherwise
/// searched first for tables and types.
#[must_use]
pub fn weakness(path: Option<&str>) -> Option<&'static str> {
    let Some(path) = path else {
        return Some("search_path is its caller's");
    };
    let schemas = elements(path);
    let is_temporary = |schema: &String| schema == "pg_temp";
    if schemas.iter().any(|schema| schema == "$user") {
        return Some("search_path depends on the user");
    }
    if schemas.iter().all(String::is_empty) {
        return Some("search_path is empty, so pg_temp is searched first for tables and types");
    }
    let (last, before) = schemas.split_last()?;
    if is_temporary(last) && !before.iter().any(is_temporary) {
        return None;
    }
    if path.starts_with("from ") || last == "default" {
        return Some("search_path is what it was for whoever made the function");
    }
    Some("search_path does not end in pg_temp, which is then searched first for tables and types")
}

/// A path as a session has it, as what `set search_path =` takes: the server writes an empty path as a quoted name without
/// letters, which it does not read.
#[must_use]
pub fn setting(path: &str) -> String {
    let schemas: Vec<String> = elements(path).iter().map(|name| literal(name)).collect();
    schemas.join(", ")
}

/// The schemas of a path, unquoted.
fn elements(path: &str) -> Vec<String> {
    let mut elements = vec![String::new()];
    let mut quote = None;
    let mut letters = path.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(element) = elements.last_mut() else {
            break;
        };
        match quote {
            Some(end) if letter == end && letters.next_if_eq(&end).is_none() => quote = None,
            Some(_) => element.push(letter),
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if letter == ',' => elements.push(String::new()),
            None if letter.is_whitespace() => {}
            None => element.push(letter.to_ascii_lowercase()),
        }
    }
    elements
}

#[cfg(test)]
mod tests {
    use super::{PINNED, setting, weakness};

    #[test]
    fn a_path_is_written_as_it_can_be_read() {
        for (path, expected) in [
            ("", "''"),
            ("\"\"", "''"),
            ("\"$user\", public", "'$user', 'public'"),
            ("\"A \"\"b\", pg_temp", "'A \"b', 'pg_temp'"),
        ] {
            assert_eq!(setting(path), expected);
        }
    }

    #[test]
    fn only_a_path_that_ends_in_pg_temp_is_safe() {
        for path in [
            PINNED,
            "pg_catalog,PG_TEMP",
            "pg_catalog , \"a, b\" , pg_temp",
            "'pg_catalog', 'pg_temp'",
        ] {
            assert_eq!(weakness(Some(path)), None, "{path}");
        }
        for path in [
            "",
            "''",
            "\"\"",
            "public",
            "pg_temp, public",
            "pg_temp, public, pg_temp",
            "\"$user\", public, pg_temp",
            "'pg_catalog, pg_temp'",
            "from current",
            "default",
        ] {
            assert!(weakness(Some(path)).is_some(), "{path}");
        }
        assert!(weakness(None).is_some());
    }
}
