//! `workroom db …`: bring a database up to date and check it.

pub mod baseline;
pub mod import;
mod measured;
pub mod migrate;
pub mod plan;
pub mod repair;
pub mod reset;
pub mod status;
pub mod verify;
