//! `db import`: what each tool leaves in a database that has everything, in one that has a part and in an empty one; all
//! three end equal, and nothing is applied twice. A tool is a file.

mod alembic;
mod django;
mod drizzle;
mod graphile_migrate;
mod knex;
mod liquibase;
mod node_pg_migrate;
mod programs;
mod rails;
mod sqitch;
mod typeorm;

use workroom::catalog::Catalog;

use crate::support::server::{NEWEST, TestDatabase};
use crate::support::workspace::Workspace;

/// What the migrations do, in SQL: the second does nothing, the third cannot run in a transaction.
const BODIES: [&str; 5] = [
    "create schema shop;\n\
     create table shop.orders (id integer primary key, total integer);\n\
     create table shop.runs (step text not null);\n\
     insert into shop.runs values ('create');\n",
    "-- was done by hand; nothing is left to do\n",
    "create index concurrently orders_total on shop.orders (total);\n",
    "create function shop.double(n integer) returns integer language plpgsql as $$\n\
     begin\n  return n * 2; -- twice;\nend\n$$;\n\
     insert into shop.runs values ('double');\n",
    "alter table shop.orders add column note text;\ninsert into shop.runs values ('later');\n",
];

/// Their names in the files of a tool.
const NAMES: [&str; 5] = [
    "create_orders",
    "nothing",
    "index_orders",
    "double",
    "later",
];

/// What a tool leaves behind.
struct Tool {
    name: &'static str,
    /// Path and text below the project's folder.
    files: Vec<(String, String)>,
    /// Statements for its history in a database with so many migrations.
    history: fn(usize) -> String,
}

/// A database that the tool has given so many migrations.
fn migrate(tool: &Tool, database: &TestDatabase, count: usize) {
    database.execute(&format!(
        "alter database {} set timezone = 'UTC'",
        database.name()
    ));
    for body in &BODIES[..count] {
        if !body.starts_with("--") {
            database.execute(body);
        }
    }
    if count > 0 {
        database.execute(&(tool.history)(count));
    }
}

fn import<'a>(tool: &Tool, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["--system", "shop", "db", "import", "--from", tool.name];
    arguments.extend(more);
    arguments
}

/// The schema shop as text.
pub(crate) fn catalog(database: &TestDatabase) -> String {
    let url = database.url();
    let load = async {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        let mut catalog = Catalog::load(&client, &["shop"]).await.unwrap();
        catalog.extensions.clear();
        format!("{catalog:#?}")
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(load)
}

/// Each file and what becomes of it.
fn promised(said: &str) -> Vec<&str> {
    said.lines().take_while(|line| !line.is_empty()).collect()
}

/// Everything, a part and nothing come to the same.
#[track_caller]
fn ends_equal_from_everywhere(tool: &Tool) {
    let workspace = Workspace::new();
    for (path, text) in &tool.files {
        workspace.write(path, text);
    }
    let (partly, empty) = (TestDatabase::new(NEWEST), TestDatabase::new(NEWEST));
    migrate(tool, &workspace.database, BODIES.len());
    migrate(tool, &partly, 3);
    let shown = workspace.run(&import(tool, &[])).done();
    let done = workspace.run(&import(tool, &["--yes"])).done();
    assert_eq!(promised(&shown), promised(&done));
    assert!(done.contains("5 of them adopted"), "{done}");
    let said = workspace.run_on(&partly, &import(tool, &["--yes"])).done();
    assert!(said.contains("3 of them adopted"), "{said}");
    workspace.run_on(&empty, &import(tool, &["--yes"])).done();
    let said = workspace.migrate();
    assert!(said.starts_with("nothing to do"), "{said}");
    for database in [&workspace.database, &partly, &empty] {
        workspace.run_on(database, &["db", "migrate"]).done();
        assert_eq!(catalog(database), catalog(&workspace.database));
        assert_eq!(
            database.query("select step from shop.runs order by step collate \"C\""),
            ["create", "double", "later"]
        );
    }
}
