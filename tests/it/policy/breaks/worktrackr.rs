//! The breaks of the review, on the system that it tried them on, as it is shipped.

use std::path::Path;

use crate::support::command::workroom;
use crate::support::server::{execute, own_server};

/// A break, what `policy drift` says of it, the check of `policy lint` that finds it where it opens rows, and what undoes
/// it on the server.
type Row = (&'static str, &'static str, &'static str, &'static str);

const TABLE: &[Row] = &[
    (
        "alter policy tickets_tenant_isolation on worktrackr.tickets \
         using (organisation_id::text like current_setting('app.current_organisation', true))",
        "policy tickets_tenant_isolation on worktrackr.tickets was changed by hand",
        "pattern-from-context",
        "",
    ),
    (
        "create function public.mine(uuid) returns bool language sql stable \
           as 'select $1::text = current_setting(''app.current_organisation'', true)'; \
         alter policy tickets_tenant_isolation on worktrackr.tickets using (public.mine(organisation_id))",
        "policy tickets_tenant_isolation on worktrackr.tickets was changed by hand",
        "",
        "",
    ),
    (
        "create function worktrackr.peek(text) returns bool language plpgsql leakproof set search_path = pg_catalog, pg_temp \
           as 'begin return true; end'",
        "function worktrackr.peek(text), leakproof: expected nothing, found yes",
        "function-leakproof",
        "",
    ),
    (
        "create view public.all_tickets as select * from worktrackr.tickets; grant select on public.all_tickets to worktrackr_staff",
        "outside view public.all_tickets, reads worktrackr.tickets: expected nothing",
        "view-outside",
        "",
    ),
    (
        "create function public.every_ticket() returns setof worktrackr.tickets language sql security definer \
         set search_path = pg_catalog, pg_temp as 'select * from worktrackr.tickets'",
        "outside function public.every_ticket(), uses worktrackr.tickets",
        "definer-outside",
        "",
    ),
    (
        "alter table worktrackr.tickets alter column organisation_id set default current_setting('app.current_organisation')::uuid",
        "column worktrackr.tickets.organisation_id, default: expected nothing",
        "",
        "",
    ),
    (
        "drop policy tickets_tenant_isolation on worktrackr.tickets; \
         create policy read on worktrackr.tickets as restrictive for select using (organisation_id = (select worktrackr.current_tenant_id())); \
         create policy change on worktrackr.tickets as restrictive for update \
           using (organisation_id = (select worktrackr.current_tenant_id())) with check (true)",
        "policy tickets_tenant_isolation on worktrackr.tickets is missing",
        "floor-too-narrow",
        "",
    ),
    (
        "create table worktrackr.logs (organisation_id uuid not null) partition by list (organisation_id); \
         alter table worktrackr.logs enable row level security; alter table worktrackr.logs force row level security; \
         create table worktrackr.logs_rest partition of worktrackr.logs default; grant select on worktrackr.logs_rest to worktrackr_staff",
        "worktrackr.logs_rest",
        "partition-open",
        "",
    ),
    (
        "alter role worktrackr_reseller bypassrls",
        "(bypassrls): expected no, found yes",
        "client-bypasses",
        "alter role worktrackr_reseller nobypassrls",
    ),
    (
        "create table worktrackr.child () inherits (worktrackr.tickets); grant select on worktrackr.child to worktrackr_staff",
        "row-level security of worktrackr.tickets is not forced on worktrackr.child",
        "partition-open",
        "",
    ),
    (
        "create foreign data wrapper nothing; create server away foreign data wrapper nothing; \
         create foreign table worktrackr.far (id uuid) server away; grant select on worktrackr.far to worktrackr_staff",
        "the grant on worktrackr.far to worktrackr_staff",
        "foreign-table-granted",
        "",
    ),
    (
        "create table public.copies (title text); create rule copied as on insert to worktrackr.tickets \
         do also insert into public.copies values (new.title)",
        "rule copied on worktrackr.tickets, definition: expected nothing",
        "rule-rewrites",
        "",
    ),
    (
        "create publication part for table worktrackr.tickets where (organisation_id = '00000000-0000-0000-0000-000000000001')",
        "publication part, publishes worktrackr.tickets: expected nothing, found yes, where",
        "published-in-part",
        "",
    ),
    (
        "create table public.copies (title text); grant select on public.copies to worktrackr_staff; \
         create function public.copy_title() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp \
           as 'begin insert into public.copies values (new.title); return new; end'; \
         create trigger copied after insert on worktrackr.tickets for each row execute function public.copy_title()",
        "trigger copied on worktrackr.tickets, definition: expected nothing",
        "trigger-outside",
        "",
    ),
    (
        "create materialized view public.frozen as select * from worktrackr.tickets; grant select on public.frozen to worktrackr_staff",
        "outside materialized view public.frozen, reads worktrackr.tickets",
        "view-outside",
        "",
    ),
    (
        "create or replace function worktrackr.current_user_role() returns text stable language sql \
         return coalesce(nullif(current_setting('app.any', true), ''), 'staff')",
        "function worktrackr.current_user_role was changed by hand",
        "setting-not-named",
        "",
    ),
    (
        "alter policy tickets_tenant_isolation on worktrackr.tickets using (organisation_id = (select worktrackr.current_tenant_id()) \
         or current_setting('app.support', true) = 'on')",
        "policy tickets_tenant_isolation on worktrackr.tickets was changed by hand",
        "setting-not-named",
        "",
    ),
    (
        "alter default privileges grant select on tables to worktrackr_staff",
        "default privileges of postgres in the database, tables: expected nothing",
        "default-privileges-open",
        "",
    ),
    (
        "alter table worktrackr.tickets drop constraint tickets_contact_id_fkey; alter table worktrackr.tickets \
         add constraint tickets_contact_id_fkey foreign key (contact_id) references worktrackr.contacts (id)",
        "constraint tickets_contact_id_fkey on worktrackr.tickets, definition: expected FOREIGN KEY (organisation_id, contact_id)",
        "foreign-key-without-tenant",
        "",
    ),
    (
        "do $$ begin execute format('alter database %I set app.current_organisation = %L', current_database(), \
         '00000000-0000-0000-0000-000000000001'); end $$",
        "setting app.current_organisation, of every role here: expected nothing, found a value",
        "context-set-for-all",
        "",
    ),
    (
        "create table worktrackr.remarks (organisation_id uuid not null, ticket_id uuid not null, constraint remarks_ticket_fkey \
           foreign key (organisation_id, ticket_id) references worktrackr.tickets (organisation_id, id) on delete cascade); \
         create function worktrackr.keep() returns trigger language plpgsql as 'begin return old; end'; \
         create trigger kept before delete on worktrackr.remarks for each row execute function worktrackr.keep()",
        "trigger kept on worktrackr.remarks, definition: expected nothing",
        "trigger-search-path-under-key",
        "",
    ),
    (
        "alter table worktrackr.tickets owner to worktrackr_staff",
        "relation worktrackr.tickets, owner: expected worktrackr_owner, found worktrackr_staff",
        "client-owns-table",
        "",
    ),
    (
        "alter table worktrackr.tickets disable trigger tickets_stamp",
        "trigger tickets_stamp on worktrackr.tickets, enabled: expected yes, found no",
        "",
        "",
    ),
    (
        "grant create on schema public to public",
        "schema public, create granted to public: expected nothing, found yes",
        "schema-open-to-create",
        "",
    ),
    (
        "create function worktrackr_private.all_titles() returns setof text language sql security definer \
           set search_path = pg_catalog, pg_temp as 'select title from worktrackr.tickets'; \
         create view worktrackr.v_titles with (security_invoker = true) as select * from worktrackr_private.all_titles() as title; \
         grant usage on schema worktrackr_private to worktrackr_staff; \
         grant execute on function worktrackr_private.all_titles() to worktrackr_staff; grant select on worktrackr.v_titles to worktrackr_staff",
        "the grant on worktrackr.v_titles to worktrackr_staff: expected nothing",
        "definer-owner-bypasses",
        "",
    ),
    (
        "create function public.watch() returns event_trigger language plpgsql as 'begin end'; \
         create event trigger watching on ddl_command_end execute function public.watch()",
        "event trigger watching, fires: expected nothing, found ddl_command_end",
        "",
        "",
    ),
    (
        "create function public.borrow() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp \
           as 'begin new.title := (select title from worktrackr.tickets limit 1); return new; end'; \
         create trigger borrowed before insert on worktrackr.tickets for each row execute function public.borrow()",
        "trigger borrowed on worktrackr.tickets, definition: expected nothing",
        "trigger-outside",
        "",
    ),
    (
        "drop trigger tickets_stamp on worktrackr.tickets",
        "trigger tickets_stamp on worktrackr.tickets, definition: expected CREATE TRIGGER",
        "",
        "",
    ),
    (
        "alter table worktrackr.tickets drop constraint tickets_status_check",
        "constraint tickets_status_check on worktrackr.tickets, definition: expected CHECK",
        "",
        "",
    ),
    (
        "grant set on parameter session_replication_role to worktrackr_staff",
        "parameter session_replication_role, granted to worktrackr_staff: expected nothing, found set",
        "parameter-granted",
        "revoke set on parameter session_replication_role from worktrackr_staff",
    ),
    (
        "do $$ begin execute format('grant create on database %I to worktrackr_staff', current_database()); end $$",
        "database this database, granted to worktrackr_staff: expected nothing, found create",
        "database-open-to-create",
        "",
    ),
];

