//! Under row security: an owner on whom policies are forced loads, and they are forced again; a session that policies
//! bind is judged by them, row by row.

use crate::support::server::own_server;
use crate::support::workspace::Workspace;

const SQL: &str = "create role data_owner login createrole;
create role data_clerk login;
create schema shop authorization data_owner;
set role data_owner;
create table shop.notes (tenant_id uuid not null, id integer primary key, body text not null);
alter table shop.notes enable row level security;
alter table shop.notes force row level security;
create policy notes_floor on shop.notes as restrictive for all to public
  using (tenant_id = current_setting('app.current_tenant', true)::uuid)
  with check (tenant_id = current_setting('app.current_tenant', true)::uuid);
create policy notes_clerk on shop.notes for insert to data_clerk with check (id < 100);
grant usage on schema shop to data_clerk;
grant insert on shop.notes to data_clerk;
reset role;";

#[test]
fn policies_bind_whom_they_bind_and_stay_forced_on_the_owner() {
    let server = own_server(18);
    crate::support::server::execute(&server.url(), SQL);
    let workspace = Workspace::with(&["shop"]);
    workspace.write("sql/shop/V001__create.sql", "create schema shop;\n");
    workspace.write("in/notes.csv", "tenant_id,id,body\n00000000-0000-4000-8000-000000000001,1,a\n00000000-0000-4000-8000-000000000001,2,b\n");
    let url = |role: &str| {
        let folder = server.connection().socket_folder.display().to_string();
        format!(
            "postgres://{role}@/postgres?host={}",
            folder.replace('/', "%2F")
        )
    };
    workspace
        .run_at(&url("data_owner"), &["data", "import", "in"])
        .done();
    let count = || crate::support::server::query(&server.url(), "select count(*) from shop.notes");
    assert_eq!(count(), ["2"]);
    let forced = "select relforcerowsecurity from pg_class where oid = 'shop.notes'::regclass";
    assert_eq!(crate::support::server::query(&server.url(), forced), ["t"]);

    workspace.write(
        "in/notes.csv",
        "tenant_id,id,body\n00000000-0000-4000-8000-000000000001,50,a\n00000000-0000-4000-8000-000000000001,150,b\n",
    );
    // The clerk's session names the tenant itself, as an application's would.
    let clerk = format!(
        "{}&options=-c%20app.current_tenant%3D00000000-0000-4000-8000-000000000001",
        url("data_clerk")
    );
    let said = workspace
        .run_at(&clerk, &["data", "import", "in"])
        .refused();
    assert!(
        said.contains("row 2 of notes.csv: new row violates row-level security"),
        "{said}"
    );
    assert!(!said.contains("row 1 of notes.csv"), "{said}");
    assert_eq!(count(), ["2"]);
    workspace.write(
        "in/notes.csv",
        "tenant_id,id,body\n00000000-0000-4000-8000-000000000001,50,a\n",
    );
    workspace.run_at(&clerk, &["data", "import", "in"]).done();
    assert_eq!(count(), ["3"]);
}
