//! One break by hand at a time: each is named by `policy drift`, and what opens rows by `policy lint` as well.

mod reviewed;
mod siblings;
mod worktrackr;

use super::commands::Broken;
use crate::support::server::try_query;
use crate::support::workspace::Workspace;

/// A break, the line of drift that names it, the check that finds it where it opens rows, and what undoes it on the
/// server, which the copy's end does not.
struct Break {
    sql: &'static str,
    drift: &'static str,
    lint: &'static str,
    undo: &'static str,
}

const fn of(sql: &'static str, drift: &'static str, lint: &'static str) -> Break {
    Break {
        sql,
        drift,
        lint,
        undo: "",
    }
}

/// All of them.
fn breaks() -> impl Iterator<Item = &'static Break> {
    reviewed::BREAKS.iter().chain(siblings::BREAKS)
}

/// Whether there is a break that a check of `policy lint` finds.
pub(crate) fn has_one_for(check: &str) -> bool {
    breaks().any(|one| one.lint == check)
}

/// A deployed shop with a trigger, a check, an index and a child.
pub(super) fn shop(prefix: &str, major: u32) -> Workspace {
    let shop = Workspace::on(major, &["shop"]);
    shop.write(
        "workroom.toml",
        "[project]\nname = \"test\"\ndefault_system = \"shop\"\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\n",
    );
    shop.write(
        "sql/shop/V001__create_orders.sql",
        "create schema shop;\n\
         create table shop.orders (id uuid not null, tenant_id uuid not null, clerk text not null, note text,\n\
           constraint orders_pkey primary key (tenant_id, id), constraint orders_note_check check (note <> ''));\n\
         create index orders_clerk on shop.orders (tenant_id, clerk);\n\
         create table shop.lines (id uuid not null, tenant_id uuid not null, order_id uuid not null,\n\
           constraint lines_pkey primary key (tenant_id, id),\n\
           constraint lines_order_fkey foreign key (tenant_id, order_id) references shop.orders (tenant_id, id));\n\
         create index lines_order on shop.lines (tenant_id, order_id);\n\
         create function shop.stamp() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as 'begin return new; end';\n\
         create trigger stamped before insert or update on shop.orders for each row execute function shop.stamp();\n",
    );
    shop.write(
        "views/shop/open_orders.sql",
        "create or replace view shop.open_orders with (security_invoker = true) as select id, tenant_id from shop.orders;\n",
    );
    shop.write(
        "policies/shop.toml",
        &format!(
            "[policies]\ntenant_column = \"tenant_id\"\n[roles.{prefix}_clerk]\nkind = \"application\"\nname = \"clerk\"\n\
             [roles.{prefix}_lead]\nkind = \"application\"\nname = \"lead\"\n[context.tenant]\nsetting = \"app.current_tenant\"\n\
             [tables.orders.matrix]\nclerk = {{ select = \"all\", insert = \"all\" }}\n\
             [tables.lines.matrix]\nclerk = {{ select = \"all\" }}\nlead = {{ select = \"all\" }}\n[views]\nopen_orders = [\"clerk\"]\n"
        ),
    );
    shop.migrate();
    shop.database
        .execute(&format!("create role {prefix}_stranger"));
    shop
}

/// What is not named of breaks that are made together in one copy.
fn unnamed(shop: &Workspace, prefix: &str, together: &[&Break]) -> Vec<String> {
    let filled = |text: &str| {
        text.replace("{clerk}", &format!("{prefix}_clerk"))
            .replace("{lead}", &format!("{prefix}_lead"))
            .replace("{stranger}", &format!("{prefix}_stranger"))
    };
    let broken = Broken::new(shop, "");
    let mut missed = Vec::new();
    for one in together {
        let sql = filled(one.sql);
        if let Err(error) = try_query(&broken.url, &sql) {
            missed.push(format!("{sql}: {error}"));
        }
    }
    let drift = shop.run_at(&broken.url, &["policy", "drift"]);
    let lint = shop.run_at(&broken.url, &["policy", "lint"]);
    for one in together {
        let sql = filled(one.sql);
        if !one.undo.is_empty() {
            try_query(&broken.url, &filled(one.undo)).unwrap();
        }
        let line = filled(one.drift);
        if !line.is_empty() && (drift.status != 1 || !drift.text.contains(&line)) {
            missed.push(format!("drift: {sql}\n  {line}\n{}", drift.text));
        }
        // "rule (error): …", or "rule: …" for a warning.
        let is_found = lint.text.lines().any(|line| {
            let rest = line.strip_prefix(one.lint).unwrap_or_default();
            rest.starts_with([':', ' '])
        });
        if lint.status > 1 || !one.lint.is_empty() && !is_found {
            missed.push(format!("lint: {sql}\n  {}\n{}", one.lint, lint.text));
        }
    }
    missed
}

/// Makes so many breaks at a time; those that are in one another's way are made one by one. `WORKROOM_TEST_LONG=1` makes
/// each alone on the newest server.
fn every_break_is_named(prefix: &str, major: u32, at_a_time: usize) {
    let shop = shop(prefix, major);
    shop.run(&["policy", "drift"]).done();
    shop.run(&["policy", "lint"]).done();
    let all: Vec<&Break> = breaks().collect();
    let mut missed = Vec::new();
    for together in all.chunks(at_a_time) {
        if together.len() == 1 || !unnamed(&shop, prefix, together).is_empty() {
            let alone = together.iter();
            missed.extend(alone.flat_map(|one| unnamed(&shop, prefix, &[one])));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    shop.run(&["policy", "drift"]).done();
    shop.run(&["policy", "lint"]).done();
}

#[test]
fn every_break_by_hand_is_named_on_the_newest_server() {
    let is_long = std::env::var_os("WORKROOM_TEST_LONG").is_some();
    every_break_is_named("pb8", 18, if is_long { 1 } else { 5 });
}

#[test]
fn every_break_by_hand_is_named_on_older_servers() {
    every_break_is_named("pb6", 16, 5);
    every_break_is_named("pb5", 15, 5);
}
