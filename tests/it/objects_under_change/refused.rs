//! What keeps objects from being moved, and mistakes behind the move.

use super::deployed;

#[test]
fn what_is_not_managed_stands_in_the_way_and_is_named() {
    for (unmanaged, named) in [
        (
            "create materialized view shop.stored as select * from shop.sums",
            "materialized view shop.stored",
        ),
        (
            "create view shop.extra as select * from shop.big",
            "view shop.extra",
        ),
        (
            "create view shop.direct as select total from shop.orders",
            "view shop.direct",
        ),
    ] {
        let workspace = deployed();
        workspace.database.execute(unmanaged);
        workspace.write(
            "sql/shop/V002__widen.sql",
            "select 1;\nalter table shop.orders alter column total type bigint;",
        );
        let said = workspace.run(&["db", "migrate"]).refused();
        assert!(
            said.contains(&format!(
                "{named} stands on it, and workroom does not manage it"
            )),
            "{said}"
        );
        assert!(said.contains("V002__widen.sql:2:"), "{said}");
        assert_eq!(
            workspace
                .database
                .query("select count(*) from shop.biggest(1)"),
            ["0"]
        );
    }
}

#[test]
fn a_mistake_behind_what_is_moved_is_shown_in_its_own_file() {
    let workspace = deployed();
    workspace.write(
        "sql/shop/V002__widen.sql",
        "-- ä\nalter table shop.orders alter column total type bigint;\nselect 'ö', nothing from shop.orders;",
    );
    let said = workspace.run(&["db", "migrate"]).refused();
    assert!(said.contains("V002__widen.sql:3:13"), "{said}");
    workspace.write(
        "sql/shop/V002__widen.sql",
        "alter table shop.orders drop column note;",
    );
    let said = workspace.run(&["db", "migrate"]).refused();
    assert!(said.contains("views/shop/big.sql:2:19"), "{said}");
    assert!(said.contains("V002__widen was rolled back"), "{said}");
}
