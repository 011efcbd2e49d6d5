//! Breaks that a review tried, and what opens rows.

use super::{Break, of};

pub(super) const BREAKS: &[Break] = &[
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
        "schema-open-to-create",
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
        "server-right-granted",
    ),
    Break {
        sql: "grant pg_read_all_data to {clerk}",
        drift: "membership of {clerk} in pg_read_all_data is not in policies/shop.toml",
        lint: "role-reaches-bypass",
        undo: "revoke pg_read_all_data from {clerk}",
    },
];
