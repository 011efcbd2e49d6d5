//! Values that several commands read from their options.

use std::time::Duration;

use clap::Args;

use crate::database::Limits;
use crate::project::duration;

/// How patient statements are.
#[derive(Clone, Debug, Args)]
pub struct LimitArguments {
    /// How long one try waits for a lock; everybody behind it waits as long
    #[arg(long, value_name = "DURATION", default_value = "100ms", value_parser = parse_duration)]
    pub lock_timeout: Duration,

    /// How long tries for a lock are repeated
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_duration)]
    pub lock_budget: Duration,

    /// How long a statement may run [default: as long as it takes]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub statement_timeout: Option<Duration>,
}

impl LimitArguments {
    /// The limits as the engine takes them.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            lock_timeout: self.lock_timeout,
            lock_budget: self.lock_budget,
            statement_timeout: self.statement_timeout,
        }
    }
}

/// A version as people write it: `9`, and `V009` as files and messages do.
///
/// # Errors
/// A sentence for the user when the text is not one.
pub fn parse_version(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['V', 'v']).unwrap_or(text);
    let digits = digits.split("__").next().unwrap_or(digits);
    digits
        .parse()
        .map_err(|_| "a version is a whole number, such as 9 or V009".to_owned())
}

/// A duration as Postgres writes it: `500ms`, `5s`, `5min`, `1h`.
///
/// # Errors
/// A sentence for the user when the text is not one.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    duration(text)
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn a_version_is_read_as_files_and_messages_write_it() {
        for text in ["9", "V9", "V009", "v009", "V009__add_notes"] {
            assert_eq!(parse_version(text), Ok(9), "{text}");
        }
        for text in ["", "V", "nine", "9.1"] {
            assert!(parse_version(text).is_err(), "{text}");
        }
    }
}
