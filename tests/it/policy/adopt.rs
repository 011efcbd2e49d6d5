//! `policy init` and `policy adopt`: a database with policies of its own becomes one with a policy file, and nobody may do
//! more or less than before.

use crate::support::workspace::Workspace;

/// Functions as a platform has them, and people's memberships.
const PLATFORM: &str = "create schema auth;\n\
    create function auth.jwt() returns jsonb language sql stable as $$ select coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb $$;\n\
    create function auth.uid() returns uuid language sql stable as $$ select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;\n\
    create schema app;\n\
    create table app.members (id uuid primary key default gen_random_uuid(), user_id uuid not null, org_id uuid not null);\n\
    alter table app.members enable row level security;\n\
    create policy \"People see their own memberships\" on app.members for select to authenticated using (user_id = auth.uid());\n\
    create function app.is_member(org uuid) returns boolean language sql stable security definer set search_path = app, pg_temp\n\
      as $$ select exists (select from members as m where m.user_id = auth.uid() and m.org_id = org) $$;\n\
    create function app.is_known(status text) returns boolean language plpgsql stable as $$ begin return status <> 'gone'; end $$;\n";

/// Ten forms in which conditions are written.
fn condition(form: usize, table: &str) -> String {
    match form % 10 {
        0 => "user_id = auth.uid()".to_owned(),
        1 => "(select auth.uid()) = user_id".to_owned(),
        2 => "true".to_owned(),
        3 => "is_public".to_owned(),
        4 => format!(
            "exists (select 1 from app.members m where m.user_id = (select auth.uid()) and m.org_id = {table}.org_id)"
        ),
        5 => {
            "org_id in (select m.org_id from app.members m where m.user_id = auth.uid())".to_owned()
        }
        6 => "(auth.jwt() -> 'app_metadata' ->> 'role') = 'admin'".to_owned(),
        7 => "user_id = auth.uid() and status in ('open', 'sent')".to_owned(),
        8 => "org_id = nullif(current_setting('app.org_id', true), '')::uuid".to_owned(),
        // By turns a function in SQL, which is written out, and one that is not looked into.
        _ if table.ends_with('9') => "app.is_member(org_id)".to_owned(),
        _ => "app.is_known(status)".to_owned(),
    }
}

/// Tables with three policies each, all of them written by hand.
fn tables(count: usize) -> String {
    let mut sql = PLATFORM.to_owned();
    for at in 0..count {
        let table = format!("t{at:02}");
        let (read, write, change) = (
            condition(at, &table),
            condition(at + 4, &table),
            condition(at * 3 + 6, &table),
        );
        let how = match at % 3 {
            0 => format!("for all to authenticated using ({change})"),
            1 => format!("for update to authenticated using ({change}) with check ({write})"),
            _ => format!("for delete to public using ({change})"),
        };
        sql.push_str(&format!(
            "create table app.{table} (id uuid primary key default gen_random_uuid(), user_id uuid not null, org_id uuid not null,\n\
               title text, is_public boolean not null default false, status text not null default 'open');\n\
             alter table app.{table} enable row level security;\n\
             create policy \"Rows of {table} can be read\" on app.{table} for select to {} using ({read});\n\
             create policy \"Rows of {table} can be added\" on app.{table} for insert to authenticated with check ({write});\n\
             create policy \"Rows of {table} can be changed\" on app.{table} {how};\n",
            if at % 4 == 0 { "public" } else { "authenticated" },
        ));
    }
    sql.push_str(
        "create policy \"Closed rows stay\" on app.t00 as restrictive for delete using (status <> 'closed');\n\
         grant usage on schema app, auth to anon, authenticated, service;\n\
         grant all on all tables in schema app to anon, authenticated, service;\n",
    );
    sql
}

/// A deployed project without a policy file. Roles belong to the server, so that each test has its own.
fn project(prefix: &str, sql: &str) -> Workspace {
    let app = Workspace::with(&["app"]);
    let mut sql = sql.to_owned();
    for role in ["anon", "authenticated", "service"] {
        let bypasses = if role == "service" && prefix == "ib" {
            "bypassrls"
        } else {
            "nobypassrls"
        };
        app.database
            .execute(&format!("create role {prefix}_{role} {bypasses}"));
        for (before, after) in [(" to ", ""), (", ", "")] {
            sql = sql.replace(
                &format!("{before}{role}{after}"),
                &format!("{before}{prefix}_{role}{after}"),
            );
        }
    }
    app.write("sql/app/V001__create.sql", &sql);
    app.migrate();
    app
}

