//! A service that brings its database up to date before it serves. Start as many at once as you like: one of them
//! deploys, the others wait for it. `DATABASE_URL=postgres://… cargo run --example start_up --no-default-features`

use workroom::include_dir::{self, Dir};
use workroom::{Deployed, Options, Project, Result, Target, deploy};

static FILES: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/examples/start_up");

/// Brings the database of a URL up to date.
///
/// # Errors
/// When the URL, a file or the database does not allow it; each error says what to do next.
pub async fn make_ready(url: &str) -> Result<Deployed> {
    let project = Project::embedded(&FILES)?;
    deploy(&project, &Target::parse(url)?, &Options::default()).await
}

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stdout, dead_code, reason = "a program of its own")]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let deployed = make_ready(&std::env::var("DATABASE_URL")?).await?;
    let count = deployed.systems.iter().map(|done| done.migrations.len());
    println!("ready: {} migrations applied", count.sum::<usize>());
    // Here the service listens.
    Ok(())
}
