//! `workroom adopt`: generated projects of five tools; no file is edited, the schema stays equal, and the next migration is
//! deployed.

mod generated;
mod refused;

use generated::{Generated, TOOLS};

use crate::histories::catalog;
use crate::support::server::{NEWEST, TestDatabase};
use crate::support::workspace::{Said, Workspace};

/// How many files a project has: few, or with `WORKROOM_TEST_LONG=1` as many as a grown one.
fn count(tool: usize) -> usize {
    if is_long() { 60 * (tool + 1) } else { 12 }
}

/// A folder without a project, and a database.
fn without_project() -> Workspace {
    let workspace = Workspace::new();
    std::fs::remove_file(workspace.folder.path().join("workroom.toml")).unwrap();
    workspace
}

/// The schema shop: as the catalog has it, and of a grown project as `db dump` has it.
fn schema(database: &TestDatabase) -> String {
    if is_long() {
        Workspace::dump_of(database, "shop")
    } else {
        catalog(database)
    }
}

fn is_long() -> bool {
    std::env::var_os("WORKROOM_TEST_LONG").is_some()
}

#[track_caller]
fn is_green_from_the_first_minute(at: usize) {
    let generated = Generated::of(TOOLS[at], count(at));
    let workspace = without_project();
    for (path, text) in &generated.files {
        workspace.write(path, text);
    }
    for statement in &generated.applied {
        workspace.database.execute(statement);
    }
    let before = schema(&workspace.database);
    let adopt = |more: &[&str]| -> Said {
        let mut arguments = vec!["--system", "shop", "adopt"];
        arguments.extend(more);
        workspace.run(&arguments)
    };
    let shown = adopt(&[]).done();
    assert!(shown.contains(&format!("found {}", TOOLS[at])), "{shown}");
    assert!(shown.contains("nothing was written"), "{shown}");
    assert!(!workspace.folder.path().join("workroom.toml").exists());
    let done = adopt(&["--yes"]).done();
    assert!(done.contains("adopted as applied"), "{done}");
    let file = std::fs::read_to_string(workspace.folder.path().join("workroom.toml")).unwrap();
    assert!(shown.contains(file.trim_end()), "{shown}\n{file}");

    workspace.run(&["db", "verify"]).done();
    workspace.run(&["lint"]).done();
    assert!(workspace.migrate().starts_with("nothing to do"));
    assert_eq!(schema(&workspace.database), before);
    workspace.run(&["db", "new", "add_remark"]).done();
    let added = workspace.folder.path().join("sql/shop");
    let added = std::fs::read_dir(added)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let added = added.filter(|path| path.to_string_lossy().ends_with("__add_remark.sql"));
    let path = added.last().unwrap();
    std::fs::write(
        path,
        "-- What the customer said.\nalter table shop.t1 add column remark text;\n",
    )
    .unwrap();
    assert!(workspace.migrate().contains("add_remark"));
    workspace.run(&["db", "verify"]).done();
    if is_long() {
        let clean = TestDatabase::new(NEWEST);
        workspace.run_on(&clean, &["db", "migrate"]).done();
        assert_eq!(schema(&clean), schema(&workspace.database));
    }
}

#[test]
fn supabase() {
    is_green_from_the_first_minute(0);
}

#[test]
fn prisma() {
    is_green_from_the_first_minute(1);
}

#[test]
fn drizzle() {
    is_green_from_the_first_minute(2);
}

#[test]
fn flyway() {
    is_green_from_the_first_minute(3);
}

#[test]
fn golang_migrate() {
    is_green_from_the_first_minute(4);
}
