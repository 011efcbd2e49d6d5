//! Many databases that are kept alike, one for each tenant or shard: brought up to date, looked at and compared, several
//! at a time.
//!
//! What is applied stands in each database's own history and nowhere else, so that a run that was killed goes on by being
//! started again. A database that fails stops none of the others, until more have failed than may.

mod compare;
mod deploy;
mod inventory;
mod outcome;
mod run;
mod turns;

pub use compare::{Alike, Compared, alike, compare};
pub use deploy::{Deployed, Files, deploy};
pub use inventory::{Member, Source, members};
pub use outcome::{Group, Outcome, Skip, groups};
pub use run::{Settings, run};
