//! The mistakes of a project, as changes of one that is right.

use crate::support::project::{SHOP, TestProject};

/// A mistake: its name, and how it gets into a project that is right without it.
pub(crate) type Wrong = (&'static str, fn(&TestProject));

pub(crate) const WRONG: &[Wrong] = &[
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
    ("several_mistakes_of_several_files", |project| {
        project.write(
            "sql/shop/V002__a.sql",
            "create index concurrently a on shop.orders (id);\n",
        );
        project.write(
            "sql/shop/V002__b.sql",
            "create index concurrently b on shop.orders (id);\n",
        );
    }),
    ("not_empty", |project| {
        project.write("sql/shop/V002__x.sql", "--! empty\nselect 1;\n");
    }),
    ("rows_that_are_no_sql", |project| {
        project.write(
            "sql/shop/V002__x.sql",
            "copy shop.orders (id, note) from stdin;\n1\tit's\n\\.\n",
        );
    }),
    ("copy_to_stdout", |project| {
        project.write("sql/shop/V002__x.sql", "copy shop.orders to stdout;\n");
    }),
    ("two_objects_in_one_file", |project| {
        project.write(
            "views/shop/open.sql",
            "create or replace view shop.open as select 1 as a;\n\
             create view shop.closed as select 2 as a;\n",
        );
    }),
    ("object_with_a_long_name", |project| {
        let name = "abcdefghij".repeat(6) + "_the_view";
        project.write(
            &format!("views/shop/{name}.sql"),
            format!("create or replace view shop.{name} as select 1 as a;\n"),
        );
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
