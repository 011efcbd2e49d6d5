//! Integration tests: one binary, one server, one database a test.
#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

mod catalog;
mod lint;
mod output;
mod server;
mod support;
mod verify;
