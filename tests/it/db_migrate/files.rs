//! Files that no longer agree with the history.

use insta::assert_snapshot;

use super::{EVERYTHING, PAID};
use crate::support::project::{ORDERS, TestProject};

#[test]
fn a_changed_a_missing_a_renamed_and_a_late_file_are_four_messages() {
    let project = TestProject::with_database(&[ORDERS, PAID]);
    project.migrate();
    let before = project.query(EVERYTHING);

    project.write(ORDERS.0, format!("{}-- edited\n", ORDERS.1));
    assert_snapshot!("a_changed_file", project.run(["db", "migrate"]));
    project.write(ORDERS.0, ORDERS.1);

    project.remove(PAID.0);
    assert_snapshot!("a_missing_file", project.run(["db", "migrate"]));

    project.write("sql/shop/V002__add_payment.sql", PAID.1);
    assert_snapshot!("a_renamed_file", project.run(["db", "migrate"]));
    project.remove("sql/shop/V002__add_payment.sql");

    project.write(PAID.0, PAID.1);
    project.write("sql/shop/V0__first.sql", "select 1;");
    assert_snapshot!("a_late_file", project.run(["db", "migrate"]));
    project.remove("sql/shop/V0__first.sql");

    assert_eq!(project.query(EVERYTHING), before);
    project.finds_nothing_to_do();
}

#[test]
fn a_late_file_that_says_so_is_applied() {
    let project =
        TestProject::with_database(&[("sql/shop/V002__create.sql", "create schema shop;")]);
    project.migrate();
    project.write(
        "sql/shop/V001__comment.sql",
        "--! out-of-order\ncomment on schema shop is 'Late';\n",
    );
    project.migrate();
    assert_eq!(
        project.query("select version from workroom.history_shop order by version"),
        ["1", "2"]
    );
}

#[test]
fn a_migration_without_a_statement_is_recorded_where_it_says_so() {
    for (header, grouped) in [
        ("--! empty\n", &["db", "migrate"][..]),
        ("--! empty\n", &["db", "migrate", "--grouped"]),
        ("--! no-transaction\n--! empty\n", &["db", "migrate"]),
    ] {
        let project = TestProject::with_database(&[
            ORDERS,
            (
                "sql/shop/V002__by_hand.sql",
                &format!("{header}-- its effect is in the baseline\n"),
            ),
            (
                "sql/shop/V003__last.sql",
                "create table shop.last (id int);\n",
            ),
        ]);
        let output = project.run(grouped);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        assert_eq!(
            project.query("select version, name from workroom.history_shop order by 1"),
            ["1|create_orders", "2|by_hand", "3|last"]
        );
        project.finds_nothing_to_do();
    }
}
