//! Tests with a database of their own each: an embedded server that ends with the process, one deployment, and a copy
//! of it for every test. `cargo run --example database_per_test --no-default-features --features server`

use workroom::event::Silent;
use workroom::include_dir::{self, Dir};
use workroom::server::{Options, Temporary};
use workroom::{Project, Result, Session, Target, deploy};

static FILES: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/examples/start_up");

/// A server whose database `template_app` is deployed.
///
/// # Errors
/// When no Postgres can be had, or the project cannot be deployed.
pub async fn start() -> Result<Temporary> {
    let server = Temporary::start(&Options::default(), &Silent)?;
    let first = Target::parse(&server.url())?;
    let session = Session::connect(&first).await?;
    let sql = "create database template_app";
    session.run("making the template", sql).await?;
    let project = Project::embedded(&FILES)?;
    let target = first.with_database("template_app");
    deploy(&project, &target, &workroom::Options::default()).await?;
    Ok(server)
}

/// A database for one test: a copy of the deployed one, made in some hundredths of a second.
///
/// # Errors
/// When the server refuses the copy.
pub async fn database(server: &Temporary, test: &str) -> Result<Session> {
    let first = Target::parse(&server.url())?;
    let sql = format!("create database {test} template template_app");
    let session = Session::connect(&first).await?;
    session.run("making a test's database", &sql).await?;
    Session::connect(&first.with_database(test)).await
}

#[tokio::main(flavor = "current_thread")]
#[allow(dead_code, reason = "a program of its own")]
async fn main() -> Result<()> {
    let server = start().await?;
    for test in ["a_note_is_kept", "a_note_has_a_time"] {
        let session = database(&server, test).await?;
        let sql = "insert into app.notes (body) values ('x') returning created_at";
        let rows = session.run(test, sql).await?;
        assert_eq!(rows[0].len(), 1);
    }
    Ok(())
}
