//! `policy diff|apply|drift` and migrations for review: on a small shop with roles of its own.

use crate::support::workspace::Workspace;

/// A deployed shop: orders under a tenant floor, one clerk role, one view, one definer function.
pub(super) fn shop(prefix: &str) -> Workspace {
    let shop = Workspace::new();
    shop.write(
        "workroom.toml",
        "[project]\nname = \"test\"\ndefault_system = \"shop\"\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\n\
         private_schemas = [\"shop_private\"]\n",
    );
    shop.write(
        "sql/shop/V001__create_orders.sql",
        "create schema shop;\n\
         create table shop.orders (id uuid not null default gen_random_uuid(), tenant_id uuid not null, clerk text not null, note text,\n\
           constraint orders_pkey primary key (tenant_id, id));\n\
         comment on table shop.orders is 'Orders.';\n\
         create function shop.count_orders() returns bigint stable return (select count(*) from shop.orders);\n",
    );
    shop.write(
        "views/shop/open_orders.sql",
        "create or replace view shop.open_orders with (security_invoker = true) as select id, tenant_id from shop.orders;\n",
    );
    shop.write("policies/shop.toml", &policy_file(prefix));
    shop.migrate();
    shop
}

pub(super) fn policy_file(prefix: &str) -> String {
    format!(
        r#"
[policies]
private_schema = "shop_private"
tenant_column = "tenant_id"
[roles.{prefix}_clerk]
kind = "application"
name = "clerk"
[context.tenant]
setting = "app.current_tenant"
[macros.owner]
sql = "{{{{ owner | ident }}}} = (select current_setting('app.clerk', true))"
oracle = "row[owner] == context.user"
group = "owner"
[tables.orders]
owner = "clerk"
[tables.orders.matrix]
clerk = {{ select = "all", insert = "owner", update = "owner" }}
[views]
open_orders = ["clerk"]
[functions]
count_orders = ["clerk"]
"#
    )
}

#[test]
fn a_difference_is_shown_with_its_dangers_applied_and_then_gone() {
    let shop = shop("pc1");
    let said = shop.run(&["policy", "diff"]).done();
    assert_eq!(
        said,
        "nothing differs: shop is as policies/shop.toml says\n"
    );
    let wider = policy_file("pc1").replace(
        "update = \"owner\"",
        "update = \"owner\", delete = \"owner\"",
    );
    shop.write("policies/shop.toml", &wider);
    let said = shop.run(&["policy", "diff"]);
    assert_eq!(said.status, 1, "{}", said.text);
    for part in [
        "permissive policy added",
        "grant widened: DELETE to pc1_clerk",
        "-- DANGEROUS: permissive policy added\ncreate policy orders_owner_delete on shop.orders",
        "2 of them dangerous; 0 unmanaged",
    ] {
        assert!(said.text.contains(part), "{part}\n{}", said.text);
    }
    let applied = shop.run(&["policy", "apply"]).done();
    assert!(applied.contains("policies and grants"), "{applied}");
    shop.run(&["policy", "diff"]).done();
    shop.run(&["policy", "drift"]).done();
    let nothing = shop.run(&["policy", "apply"]).done();
    assert!(nothing.contains("nothing to do"), "{nothing}");
}

#[test]
fn what_widens_is_dangerous_and_what_narrows_is_not() {
    let shop = shop("pc2");
    shop.write(
        "policies/shop.toml",
        &policy_file("pc2").replace(", update = \"owner\"", ""),
    );
    let said = shop.run(&["policy", "diff"]);
    assert_eq!(said.status, 1);
    assert!(
        said.text.contains("taking away policy orders_owner_update"),
        "{}",
        said.text
    );
    assert!(said.text.contains(" 0 of them dangerous"), "{}", said.text);
    // A second role on the same policies.
    let two = policy_file("pc2").replace(
        "[context.tenant]",
        "[roles.pc2_boss]\nkind = \"application\"\nname = \"boss\"\n[context.tenant]",
    );
    let two = two.replace(
        "clerk = { select = \"all\"",
        "boss = { select = \"all\" }\nclerk = { select = \"all\"",
    );
    shop.write("policies/shop.toml", &two);
    let said = shop.run(&["policy", "diff"]);
    assert!(
        said.text.contains("role widened: also to pc2_boss"),
        "{}",
        said.text
    );
    // Exempt from row-level security.
    let exempt = policy_file("pc2").replace(
        "[tables.orders]\nowner = \"clerk\"",
        "[tables.orders]\nclass = \"exempt\"\nreason = \"a test\"\nowner = \"clerk\"",
    );
    let exempt = exempt.replace(
        "select = \"all\", insert = \"owner\", update = \"owner\"",
        "select = \"all\"",
    );
    shop.write("policies/shop.toml", &exempt);
    let said = shop.run(&["policy", "diff"]);
    assert!(
        said.text.contains("row-level security off"),
        "{}",
        said.text
    );
    assert!(
        said.text.contains("restrictive policy dropped"),
        "{}",
        said.text
    );
}

