//! `workroom`, a Postgres-first schema and migration toolkit.

pub mod catalog;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod database;
pub mod deployment;
pub mod disposable;
pub mod error;
pub mod event;
pub mod files;
pub mod import;
pub mod layout;
pub mod lint;
pub mod measure;
pub mod migrate;
pub mod objects;
pub mod output;
pub mod policy;
pub mod project;
pub mod prove;
pub mod report;
pub mod seed;
pub mod server;
pub mod sql;
pub mod verify;

pub use error::{Error, Result};
