//! Requests as PostgREST sends them: one login that inherits nothing, and for each request a transaction that takes the
//! role and the claims of its token. Source: PostgREST's documentation, "Transactions" and "Authentication".

use crate::support::command::workroom;
use crate::support::server::{execute, own_server, query, try_query};

const PEOPLE: &str = "create role authenticator login noinherit;
grant anon, authenticated, service_role, worktrackr_staff, worktrackr_manager to authenticator;
insert into sage.users (id, email, user_type) values
  ('00000000-0000-4000-8000-00000000000a', 'carl@x.example', 'sage_client'), ('00000000-0000-4000-8000-00000000000b', 'cora@x.example', 'sage_client');
insert into sage.clients (id, user_id, tier) values
  ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-00000000000a', 1), ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-00000000000b', 2);
insert into sage.projects (client_id, tier, name) values
  ('00000000-0000-4000-8000-0000000000a1', 1, 'Carl''s garden'), ('00000000-0000-4000-8000-0000000000b1', 2, 'Cora''s garden');
insert into worktrackr.organisations (id, name) values
  ('00000000-0000-4000-8000-000000000001', 'North'), ('00000000-0000-4000-8000-000000000002', 'South');
insert into worktrackr.users (id, organisation_id, email, password_hash) values
  ('00000000-0000-4000-8000-00000000000c', '00000000-0000-4000-8000-000000000001', 'sam@x.example', '-');
insert into worktrackr.tickets (organisation_id, title, assigned_user_id) values
  ('00000000-0000-4000-8000-000000000001', 'A, of Sam', '00000000-0000-4000-8000-00000000000c'),
  ('00000000-0000-4000-8000-000000000001', 'B, of nobody', null), ('00000000-0000-4000-8000-000000000002', 'C, of South', null);";

/// What PostgREST sends for one request: settings for the length of a transaction, then the statement.
fn request(schema: &str, role: &str, claims: &str, sql: &str) -> String {
    format!(
        "begin isolation level read committed;
         select set_config('search_path', '\"{schema}\", \"public\"', true), set_config('role', '{role}', true),
           set_config('request.jwt.claims', '{claims}', true), set_config('request.method', 'GET', true),
           set_config('request.path', '/', true), set_config('request.headers', '{{}}', true), set_config('request.cookies', '{{}}', true);
         {sql};
         commit;"
    )
}

/// `GET /table?select=column&order=column`, as PostgREST writes it.
fn get(schema: &str, table: &str, column: &str) -> String {
    format!(
        "with pgrst_source as (select \"{schema}\".\"{table}\".\"{column}\" from \"{schema}\".\"{table}\" order by 1)
         select coalesce(json_agg(_postgrest_t.{column}), '[]')::text as body from (select * from pgrst_source) as _postgrest_t"
    )
}

#[test]
fn one_login_serves_everybody_as_postgrest_does() {
    let server = own_server(18);
    let deployed = workroom([
        "--project",
        env!("CARGO_MANIFEST_DIR"),
        "--system",
        "sage",
        "--system",
        "worktrackr",
        "db",
        "migrate",
    ])
    .on(&server.url())
    .output();
    assert!(
        deployed.status.success(),
        "{}",
        String::from_utf8_lossy(&deployed.stderr)
    );
    execute(&server.url(), PEOPLE);
    let folder = server.connection().socket_folder.display().to_string();
    let login = format!(
        "postgres://authenticator@/postgres?host={}",
        folder.replace('/', "%2F")
    );
    let body = |schema: &str, role: &str, claims: &str, table: &str, column: &str| {
        let rows = query(
            &login,
            &request(schema, role, claims, &get(schema, table, column)),
        );
        rows.last().unwrap().clone()
    };
    let carl = r#"{"sub": "00000000-0000-4000-8000-00000000000a", "role": "authenticated"}"#;
    assert_eq!(
        body("sage", "authenticated", carl, "projects", "name"),
        r#"["Carl's garden"]"#
    );
    // What a person may write into their own profile counts for nothing.
    let forged = r#"{"sub": "00000000-0000-4000-8000-00000000000a", "role": "authenticated", "user_metadata": {"user_type": "admin"}}"#;
    assert_eq!(
        body("sage", "authenticated", forged, "projects", "name"),
        r#"["Carl's garden"]"#
    );
    let nobody = r#"{"role": "authenticated"}"#;
    assert_eq!(
        body("sage", "authenticated", nobody, "projects", "name"),
        "[]"
    );
    let lead = "insert into leads (email, project_address, recommended_tier) values ('new@x.example', '1 Oak Road', 1)";
    query(
        &login,
        &request("sage", "anon", r#"{"role": "anon"}"#, lead),
    );
    let read = try_query(
        &login,
        &request(
            "sage",
            "anon",
            r#"{"role": "anon"}"#,
            &get("sage", "leads", "email"),
        ),
    );
    assert_eq!(read.unwrap_err().code().unwrap().code(), "42501");

    let sam = r#"{"sub": "00000000-0000-4000-8000-00000000000c", "app_metadata": {"organisation_id": "00000000-0000-4000-8000-000000000001"}}"#;
    assert_eq!(
        body("worktrackr", "worktrackr_staff", sam, "tickets", "title"),
        r#"["A, of Sam", "B, of nobody"]"#
    );
    assert_eq!(
        body("worktrackr", "worktrackr_manager", sam, "tickets", "title"),
        r#"["A, of Sam", "B, of nobody"]"#
    );
    let elsewhere = sam.replace("app_metadata", "user_metadata");
    assert_eq!(
        body(
            "worktrackr",
            "worktrackr_manager",
            &elsewhere,
            "tickets",
            "title"
        ),
        "[]"
    );
    // Between two requests the login is nobody.
    let between = try_query(&login, "select name from sage.projects");
    assert_eq!(between.unwrap_err().code().unwrap().code(), "42501");
    let all = query(
        &login,
        &request(
            "sage",
            "service_role",
            r#"{"role": "service_role"}"#,
            &get("sage", "projects", "name"),
        ),
    );
    assert_eq!(all.last().unwrap(), r#"["Carl's garden", "Cora's garden"]"#);

    // The login's memberships are its author's own, and no drift.
    let drift = workroom([
        "--project",
        env!("CARGO_MANIFEST_DIR"),
        "--system",
        "sage",
        "--system",
        "worktrackr",
        "policy",
        "drift",
    ])
    .on(&server.url())
    .output();
    assert!(
        drift.status.success(),
        "{}",
        String::from_utf8_lossy(&drift.stdout)
    );
}
