//! `policy drift` and `db verify` on what was changed by hand, also across a later deployment.

use super::commands::{Broken, shop};
use crate::support::workspace::Workspace;

#[test]
fn the_four_classic_changes_are_found_and_named() {
    let shop = shop("pd3");
    shop.run(&["db", "verify"]).done();
    shop.run(&["policy", "drift"]).done();
    for (sql, by_drift, by_verify) in [
        (
            "alter table shop.orders drop column tenant_id cascade",
            &[
                "policy orders_tenant_isolation on shop.orders is missing",
                "column shop.orders.tenant_id, type: expected uuid not null, found nothing",
            ][..],
            "",
        ),
        // No policy stands on it, and nobody has a grant on it alone.
        (
            "alter table shop.orders drop column note cascade",
            &["column shop.orders.note, type: expected text, found nothing"],
            "",
        ),
        (
            "create policy stray on shop.orders using (true)",
            &["policy stray on shop.orders was not made by workroom"],
            "",
        ),
        (
            "grant truncate on shop.orders to pd3_clerk",
            &[
                "the grant on shop.orders to pd3_clerk: expected INSERT, SELECT, UPDATE, found INSERT, SELECT, TRUNCATE, UPDATE",
            ],
            "",
        ),
        (
            "alter view shop.open_orders set (security_invoker = false)",
            &[
                "view shop.open_orders, options: expected security_invoker=true, found security_invoker=false",
            ],
            "shop.open_orders: reads with the rights of its owner",
        ),
    ] {
        let broken = Broken::new(&shop, sql);
        let drift = shop.run_at(&broken.url, &["policy", "drift"]);
        assert_eq!(drift.status, 1, "{sql}\n{}", drift.text);
        for part in by_drift {
            assert!(drift.text.contains(part), "{sql}: {part}\n{}", drift.text);
        }
        if !by_verify.is_empty() {
            let verify = shop.run_at(&broken.url, &["db", "verify"]);
            assert_eq!(verify.status, 1, "{sql}\n{}", verify.text);
            assert!(verify.text.contains(by_verify), "{sql}\n{}", verify.text);
        }
    }
}

const BY_HAND: &str = "alter view shop.open_orders set (security_invoker = false); \
     alter function shop.count_orders() security definer";

const FOUND: [&str; 2] = [
    "view shop.open_orders, options: expected security_invoker=true, found security_invoker=false",
    "function shop.count_orders(), security: expected invoker, found definer",
];

fn assert_drift(shop: &Workspace, lines: &[&str]) {
    let said = shop.run(&["policy", "drift"]);
    assert_eq!(said.status, u8::from(!lines.is_empty()), "{}", said.text);
    for line in lines {
        assert!(said.text.contains(line), "{line}\n{}", said.text);
    }
}

#[test]
fn a_change_by_hand_is_still_drift_after_the_next_deployment() {
    let shop = shop("pd4");
    shop.database.execute(BY_HAND);
    // Policies are applied again: the changes touched what they stand on, and there is a migration.
    shop.write(
        "sql/shop/V002__comment.sql",
        "comment on table shop.orders is 'All orders.';\n",
    );
    shop.migrate();
    let noted =
        "select count(*) from workroom.policies, jsonb_object_keys(by_hand) where system = 'shop'";
    assert_eq!(shop.database.query(noted), ["2"]);
    // The view has a file, which put it back; the function was made by a migration.
    assert_drift(&shop, &FOUND[1..]);
    // And after another.
    shop.write(
        "sql/shop/V003__comment.sql",
        "comment on table shop.orders is 'Every order.';\n",
    );
    shop.migrate();
    assert_drift(&shop, &FOUND[1..]);
    // What is taken back is no drift any longer.
    shop.database
        .execute("alter function shop.count_orders() security invoker");
    assert_drift(&shop, &[]);
}

#[test]
fn what_a_migration_changes_is_no_drift_even_where_a_hand_was_first() {
    let shop = shop("pd5");
    shop.write(
        "sql/shop/V002__change.sql",
        "alter function shop.count_orders() security definer;\nalter table shop.orders add column size integer;\n",
    );
    shop.migrate();
    assert_drift(&shop, &[]);
    // The hand made it volatile, the migration makes it immutable.
    shop.database
        .execute("alter function shop.count_orders() volatile");
    assert_drift(
        &shop,
        &["function shop.count_orders(), volatility: expected stable, found volatile"],
    );
    shop.write(
        "sql/shop/V003__change.sql",
        "alter function shop.count_orders() immutable;\n",
    );
    shop.migrate();
    assert_drift(&shop, &[]);
}

#[test]
fn a_deployment_that_failed_halfway_does_not_take_its_own_work_for_a_change_by_hand() {
    let shop = shop("pd6");
    shop.write(
        "sql/shop/V002__change.sql",
        "alter function shop.count_orders() security definer;\n",
    );
    shop.write("sql/shop/V003__wrong.sql", "select 1 / 0;\n");
    assert_eq!(shop.run(&["db", "migrate"]).status, 2);
    shop.write("sql/shop/V003__wrong.sql", "select 1;\n");
    shop.migrate();
    assert_drift(&shop, &[]);
}

#[test]
fn what_was_changed_by_hand_can_be_accepted() {
    let shop = shop("pd7");
    shop.database.execute(BY_HAND);
    assert_drift(&shop, &FOUND);
    shop.run(&["policy", "drift", "--accept"]).done();
    assert_drift(&shop, &[]);
    // What the policy file speaks of is not taken.
    shop.database
        .execute("alter policy orders_tenant_isolation on shop.orders using (true)");
    let said = shop.run(&["policy", "drift", "--accept"]);
    assert_eq!(said.status, 1, "{}", said.text);
    assert!(said.text.contains("was changed by hand"), "{}", said.text);
}

#[test]
fn what_is_accepted_is_not_recorded_in_the_middle_of_a_deployment() {
    let shop = shop("pd8");
    shop.database.execute(BY_HAND);
    let recorded = "select md5(attributes::text) from workroom.policies where system = 'shop'";
    let before = shop.database.query(recorded);
    let deployment = shop.database.session();
    deployment.run("select pg_advisory_lock(2003530349, 1)");
    std::thread::scope(|scope| {
        let accepting = scope.spawn(|| shop.run(&["policy", "drift", "--accept"]).done());
        std::thread::sleep(std::time::Duration::from_millis(700));
        assert_eq!(shop.database.query(recorded), before);
        deployment.run("select pg_advisory_unlock(2003530349, 1)");
        accepting.join().unwrap();
    });
    assert_ne!(shop.database.query(recorded), before);
}
