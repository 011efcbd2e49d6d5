//! A file of variables, `NAME=value` a line, which is read as if they were set: `--env-file`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Error, Kind, Place, Result};

/// What the file sets, and behind it what this process was started with.
#[derive(Debug, Default)]
pub(super) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read, or a line of it sets no variable. Values are never shown.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let shown = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| {
            Error::new(Kind::Usage, format!("the file {shown} cannot be read")).because(error)
        })?;
        let mut all = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = variable(line).ok_or_else(|| {
                Error::new(Kind::Usage, "a line sets no variable")
                    .at(Place::line(&shown, at + 1))
                    .hint("a line is NAME=value; a value with blanks, # or quotes stands in quotes")
            })?;
            all.insert(name, value);
        }
        Ok(Self(all))
    }

    /// A variable of the file.
    pub(super) fn of_the_file(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A variable of the file, or else of this process.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let found = self.of_the_file(name).map(str::to_owned);
        found.or_else(|| std::env::var(name).ok())
    }

    /// All of them, those of the file last.
    pub(super) fn all(&self) -> Vec<(String, String)> {
        let own = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let own = own.filter(|(name, _)| !self.0.contains_key(name));
        let of_the_file = self
            .0
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        own.chain(of_the_file).collect()
    }
}

/// A line `NAME=value`, with `export` before it or not. A value in single quotes is as it stands; in double quotes a
/// backslash goes before `"`, `\`, `$` and `n`; without quotes it ends at a blank and `#`. Nothing is put in for `$NAME`.
fn variable(line: &str) -> Option<(String, String)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, written) = line.split_once('=')?;
    let name = name.trim();
    let is_name = !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name
            .chars()
            .all(|part| part.is_ascii_alphanumeric() || part == '_');
    if !is_name {
        return None;
    }
    let written = written.trim();
    let (value, rest) = if let Some(rest) = written.strip_prefix('\'') {
        let (value, rest) = rest.split_once('\'')?;
        (value.to_owned(), rest)
    } else if let Some(rest) = written.strip_prefix('"') {
        double_quoted(rest)?
    } else {
        let end = written.find(" #").unwrap_or(written.len());
        (written[..end].trim_end().to_owned(), "")
    };
    let rest = rest.trim();
    (rest.is_empty() || rest.starts_with('#')).then(|| (name.to_owned(), value))
}

/// The value up to the closing quote, and what comes after it.
fn double_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                quoted @ ('"' | '\\' | '$') => value.push(quoted),
                other => value.extend(['\\', other]),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_sets_a_variable() {
        for (line, value) in [
            ("A=b", Some("b")),
            ("export A = b c # said", Some("b c")),
            ("A='a # b' # said", Some("a # b")),
            (r#"A="a\"b\\c\n$d""#, Some("a\"b\\c\n$d")),
            ("A=", Some("")),
            (
                "A=postgres://ann:x%23y@db/x?a=b",
                Some("postgres://ann:x%23y@db/x?a=b"),
            ),
            ("A='open", None),
            ("A='a' b", None),
            ("no variable", None),
            ("1A=b", None),
            ("A B=c", None),
        ] {
            let found = variable(line);
            assert_eq!(
                found.as_ref().map(|(_, value)| value.as_str()),
                value,
                "{line}"
            );
        }
    }
}
