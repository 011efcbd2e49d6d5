//! `db manifest`, `db verify` with a manifest, and `db drift`, as their users run them.

use crate::description::restored;
use crate::support::server::NEWEST;
use crate::support::workspace::Workspace;

/// A deployed shop with a policy file, whose roles have a prefix of their own.
fn shop(prefix: &str, major: u32) -> Workspace {
    let shop = Workspace::on(major, &["shop"]);
    shop.write(
        "sql/shop/V001__create_orders.sql",
        "create schema shop;\n\
         create table shop.orders (id uuid not null, tenant_id uuid not null, state varchar(10) not null,\n\
           note text, made_on date not null default current_date, constraint orders_pkey primary key (tenant_id, id),\n\
           twin uuid, other uuid,\n\
           constraint orders_state_check check (state in ('open', 'paid')), constraint orders_twin_check check (id in (twin, other)));\n\
         create index orders_made on shop.orders (made_on) where state in ('open');\n\
         create table shop.events (tenant_id uuid not null, on_day date not null, constraint events_pkey primary key (tenant_id, on_day))\n\
           partition by range (on_day);\n\
         create table shop.events_2026 partition of shop.events for values from ('2026-01-01') to ('2027-01-01');\n\
         comment on table shop.orders is 'What was ordered.';\n",
    );
    shop.write(
        "views/shop/open_orders.sql",
        "create or replace view shop.open_orders with (security_invoker = true) as\n\
         select id, tenant_id from shop.orders where state in ('open', 'late');\n",
    );
    shop.write(
        "policies/shop.toml",
        &format!(
            "[policies]\ntenant_column = \"tenant_id\"\n[roles.{prefix}_clerk]\nkind = \"application\"\nname = \"clerk\"\n\
             [context.tenant]\nsetting = \"app.current_tenant\"\n\
             [tables.orders.matrix]\nclerk = {{ select = \"all\", insert = \"all\" }}\n\
             [tables.events.matrix]\nclerk = {{ select = \"all\" }}\n[views]\nopen_orders = [\"clerk\"]\n"
        ),
    );
    shop.run(&["db", "migrate"]).done();
    shop
}

#[test]
fn a_manifest_is_written_once_and_holds_the_database() {
    let shop = shop("mf8", NEWEST);
    let read =
        |shop: &Workspace| std::fs::read_to_string(shop.folder.path().join("manifests/shop.json"));
    assert!(
        shop.run(&["db", "manifest", "--check"])
            .text
            .contains("no manifest")
    );
    let written = shop.run(&["db", "manifest"]).done();
    assert!(written.contains("new"), "{written}");
    let text = read(&shop).unwrap();
    let again = shop.run(&["db", "manifest"]).done();
    assert!(again.contains("as it was"), "{again}");
    assert_eq!(read(&shop).unwrap(), text);
    shop.run(&["db", "manifest", "--check"]).done();
    assert!(text.contains("definition, once restored"), "{text}");
    let copy = restored(&shop.database, NEWEST);
    for url in [shop.database.url(), copy.url()] {
        shop.run_at(&url, &["db", "verify"]).done();
        shop.run_at(&url, &["db", "drift"]).done();
    }

    // A partition that a job made is none of the deployment's business.
    shop.database.execute(
        "create table shop.events_2027 partition of shop.events for values from ('2027-01-01') to ('2028-01-01');
         alter table shop.orders alter column note set default '';
         create or replace view shop.open_orders with (security_invoker = true) as
           select id, tenant_id from shop.orders where state in ('open', 'lost');
         create table shop.left_over (id int);
         drop index shop.orders_made;",
    );
    for command in ["verify", "drift"] {
        let said = shop.run(&["db", command]);
        assert_eq!(said.status, 1, "{}", said.text);
        for line in [
            "table shop.orders, column note, default: expected nothing, found ''::text",
            "view shop.open_orders, definition: line",
            "surplus: table shop.left_over",
            "missing: table shop.orders, index orders_made",
        ] {
            assert!(said.text.contains(line), "{command}: {line}\n{}", said.text);
        }
        assert!(!said.text.contains("events_2027"), "{}", said.text);
    }

    shop.write(
        "workroom.toml",
        "[project]\nname = \"test\"\ndefault_system = \"shop\"\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\n\
         [systems.shop.accept]\n\"table shop.left_over\" = \"until May\"\n\"table shop.orders, index orders_made\" = \"slow\"\n\
         \"view shop.open_orders\" = \"tried here\"\n\"table shop.orders, column note, default\" = \"x\"\n",
    );
    let said = shop.run(&["db", "drift"]).done();
    assert!(said.contains("1 accepted"), "{said}");

    // Files that went on are named before a database is.
    shop.write(
        "sql/shop/V002__add_by.sql",
        "alter table shop.orders add column made_by text;\n",
    );
    let stale = shop.run(&["db", "manifest", "--check"]);
    assert_eq!(stale.status, 1);
    assert!(
        stale
            .text
            .contains("missing: table shop.orders, column made_by"),
        "{}",
        stale.text
    );
    shop.write("manifests/shop.json", "{\n<<<<<<< ours\n");
    let said = shop.run(&["db", "verify"]).refused();
    assert!(
        said.contains("manifests/shop.json:2") && said.contains("db manifest"),
        "{said}"
    );
    shop.write("manifests/other.json", "{}");
    let said = shop.run(&["db", "verify"]).refused();
    assert!(said.contains("manifests/<system>.json"), "{said}");
}

#[test]
fn older_servers_are_compared_with_builds_of_their_own() {
    for (prefix, major) in [("mf6", 16), ("mf5", 15)] {
        let shop = shop(prefix, major);
        shop.run(&["db", "drift"]).done();
        shop.run(&["db", "manifest", "--postgres", "18"]).done();
        let said = shop.run(&["db", "verify"]).done();
        assert!(said.contains("is of Postgres 18"), "{said}");
        shop.database.execute(
            "alter table shop.orders alter column note set default '';
             alter view shop.open_orders reset (security_invoker);",
        );
        for command in ["verify", "drift"] {
            let said = shop.run(&["db", command]);
            assert_eq!(said.status, 1, "{}", said.text);
            assert!(
                said.text.contains("column note, default: expected nothing"),
                "{}",
                said.text
            );
            assert!(
                said.text.contains("view shop.open_orders, options"),
                "{}",
                said.text
            );
        }
    }
}
