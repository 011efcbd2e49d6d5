//! Repeatable objects: what is applied, in which order, and what keeps them from being applied.

use insta::assert_snapshot;

use crate::support::project::{ORDERS, TestProject};

/// Named so that the order of names is the wrong one.
const CHAIN: [(&str, &str); 3] = [
    (
        "views/shop/a_report.sql",
        "create or replace view shop.a_report as select * from shop.b_totals();\n\
         comment on view shop.a_report is 'For the boss';\n",
    ),
    (
        "views/shop/b_totals.sql",
        "create or replace function shop.b_totals() returns table (total bigint)\n\
         language sql stable set search_path = '' as $$ select count(*) from shop.c_notes $$;\n",
    ),
    (
        "views/shop/c_notes.sql",
        "create or replace view shop.c_notes as select id, note from shop.orders;\n",
    ),
];

fn chain() -> TestProject {
    let project = TestProject::with_database(&[&[ORDERS], CHAIN.as_slice()].concat());
    project.migrate();
    project
}

#[test]
fn objects_are_created_after_what_they_stand_on() {
    let project = TestProject::with_database(&[&[ORDERS], CHAIN.as_slice()].concat());
    assert_snapshot!(project.run(["db", "migrate"]), @"
        system   applied   ms
        ───
        shop     V001__create_orders   [ms]
        shop     shop.c_notes
        shop     shop.b_totals
        shop     shop.a_report
        ----- stderr -----
        shop V001__create_orders ([time])
        shop repeatable objects ([time])
        exit status: 0
        ");
    assert_eq!(project.query("select total from shop.a_report"), ["0"]);
}

#[test]
fn a_comment_more_applies_nothing() {
    let project = chain();
    let oids = "select p.oid, v.xmin from pg_proc as p, pg_class as v where proname = 'b_totals' and relname = 'a_report'";
    let before = project.query(oids);
    project.write(CHAIN[2].0, format!("-- A comment more.\n{}", CHAIN[2].1));
    project.finds_nothing_to_do();
    assert_eq!(project.query(oids), before);
}

#[test]
fn a_view_whose_columns_change_is_created_again_with_what_stands_on_it() {
    let project = chain();
    project.write(
        "views/shop/d_short.sql",
        "create or replace view shop.d_short as select note from shop.c_notes;\n",
    );
    project.migrate();
    project.write(
        CHAIN[2].0,
        "create or replace view shop.c_notes as select note, id::text as id from shop.orders;\n",
    );
    assert_eq!(project.applies(), ["shop.c_notes", "shop.d_short"]);
    assert_eq!(
        project.query("select string_agg(attname || ' ' || atttypid::regtype, ', ' order by attnum) from pg_attribute where attrelid = 'shop.c_notes'::regclass"),
        ["note text, id text"]
    );
    assert_eq!(
        project.query("select obj_description('shop.a_report'::regclass)"),
        ["For the boss"]
    );
    project.finds_nothing_to_do();
}

#[test]
fn a_view_that_something_unknown_stands_on_is_not_dropped() {
    let project = chain();
    project
        .database()
        .execute("create view public.mine as select id from shop.c_notes");
    project.write(
        CHAIN[2].0,
        "create or replace view shop.c_notes as select note from shop.orders;\n",
    );
    assert_snapshot!(project.run(["db", "migrate"]), @"
        ----- stderr -----
        error: view shop.c_notes cannot be replaced
         --> views/shop/c_notes.sql:1:1
          |
        1 | create or replace view shop.c_notes as select note from shop.orders;
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        cause: its columns or its result change, so that it must be dropped first
        cause: view public.mine stands on it, and workroom does not manage it
        hint: nothing was changed; drop what stands on it in a migration, or make it a repeatable object too
        hint: or keep the columns as they are and add new ones at the end
        exit status: 2
        ");
    assert_eq!(project.query("select count(*) from public.mine"), ["0"]);
}

#[test]
fn what_was_dropped_by_hand_is_applied_again() {
    let project = chain();
    project
        .database()
        .execute("drop view shop.a_report; drop function shop.b_totals");
    assert_eq!(project.applies(), ["shop.b_totals", "shop.a_report"]);
    assert_eq!(project.query("select total from shop.a_report"), ["0"]);
}

#[test]
fn an_object_that_fails_leaves_all_of_them_as_they_were() {
    let project = chain();
    project.write(
        CHAIN[2].0,
        "create or replace view shop.c_notes as select id, note, 1 as one from shop.orders;\n",
    );
    project.write(
        CHAIN[0].0,
        "create or replace view shop.a_report as\nselect 'é', colum from shop.b_totals();\n",
    );
    assert_snapshot!(project.run(["db", "migrate"]), @r#"
        ----- stderr -----
        error: view shop.a_report could not be applied
         --> views/shop/a_report.sql:2:13
          |
        2 | select 'é', colum from shop.b_totals();
          |             ^^^^^
        cause: column "colum" does not exist (42703)
        hint: no repeatable object was changed; fix the file and run `workroom db migrate` again
        exit status: 2
        "#);
    assert_eq!(
        project
            .query("select count(*) from pg_attribute where attrelid = 'shop.c_notes'::regclass"),
        ["2"]
    );
}

#[test]
fn a_function_whose_result_changes_is_created_anew() {
    let project = chain();
    project.write(
        CHAIN[1].0,
        "create or replace function shop.b_totals() returns bigint\n\
         language sql stable as $$ select count(*) from shop.c_notes $$;\n",
    );
    assert_eq!(project.applies(), ["shop.b_totals", "shop.a_report"]);
}

#[test]
fn names_that_need_quotes_are_kept_apart() {
    let project = TestProject::with_database(&[
        ORDERS,
        (
            "views/shop/order.sql",
            "create or replace view shop.\"order\" as select id from shop.orders;\n",
        ),
        (
            "views/shop/shop.user.sql",
            "create or replace view shop.\"user\" as select id from shop.\"order\";\n",
        ),
    ]);
    project.migrate();
    project.finds_nothing_to_do();
}

#[test]
fn a_function_whose_arguments_change_leaves_none_behind() {
    let (path, old) = (
        "views/shop/priced.sql",
        "create or replace function shop.priced(id int) returns int return id * 2;\n",
    );
    let project = TestProject::with_database(&[
        ORDERS,
        (path, old),
        (
            "views/shop/prices.sql",
            "create or replace view shop.prices as select id, shop.priced(id) as price from shop.orders;\n",
        ),
        // Of the same name, and none of the file's business.
        (
            "sql/shop/V002__other.sql",
            "create function shop.priced(note text) returns text return note;\n",
        ),
    ]);
    project.migrate();
    project.database().execute(
        "create role priced_owner; alter function shop.priced(int) owner to priced_owner;\
         revoke all on function shop.priced(int) from public;\
         grant select on shop.prices to priced_owner;",
    );
    let functions = "select oid::regprocedure, proowner::regrole, proacl from pg_proc where proname = 'priced' order by 1";
    let as_it_was = project.query(functions);

    project.write(
        path,
        "create or replace function shop.priced(id int, factor int default 3) returns int return id * factor;\n",
    );
    assert_eq!(project.applies(), ["shop.priced", "shop.prices"]);
    assert_eq!(
        project.query(functions).join("\n"),
        as_it_was
            .join("\n")
            .replace("shop.priced(integer)", "shop.priced(integer,integer)")
    );
    project
        .database()
        .execute("insert into shop.orders values (7)");
    assert_eq!(project.query("select price from shop.prices"), ["21"]);
    assert_eq!(
        project.query(
            "select relacl::text like '%priced_owner=r%' from pg_class where relname = 'prices'"
        ),
        ["t"]
    );

    // What workroom does not manage keeps the function, and is named.
    project.database().execute(
        "alter table shop.orders add constraint orders_price_check check (shop.priced(id, 1) < 100)",
    );
    project.write(path, old);
    assert_snapshot!(project.run(["db", "migrate"]), @"
        ----- stderr -----
        error: function shop.priced cannot be replaced
         --> views/shop/priced.sql:1:1
          |
        1 | create or replace function shop.priced(id int) returns int return id * 2;
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        cause: its arguments change, so that the function with the old ones must be dropped
        cause: constraint orders_price_check on table shop.orders stands on it, and workroom does not manage it
        hint: nothing was changed; drop what stands on it in a migration, or make it a repeatable object too
        hint: or give the new function another name, and drop this one when nobody uses it
        exit status: 2
        ");
    assert_eq!(project.query("select shop.priced(7)"), ["21"]);
    project.database().execute("alter table shop.orders drop constraint orders_price_check; reassign owned by priced_owner to current_user; drop owned by priced_owner; drop role priced_owner");
}

#[test]
fn an_object_may_have_any_name_that_its_file_has_too() {
    let project = TestProject::with_database(&[
        (
            "workroom.toml",
            "[project]\nname = \"shop\"\n\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\", \"Odd Schema\"]\n",
        ),
        ORDERS,
        ("sql/shop/V002__odd.sql", "create schema \"Odd Schema\";\n"),
        (
            "views/shop/My View.sql",
            "create or replace view \"Odd Schema\".\"My View\" with (security_invoker = true) as select id from shop.orders;\n",
        ),
        (
            "views/shop/a\"b.sql",
            "create or replace view shop.\"a\"\"b\" with (security_invoker = true) as select id from \"Odd Schema\".\"My View\";\n",
        ),
    ]);
    project.migrate();
    project.finds_nothing_to_do();
    // It moves out of a migration's way like any other.
    project.write(
        "sql/shop/V003__widen.sql",
        "alter table shop.orders alter id type bigint;\n",
    );
    project.migrate();
    assert_eq!(
        project.query("select pg_typeof(id)::text from shop.\"a\"\"b\" union all select count(*)::text from pg_views where viewname = 'My View'"),
        ["1"]
    );
    project.finds_nothing_to_do();
}
