//! `db import`: folders and histories of nine tools, as they leave them.

use std::path::{Path, PathBuf};

use crate::histories::catalog;
use crate::support::server::{NEWEST, TestDatabase};
use crate::support::workspace::Workspace;

const TOOLS: [&str; 9] = [
    "refinery",
    "sqlx",
    "diesel",
    "goose",
    "golang-migrate",
    "flyway",
    "dbmate",
    "supabase",
    "prisma",
];

fn case(tool: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/cases/import")
        .join(tool)
}

/// A project in which the tool's folder lies where the tool has it, and a database that the tool has migrated.
fn migrated_by(tool: &str) -> Workspace {
    let workspace = Workspace::new();
    copy(&case(tool), workspace.folder.path());
    let _ = std::fs::remove_file(workspace.folder.path().join("history.sql"));
    // What a tool keeps without a zone is in that of its sessions.
    let name = workspace.database.name();
    workspace
        .database
        .execute(&format!("alter database {name} set timezone = 'UTC'"));
    workspace
        .database
        .execute(&std::fs::read_to_string(case(tool).join("history.sql")).unwrap());
    workspace
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        // Flyway's folder is called like ours; its files get one of their own.
        let name = entry.file_name();
        let target = to.join(if name == "sql" { "flyway".into() } else { name });
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn import<'a>(tool: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["--system", "shop", "db", "import", "--from", tool];
    if tool == "flyway" {
        arguments.push("flyway");
    }
    arguments.extend(more);
    arguments
}

#[test]
fn each_tool_is_adopted_with_nothing_applied_again_and_an_equal_schema() {
    for tool in TOOLS {
        let workspace = migrated_by(tool);
        let before = catalog(&workspace.database);
        let shown = workspace.run(&import(tool, &[])).done();
        assert!(shown.contains("nothing was written"), "{shown}");
        assert!(
            std::fs::read_dir(workspace.folder.path().join("sql/shop"))
                .unwrap()
                .next()
                .is_none()
        );
        workspace.run(&import(tool, &["--yes"])).done();
        assert_eq!(catalog(&workspace.database), before, "{tool}");

        let said = workspace.migrate();
        let applied: Vec<&str> = said.lines().skip(2).collect();
        assert!(
            applied.len() == 1 && applied[0].contains("later"),
            "{tool}: {said}"
        );
        assert!(workspace.migrate().starts_with("nothing to do"), "{tool}");

        let clean = TestDatabase::new(NEWEST);
        workspace.run_on(&clean, &["db", "migrate"]).done();
        assert_eq!(catalog(&workspace.database), catalog(&clean), "{tool}");
    }
}

#[test]
fn every_other_database_adopts_what_it_has_and_a_second_run_has_nothing_to_do() {
    let workspace = migrated_by("sqlx");
    // Some of it is applied in one place, all in another, and nothing in a third.
    let partly = TestDatabase::new(NEWEST);
    partly.execute(&std::fs::read_to_string(case("sqlx").join("history.sql")).unwrap());
    workspace.run(&import("sqlx", &["--yes"])).done();
    let said = workspace.run_on(&partly, &["db", "migrate"]).refused();
    assert!(
        said.contains("has a history of sqlx") && said.contains("db import --from"),
        "{said}"
    );
    let again = workspace.run(&import("sqlx", &["--yes"])).done();
    assert!(again.contains("nothing to do"), "{again}");
    let shown = workspace.run_on(&partly, &import("sqlx", &[])).done();
    assert!(shown.contains("the files are there already"), "{shown}");
    let said = workspace
        .run_on(&partly, &import("sqlx", &["--yes"]))
        .done();
    assert!(
        said.contains("adopted as applied in this database"),
        "{said}"
    );
    let empty = TestDatabase::new(NEWEST);
    workspace.migrate();
    for database in [&partly, &empty] {
        workspace.run_on(database, &["db", "migrate"]).done();
        assert_eq!(catalog(database), catalog(&workspace.database));
    }
}

