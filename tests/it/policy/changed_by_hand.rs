//! Every way to change by hand what a policy file owns: found, and named.

use super::commands::{Broken, shop};

#[test]
fn every_change_by_hand_is_drift() {
    let shop = shop("pd1");
    let server = shop.database.url();
    shop.run(&["policy", "drift"]).done();
    crate::support::server::execute(&server, "create role pd1_stranger");
    for (sql, named) in [
        (
            "alter table shop.orders disable row level security",
            "shop.orders: expected forced, found off",
        ),
        (
            "alter table shop.orders no force row level security",
            "shop.orders: expected forced, found enabled",
        ),
        (
            "alter table shop.orders drop column tenant_id cascade",
            "policy orders_tenant_isolation on shop.orders is missing",
        ),
        (
            "alter table shop.orders drop column clerk cascade",
            "policy orders_owner_insert on shop.orders is missing",
        ),
        (
            "create policy stray on shop.orders using (true)",
            "policy stray on shop.orders was not made by workroom",
        ),
        (
            "alter policy orders_tenant_isolation on shop.orders using (true)",
            "policy orders_tenant_isolation on shop.orders was changed by hand",
        ),
        (
            "grant truncate on shop.orders to pd1_clerk",
            "INSERT, SELECT, TRUNCATE, UPDATE",
        ),
        (
            "grant select on shop.orders to pd1_stranger",
            "the grant on shop.orders to pd1_stranger: expected nothing, found select",
        ),
        (
            "grant select (note) on shop.orders to pd1_stranger",
            "expected nothing, found select(note)",
        ),
        (
            "grant execute on function shop.count_orders() to pd1_stranger",
            "the right of pd1_stranger to call shop.count_orders",
        ),
        (
            "alter view shop.open_orders set (security_invoker = false)",
            "view shop.open_orders, options: expected security_invoker=true, found security_invoker=false",
        ),
        (
            "alter function shop.count_orders() security definer",
            "security: expected invoker, found definer",
        ),
        (
            "alter function shop.count_orders() set search_path = public",
            "settings: expected none, found search_path=public",
        ),
        (
            "alter function shop.count_orders() volatile",
            "volatility: expected stable, found volatile",
        ),
        (
            "alter function shop.count_orders() leakproof",
            "leakproof: expected no, found yes",
        ),
        (
            "create or replace function shop.count_orders() returns bigint stable language sql as 'select 1::bigint'",
            "body: expected SQL-standard",
        ),
        (
            "alter function shop.count_orders() owner to pd1_stranger",
            "function shop.count_orders(), owner: expected postgres, found pd1_stranger",
        ),
        (
            "alter table shop.orders owner to pd1_stranger",
            "relation shop.orders, owner: expected postgres, found pd1_stranger",
        ),
        (
            "alter schema shop owner to pd1_stranger",
            "schema shop, owner: expected postgres, found pd1_stranger",
        ),
        (
            "alter default privileges in schema shop grant select on tables to pd1_stranger",
            "default privileges",
        ),
        (
            "alter default privileges grant select on tables to pd1_stranger",
            "default privileges of postgres in the database, tables: expected nothing",
        ),
        (
            "create table shop.child () inherits (shop.orders)",
            "row-level security of shop.orders is not forced on shop.child",
        ),
        (
            "create publication pd1_all for table shop.orders",
            "publication pd1_all, publishes shop.orders: expected nothing",
        ),
        (
            "alter role pd1_clerk bypassrls",
            "role pd1_clerk (bypassrls): expected no, found yes",
        ),
        (
            "alter role pd1_clerk createrole",
            "role pd1_clerk, createrole: expected false, found true",
        ),
        (
            "alter role pd1_clerk set app.current_tenant = 'x'",
            "role pd1_clerk, settings: expected nothing, found app.current_tenant=x",
        ),
        (
            "grant pd1_clerk to pd1_stranger",
            "role pd1_stranger, member of pd1_clerk: expected nothing, found admin false, inherit true, set true",
        ),
        (
            "grant pd1_stranger to pd1_clerk",
            "membership of pd1_clerk in pd1_stranger is not in policies/shop.toml",
        ),
    ] {
        let broken = Broken::new(&shop, sql);
        let said = shop.run_at(&broken.url, &["policy", "drift"]);
        assert_eq!(said.status, 1, "{sql}\n{}", said.text);
        assert!(said.text.contains(named), "{sql}: {named}\n{}", said.text);
    }
    shop.run(&["policy", "drift"]).done();
}
