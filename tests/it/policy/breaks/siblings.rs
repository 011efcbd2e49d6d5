//! Their siblings: what surrounds the tables, who may what, and how things are made.

use super::{Break, of};

pub(super) const BREAKS: &[Break] = &[
    of(
        "alter default privileges grant usage on types to {clerk}",
        "default privileges of postgres in the database, types: expected nothing",
        "",
    ),
    of(
        "grant select on shop.orders to {clerk} with grant option",
        "the grant on shop.orders to {clerk}: expected INSERT, SELECT, found INSERT, SELECT*",
        "grant-option",
    ),
    of(
        "grant update (note) on shop.orders to {clerk}",
        "the grant on shop.orders to {clerk}: expected INSERT, SELECT, found INSERT, SELECT, UPDATE(note)",
        "grant-without-policy",
    ),
    of(
        "create sequence shop.numbers; grant usage, select on sequence shop.numbers to {clerk}",
        "the grant on shop.numbers to {clerk}: expected nothing, found select, usage",
        "sequence-readable",
    ),
    of(
        "grant usage on language plpgsql to {clerk}",
        "language plpgsql, granted to {clerk}: expected nothing, found usage",
        "",
    ),
    of(
        "select lo_create(4711); grant select on large object 4711 to {clerk}",
        "large object of others, granted to {clerk}: expected nothing, found select",
        "server-right-granted",
    ),
    Break {
        sql: "alter role {clerk} set row_security = off",
        drift: "role {clerk}, settings: expected nothing, found row_security=off",
        lint: "",
        undo: "alter role {clerk} reset row_security",
    },
    of(
        "alter view shop.open_orders reset (security_invoker)",
        "view shop.open_orders, options: expected security_invoker=true, found none",
        "view-not-invoker",
    ),
    of(
        "alter view shop.open_orders owner to {stranger}",
        "relation shop.open_orders, owner: expected",
        "owned-by-another",
    ),
    of(
        "create function public.peek(text, text) returns bool language plpgsql leakproof set search_path = pg_catalog, pg_temp \
           as 'begin return true; end'; create operator public.<<< (function = public.peek, leftarg = text, rightarg = text)",
        "outside function public.peek(text,text), leakproof: expected nothing, found yes",
        "function-leakproof",
    ),
    of(
        "alter function pg_catalog.textlike(text, text) leakproof",
        "catalog textlike(text,text), definition: expected nothing, found",
        "function-leakproof",
    ),
    of(
        "create function shop.same(text, text) returns bool immutable language sql return true; \
         create operator shop.=== (function = shop.same, leftarg = text, rightarg = text)",
        "operator shop.===(text,text), calls: expected nothing",
        "",
    ),
    of(
        "alter table shop.lines drop constraint lines_order_fkey; alter table shop.lines add constraint lines_order_fkey \
         foreign key (tenant_id, order_id) references shop.orders (tenant_id, id) not valid",
        "constraint lines_order_fkey on shop.lines, definition: expected FOREIGN KEY",
        "",
    ),
    of(
        "alter table shop.orders replica identity full",
        "relation shop.orders, kept: expected logged, replica identity default, found logged, replica identity full",
        "",
    ),
    of(
        "create publication everything for all tables",
        "publication everything, publishes every table: expected nothing, found yes",
        "published",
    ),
    of(
        "alter table shop.lines set unlogged",
        "relation shop.lines, kept: expected logged, replica identity default, found unlogged",
        "",
    ),
    of(
        "alter table shop.orders disable row level security",
        "shop.orders: expected forced, found off",
        "policies-dormant",
    ),
    of(
        "alter table shop.orders no force row level security",
        "shop.orders: expected forced, found enabled",
        "rls-not-forced",
    ),
    of(
        "drop policy orders_tenant_isolation on shop.orders; create policy orders_tenant_isolation on shop.orders \
         using (tenant_id = (select shop.current_tenant_id()))",
        "policy orders_tenant_isolation on shop.orders was replaced by one that workroom did not make",
        "no-tenant-floor",
    ),
    of(
        "alter policy orders_all_select on shop.orders to public",
        "policy orders_all_select on shop.orders was changed by hand",
        "",
    ),
    of(
        "create table public.parent (id uuid not null, tenant_id uuid not null, clerk text not null, note text); \
         grant select on public.parent to {clerk}; alter table shop.orders inherit public.parent",
        "relation shop.orders, inherits from: expected nothing, found public.parent",
        "parent-open",
    ),
    of(
        "alter table shop.lines alter column id set default gen_random_uuid()",
        "column shop.lines.id, default: expected nothing, found gen_random_uuid()",
        "",
    ),
    of(
        "alter table shop.orders alter column note type text collate \"C\"",
        "column shop.orders.note, type: expected text, found text collate",
        "",
    ),
    of(
        "alter function shop.stamp() security definer",
        "function shop.stamp(), security: expected invoker, found definer",
        "trigger-definer-of-superuser",
    ),
    of(
        "alter function shop.stamp() owner to {stranger}",
        "function shop.stamp(), owner: expected",
        "owned-by-another",
    ),
    of(
        "alter function shop.stamp() reset search_path",
        "function shop.stamp(), settings: expected search_path=pg_catalog, pg_temp, found none",
        "trigger-search-path",
    ),
    Break {
        sql: "grant {clerk} to {stranger} with admin option",
        drift: "role {stranger}, member of {clerk}: expected nothing, found admin true",
        lint: "role-passed-on",
        undo: "revoke {clerk} from {stranger}",
    },
    Break {
        sql: "alter role {stranger} login; grant {clerk}, {lead} to {stranger}",
        drift: "role {stranger}, member of {clerk}: expected nothing, found admin false",
        lint: "login-inherits-roles",
        undo: "revoke {clerk}, {lead} from {stranger}; alter role {stranger} nologin",
    },
    Break {
        sql: "alter role {stranger} bypassrls; grant pg_read_all_data to {stranger}",
        drift: "role {stranger}, reads past the policies of shop: expected nothing, found yes",
        lint: "client-bypasses",
        undo: "alter role {stranger} nobypassrls; revoke pg_read_all_data from {stranger}",
    },
    of(
        "create foreign data wrapper nothing; create server away foreign data wrapper nothing; create user mapping for public server away; \
         grant usage on foreign server away to {clerk}",
        "foreign server away, mapping of public: expected nothing, found yes",
        "server-right-granted",
    ),
    of(
        "create foreign data wrapper nothing; grant usage on foreign data wrapper nothing to {clerk}",
        "foreign data wrapper nothing, granted to {clerk}: expected nothing, found usage",
        "server-right-granted",
    ),
    of(
        "do $$ begin execute format('create extension %I', (select name from pg_available_extensions where installed_version is null order by name limit 1)); end $$",
        "extension ",
        "",
    ),
    of(
        "create statistics shop.of_orders (mcv) on clerk, note from shop.orders",
        "statistics of_orders on shop.orders, definition: expected nothing",
        "",
    ),
    of(
        "create type shop.mood as enum ('good')",
        "type shop.mood, definition: expected nothing, found good",
        "",
    ),
    Break {
        sql: "grant create on tablespace pg_default to {clerk}",
        drift: "tablespace pg_default, granted to {clerk}: expected nothing, found create",
        lint: "server-right-granted",
        undo: "revoke create on tablespace pg_default from {clerk}",
    },
    of(
        "do $$ begin execute format('alter database %I set dynamic_library_path = %L', current_database(), '$libdir'); end $$",
        "setting dynamic_library_path, of every role here: expected nothing, found a value",
        "",
    ),
    of(
        "grant create on schema pg_catalog to {clerk}",
        "schema pg_catalog, create granted to {clerk}: expected nothing, found yes",
        "schema-open-to-create",
    ),
    of(
        "grant select (stanumbers1) on pg_catalog.pg_statistic to {clerk}",
        "catalog pg_statistic.stanumbers1, granted to {clerk}: expected nothing, found select",
        "server-right-granted",
    ),
    of(
        "create function pg_catalog.current_tenant() returns text language sql stable return current_setting('x', true)",
        "catalog current_tenant(), definition: expected nothing",
        "",
    ),
    Break {
        sql: "create subscription fed connection 'dbname=nowhere' publication all_of_it with (connect = false)",
        drift: "subscription fed, writes: expected nothing, found owner",
        lint: "subscribed",
        undo: "alter subscription fed set (slot_name = none); drop subscription fed",
    },
];
