//! Versioned migrations: what is applied, what is pending, and applying it.
//!
//! [`Plan`] is a function of files and history and needs no server; [`Run`] sends it, one message a migration.

mod around;
mod history;
mod plan;
mod preflight;
mod run;
mod settle;
mod steps;

pub use around::{Around, AroundFailure};
pub use history::{Applied, History, prepare};
pub use plan::{Plan, plan};
pub use preflight::{Facts, check as preflight};
pub use run::{Ran, Run, session_settings};