#[test]
fn a_policy_made_by_hand_is_shown_and_apply_refuses_it() {
    let shop = shop("pc3");
    shop.database
        .execute("create policy stray on shop.orders using (true)");
    let said = shop.run(&["policy", "diff"]);
    assert_eq!(said.status, 1);
    assert!(
        said.text.contains(
            "unmanaged: the table shop.orders has a policy that workroom did not make: stray"
        ),
        "{}",
        said.text
    );
    let refused = shop.run(&["policy", "apply"]).refused();
    assert!(
        refused.contains("drop policy stray on shop.orders;"),
        "{refused}"
    );
    shop.write(
        "sql/shop/V002__more.sql",
        "create table shop.more (id int);",
    );
    let refused = shop.run(&["policy", "apply"]).refused();
    assert!(
        refused.contains("policies/shop.toml") || refused.contains("pending"),
        "{refused}"
    );
}

#[test]
fn apply_refuses_while_migrations_are_pending() {
    let shop = shop("pc4");
    shop.write(
        "sql/shop/V002__comment.sql",
        "comment on table shop.orders is 'All orders.';",
    );
    let refused = shop.run(&["policy", "apply"]).refused();
    assert!(
        refused.contains("system `shop` has pending migrations or repeatable objects"),
        "{refused}"
    );
    assert!(refused.contains("workroom db migrate"), "{refused}");
}

#[test]
fn the_difference_becomes_a_migration_that_leaves_nothing_to_do() {
    let shop = shop("pc5");
    let refused = shop
        .run(&["policy", "render", "--as-migration", "V002__nothing"])
        .refused();
    assert!(refused.contains("there is nothing to write"), "{refused}");
    shop.write(
        "policies/shop.toml",
        &policy_file("pc5").replace(
            "update = \"owner\"",
            "update = \"owner\", delete = \"owner\"",
        ),
    );
    for (name, why) in [
        ("V001__create_orders", "exists already"),
        ("V001__again", "would not come last: V001 exists"),
        ("nonsense", "not named like a migration"),
    ] {
        let refused = shop
            .run(&["policy", "render", "--as-migration", name])
            .refused();
        assert!(refused.contains(why), "{refused}");
    }
    let said = shop
        .run(&[
            "policy",
            "render",
            "--as-migration",
            "V002__let_clerks_delete",
        ])
        .done();
    assert!(
        said.contains("wrote sql/shop/V002__let_clerks_delete.sql"),
        "{said}"
    );
    let text = std::fs::read_to_string(
        shop.folder
            .path()
            .join("sql/shop/V002__let_clerks_delete.sql"),
    )
    .unwrap();
    assert!(
        text.contains("-- DANGEROUS: permissive policy added"),
        "{text}"
    );
    let migrated = shop.migrate();
    assert!(migrated.contains("V002__let_clerks_delete"), "{migrated}");
    assert!(!migrated.contains("policies and grants"), "{migrated}");
    shop.run(&["policy", "diff"]).done();
    shop.run(&["policy", "drift"]).done();
}

#[test]
fn a_database_without_a_record_says_so() {
    let shop = shop("pd2");
    shop.database
        .execute("update workroom.policies set attributes = null");
    let said = shop.run(&["policy", "drift"]);
    assert_eq!(said.status, 1);
    assert!(said.text.contains("workroom db migrate"), "{}", said.text);
}

/// A copy of a workspace's database with one change; what it did to roles is taken back at the end.
pub(super) struct Broken {
    pub(super) url: String,
    name: String,
    server: String,
    undo: String,
}

impl Broken {
    pub(super) fn new(shop: &Workspace, sql: &str) -> Self {
        let server = shop.database.url();
        let name = format!("{}_broken", shop.database.name());
        let admin = server.replace(shop.database.name(), "template1");
        crate::support::server::execute(
            &admin,
            &format!(
                "create database {name} template {} strategy file_copy",
                shop.database.name()
            ),
        );
        let url = server.replace(shop.database.name(), &name);
        crate::support::server::execute(&url, sql);
        let undo = match sql {
            _ if sql.ends_with(" bypassrls") => "alter role pd1_clerk nobypassrls".to_owned(),
            _ if sql.ends_with(" createrole") => "alter role pd1_clerk nocreaterole".to_owned(),
            _ if sql.starts_with("alter role pd1_clerk set") => {
                "alter role pd1_clerk reset all".to_owned()
            }
            "grant pd1_clerk to pd1_stranger" => "revoke pd1_clerk from pd1_stranger".to_owned(),
            "grant pd1_stranger to pd1_clerk" => "revoke pd1_stranger from pd1_clerk".to_owned(),
            _ => String::new(),
        };
        Self {
            url,
            name,
            server: admin,
            undo,
        }
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        let _ = crate::support::server::try_query(
            &self.server,
            &format!("drop database {} with (force)", self.name),
        );
        if !self.undo.is_empty() {
            let _ = crate::support::server::try_query(&self.server, &self.undo);
        }
    }
}
