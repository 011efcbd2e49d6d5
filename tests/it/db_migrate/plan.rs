//! What is shown before anything is applied, and how far a run goes.

use insta::assert_snapshot;

use super::{EVERYTHING, PAID, UNPAID};
use crate::support::project::{ORDERS, TestProject};

#[test]
fn a_plan_names_what_would_be_done_and_changes_nothing() {
    let project = TestProject::with_database(&[
        ORDERS,
        PAID,
        UNPAID,
        (
            "sql/shop/V003__index_orders.sql",
            "--! no-transaction\ncreate index concurrently orders_note_idx on shop.orders (note);\nanalyze shop.orders;\n",
        ),
    ]);
    let before = project.query(EVERYTHING);
    let plan = project.run(["db", "plan"]);
    assert_snapshot!(plan, @"
        would apply
        system   what                  does                         transaction
        ───
        shop     V001__create_orders   creates 1 schema, 1 table    one
        shop     V002__add_paid_at     alters 1 table               one
        shop     V003__index_orders    creates 1 index              one for each statement
        shop     shop.unpaid           creates or replaces 1 view   one for all objects
        ----- stderr -----
        exit status: 0
        ");
    assert_eq!(project.run(["db", "migrate", "--dry-run"]), plan);
    let sql = project.run(["db", "plan", "--sql"]);
    let transactions = ["begin;\n", "commit;\n"].map(|words| sql.matches(words).count());
    assert_eq!(
        transactions,
        [3, 3],
        "two migrations and the objects: {sql}"
    );
    assert!(
        sql.contains("V003__index_orders.sql, statement by statement"),
        "{sql}"
    );
    assert_snapshot!(project.run(["db", "status", "--check"]), @"
        system   what                  state     applied on   by   ms
        ───
        shop     V001__create_orders   pending
        shop     V002__add_paid_at     pending
        shop     V003__index_orders    pending
        shop     shop.unpaid           pending

        4 pending; `workroom db migrate` applies them
        ----- stderr -----
        exit status: 1
        ");
    assert_snapshot!(project.run(["db", "plan", "--to", "1"]), @"
        would apply
        system   what                  does                        transaction
        ───
        shop     V001__create_orders   creates 1 schema, 1 table   one
        ----- stderr -----
        exit status: 0
        ");
    assert_eq!(project.query(EVERYTHING), before);

    project.migrate();
    let before = project.query(EVERYTHING);
    assert_snapshot!(project.run(["db", "migrate", "--dry-run"]), @"
        nothing to do: shop up to date
        ----- stderr -----
        exit status: 0
        ");
    assert_eq!(project.query(EVERYTHING), before);
}

#[test]
fn pending_work_is_a_finding_of_status_only_when_it_is_asked_for() {
    let project = TestProject::with_database(&[ORDERS]);
    project.migrate();
    project.write(PAID.0, PAID.1);
    assert!(project.run(["db", "status"]).ends_with("exit status: 0\n"));
    assert_snapshot!(project.run(["db", "status", "--check"]), @"
        system   what                  state     applied on             by   ms
        ───
        shop     V001__create_orders   applied   [timestamp]   postgres   [ms]
        shop     V002__add_paid_at     pending

        1 pending; `workroom db migrate` applies them
        ----- stderr -----
        exit status: 1
        ");
}

#[test]
fn a_run_stops_at_the_version_asked_for_and_goes_on_from_there() {
    let project = TestProject::with_database(&[ORDERS, PAID, UNPAID]);
    assert_snapshot!(project.run(["db", "migrate", "--to", "1"]), @"
        system   applied   ms
        ───
        shop     V001__create_orders   [ms]

        system shop is not complete: repeatable objects and policies are left as they are until all migrations are applied
        ----- stderr -----
        shop V001__create_orders ([time])
        exit status: 0
        ");
    assert_eq!(project.query("select to_regclass('shop.unpaid')"), [""]);
    assert_snapshot!(project.run(["db", "migrate"]), @"
        system   applied   ms
        ───
        shop     V002__add_paid_at   [ms]
        shop     shop.unpaid
        ----- stderr -----
        shop V002__add_paid_at ([time])
        shop repeatable objects ([time])
        exit status: 0
        ");
}

#[test]
fn a_version_that_does_not_exist_or_lies_behind_is_refused() {
    let project = TestProject::with_database(&[ORDERS, PAID]);
    assert_snapshot!(project.run(["db", "migrate", "--to", "3"]), @"
        ----- stderr -----
        error: system `shop` has no migration with version 3
        hint: `workroom db status --system shop` lists them
        exit status: 2
        ");
    project.migrate();
    assert_snapshot!(project.run(["db", "migrate", "--to", "1"]), @"
        ----- stderr -----
        error: system `shop` is at version 2 already, past 1
        cause: migrations go forward only; undoing one is a new migration
        hint: name a later version, or leave `--to` away
        exit status: 2
        ");
    assert_snapshot!(project.run(["db", "migrate", "--to", "two"]), @"
        ----- stderr -----
        error: invalid value 'two' for '--to <VERSION>': a version is a whole number, such as 9 or V009

        For more information, try '--help'.
        exit status: 2
        ");
}
