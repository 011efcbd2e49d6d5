//! Versioned migrations: what is applied, what is pending, and applying it.
//!
//! [`Plan`] is a function of files and history and needs no server; [`Run`] sends it, one message a migration.

mod adopt;
mod apply;
mod foreseen;
mod group;
mod history;
mod lost_commit;
mod mismatch;
mod mistake;
mod outcome;
mod plan;
mod preflight;
mod run;
mod schema;
mod steps;
mod summary;
mod unforced;

pub use adopt::{Adopted, Repair, adopt, repair};

pub use foreseen::{Binding, binding, foreseen};
pub use group::group;
pub use history::{Applied, History, history_name, matches, prepare};
pub use mismatch::{Mismatch, mismatches};
pub use mistake::changed;
pub use outcome::{Around, AroundFailure, Ran};
pub use plan::{Choice, Plan, plan, plan_what_can_be};
pub use preflight::{Facts, check as preflight};
pub use run::{Run, session_settings};
pub use schema::{makes_a_schema, schema_is_there};
pub use steps::is_transactional;
pub use summary::summary;
pub use unforced::{Unforced, put_back};
