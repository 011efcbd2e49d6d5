//! One break by hand at a time: each is named by `policy drift`, and what opens rows by `policy lint` as well.

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

const BREAKS: &[Break] = &[
    of(
        "drop schema shop cascade",
        "schema shop is missing",
        "nothing-to-check",
    ),
    of(
        "alter policy orders_tenant_isolation on shop.orders using (tenant_id::text like current_setting('app.current_tenant', true))",
        "policy orders_tenant_isolation on shop.orders was changed by hand",
        "pattern-from-context",
    ),
    of(
        "create view public.all_orders as select * from shop.orders; grant select on public.all_orders to {clerk}",
        "outside view public.all_orders, reads shop.orders: expected nothing",
        "view-outside",
    ),
    of(
        "create view public.one as select id from shop.orders; create view public.two as select id from public.one; \
         grant select on public.two to {clerk}",
        "outside view public.two, reads shop.orders",
        "view-outside",
    ),
    of(
        "create function public.every_order() returns setof shop.orders language sql security definer \
         set search_path = pg_catalog, pg_temp as 'select * from shop.orders'",
        "outside function public.every_order(), uses shop.orders",
        "definer-outside",
    ),
    of(
        "create function public.count_all() returns bigint security definer language sql return (select count(*) from shop.orders)",
        "outside function public.count_all(), uses shop.orders",
        "definer-outside",
    ),
    of(
        "create function public.notes_of_all() returns text language plpgsql security definer set search_path = pg_catalog, pg_temp \
         as $$ begin return (select string_agg(note, ',') from shop.orders); end $$",
        "outside function public.notes_of_all(), names shop.orders",
        "definer-outside",
    ),
    of(
        "alter table shop.orders alter column tenant_id set default current_setting('app.current_tenant')::uuid",
        "column shop.orders.tenant_id, default: expected nothing",
        "",
    ),
    of(
        "create publication part for table shop.orders where (tenant_id = '00000000-0000-0000-0000-000000000001')",
        "publication part, publishes shop.orders: expected nothing, found yes, where",
        "published-in-part",
    ),
    of(
        "create table public.copies (note text); grant select on public.copies to {clerk}; \
         create function public.copy_note() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp \
           as $$ begin insert into public.copies values (new.note); return new; end $$; \
         create trigger copied after insert on shop.orders for each row execute function public.copy_note()",
        "trigger copied on shop.orders, definition: expected nothing",
        "trigger-outside",
    ),
    of(
        "create materialized view public.frozen as select * from shop.orders; grant select on public.frozen to {clerk}",
        "outside materialized view public.frozen, reads shop.orders",
        "view-outside",
    ),
    of(
        "create table public.more (note text); create rule copied as on insert to shop.orders do also insert into public.more values (new.note)",
        "rule copied on shop.orders, definition: expected nothing",
        "rule-rewrites",
    ),
    of(
        "alter policy orders_tenant_isolation on shop.orders using (tenant_id = (select shop.current_tenant_id()) \
         or current_setting('app.support', true) = 'on')",
        "policy orders_tenant_isolation on shop.orders was changed by hand",
        "setting-not-named",
    ),
    of(
        "create or replace function shop.current_tenant_id() returns uuid stable language sql return case when current_setting('app.any', true) = 'x' \
         then null else nullif(current_setting('app.current_tenant', true), '')::uuid end",
        "function shop.current_tenant_id was changed by hand",
        "setting-not-named",
    ),
    of(
        "alter policy orders_all_select on shop.orders using (now() > '2020-01-01')",
        "policy orders_all_select on shop.orders was changed by hand",
        "condition-on-clock",
    ),
    of(
        "alter policy orders_tenant_isolation on shop.orders using (tenant_id = coalesce(nullif(current_setting('app.current_tenant', true), ''), \
         '00000000-0000-0000-0000-000000000001')::uuid)",
        "policy orders_tenant_isolation on shop.orders was changed by hand",
        "policy-has-default",
    ),
    of(
        "do $$ begin execute format('alter database %I set app.current_tenant = %L', current_database(), '00000000-0000-0000-0000-000000000001'); end $$",
        "setting app.current_tenant, of every role here: expected nothing, found a value",
        "context-set-for-all",
    ),
    of(
        "do $$ begin execute format('alter role {stranger} in database %I set app.current_tenant = %L', current_database(), 'x'); end $$",
        "",
        "context-set-for-all",
    ),
    of(
        "alter table shop.orders owner to {clerk}",
        "relation shop.orders, owner",
        "client-owns-table",
    ),
    of(
        "alter table shop.orders disable trigger stamped",
        "trigger stamped on shop.orders, enabled: expected yes, found no",
        "",
    ),
    of(
        "alter table shop.orders disable trigger all",
        "trigger of the foreign keys of shop.orders, enabled: expected nothing, found no",
        "",
    ),
    of(
        "grant create on schema public to public",
        "schema public, create granted to public: expected nothing, found yes",
        "",
    ),
    of(
        "create or replace view shop.open_orders with (security_invoker = true) as select id, tenant_id from shop.orders where true or note is null",
        "view shop.open_orders, body: expected",
        "",
    ),
    of(
        "create function public.watch() returns event_trigger language plpgsql as 'begin end'; \
         create event trigger {clerk}_watch on ddl_command_end execute function public.watch()",
        "event trigger {clerk}_watch, fires: expected nothing, found ddl_command_end",
        "",
    ),
    of(
        "drop trigger stamped on shop.orders",
        "trigger stamped on shop.orders, definition: expected CREATE TRIGGER",
        "",
    ),
    of(
        "create or replace function shop.stamp() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as 'begin return null; end'",
        "trigger stamped on shop.orders, function: expected invoker",
        "",
    ),
    of(
        "alter table shop.orders drop constraint orders_note_check",
        "constraint orders_note_check on shop.orders, definition: expected CHECK",
        "",
    ),
    of(
        "alter table shop.lines drop constraint lines_order_fkey",
        "constraint lines_order_fkey on shop.lines, definition: expected FOREIGN KEY",
        "",
    ),
    of(
        "alter table shop.lines drop constraint lines_order_fkey; create unique index on shop.orders (id); \
         alter table shop.lines add constraint lines_order_fkey foreign key (order_id) references shop.orders (id)",
        "constraint lines_order_fkey on shop.lines, definition: expected FOREIGN KEY (tenant_id, order_id)",
        "foreign-key-without-tenant",
    ),
    of(
        "create table public.beside (tenant_id uuid, order_id uuid, constraint beside_fkey foreign key (tenant_id, order_id) references shop.orders)",
        "outside table public.beside, refers to shop.orders: expected nothing",
        "",
    ),
    of(
        "drop index shop.orders_clerk",
        "index orders_clerk on shop.orders, definition: expected CREATE INDEX",
        "",
    ),
    Break {
        sql: "grant set on parameter session_replication_role to {clerk}",
        drift: "parameter session_replication_role, granted to {clerk}: expected nothing, found set",
        lint: "parameter-granted",
        undo: "revoke set on parameter session_replication_role from {clerk}",
    },
    of(
        "do $$ begin execute format('grant create on database %I to {clerk}', current_database()); end $$",
        "database this database, granted to {clerk}: expected nothing, found create",
        "database-open-to-create",
    ),
    of(
        "grant execute on function pg_catalog.pg_read_file(text) to {clerk}",
        "catalog pg_read_file(text), granted to {clerk}: expected nothing, found execute",
        "",
    ),
    Break {
        sql: "grant pg_read_all_data to {clerk}",
        drift: "membership of {clerk} in pg_read_all_data is not in policies/shop.toml",
        lint: "role-reaches-bypass",
        undo: "revoke pg_read_all_data from {clerk}",
    },
];

