//! `workroom`, a Postgres-first schema and migration toolkit.

pub mod error;
pub mod event;
pub mod report;

pub use error::{Error, Result};
