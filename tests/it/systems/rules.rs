//! The rules that the systems beside the agency keep, read from the catalog: each query lists what breaks one.

use super::person::session_of;
use super::{ALL, Session, deploy, say};
use crate::support::server::TestDatabase;

const SYSTEMS: [&str; 3] = ["approvals", "sage", "worktrackr"];

/// What breaks a rule, each rule with a query of what it looks at and a condition that must hold.
const RULES: [(&str, &str, &str, &str); 10] = [
    (
        "stamps",
        "t.oid::regclass",
        "pg_class as t where t.relkind = 'r'",
        "(select count(*) from pg_attribute where attrelid = t.oid and attname in ('created_at', 'updated_at', 'created_by', 'updated_by')) = 4
         and exists (select from pg_trigger join pg_proc on pg_proc.oid = tgfoid where tgrelid = t.oid and proname = 'update_updated_at_column')",
    ),
    (
        "comments",
        "t.oid::regclass",
        "pg_class as t where t.relkind in ('r', 'v')",
        "obj_description(t.oid, 'pg_class') is not null",
    ),
    (
        "comments on functions",
        "t.oid::regprocedure",
        "(select oid, pronamespace as relnamespace from pg_proc) as t where true",
        "obj_description(t.oid, 'pg_proc') is not null",
    ),
    (
        "keys of one organisation",
        "c.conname",
        "pg_constraint as c join pg_class as t on t.oid = c.conrelid
         where c.contype = 'f' and c.confrelid <> 'worktrackr.organisations'::regclass
           and exists (select from pg_attribute where attrelid = c.conrelid and attname = 'organisation_id')
           and exists (select from pg_attribute where attrelid = c.confrelid and attname = 'organisation_id')",
        "(select attname from pg_attribute where attrelid = c.conrelid and attnum = c.conkey[1]) = 'organisation_id'
         and (select attname from pg_attribute where attrelid = c.confrelid and attnum = c.confkey[1]) = 'organisation_id'",
    ),
    (
        "constraints",
        "c.conname",
        "pg_constraint as c join pg_class as t on t.oid = c.conrelid where c.contype in ('p', 'u', 'f', 'c')",
        "not c.condeferrable and c.confdeltype not in ('n', 'd') and c.conname like t.relname || '\\_%'
         and c.conname ~ '_(pkey|key|fkey|check)$'",
    ),
    (
        "columns",
        "t.oid::regclass || '.' || a.attname",
        "pg_attribute as a join pg_class as t on t.oid = a.attrelid where t.relkind = 'r' and a.attnum > 0",
        "a.attidentity = '' and a.atttypid not in ('timestamp'::regtype, 'json'::regtype, 'real'::regtype, 'money'::regtype)",
    ),
    (
        "triggers",
        "g.tgname",
        "pg_trigger as g join pg_class as t on t.oid = g.tgrelid where not g.tgisinternal",
        "g.tgtype & 1 = 1 and g.tgname like t.relname || '\\_%'",
    ),
    (
        "paths",
        "t.oid::regprocedure",
        "(select *, pronamespace as relnamespace from pg_proc) as t where t.prosqlbody is null and t.prolang <> 14",
        "'search_path=pg_catalog, pg_temp' = any (t.proconfig)",
    ),
    (
        "definers",
        "t.oid::regprocedure",
        "(select *, pronamespace as relnamespace from pg_proc) as t where t.prosecdef",
        "exists (select from pg_roles where oid = t.proowner and not rolsuper and not rolbypassrls and not rolcanlogin)",
    ),
    (
        "floors",
        "t.oid::regclass",
        "pg_class as t join pg_attribute as a on a.attrelid = t.oid and a.attname = 'organisation_id'
         where t.relkind = 'r' and t.relname <> 'reseller_customers'",
        "exists (select from pg_policy where polrelid = t.oid and not polpermissive and polcmd = '*' and polroles = '{0}')",
    ),
];

