//! `workroom`, a Postgres-first schema and migration toolkit.
//!
//! A program that brings its own database up to date before it serves embeds a folder with a `workroom.toml` and its
//! files, and calls [`deploy`]:
//!
//! ```no_run
//! use workroom::include_dir::{self, Dir};
//! use workroom::{Options, Project, Target};
//!
//! static FILES: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/examples/start_up");
//!
//! # async fn start() -> workroom::Result<()> {
//! let project = Project::embedded(&FILES)?;
//! let target = Target::parse("postgres://app@localhost/app")?;
//! let deployed = workroom::deploy(&project, &target, &Options::default()).await?;
//! for done in &deployed.systems {
//!     println!("{}: {} migrations applied", done.system, done.migrations.len());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`plan`] tells what that would do, [`verify`] whether all is there; [`prove()`] tries policies as everybody, [`seed()`]
//! loads rows. `docs/library.md` leads from
//! `refinery::embed_migrations!` and `sqlx::migrate!` to here.
//!
//! # Features
//!
//! `cli`, on by default, is the program with everything in it. A library that deploys needs none:
//! `workroom = { version = "0.1", default-features = false }`. The others are `lint` ([`lint`]), `manifest` (manifests of
//! [`verify()`]), `prove` ([`prove`]),
//! `seed` ([`seed`]), `server` ([`server`]: an embedded Postgres for tests) and `sync` ([`sync`]).

pub mod catalog;
#[cfg(feature = "cli")]
pub mod cli;
pub mod clock;
#[cfg(feature = "cli")]
pub mod commands;
#[cfg(feature = "cli")]
pub mod data;
pub mod database;
pub mod deployment;
pub mod disposable;
#[cfg(feature = "cli")]
pub mod docs;
pub mod error;
pub mod event;
pub mod files;
#[cfg(feature = "cli")]
pub mod fleet;
#[cfg(feature = "cli")]
pub mod import;
pub mod layout;
#[cfg(feature = "lint")]
pub mod lint;
#[cfg(feature = "cli")]
pub mod measure;
pub mod migrate;
pub mod objects;
#[cfg(feature = "cli")]
pub mod output;
pub mod policy;
pub mod project;
#[cfg(feature = "prove")]
pub mod prove;
pub mod report;
#[cfg(feature = "seed")]
pub mod seed;
#[cfg(feature = "server")]
pub mod server;
pub mod sql;
#[cfg(feature = "sync")]
pub mod sync;
pub mod verify;

pub use database::{Session, Target};
#[cfg(all(feature = "prove", feature = "server"))]
pub use deployment::prove;
pub use deployment::{Deployed, Options, Planned, deploy, deploy_on, plan, verify};
#[cfg(feature = "seed")]
pub use deployment::{Seeding, seed};
pub use error::{Error, Result};
pub use include_dir;
pub use project::Project;
pub use tokio_postgres;
