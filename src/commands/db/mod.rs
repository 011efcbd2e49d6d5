//! `workroom db …`: bring a database up to date and check it.

pub mod deployment;
mod measured;
pub mod migrate;
pub mod plan;
pub mod status;
pub mod verify;
