//! Repeatable objects that are not what their files make: changed by hand, without a file, or on other ground.

use crate::support::project::{ORDERS, TestProject};

/// A view, an option of it and a function: whatever somebody did to them by hand, plan and status say so, and the next
/// deployment puts them back.
#[test]
fn what_was_changed_by_hand_is_put_back() {
    let shop = TestProject::with_database(&[
        ORDERS,
        (
            "views/shop/notes.sql",
            "create or replace view shop.notes with (security_invoker = true) as select id, note from shop.orders;\n",
        ),
        (
            "views/shop/double.sql",
            "create or replace function shop.double(a int) returns int language sql immutable return a * 2;\n",
        ),
    ]);
    shop.migrate();
    shop.query("create role objects_by_hand");
    for (change, name) in [
        (
            "create or replace view shop.notes with (security_invoker = true) as select id, 'x'::text as note from shop.orders",
            "shop.notes",
        ),
        (
            "alter view shop.notes reset (security_invoker)",
            "shop.notes",
        ),
        (
            "create or replace function shop.double(a int) returns int language sql immutable return a * 3",
            "shop.double",
        ),
        ("alter function shop.double(int) volatile", "shop.double"),
        (
            "alter function shop.double(int) security definer",
            "shop.double",
        ),
        (
            "alter function shop.double(int) set search_path = public",
            "shop.double",
        ),
    ] {
        shop.query(change);
        let plan = shop.run(["db", "plan"]);
        assert!(
            plan.contains("puts back 1") && plan.contains(name),
            "{change}\n{plan}"
        );
        let status = shop.run(["db", "status", "--check"]);
        assert!(
            status.contains("changed by hand") && status.ends_with("exit status: 1\n"),
            "{change}\n{status}"
        );
        assert_eq!(shop.applies(), [name], "{change}");
        shop.finds_nothing_to_do();
    }
    let held = shop.query(
        "select pg_get_viewdef('shop.notes'), reloptions, shop.double(2), provolatile, prosecdef, proconfig \
         from pg_class, pg_proc where pg_class.oid = 'shop.notes'::regclass and pg_proc.oid = 'shop.double'::regproc",
    );
    assert!(
        held[0].contains("note") && held[0].ends_with("|{security_invoker=true}|4|i|f|"),
        "{held:?}"
    );

    // Rights are none of the file's business, and neither is what a migration does around it.
    shop.query(
        "grant select on shop.notes to objects_by_hand; grant execute on function shop.double to objects_by_hand; \
         alter view shop.notes owner to objects_by_hand; alter view shop.notes owner to current_user; \
         create function shop.double(a text) returns text language sql return a",
    );
    shop.finds_nothing_to_do();
    shop.write(
        "sql/shop/V002__widen.sql",
        "alter table shop.orders alter column id type bigint;\n",
    );
    shop.migrate();
    shop.finds_nothing_to_do();
    shop.query("drop owned by objects_by_hand; drop role objects_by_hand");

    // A copy of the database knows it as well; a restored one knows when the object was applied there.
    shop.query("drop view shop.notes; create view shop.notes as select id, note from shop.orders");
    assert_eq!(shop.applies(), ["shop.notes"]);
}

#[test]
fn an_object_whose_file_is_gone_is_named_until_it_is_dropped() {
    let shop = TestProject::with_database(&[
        ORDERS,
        (
            "views/shop/notes.sql",
            "create or replace view shop.notes as select note from shop.orders;\n",
        ),
    ]);
    shop.migrate();
    shop.remove("views/shop/notes.sql");
    let said = "the file of view shop.notes is gone, and it is still there: `drop view shop.notes;` in a migration removes it";
    for command in ["plan", "status"] {
        let output = shop.run(["db", command]);
        assert!(
            output.contains(said) && output.ends_with("exit status: 0\n"),
            "{output}"
        );
    }
    shop.write("sql/shop/V002__drop.sql", "drop view shop.notes;\n");
    assert!(shop.run(["db", "plan"]).contains(said));
    shop.migrate();
    for command in ["plan", "status"] {
        let output = shop.run(["db", command]);
        assert!(!output.contains("is gone"), "{output}");
    }
}

/// A deployment that stopped at an object is not done, and every command says so.
#[test]
fn an_object_that_no_longer_fits_stays_pending() {
    let shop = TestProject::with_database(&[
        ORDERS,
        (
            "views/shop/notes.sql",
            "create or replace view shop.notes as select o.note from shop.orders as o;\n",
        ),
    ]);
    shop.migrate();
    shop.write(
        "sql/shop/V002__rename.sql",
        "alter table shop.orders rename column note to remark;\n",
    );
    for _ in 0..2 {
        let output = shop.run(["db", "migrate"]);
        assert!(
            output.contains("views/shop/notes.sql:1:") && output.ends_with("exit status: 2\n"),
            "{output}"
        );
        let status = shop.run(["db", "status", "--check"]);
        assert!(
            status.contains("shop.notes") && status.ends_with("exit status: 1\n"),
            "{status}"
        );
        let plan = shop.run(["db", "plan"]);
        assert!(plan.contains("creates or replaces 1 view"), "{plan}");
    }
    shop.write(
        "views/shop/notes.sql",
        "create or replace view shop.notes as select o.remark as note from shop.orders as o;\n",
    );
    assert_eq!(shop.applies(), ["shop.notes"]);
    assert!(
        shop.run(["db", "status", "--check"])
            .ends_with("exit status: 0\n")
    );
}
