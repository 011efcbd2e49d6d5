//! The commands, one verb a file, mirroring the command line; the only place where features are composed.
//!
//! Each has `Arguments` and `run(&Context, &Arguments) -> Result<Report>`. What a command needs from outside
//! reaches it through [`Context`]; it prints nothing.

pub mod adopt;
pub mod arguments;
pub mod completions;
pub mod context;
pub mod data;
pub mod db;
pub mod demo;
pub mod docs;
pub mod fleet;
mod global;
pub mod init;
pub mod lint;
mod named;
mod places;
pub mod policy;
pub mod seed;
pub mod server;
mod shell;
mod since;
pub mod sync;
mod unnamed;
mod variables;

pub use context::Context;
pub use global::Global;
pub use places::Places;