fn everything(major: u32) -> TestDatabase {
    say(major);
    let database = TestDatabase::new(major);
    deploy(&database, &SYSTEMS);
    database
}

#[test]
fn the_systems_keep_the_rules_of_every_schema() {
    for major in ALL {
        let database = everything(major);
        for (rule, name, looked_at, holds) in RULES {
            let own = "t.relnamespace = any (array(select oid from pg_namespace where nspname ~ '^(approvals|sage|worktrackr)'))";
            let found = database.query(&format!(
                "select count(*)::text from {looked_at} and {own} having count(*) < 5
                 union all select {name}::text from {looked_at} and {own} and not coalesce({holds}, false)"
            ));
            assert_eq!(found, [""; 0], "{rule}");
        }
    }
}

/// Left out of a search path, the schema of temporary objects comes first for types.
#[test]
fn a_temporary_type_runs_no_code_with_a_definers_rights() {
    for major in ALL {
        let database = everything(major);
        // The systems take this right from everybody; what follows has to hold without that.
        database.execute(&format!(
            "grant temporary on database {} to public",
            database.name()
        ));
        database.execute(
            "create function id_of(name text) returns uuid language sql immutable strict return md5(name)::uuid;
             grant usage on schema public to public;
             grant execute on function id_of(text) to public;
             insert into auth.users (id, email) select id_of(name), name || '@example.com' from unnest(array['alice', 'bob']) as name;
             insert into approvals.project_contracts (id, user_id, user_name, project_id, manager_id, hourly_rate, start_date)
             values (id_of('contract'), id_of('alice'), 'Alice', id_of('site'), id_of('bob'), 95, '2026-01-05');
             insert into approvals.timesheet_periods (id, contract_id, week_start_date, week_end_date)
             values (id_of('week'), id_of('contract'), '2026-03-02', '2026-03-08');
             insert into sage.users (id, email, user_type) values (id_of('alice'), 'alice@example.com', 'team');
             insert into sage.clients (id, user_id, tier) values (id_of('client'), id_of('alice'), 1);",
        );
        let alice = session_of(&database, "authenticated", "alice");
        for name in [
            "bool",
            "bytea",
            "date",
            "int4",
            "int8",
            "interval",
            "jsonb",
            "numeric",
            "text",
            "timestamptz",
            "uuid",
        ] {
            alice.rows(&format!(
                "create function pg_temp.look(value pg_catalog.{name}) returns pg_catalog.bool language plpgsql as $$
                 begin
                   if current_user <> 'authenticated' then raise exception 'ran as %', current_user; end if;
                   return true;
                 end $$;
                 create domain pg_temp.{name} as pg_catalog.{name} check (pg_temp.look(value))"
            ));
        }

        alice.rows(
            "insert into approvals.timesheet_entries (period_id, entry_date, hours) values (id_of('week'), '2026-03-02', 8);
             update approvals.timesheet_entries set hours = 7;
             select approvals.submit_timesheet(id_of('week'));
             select approvals.execute_approval(repeat('a', 64));
             insert into sage.projects (client_id, tier, name) values (id_of('client'), 1, 'Pond');
             update sage.projects set status = 'delivered';
             insert into sage.deliverables (project_id, name, file_path) select id, 'Plan', 'x' from sage.projects",
        );
        let server = Session::new(&database);
        let token = server.value(
            "select token from approvals.request_approval(id_of('week')) where action = 'approve'",
        );
        let bob = server.value("select id_of('bob')");
        alice.rows(&format!(
            "select set_config('request.jwt.claims', '{{\"sub\": \"{bob}\"}}', false)"
        ));
        assert_eq!(
            alice.value(&format!(
                "select outcome from approvals.execute_approval('{token}')"
            )),
            "approved"
        );
        assert_eq!(server.value("select count(*) from sage.notion_outbox"), "4");
    }
}