fn file(app: &Workspace, path: &str) -> String {
    std::fs::read_to_string(app.folder.path().join(path)).unwrap()
}

#[test]
fn policies_written_by_hand_are_taken_over_and_nothing_changes_for_anybody() {
    // Ten tables have all forms, forty every mixture that is worth the time.
    let is_long = std::env::var_os("WORKROOM_TEST_LONG").is_some();
    let count = if is_long { 40 } else { 10 };
    let app = project("ia", &tables(count));
    let printed = app.run(&["policy", "init", "--print"]).done();
    let said = app.run(&["policy", "init"]).done();
    assert_eq!(
        file(&app, "policies/app.toml").trim_end(),
        printed.trim_end()
    );
    // `41 tables, 300 cells, 260 of them with words`
    let numbers: Vec<usize> = said
        .lines()
        .next()
        .unwrap()
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect();
    let [tables, cells, worded] = numbers[..] else {
        panic!("{said}");
    };
    assert_eq!(tables, count + 1, "{said}");
    assert!(worded * 10 >= cells * 7, "{said}");
    assert!(
        said.contains("the function app.is_known has no words"),
        "{said}"
    );
    let written_out = "sql = \"app.is_member(org_id)\"\noracle = \"exists app.members as m where (m.user_id == context.user and m.org_id == row.org_id)\"";
    assert!(printed.contains(written_out), "{printed}");
    app.run(&["policy", "render"]).done();
    let said = app.run(&["policy", "adopt"]).done();
    let replaced = format!(
        "{} policies of {} tables are replaced",
        3 * count + 2,
        count + 1
    );
    assert!(said.contains(&replaced), "{said}");
    assert!(said.contains("came to the same before and after"), "{said}");
    app.migrate();
    let left =
        "select count(*) from pg_policy as p where obj_description(p.oid, 'pg_policy') is null";
    assert_eq!(app.database.query(left), ["0"]);
    let said = app.run(&["policy", "diff"]).done();
    assert!(said.contains("nothing differs"), "{said}");
    let said = app.run(&["policy", "prove", "--here"]).done();
    assert!(
        said.contains("the function app.is_known has no words"),
        "{said}"
    );
    let said = app.run(&["policy", "adopt"]).done();
    assert!(said.contains("nothing to adopt"), "{said}");
}

#[test]
fn what_would_change_for_somebody_is_refused_and_shown() {
    let app = project("ib", &tables(2));
    app.run(&["policy", "init", "--table", "t00"]).done();
    let begun = file(&app, "policies/app.toml");
    assert!(
        begun.contains("[tables.t01]\nclass = \"unmanaged\""),
        "{begun}"
    );
    let wider = begun.replace("insert = [\"through_members\",", "insert = [\"all\",");
    assert_ne!(begun, wider, "{begun}");
    app.write("policies/app.toml", &wider);
    let said = app.run(&["policy", "adopt"]).refused();
    assert!(said.contains("nothing is written"), "{said}");
    assert!(
        said.contains("app.t00") && said.contains("nothing before, "),
        "{said}"
    );
    assert!(
        !app.folder
            .path()
            .join("sql/app/V002__adopt_policies.sql")
            .exists()
    );
    // As it was, it is taken over; the other table keeps what it has.
    app.write("policies/app.toml", &begun);
    let unmanaged = app.run(&["policy", "adopt", "t01"]).refused();
    assert!(
        unmanaged.contains("it is of the class \"unmanaged\""),
        "{unmanaged}"
    );
    app.run(&["policy", "adopt", "t00"]).done();
    app.migrate();
    let by_hand = "select string_agg(distinct c.relname, ',') from pg_policy as p join pg_class as c on c.oid = p.polrelid \
        where obj_description(p.oid, 'pg_policy') is null";
    assert_eq!(app.database.query(by_hand), ["members,t01"]);
    // Proofs of other tests meet those who bypass first.
    app.database
        .execute("drop owned by ib_service; drop role ib_service");
}