#[test]
fn every_break_of_the_review_is_named_on_worktrackr() {
    let server = own_server(18);
    let run = |database: &str, words: [&str; 2]| {
        let url = server.connection().url_of(database);
        workroom(words.into_iter().chain(["--system", "worktrackr"]))
            .within(Path::new(env!("CARGO_MANIFEST_DIR")))
            .on(&url)
            .run()
    };
    let is_done = |output: &str| output.ends_with("exit status: 0\n");
    execute(&server.url(), "create database whole");
    for words in [["db", "migrate"], ["policy", "drift"], ["policy", "lint"]] {
        let output = run("whole", words);
        assert!(is_done(&output), "{output}");
    }
    let mut missed = Vec::new();
    for (sql, named, check, undo) in TABLE {
        execute(
            &server.url(),
            "create database broken template whole strategy file_copy",
        );
        // A copy begins with the rights of every new database.
        execute(
            &server.url(),
            "revoke temporary on database broken from public",
        );
        execute(&server.connection().url_of("broken"), sql);
        let drift = run("broken", ["policy", "drift"]);
        if !drift.contains(named) || is_done(&drift) {
            missed.push(format!("drift: {sql}\n  {named}\n{drift}"));
        }
        let is_found = |line: &str| {
            let rest = line.strip_prefix(check).unwrap_or_default();
            rest.starts_with([':', ' '])
        };
        if !check.is_empty() {
            let lint = run("broken", ["policy", "lint"]);
            if !lint.lines().any(is_found) {
                missed.push(format!("lint: {sql}\n  {check}\n{lint}"));
            }
        }
        execute(&server.url(), "drop database broken with (force)");
        if !undo.is_empty() {
            execute(&server.url(), undo);
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
