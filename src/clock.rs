//! The client's clock: the only place that asks for it. Where the server's clock is meant, as in every history, SQL asks the
//! server.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{Error, Kind, Result};

/// Stands for the present moment, in seconds since 1970, in what a run writes for its user. Source:
/// <https://reproducible-builds.org/specs/source-date-epoch/>.
const VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// The latest that has a day: the end of the year 9999.
const LAST: u64 = 253_402_300_799;

/// The present day in UTC, counted from 1970-01-01: that of `SOURCE_DATE_EPOCH` where it is set.
///
/// # Errors
/// When the variable is no number of seconds.
pub fn today() -> Result<i32> {
    let seconds = match std::env::var_os(VARIABLE) {
        None => since_1970().as_secs(),
        Some(text) => {
            let text = text.to_string_lossy();
            parse(&text).ok_or_else(|| {
                Error::new(
                    Kind::Usage,
                    format!("{VARIABLE} is {text:?}, which is no moment"),
                )
                .because("it stands for the present moment, in seconds since 1970")
                .hint("unset it, or set it to a number such as 1767225600")
            })?
        }
    };
    Ok((seconds / 86_400) as i32)
}

fn parse(text: &str) -> Option<u64> {
    text.parse().ok().filter(|seconds| *seconds <= LAST)
}

/// Microseconds since 1970, whatever the environment says: for names that no earlier process has given.
#[must_use]
pub fn microseconds() -> u128 {
    since_1970().as_micros()
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_number_of_seconds_up_to_the_last_day() {
        assert_eq!(parse("1767225600"), Some(1_767_225_600));
        for text in ["", "-1", "2026-01-01", "253402300800", "1e9"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
