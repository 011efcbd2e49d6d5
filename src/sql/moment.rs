//! Moments as text.

/// SQL for an instant as RFC 3339 text in UTC: what refinery's history has, and what sorts as text.
#[must_use]
pub fn rfc3339(instant: &str) -> String {
    format!("pg_catalog.to_char({instant} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
}

/// SQL for the present moment, which goes on inside a transaction, as such a text.
#[must_use]
pub fn rfc3339_now() -> String {
    rfc3339("pg_catalog.clock_timestamp()")
}
