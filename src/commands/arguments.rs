//! Values that several commands read from their options.

use std::time::Duration;

use crate::project::duration;

/// A duration as Postgres writes it: `500ms`, `5s`, `5min`, `1h`.
///
/// # Errors
/// A sentence for the user when the text is not one.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    duration(text)
}
