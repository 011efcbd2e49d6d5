//! A migration that fails: its error names the line, and nothing of it is left.

use insta::assert_snapshot;

use crate::support::project::{ORDERS, TestProject};

/// The second migration's failure, after which its first statement must have left nothing.
fn failure(sql: &str) -> String {
    let text = format!("create table shop.traces (id int);\n{sql}");
    let project = TestProject::with_database(&[ORDERS, ("sql/shop/V002__broken.sql", &text)]);
    project.run(["db", "migrate", "--to", "1", "-q"]).clear();
    let output = project.run(["db", "migrate"]);
    assert!(output.ends_with("exit status: 2\n"), "{output}");
    assert_eq!(
        project.query(
            "select version::text from workroom.history_shop union all select to_regclass('shop.traces')::text"
        ),
        ["1", ""]
    );
    output
}

#[test]
fn a_syntax_error_is_shown_under_its_word() {
    assert_snapshot!(failure("create tabel shop.a (id int);\n"), @r#"
        ----- stderr -----
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql:2:8
          |
        2 | create tabel shop.a (id int);
          |        ^^^^^
        cause: syntax error at or near "tabel" (42601)
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        "#);
}

#[test]
fn a_relation_that_is_missing_is_shown_where_it_is_named() {
    assert_snapshot!(failure("\nselect 1;\nselect *\n  from shop.missing;\n"), @r#"
        ----- stderr -----
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql:5:8
          |
        5 |   from shop.missing;
          |        ^^^^^^^^^^^^
        cause: relation "shop.missing" does not exist (42P01)
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        "#);
}

#[test]
fn an_error_for_which_the_server_gives_no_position_is_shown_at_its_statement() {
    assert_snapshot!(failure("select 1;\nalter table shop.orders\n  add foreign key (id) references shop.missing (id);\n"), @r#"
        ----- stderr -----
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql:3:1
          |
        3 | alter table shop.orders
          | ^^^^^^^^^^^^^^^^^^^^^^^
        cause: relation "shop.missing" does not exist (42P01)
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        "#);
}

#[test]
fn an_error_inside_a_block_shows_the_block_and_its_context() {
    assert_snapshot!(failure("do $$\nbegin\n  perform 1;\n  raise exception 'no %', 'luck' using errcode = 'P0042', hint = 'try again', detail = 'it was monday';\nend $$;\n"), @"
        ----- stderr -----
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql:2:1
          |
        2 | do $$
          | ^^^^^
        cause: no luck (P0042)
        cause: detail: it was monday
        cause: context: PL/pgSQL function inline_code_block line 4 at RAISE
        hint: the server suggests: try again
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        ");
}

#[test]
fn an_error_in_a_statement_that_a_function_builds_shows_that_statement() {
    assert_snapshot!(failure("do $$ begin execute 'select * from nowhere'; end $$;\n"), @r#"
        ----- stderr -----
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql:2:1
          |
        2 | do $$ begin execute 'select * from nowhere'; end $$;
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        cause: relation "nowhere" does not exist (42P01)
        cause: in the statement: select * from nowhere
        cause: context: PL/pgSQL function inline_code_block line 1 at EXECUTE
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        "#);
}

#[test]
fn positions_are_right_after_text_of_several_bytes_and_lines() {
    assert_snapshot!(failure("insert into shop.orders values (1, '日本語 ü 🦀\n🦀');\nselect '🦀' as crab, colum_x from shop.orders;\n"), @r#"
        ----- stderr -----
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql:4:21
          |
        4 | select '🦀' as crab, colum_x from shop.orders;
          |                      ^^^^^^^
        cause: column "colum_x" does not exist (42703)
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        "#);
}

#[test]
fn detail_and_hint_of_the_server_are_passed_on() {
    assert_snapshot!(failure("insert into shop.orders values (7, 'a');\ninsert into shop.orders\n  values (7, 'b');\n"), @r#"
        ----- stderr -----
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql:3:1
          |
        3 | insert into shop.orders
          | ^^^^^^^^^^^^^^^^^^^^^^^
        cause: duplicate key value violates unique constraint "orders_pkey" (23505)
        cause: detail: Key (id)=(7) already exists.
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        "#);
    assert_snapshot!(failure("select nowww();\n"), @"
        ----- stderr -----
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql:2:8
          |
        2 | select nowww();
          |        ^^^^^
        cause: function nowww() does not exist (42883)
        hint: the server suggests: No function matches the given name and argument types. You might need to add explicit type casts.
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        ");
}

#[test]
fn a_deferred_constraint_fails_at_commit_and_leaves_nothing() {
    assert_snapshot!(failure("alter table shop.orders add parent_id int references shop.orders (id) deferrable initially deferred;\ninsert into shop.orders values (1, 'a', 99);\n"), @r#"
        ----- stderr -----
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql
        cause: insert or update on table "orders" violates foreign key constraint "orders_parent_id_fkey" (23503)
        cause: detail: Key (parent_id)=(99) is not present in table "orders".
        cause: it failed after the last statement, when deferred constraints were checked
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        "#);
}

#[test]
fn a_transaction_that_ends_inside_a_block_is_an_error() {
    assert_snapshot!(failure("do $$ begin commit; end $$;\n"), @"
        ----- stderr -----
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql:2:1
          |
        2 | do $$ begin commit; end $$;
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^
        cause: invalid transaction termination (2D000)
        cause: context: PL/pgSQL function inline_code_block line 1 at COMMIT
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        ");
}

#[test]
fn a_transaction_that_is_ended_by_a_procedure_is_an_error() {
    assert_snapshot!(failure("create procedure shop.finish() language plpgsql as 'begin commit; end';\ncall shop.finish();\n"), @"
        ----- stderr -----
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql:3:1
          |
        3 | call shop.finish();
          | ^^^^^^^^^^^^^^^^^^
        cause: invalid transaction termination (2D000)
        cause: context: PL/pgSQL function shop.finish() line 1 at COMMIT
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        ");
}

#[test]
fn a_very_long_line_is_cut_around_its_mistake() {
    let long = "'x', ".repeat(2000);
    assert_snapshot!(failure(&format!("select {long} brokn, {long} 1;\n")), @r#"
        ----- stderr -----
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql:2:10009
          |
        2 | ... 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x',  brokn, 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', '...
          |                                                        ^^^^^
        cause: column "brokn" does not exist (42703)
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        "#);
}

#[test]
fn what_was_applied_before_a_failure_stays_and_a_mended_file_goes_on() {
    let project = TestProject::with_database(&[
        ORDERS,
        (
            "sql/shop/V002__broken.sql",
            "alter table shop.orders add x int;\nselect 1/0;\n",
        ),
        ("sql/shop/V003__never.sql", "create table shop.never ();\n"),
        (
            "views/shop/open.sql",
            "create or replace view shop.open as select x from shop.orders;\n",
        ),
    ]);
    assert_snapshot!(project.run(["db", "migrate"]), @"
        ----- stderr -----
        shop V001__create_orders ([time])
        error: migration V002__broken failed and was rolled back
         --> sql/shop/V002__broken.sql:2:1
          |
        2 | select 1/0;
          | ^^^^^^^^^^
        cause: division by zero (22012)
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        ");
    assert_eq!(
        project.query("select to_regclass('shop.never'), to_regclass('shop.open')"),
        ["|"]
    );
    project.write(
        "sql/shop/V002__broken.sql",
        "alter table shop.orders add x int;\n",
    );
    assert_snapshot!(project.run(["db", "migrate"]), @"
        system   applied   ms
        ───
        shop     V002__broken   [ms]
        shop     V003__never   [ms]
        shop     shop.open
        ----- stderr -----
        shop V002__broken ([time])
        shop V003__never ([time])
        shop repeatable objects ([time])
        exit status: 0
        ");
}

#[test]
fn notices_of_a_migration_reach_the_reader() {
    let project = TestProject::with_database(&[
        ORDERS,
        (
            "sql/shop/V002__talk.sql",
            "do $$ begin raise notice 'half of it'; raise warning 'careful'; raise debug 'never'; end $$;\n",
        ),
    ]);
    assert_snapshot!(project.run(["db", "migrate"]), @"
        system   applied   ms
        ───
        shop     V001__create_orders   [ms]
        shop     V002__talk   [ms]
        ----- stderr -----
        shop V001__create_orders ([time])
        half of it
        careful
        shop V002__talk ([time])
        exit status: 0
        ");
}
