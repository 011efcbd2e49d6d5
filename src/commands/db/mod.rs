//! `workroom db …`: bring a database up to date and check it.

pub mod baseline;
mod compared;
pub mod create;
mod differing;
pub mod drift;
pub mod drop;
pub mod dump;
pub mod import;
pub mod manifest;
mod measured;
pub mod migrate;
pub mod new;
pub mod plan;
pub mod repair;
pub mod reset;
pub mod status;
pub mod verify;
pub mod wait;

use crate::report::Report;

/// Says that all is there.
fn nothing_to_do<'a>(systems: impl Iterator<Item = &'a str>) -> Report {
    let systems: Vec<_> = systems.collect();
    Report::text(format!("nothing to do: {} up to date", systems.join(", ")))
}
