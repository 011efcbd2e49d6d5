//! Wrong projects: each mistake is named with its file, line, cause and way out, before any database is asked.
//!
//! The snapshots are the table: one file for each input, named after it.

use insta::assert_snapshot;

use crate::support::project::{ORDERS, SHOP, TestProject};

/// A mistake: its name, and how it gets into a project that is right without it.
type Wrong = (&'static str, fn(&TestProject));

const WRONG: &[Wrong] = &[
    ("unknown_key", |project| {
        project.write("workroom.toml", SHOP.replace("title", "titel"));
    }),
    ("toml_syntax", |project| {
        project.write("workroom.toml", format!("{SHOP}requires = [\"a\"\n"));
    }),
    ("wrong_type", |project| {
        project.write("workroom.toml", SHOP.replace("[\"shop\"]", "\"shop\""));
    }),
    ("bad_count", |project| {
        project.write(
            "workroom.toml",
            format!("{SHOP}[systems.shop.expect]\ntables = \"several\"\n"),
        );
    }),
    ("no_system", |project| {
        project.write("workroom.toml", "[project]\nname = \"shop\"\n");
        project.remove("sql");
    }),
    ("missing_folder", |project| {
        project.write(
            "workroom.toml",
            format!("{SHOP}\n[systems.stock]\ntitle = \"Stock\"\nschemas = [\"stock\"]\n"),
        );
    }),
    ("undeclared_folder", |project| {
        project.write("sql/stock/V001__create_items.sql", "select 1;");
    }),
    ("loose_file", |project| {
        project.write("sql/notes.sql", "select 1;");
    }),
    ("undeclared_policies", |project| {
        project.write("policies/stock.toml", "");
    }),
    ("misnamed", |project| {
        project.write("sql/shop/V2_add_column.sql", "select 1;");
    }),
    ("name_with_a_dash", |project| {
        project.write("sql/shop/V2__add-column.sql", "select 1;");
    }),
    ("lower_case_v", |project| {
        project.write("sql/shop/v2__add_column.sql", "select 1;");
    }),
    ("upper_case_ending", |project| {
        project.write("sql/shop/V2__add_column.SQL", "select 1;");
    }),
    ("no_sql_file", |project| {
        project.write("sql/shop/notes.txt", "");
    }),
    ("version_with_a_dot", |project| {
        project.write("sql/shop/V1.5__add_column.sql", "select 1;");
    }),
    ("version_beyond_64_bits", |project| {
        project.write("sql/shop/V99999999999999999999__x.sql", "select 1;");
    }),
    ("no_version", |project| {
        project.write("sql/shop/|1__a.sql", "select 1;");
    }),
    ("duplicate_version", |project| {
        project.write("sql/shop/V1__add_column.sql", "select 1;");
    }),
    ("folder_among_migrations", |project| {
        project.write("sql/shop/old/V000__x.sql", "select 1;");
    }),
    ("folder_named_like_a_migration", |project| {
        project.write("sql/shop/V002__x.sql/y", "");
    }),
    ("unreadable", |project| {
        let link = project.folder().join("sql/shop/V002__add_column.sql");
        std::os::unix::fs::symlink("nowhere.sql", link).unwrap();
    }),
    ("byte_order_mark", |project| {
        project.write("sql/shop/V002__x.sql", "\u{feff}select 1;");
    }),
    ("byte_order_mark_in_workroom_toml", |project| {
        project.write("workroom.toml", format!("\u{feff}{SHOP}"));
    }),
    ("not_utf8", |project| {
        project.write(
            "sql/shop/V002__x.sql",
            b"select 1;\nselect 'caf\xe9';\n".as_slice(),
        );
    }),
    ("empty_file", |project| {
        project.write("sql/shop/V002__x.sql", "");
    }),
    ("only_comments", |project| {
        project.write("sql/shop/V002__x.sql", "-- later\n/* or never */;\n");
    }),
    ("transaction_control", |project| {
        project.write(
            "sql/shop/V002__x.sql",
            "begin;\nalter table shop.orders add paid_at date;\ncommit;\n",
        );
    }),
    ("transaction_control_without_a_transaction", |project| {
        project.write(
            "sql/shop/V002__x.sql",
            "--! no-transaction\nvacuum shop.orders;\nrollback;\n",
        );
    }),
    ("concurrently_in_a_transaction", |project| {
        project.write(
            "sql/shop/V002__x.sql",
            "create index concurrently orders_note_idx on shop.orders (note);\n",
        );
    }),
    ("unknown_header", |project| {
        project.write("sql/shop/V002__x.sql", "--! no-transactions\nselect 1;\n");
    }),
    ("indented_header", |project| {
        project.write("sql/shop/V002__x.sql", "  --! lock-timeout: 5\nselect 1;\n");
    }),
    ("misplaced_header", |project| {
        project.write("sql/shop/V002__x.sql", "select 1;\n--! no-transaction\n");
    }),
    ("psql_command", |project| {
        project.write("sql/shop/V002__x.sql", "select 1;\n\\i other.sql\n");
    }),
    ("copy_from_stdin", |project| {
        project.write(
            "sql/shop/V002__x.sql",
            "copy shop.orders (id, note) from stdin;\n1\tone\n\\.\n",
        );
    }),
    ("unclosed_quote", |project| {
        project.write(
            "sql/shop/V002__x.sql",
            "select 1;\ninsert into shop.orders values (1, 'one);\n",
        );
    }),
    ("unclosed_dollar_quote", |project| {
        project.write("sql/shop/V002__x.sql", "do $do$ begin null; end $od$;\n");
    }),
    ("requires_circle", |project| {
        project.write(
            "workroom.toml",
            format!(
                "{SHOP}requires = [\"stock\"]\n\n\
                 [systems.stock]\ntitle = \"Stock\"\nschemas = [\"stock\"]\nrequires = [\"shop\"]\n"
            ),
        );
        project.write("sql/stock/V001__x.sql", "select 1;");
    }),
    ("requires_itself", |project| {
        project.write("workroom.toml", format!("{SHOP}requires = [\"shop\"]\n"));
    }),
    ("requires_unknown_system", |project| {
        project.write("workroom.toml", format!("{SHOP}requires = [\"stock\"]\n"));
    }),
    ("unknown_default_system", |project| {
        project.write(
            "workroom.toml",
            SHOP.replace(
                "name = \"shop\"",
                "name = \"shop\"\ndefault_system = \"stock\"",
            ),
        );
    }),
    ("system_named_like_no_folder", |project| {
        project.write(
            "workroom.toml",
            SHOP.replace("systems.shop", "systems.Shop"),
        );
    }),
    ("empty_object", |project| {
        project.write("views/shop/open.sql", "-- soon\n");
    }),
    ("misnamed_object", |project| {
        project.write("views/shop/Open.sql", "create view shop.open as select 1;");
    }),
    ("object_with_transaction_control", |project| {
        project.write(
            "views/shop/open.sql",
            "create or replace view shop.open as select 1 as one;\ncommit;\n",
        );
    }),
    ("table_among_objects", |project| {
        project.write(
            "views/shop/items.sql",
            "create table shop.items (id int);\n",
        );
    }),
    ("object_without_a_schema", |project| {
        project.write(
            "views/shop/open.sql",
            "create or replace view open as select 1;\n",
        );
    }),
    ("object_of_another_schema", |project| {
        project.write(
            "views/shop/open.sql",
            "create or replace view public.open as select 1;\n",
        );
    }),
    ("object_of_another_name", |project| {
        project.write(
            "views/shop/open.sql",
            "create or replace view shop.closed as select 1;\n",
        );
    }),
    ("objects_in_a_circle", |project| {
        project.write(
            "views/shop/a.sql",
            "create or replace view shop.a as select * from shop.b;\n",
        );
        project.write(
            "views/shop/b.sql",
            "create or replace view shop.b as select * from shop.a;\n",
        );
    }),
];

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
