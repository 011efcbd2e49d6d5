//! Names: as statements write them, and as the catalog has them.

use std::borrow::Cow;
use std::fmt;

use super::quote::{identifier, qualified};

/// A schema and a name in it, as the catalog has them.
pub type QualifiedName = (String, String);

/// The schema of names that have none.
pub(super) const DEFAULT_SCHEMA: &str = "public";

/// Bytes of a name that the server keeps: `NAMEDATALEN - 1`.
pub const LONGEST_NAME: usize = 63;

/// A name that may carry its schema, both as the catalog has them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The schema, where the statement names it.
    pub schema: Option<String>,
    /// The name.
    pub name: String,
}

/// What there is to say of a name of which the server keeps only the beginning.
#[must_use]
pub fn cut_off(name: &str) -> Option<String> {
    let is_long = name.len() > LONGEST_NAME;
    is_long.then(|| format!("the server cuts `{name}` off after {LONGEST_NAME} bytes"))
}

impl Name {
    /// Whether both may mean the same object: a name without schema may lie in any.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.name == other.name
            && match (&self.schema, &other.schema) {
                (Some(mine), Some(other)) => mine == other,
                _ => true,
            }
    }

    /// The name as a statement has it, each part quoted where it has to be.
    #[must_use]
    pub fn sql(&self) -> String {
        match &self.schema {
            Some(schema) => qualified(schema, &self.name),
            None => identifier(&self.name),
        }
    }

    /// The same with a schema where it has none.
    #[must_use]
    pub fn within(&self, schema: &str) -> QualifiedName {
        let schema = self.schema.as_deref().unwrap_or(schema);
        (schema.to_owned(), self.name.clone())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(formatter, "{schema}.{}", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}

/// A word or a quoted name of a statement as the catalog has it: only ASCII letters of a word are folded, and the bytes
/// past the sixty-third are cut off.
///
/// Source: the PostgreSQL documentation, section "Identifiers and Key Words". An escape character of one's own
/// (`U&"…" uescape '!'`) is not looked for.
#[must_use]
pub fn catalog_name(written: &str) -> String {
    let mut name = whole_name(written);
    let mut end = name.len().min(LONGEST_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    name
}

/// The same without cutting anything off.
#[must_use]
pub fn whole_name(written: &str) -> String {
    let (quoted, escapes) = match written.strip_prefix(['u', 'U']) {
        Some(rest) if rest.starts_with("&\"") => (&rest[1..], true),
        _ => (written, false),
    };
    let inside = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let Some(inside) = inside else {
        return written.to_ascii_lowercase();
    };
    let name = inside.replace("\"\"", "\"");
    match escapes {
        true => unescaped(&name).into_owned(),
        false => name,
    }
}

/// `\0061`, `\+000061` and `\\`; half of a surrogate pair stays as it is.
fn unescaped(text: &str) -> Cow<'_, str> {
    let Some((before, rest)) = text.split_once('\\') else {
        return Cow::Borrowed(text);
    };
    let (digits, length) = match rest.as_bytes().first() {
        Some(b'\\') => return Cow::Owned(format!("{before}\\{}", unescaped(&rest[1..]))),
        Some(b'+') => (rest.get(1..7), 7),
        _ => (rest.get(..4), 4),
    };
    let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match code.and_then(char::from_u32) {
        Some(letter) => Cow::Owned(format!("{before}{letter}{}", unescaped(&rest[length..]))),
        None => Cow::Owned(format!("{before}\\{}", unescaped(rest))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_statement_is_quoted_where_it_has_to_be() {
        let name = |schema: Option<&str>, name: &str| Name {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
        };
        assert_eq!(name(Some("shop"), "a\"b").sql(), "shop.\"a\"\"b\"");
        assert_eq!(name(None, "Orders").sql(), "\"Orders\"");
        assert_eq!(name(None, "orders").sql(), "orders");
    }

    #[test]
    fn a_name_is_unfolded_as_the_server_does() {
        for (written, name) in [
            ("Word", "word"),
            ("\u{c9}CLAIR", "\u{c9}clair"),
            ("\"a\"\"\"", "a\""),
            ("\"\"\"\"", "\""),
            ("\"Word\"", "Word"),
            ("U&\"d\\0061t\\+000061\"", "data"),
            ("u&\"a\\\\b\"\"c\"", "a\\b\"c"),
            ("u", "u"),
        ] {
            assert_eq!(catalog_name(written), name, "{written}");
        }
        let long = "\u{e9}".repeat(40);
        assert_eq!(catalog_name(&long).len(), 62);
        assert_eq!(whole_name(&long).len(), 80);
    }
}
