//! The sync service: messages of an outbox become pages in Notion, at least once and in order for each resource.
//!
//! [`Settings`] is the project's `sync/notion.toml`; `properties` makes a page's properties of a message; `deliver`
//! decides which requests a message needs; `notion` sends them; [`run`] claims, delivers and finishes. The other way,
//! [`pull`] takes over what was edited there, [`listen`] when Notion says so, and [`import`] what was there before.

mod deliver;
mod import;
mod listen;
mod notion;
mod outbox;
mod page;
mod pages;
mod properties;
mod property;
mod pull;
mod run;
mod settings;
mod setup;
mod webhook;

pub use import::import;
pub use listen::listen;
pub use notion::{Access, Api};
pub use outbox::{retry, status};
pub use pull::{pull, take};
pub use run::{Options, Tally, dry_run, run};
pub use settings::{FILE, Settings};
pub use setup::setup;
