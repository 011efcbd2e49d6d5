//! The schema `workroom`: what surrounds it does not stay on it, and one that somebody else prepared is refused.

use crate::support::project::{ORDERS, SHOP};
use crate::support::server::{execute, query};
use crate::support::workspace::Workspace;

fn plain(major: u32) -> Workspace {
    let workspace = Workspace::on(major, &["shop"]);
    workspace.write("workroom.toml", SHOP);
    workspace.write(ORDERS.0, ORDERS.1);
    workspace
}

/// The URL of an ordinary role that owns the database.
fn owner(workspace: &Workspace, role: &str) -> String {
    let database = &workspace.database;
    database.execute(&format!(
        "create role {role} login createrole; alter database {} owner to {role}",
        database.name()
    ));
    database.url().replacen("postgres@", &format!("{role}@"), 1)
}

const FORCES: &str = "create function public.ensure_rls() returns event_trigger language plpgsql security definer as $$ \
    declare c record; begin \
      for c in select * from pg_event_trigger_ddl_commands() where command_tag = 'CREATE TABLE' and object_type = 'table' loop \
        execute format('alter table %s enable row level security', c.object_identity); \
        execute format('alter table %s force row level security', c.object_identity); \
      end loop; end $$; \
    create event trigger ensure_rls on ddl_command_end execute function public.ensure_rls()";

const BOUND: &str = "select count(*) from pg_class where relnamespace = 'workroom'::regnamespace \
    and (relrowsecurity or relforcerowsecurity)";

#[test]
fn an_event_trigger_that_forces_row_security_does_not_lock_workroom_out() {
    for major in [18, 16, 15] {
        for is_ordinary in [true, false] {
            let workspace = plain(major);
            workspace.write(
                "views/shop/one.sql",
                "create or replace view shop.one as select 1 as one;\n",
            );
            let url = if is_ordinary {
                owner(&workspace, &format!("os{major}_owner"))
            } else {
                workspace.database.url()
            };
            workspace.database.execute(FORCES);
            workspace.run_at(&url, &["db", "migrate"]).done();
            assert_eq!(workspace.database.query(BOUND), ["0"], "{major}");
            // Bound later, by hand or by a nightly job.
            execute(
                &workspace.database.url(),
                "alter table workroom.history_shop enable row level security; alter table workroom.history_shop force row level security",
            );
            workspace.write("sql/shop/V002__x.sql", "select 1;\n");
            workspace.run_at(&url, &["db", "migrate"]).done();
            assert_eq!(workspace.database.query(BOUND), ["0"], "{major}");
            assert_eq!(
                workspace.run_at(&url, &["db", "migrate"]).done(),
                "nothing to do: shop up to date\n"
            );
        }
    }
}

/// Every command that asks a database.
const COMMANDS: &[&str] = &[
    "db migrate",
    "db migrate --to 1",
    "db migrate --to 1 --fake",
    "db plan",
    "db status",
    "db verify",
    "db baseline --to 1 --yes",
    "db repair --yes",
    "policy apply",
    "policy diff",
    "policy drift",
    "policy drift --accept",
    "policy lint",
    "policy matrix",
    "policy prove --here",
    "seed init",
    "seed plan",
    "seed run --into any",
    "seed clear --into any",
];

#[test]
fn a_schema_that_somebody_else_prepared_is_refused_by_name() {
    let cases = [
        (
            "create schema workroom authorization ox_stranger",
            "schema workroom belongs to ox_stranger",
        ),
        (
            "create schema workroom; create table workroom.history_shop (version int8); \
             alter table workroom.history_shop owner to ox_stranger",
            "workroom.history_shop belongs to ox_stranger",
        ),
        (
            "create schema workroom; create function workroom.note() returns trigger language plpgsql as 'begin return new; end'; \
             alter function workroom.note() owner to ox_stranger",
            "function workroom.note belongs to ox_stranger",
        ),
        (
            "create schema workroom; create table workroom.policies (system text); \
             create function public.note() returns trigger language plpgsql as 'begin return new; end'; \
             create trigger noted before insert on workroom.policies for each row execute function public.note()",
            "workroom.policies has the trigger noted",
        ),
        (
            "create schema workroom; create table workroom.policies (system text); create table public.copies (system text); \
             create rule copied as on insert to workroom.policies do also insert into public.copies values (new.system)",
            "workroom.policies has the rule copied",
        ),
        (
            "create schema workroom; create table workroom.policies (system text); grant insert, trigger on workroom.policies to ox_stranger",
            "workroom.policies may be changed by ox_stranger: insert, trigger",
        ),
        (
            "create schema workroom; grant create on schema workroom to public",
            "schema workroom may be changed by everybody: create",
        ),
        (
            "create function public.now_or_never() returns timestamptz language sql return now(); create schema workroom; \
             create table workroom.steps (at timestamptz default public.now_or_never())",
            "workroom.steps has a default or constraint that calls now_or_never()",
        ),
    ];
    let server = crate::support::server::server(18);
    execute(&server.url(), "create role ox_stranger");
    for (sql, named) in cases {
        let workspace = plain(18);
        workspace.write(
            "policies/shop.toml",
            "[roles.ox_clerk]\nkind = \"application\"\n[tables.orders]\nclass = \"global\"\n",
        );
        workspace.write(
            "seeds/shop.toml",
            "[seed]\nformat = 1\nas_of = 2026-03-31\n[table.\"shop.orders\"]\nrows = 10\n",
        );
        workspace.database.execute(sql);
        let objects = "select count(*) from pg_class as c join pg_namespace as n on n.oid = relnamespace where nspname in ('workroom', 'shop')";
        let before = query(&workspace.database.url(), objects);
        for arguments in COMMANDS {
            let arguments: Vec<&str> = arguments.split(' ').collect();
            let arguments = arguments.as_slice();
            let refused = workspace.run(arguments).refused();
            assert!(refused.contains(named), "{arguments:?} {sql}\n{refused}");
            assert!(
                refused.contains("drop schema workroom cascade"),
                "{refused}"
            );
        }
        assert_eq!(query(&workspace.database.url(), objects), before);
    }
}

#[test]
fn a_schema_that_an_administrator_made_for_the_deployer_is_fine() {
    for major in [18, 15] {
        let workspace = plain(major);
        let role = format!("oy{major}_owner");
        let url = owner(&workspace, &role);
        workspace
            .database
            .execute(&format!("create schema workroom authorization {role}"));
        workspace.run_at(&url, &["db", "migrate"]).done();
        // The tables that it made there are looked at by an administrator, and read by a monitor.
        workspace.database.execute(&format!(
            "create role oy{major}_monitor; grant usage on schema workroom to oy{major}_monitor; \
             grant select on workroom.history_shop to oy{major}_monitor"
        ));
        for url in [&url, &workspace.database.url()] {
            workspace.run_at(url, &["db", "status"]).done();
            assert_eq!(
                workspace.run_at(url, &["db", "migrate"]).done(),
                "nothing to do: shop up to date\n"
            );
        }
    }
}
