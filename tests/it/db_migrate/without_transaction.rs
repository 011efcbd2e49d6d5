//! Files that run statement by statement.

use insta::assert_snapshot;

use crate::support::project::{ORDERS, TestProject};

#[test]
fn statements_of_a_file_without_a_transaction_run_one_by_one() {
    let project = TestProject::with_database(&[
        ORDERS,
        (
            "sql/shop/V002__index_orders.sql",
            "--! no-transaction\n\
             create index concurrently orders_note_idx on shop.orders (note);\n\
             create unique index concurrently orders_id_note_key on shop.orders (id, note);\n\
             drop index concurrently shop.orders_note_idx;\n\
             vacuum shop.orders;\n",
        ),
    ]);
    project.migrate();
    assert_eq!(
        project.query("select indexrelid::regclass from pg_index where indrelid = 'shop.orders'::regclass order by 1"),
        ["shop.orders_pkey", "shop.orders_id_note_key"]
    );
    assert_eq!(
        project.query("select name, duration_ms > 0 from workroom.history_shop where version = 2"),
        ["index_orders|t"]
    );
    assert_eq!(project.query("select count(*) from workroom.steps"), ["0"]);
}

#[test]
fn a_file_without_a_transaction_goes_on_after_the_statement_that_failed() {
    let project = TestProject::with_database(&[
        ORDERS,
        (
            "sql/shop/V002__steps.sql",
            "--! no-transaction\n\
             insert into shop.orders values (1, 'once');\n\
             insert into shop.orders\n  values (2, 'brokn', 3);\n\
             insert into shop.orders values (3, 'last');\n",
        ),
    ]);
    assert_snapshot!(project.run(["db", "migrate"]), @"
        ----- stderr -----
        shop V001__create_orders ([time])
        error: migration V002__steps stopped at statement 2 of 3
         --> sql/shop/V002__steps.sql:4:23
          |
        4 |   values (2, 'brokn', 3);
          |                       ^
        cause: INSERT has more expressions than target columns (42601)
        hint: the one before it is done and will not run again; mend the cause and run `workroom db migrate` again
        exit status: 2
        ");
    assert_snapshot!(project.run(["db", "status"]), @"
        system   what                  state                             applied on             by   ms
        ───
        shop     V001__create_orders   applied                           [timestamp]   postgres   [ms]
        shop     V002__steps           stopped after 1 of 3 statements

        1 pending; `workroom db migrate` applies them
        ----- stderr -----
        exit status: 0
        ");
    assert_eq!(project.query("select id from shop.orders"), ["1"]);

    // What is done may not change; what failed may.
    project.write(
        "sql/shop/V002__steps.sql",
        "--! no-transaction\ninsert into shop.orders values (1, 'twice');\ninsert into shop.orders values (2, 'mended');\n",
    );
    assert_snapshot!(project.run(["db", "migrate"]), @"
        ----- stderr -----
        error: migration V002__steps was changed while it was half applied
         --> sql/shop/V002__steps.sql:2:1
          |
        2 | insert into shop.orders values (1, 'twice');
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        cause: statement 1 is already done with another text
        hint: bring the statements that are done back as they were; later ones may change
        exit status: 2
        ");
    project.write(
        "sql/shop/V002__steps.sql",
        "--! no-transaction\n\
         insert into shop.orders values (1, 'once');\n\
         insert into shop.orders values (2, 'mended');\n\
         insert into shop.orders values (3, 'last');\n",
    );
    project.migrate();
    assert_eq!(
        project.query("select id, note from shop.orders order by id"),
        ["1|once", "2|mended", "3|last"]
    );
    assert_eq!(project.query("select count(*) from workroom.steps"), ["0"]);
}
