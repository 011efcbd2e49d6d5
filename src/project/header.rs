//! `--! key: value` lines at the top of a migration: how it runs, not what it does.

use std::time::Duration;

use crate::error::Error;
use crate::files::TextFile;

/// How a migration runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// `--! no-transaction`: statement by statement, each in its own transaction.
    pub no_transaction: bool,
    /// `--! lock-timeout: 5s`: how long a statement may wait for a lock.
    pub lock_timeout: Option<Duration>,
    /// `--! lock-budget: 10min`: how long tries for a lock are repeated.
    pub lock_budget: Option<Duration>,
    /// `--! statement-timeout: 5min`: how long a statement may run.
    pub statement_timeout: Option<Duration>,
    /// `--! out-of-order`: may be applied although a later version already is.
    pub out_of_order: bool,
    /// `--! empty`: has no statement, and is recorded as applied all the same.
    pub empty: bool,
}

const KEYS: &str =
    "no-transaction, lock-timeout, lock-budget, statement-timeout, out-of-order, empty";

impl Headers {
    /// Reads the headers of a file that belongs to no project; what cannot be read is left out.
    #[must_use]
    pub fn of(file: &TextFile) -> Self {
        Self::read(file, &mut Vec::new())
    }

    /// Reads the headers of a file; mistakes go to `mistakes`. A header is a line that starts with `--!`
    /// and stands before everything but comments and blank lines.
    pub(super) fn read(file: &TextFile, mistakes: &mut Vec<Error>) -> Self {
        let mut headers = Self::default();
        let mut at = 0;
        let mut in_head = true;
        for line in file.text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            // Indented, it is a header all the same: one that is overlooked would silently not count.
            let text = line.trim();
            in_head &= text.is_empty() || text.starts_with("--");
            let Some(header) = text.strip_prefix("--!") else {
                continue;
            };
            let indent = line.len() - line.trim_start().len();
            let place = || file.place(start + indent..start + indent + text.len());
            if !in_head {
                mistakes.push(
                    Error::project(format!(
                        "{} has a header below its first statement",
                        file.path
                    ))
                    .at(place())
                    .because("a header says how the whole file runs, so it stands above the SQL")
                    .hint("move the line to the top, or write an ordinary comment with `-- `"),
                );
                continue;
            }
            if let Err(cause) = headers.set(header.trim()) {
                mistakes.push(
                    Error::project(format!("{} has a header that is not understood", file.path))
                        .at(place())
                        .because(cause)
                        .hint(format!("headers are: {KEYS}")),
                );
            }
        }
        headers
    }

    fn set(&mut self, header: &str) -> Result<(), String> {
        let (key, value) = match header.split_once(':') {
            Some((key, value)) => (key.trim(), Some(value.trim())),
            None => (header, None),
        };
        match (key, value) {
            ("no-transaction", None) => self.no_transaction = true,
            ("out-of-order", None) => self.out_of_order = true,
            ("empty", None) => self.empty = true,
            ("no-transaction" | "out-of-order" | "empty", Some(_)) => {
                return Err(format!("`{key}` takes no value"));
            }
            ("lock-timeout", Some(value)) => self.lock_timeout = Some(duration(value)?),
            ("statement-timeout", Some(value)) => self.statement_timeout = Some(duration(value)?),
            ("lock-budget", Some(value)) => self.lock_budget = Some(duration(value)?),
            ("lock-timeout" | "lock-budget" | "statement-timeout", None) => {
                return Err(format!("`{key}` needs a duration, such as `--! {key}: 5s`"));
            }
            _ => return Err(format!("there is no header `{key}`")),
        }
        Ok(())
    }
}

/// A duration as Postgres writes it: a whole number with `ms`, `s`, `min` or `h`.
///
/// # Errors
/// A sentence for the user when the text is not one.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let factor = match text[digits..].trim() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    match text[..digits].parse::<u64>() {
        Ok(number) if factor > 0 => Ok(Duration::from_millis(number.saturating_mul(factor))),
        _ => Err(format!(
            "`{text}` is not a duration: write a whole number with ms, s, min or h, such as 500ms"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Headers, usize) {
        let mut mistakes = Vec::new();
        let headers = Headers::read(&TextFile::new("a.sql", text), &mut mistakes);
        (headers, mistakes.len())
    }

    #[test]
    fn headers_are_read_from_the_lines_above_the_sql() {
        let (headers, mistakes) =
            read("-- why\n  --! no-transaction\n--! lock-timeout: 5s\n\nselect 1;");
        assert!(headers.no_transaction);
        assert_eq!(headers.lock_timeout, Some(Duration::from_secs(5)));
        assert_eq!(mistakes, 0);
    }

    #[test]
    fn unknown_misplaced_and_malformed_headers_are_mistakes() {
        assert_eq!(
            read("--! no-transactions\n--! lock-timeout: soon\nselect 1;\n--! out-of-order\n").1,
            3
        );
    }
}
