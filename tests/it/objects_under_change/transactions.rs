//! Objects move around groups of migrations and around single statements, too.

use super::deployed;

#[test]
fn a_group_of_migrations_changes_the_ground_twice_in_one_transaction() {
    let workspace = deployed();
    workspace.write(
        "sql/shop/V002__wider.sql",
        "alter table shop.orders alter total type bigint;",
    );
    workspace.write(
        "sql/shop/V003__fill.sql",
        "insert into shop.orders select 1, total, note from (values (3000000000, 'x')) as v (total, note);\n\
         insert into shop.big values (2, 20, 'through the view');",
    );
    workspace.write(
        "sql/shop/V004__longer.sql",
        "alter table shop.orders alter note type varchar(40);",
    );
    let said = workspace.run(&["db", "migrate", "--grouped"]).done();
    assert!(said.contains("V004__longer"), "{said}");
    assert_eq!(
        workspace.database.query("select total from shop.sums order by 1; select count(distinct xmin::text) from workroom.history_shop where version > 1"),
        ["20", "3000000000", "1"]
    );
    assert_eq!(
        workspace.database.query(
            "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'shop.big'::regclass and attnum > 1"
        ),
        ["bigint", "character varying(40)"]
    );
    assert!(
        workspace
            .run(&["db", "migrate"])
            .done()
            .starts_with("nothing to do")
    );
}

#[test]
fn a_mistake_in_a_group_leaves_what_was_moved_as_it_was() {
    let workspace = deployed();
    let before = workspace
        .database
        .query("select pg_get_viewdef('shop.big'::regclass), 'shop.sums'::regclass::oid");
    workspace.write(
        "sql/shop/V002__wider.sql",
        "alter table shop.orders alter total type bigint;",
    );
    workspace.write("sql/shop/V003__bad.sql", "select 1;\nselect brokn;");
    let said = workspace.run(&["db", "migrate", "--grouped"]).refused();
    assert!(said.contains("V003__bad.sql:2:8"), "{said}");
    assert_eq!(
        workspace
            .database
            .query("select pg_get_viewdef('shop.big'::regclass), 'shop.sums'::regclass::oid"),
        before
    );
}

#[test]
fn objects_move_around_single_statements_too() {
    let workspace = deployed();
    workspace
        .database
        .execute("insert into shop.orders values (1, 11, 'n')");
    workspace.write(
        "sql/shop/V002__change.sql",
        "--! no-transaction\n\
         insert into shop.orders values (2, 12, 'once');\n\
         alter table shop.orders alter total type bigint;\n\
         create index concurrently orders_total_idx on shop.orders (total);\n\
         do $$ begin alter table shop.orders alter note type text; end $$;\n\
         insert into shop.big values (3, 13, 'through the view');",
    );
    workspace.run(&["db", "migrate"]).done();
    assert_eq!(
        workspace
            .database
            .query("select id, total, note from shop.big order by id"),
        ["1|11|n", "2|12|once", "3|13|through the view"]
    );
    assert_eq!(
        workspace.database.query(
            "select count(*) from workroom.steps; select pg_typeof(note) from shop.big limit 1"
        ),
        ["0", "text"]
    );
    assert!(
        workspace
            .run(&["db", "migrate"])
            .done()
            .starts_with("nothing to do")
    );

    // What is not managed keeps the statement from running, and is named; the ones before it are done.
    workspace
        .database
        .execute("create view public.mine as select total from shop.big");
    workspace.write(
        "sql/shop/V003__again.sql",
        "--! no-transaction\ninsert into shop.orders values (4, 14, 'once');\nalter table shop.orders alter total type numeric;",
    );
    for _ in 0..2 {
        let said = workspace.run(&["db", "migrate"]).refused();
        assert!(said.contains("V003__again.sql:3:"), "{said}");
        assert!(
            said.contains("view mine stands on it, and workroom does not manage it")
                || said.contains("view public.mine stands on it"),
            "{said}"
        );
    }
    workspace.database.execute("drop view public.mine");
    workspace.run(&["db", "migrate"]).done();
    assert_eq!(
        workspace
            .database
            .query("select count(*) from shop.big where id = 4"),
        ["1"]
    );
}
