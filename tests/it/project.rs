//! Wrong projects: each mistake is named with its file, line, cause and way out, before any database is asked.
//!
//! The snapshots are the table: one file for each input, named after it.

use insta::assert_snapshot;

use crate::support::project::{ORDERS, SHOP, TestProject};
use crate::wrong_projects::WRONG;

#[test]
fn every_wrong_input_is_named_with_file_line_cause_and_way_out() {
    for (name, spoil) in WRONG {
        let project = TestProject::with_database(&[ORDERS]);
        spoil(&project);
        let output = project.run(["db", "migrate"]);
        assert_snapshot!(*name, output);
        assert!(output.ends_with("exit status: 2\n"), "{name}\n{output}");
        assert!(
            output.contains(" --> "),
            "{name}: no file is named\n{output}"
        );
        assert!(output.contains("\nhint: "), "{name}: no way out\n{output}");
        assert_eq!(
            project.query("select nspname from pg_namespace where nspname in ('shop', 'workroom')"),
            [""; 0],
            "{name} changed the database"
        );
    }
}

#[test]
fn the_same_project_without_a_mistake_is_deployed() {
    TestProject::with_database(&[ORDERS]).migrate();
}

#[test]
fn a_wrong_project_leaves_a_deployed_database_as_it_is() {
    let project = TestProject::with_database(&[ORDERS]);
    project.migrate();
    let catalog = "select string_agg(c::text || c.xmin, ' ' order by c.oid) from pg_class c";
    let before = project.query(catalog);
    project.write("sql/shop/V002__x.sql", "drop table shop.orders; commit;");
    assert!(project.run(["db", "migrate"]).ends_with("exit status: 2\n"));
    assert_eq!(project.query(catalog), before);
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let project = TestProject::new(&[
        ORDERS,
        ("sql/shop/V001__again.sql", "select 1;"),
        ("sql/shop/v2__x.sql", "select 1;"),
        (
            "sql/shop/V003__x.sql",
            "--! lock-timeout\nselect 1;\ncommit;",
        ),
        ("sql/stock/V001__x.sql", "select 1;"),
        ("views/shop/open.sql", "select 'a;"),
    ]);
    project.write(
        "workroom.toml",
        format!("{SHOP}requires = [\"nobody\"]\n[systems.shop.expect]\ntables = 1\n"),
    );
    let output = project.run(["db", "migrate"]);
    assert_snapshot!(output);
    assert_eq!(output.matches("error: ").count(), 7);
}

#[test]
fn mistakes_in_workroom_toml_are_reported_at_once() {
    let project = TestProject::new(&[ORDERS]);
    project.write(
        "workroom.toml",
        "[project]\nnme = 1\n[systems.shop]\nschemas = [\"shop\"]\ntitle = 7\n\
         [systems.shop.expect]\ntables = -1\nrow_level_security = \"some\"\n",
    );
    let output = project.run(["db", "migrate"]);
    assert_snapshot!(output);
    assert_eq!(output.matches("error: ").count(), 5);
}

#[test]
fn an_unknown_system_on_the_command_line_is_told_the_known_ones() {
    let project = TestProject::new(&[ORDERS]);
    assert_snapshot!(project.run(["db", "migrate", "--system", "stock"]), @"
        ----- stderr -----
        error: there is no system `stock` in workroom.toml
        hint: the systems are: shop
        exit status: 2
        ");
}

#[test]
fn a_folder_without_a_project_says_how_to_start_one() {
    let project = TestProject::new(&[]);
    project.remove("workroom.toml");
    assert_snapshot!(project.run(["db", "status"]), @"
        ----- stderr -----
        error: there is no workroom.toml in [project] or above it
        hint: run `workroom init` to start a project here, or name one with `--project DIR`
        hint: run `workroom demo` to see a shipped system at work
        exit status: 2
        ");
    assert_snapshot!(project.run(["db", "status", "--project", "elsewhere"]), @"
        ----- stderr -----
        error: [project]/elsewhere is not a project
        cause: it has no workroom.toml
        hint: run `workroom init [project]/elsewhere` to start one there
        exit status: 2
        ");
}

#[test]
fn a_project_is_found_from_the_folders_below_it() {
    let project = TestProject::with_database(&[ORDERS]);
    let below = project.folder().join("sql/shop");
    let output = project
        .workroom(["db", "migrate", "-q"])
        .within(&below)
        .run();
    assert!(output.ends_with("exit status: 0\n"), "{output}");
}

#[test]
fn a_checkout_with_crlf_is_the_same_project() {
    let files = [
        ORDERS,
        (
            "sql/shop/V002__x.sql",
            "--! lock-timeout: 1s\ndo $$\nbegin\n  null;\nend $$;\n",
        ),
        (
            "views/shop/open.sql",
            "create or replace view shop.open as\nselect id\nfrom shop.orders;\n",
        ),
    ];
    let project = TestProject::with_database(&files);
    project.migrate();
    for (path, text) in files {
        project.write(path, text.replace('\n', "\r\n"));
    }
    project.write("workroom.toml", SHOP.replace('\n', "\r\n"));
    project.finds_nothing_to_do();
}

#[test]
fn an_error_in_a_crlf_file_is_shown_at_its_line() {
    let project = TestProject::with_database(&[(
        "sql/shop/V001__x.sql",
        "create schema shop;\r\n\r\n-- è\r\ncreate tabel shop.a (id int);\r\n",
    )]);
    assert_snapshot!(project.run(["db", "migrate"]), @r#"
        ----- stderr -----
        error: migration V001__x failed and was rolled back
         --> sql/shop/V001__x.sql:4:8
          |
        4 | create tabel shop.a (id int);
          |        ^^^^^
        cause: syntax error at or near "tabel" (42601)
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        "#);
}