#[test]
fn statements_that_run_alone_and_versions_of_any_width_are_taken_over() {
    let workspace = migrated_by("flyway");
    workspace.write(
        "flyway/V7_101_1631562784999999__vacuum.sql",
        "vacuum shop.orders;\n",
    );
    workspace.write("flyway/V8__noop.sql", "-- NOOP\n");
    workspace.run(&import("flyway", &["--yes"])).done();
    let mut files: Vec<String> = std::fs::read_dir(workspace.folder.path().join("sql/shop"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let last = &files[files.len() - 2..];
    assert!(
        last[0].ends_with("__vacuum.sql") && last[1].ends_with("__noop.sql"),
        "{files:?}"
    );
    assert!(files[0].starts_with("V001__"), "{files:?}");
    workspace.migrate();
}

#[test]
fn files_and_history_look_like_this() {
    let mut all = String::new();
    for tool in TOOLS {
        let workspace = migrated_by(tool);
        all += &format!(
            "== {tool}\n{}",
            workspace.run(&import(tool, &["--yes"])).done()
        );
        let dated = !matches!(tool, "golang-migrate" | "dbmate" | "supabase");
        let on = if dated { "applied_on" } else { "'now'" };
        for row in workspace.database.query(&format!(
            "select version, name, {on}, applied_by, duration_ms from workroom.history_shop order by version"
        )) {
            all += &format!("{row}\n");
        }
        let mut files: Vec<_> = std::fs::read_dir(workspace.folder.path().join("sql/shop"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        all += &std::fs::read_to_string(&files[files.len() - 3]).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn what_a_tool_left_half_done_is_refused_with_the_way_out() {
    for (tool, dirt, way_out) in [
        (
            "sqlx",
            "update _sqlx_migrations set success = false where version = 20240505100000",
            "set its `success` in _sqlx_migrations",
        ),
        (
            "golang-migrate",
            "update schema_migrations set dirty = true",
            "migrate force VERSION",
        ),
        (
            "flyway",
            "update flyway_schema_history set success = false where version = '1.10'",
            "flyway repair",
        ),
    ] {
        let workspace = migrated_by(tool);
        workspace.database.execute(dirt);
        let said = workspace.run(&import(tool, &["--yes"])).refused();
        assert!(
            said.contains("half done") && said.contains(way_out),
            "{said}"
        );
        assert_eq!(
            workspace
                .database
                .query("select to_regclass('workroom.history_shop')"),
            [""]
        );
    }
}

#[test]
fn a_lost_file_another_import_several_sections_and_a_placeholder_are_refused() {
    let workspace = migrated_by("goose");
    std::fs::remove_file(workspace.folder.path().join("migrations/00003_double.sql")).unwrap();
    let said = workspace.run(&import("goose", &["--yes"])).refused();
    assert!(
        said.contains("goose has applied version 3, but its file is gone"),
        "{said}"
    );

    let workspace = migrated_by("dbmate");
    workspace.run(&import("dbmate", &["--yes"])).done();
    workspace.write("sql/shop/V20240504090241__create_orders.sql", "select 1;\n");
    let said = workspace.run(&import("dbmate", &["--yes"])).refused();
    assert!(
        said.contains("system `shop` has migrations already"),
        "{said}"
    );
    let sections = "-- migrate:up\nselect 1;\n-- migrate:up\nselect 2;\n";
    workspace.write("db/migrations/20250101000000_twice.sql", sections);
    let said = workspace.run(&import("dbmate", &["--yes"])).refused();
    assert!(said.contains("has several sections `migrate:up`"), "{said}");

    let workspace = migrated_by("flyway");
    workspace.write("flyway/V3__x.sql", "select '${name}';");
    let said = workspace.run(&import("flyway", &["--yes"])).refused();
    assert!(
        said.contains("V3__x.sql:1:9") && said.contains("has a placeholder"),
        "{said}"
    );
}

#[test]
fn what_cannot_run_here_leaves_no_file_and_no_history() {
    let workspace = migrated_by("golang-migrate");
    workspace.write(
        "migrations/000005_copy.up.sql",
        "copy shop.orders from stdin;",
    );
    let said = workspace
        .run(&import("golang-migrate", &["--yes"]))
        .refused();
    assert!(said.contains("copies from standard input"), "{said}");
    assert!(
        std::fs::read_dir(workspace.folder.path().join("sql/shop"))
            .unwrap()
            .next()
            .is_none()
    );
    assert_eq!(
        workspace
            .database
            .query("select to_regclass('workroom.history_shop')"),
        [""]
    );
}
