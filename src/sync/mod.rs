//! The sync service: messages of an outbox become pages in Notion, at least once and in order for each resource.
//!
//! [`Settings`] is the project's `sync/notion.toml`; `properties` makes a page's properties of a message; `deliver`
//! decides which requests a message needs; `notion` sends them; [`run`] claims, delivers and finishes.

mod deliver;
mod notion;
mod outbox;
mod properties;
mod run;
mod settings;
mod setup;

pub use notion::{Access, Api};
pub use outbox::{retry, status};
pub use run::{Options, Tally, dry_run, run};
pub use settings::{FILE, Settings};
pub use setup::setup;