/// Whether there is a break that a check of `policy lint` finds.
pub(crate) fn has_one_for(check: &str) -> bool {
    BREAKS.iter().any(|one| one.lint == check)
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
             [context.tenant]\nsetting = \"app.current_tenant\"\n\
             [tables.orders.matrix]\nclerk = {{ select = \"all\", insert = \"all\" }}\n\
             [tables.lines.matrix]\nclerk = {{ select = \"all\" }}\n[views]\nopen_orders = [\"clerk\"]\n"
        ),
    );
    shop.migrate();
    shop.database
        .execute(&format!("create role {prefix}_stranger"));
    shop
}

fn every_break_is_named(prefix: &str, major: u32) {
    let shop = shop(prefix, major);
    shop.run(&["policy", "drift"]).done();
    shop.run(&["policy", "lint"]).done();
    let filled = |text: &str| {
        text.replace("{clerk}", &format!("{prefix}_clerk"))
            .replace("{stranger}", &format!("{prefix}_stranger"))
    };
    let mut missed = Vec::new();
    for one in BREAKS {
        let sql = filled(one.sql);
        let broken = Broken::new(&shop, &sql);
        let drift = shop.run_at(&broken.url, &["policy", "drift"]);
        let lint = shop.run_at(&broken.url, &["policy", "lint"]);
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
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    shop.run(&["policy", "drift"]).done();
    shop.run(&["policy", "lint"]).done();
}

#[test]
fn every_break_by_hand_is_named_on_the_newest_server() {
    every_break_is_named("pb8", 18);
}

#[test]
fn every_break_by_hand_is_named_on_older_servers() {
    every_break_is_named("pb6", 16);
    every_break_is_named("pb5", 15);
}
