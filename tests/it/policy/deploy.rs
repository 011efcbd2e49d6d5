//! Deploying where roles are shared, the deployer is no superuser, or the platform is there already.

use workroom::policy;

use super::{Notes, apply, apply_noting, migrate, shipped, told};
use crate::support::server::{execute, own_server, query, try_query};

#[test]
fn databases_of_one_server_deploy_at_once() {
    let server = own_server(18);
    let project = shipped();
    let urls: Vec<String> = (0..4)
        .map(|at| {
            execute(&server.url(), &format!("create database d{at}"));
            let url = server.connection().url_of(&format!("d{at}"));
            for system in ["platform", "neighbours", "agency"] {
                migrate(&url, &project.systems[system]);
            }
            url
        })
        .collect();
    for round in 0..3 {
        std::thread::scope(|scope| {
            for url in &urls {
                let project = &project;
                scope.spawn(move || {
                    for system in ["platform", "neighbours", "agency"] {
                        apply(url, project, system)
                            .unwrap_or_else(|error| panic!("{round} {system}: {}", told(&error)));
                    }
                });
            }
        });
        if round < 2 {
            // Without the roles, all of them are made again, by all four at once.
            for url in &urls {
                // The tables of the others stay, and with them whoever owns nothing any more can go.
                execute(
                    url,
                    "reassign owned by agency_owner, neighbours_owner, platform_owner to current_user",
                );
                execute(
                    url,
                    "drop owned by agency_owner, neighbours_owner, platform_owner, neighbours_money_reader, agency_definer, agency_finance, agency_leadership, agency_pm, agency_admin, \
                    agency_account, agency_creative, agency_session, neighbours_reader, anon, authenticated, service_role cascade",
                );
                execute(url, "drop schema if exists agency_private cascade");
                execute(url, "drop schema agency cascade");
                migrate(url, &project.systems["agency"]);
            }
            execute(
                &server.url(),
                "drop role agency_owner, neighbours_owner, platform_owner, neighbours_money_reader, agency_definer, agency_finance, agency_leadership, agency_pm, agency_admin, \
                agency_account, agency_creative, agency_session, neighbours_reader, anon, authenticated, service_role",
            );
        }
    }
    for url in &urls {
        assert_eq!(query(url, "select count(*) > 90 from pg_policy"), ["t"]);
    }
}

#[test]
fn an_ordinary_owner_deploys_once_a_superuser_has_made_the_bypassing_role() {
    for major in [18, 16, 15] {
        let server = own_server(major);
        execute(&server.url(), "create role owner login createrole");
        execute(&server.url(), "create database owned owner owner");
        let admin = server.connection().url_of("owned");
        let url = admin.replacen("postgres@", "owner@", 1);
        let project = shipped();
        migrate(&url, &project.systems["platform"]);
        let error = apply(&url, &project, "platform").unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(told(&error), @r#"
        role service_role cannot be made by role owner (policies/platform.toml:30:8): it bypasses row-level security, and only a role that does so itself may make such a role: the described tables are protected all the same: row security, tenant floors and revokes are in place, what else is new is not
          hint: as a superuser, once: create role service_role bypassrls;
          hint: then run `workroom db migrate` again
        "#);
        }
        execute(&admin, "create role service_role bypassrls");
        apply(&url, &project, "platform").unwrap();
        migrate(&url, &project.systems["neighbours"]);
        apply(&url, &project, "neighbours").unwrap();
        if major == 15 {
            continue;
        }
        execute(&admin, "create extension vector");
        migrate(&url, &project.systems["agency"]);
        apply(&url, &project, "agency").unwrap_or_else(|error| panic!("{major}: {}", told(&error)));
        for system in ["platform", "neighbours", "agency"] {
            assert_eq!(
                apply(&url, &project, system).unwrap(),
                Vec::<String>::new(),
                "{major}"
            );
        }
        // The same as after a superuser's deployment.
        let owners = "select distinct nspname, pg_get_userbyid(relowner) from pg_class join pg_namespace as schema on schema.oid = relnamespace
            where nspname ~ '^(agency|auth|gear|te|procure|finance_ppm|neighbours)' and relkind in ('r', 'v', 'S')
            union select nspname, pg_get_userbyid(nspowner) from pg_namespace where nspname ~ '^(agency|auth|gear|te|procure|finance_ppm|neighbours)'
            order by 1";
        let expected = [
            "agency|agency_owner",
            "agency_private|agency_owner",
            "auth|platform_owner",
            "finance_ppm|neighbours_owner",
            "gear|neighbours_owner",
            "neighbours_private|neighbours_owner",
            "procure|neighbours_owner",
            "te|neighbours_owner",
        ];
        assert_eq!(query(&admin, owners), expected, "{major}");
        // And later migrations work.
        execute(
            &url,
            "alter table agency.brands add column note text; create or replace view agency.v_seen as select 1 as one;
             drop view agency.v_seen; create index on te.expense_lines (category)",
        );
        execute(&url, "alter table agency.brands owner to owner");
        assert_eq!(
            apply(&url, &project, "agency").unwrap(),
            ["handing all else to agency_owner"],
            "{major}"
        );
        assert_eq!(query(&admin, owners), expected, "{major}");
        assert_eq!(
            query(
                &admin,
                "select nspacl::text !~ 'agency_definer=[^,]*C' from pg_namespace where nspname = 'agency'"
            ),
            ["t"]
        );
    }
}

#[test]
fn a_platform_that_somebody_else_made_is_left_alone() {
    let server = own_server(18);
    execute(&server.url(), "create database supabase");
    let url = server.connection().url_of("supabase");
    execute(
        &url,
        "create schema auth; create table auth.users (id uuid primary key, email text);\
         create function auth.uid() returns uuid language sql stable return \
           nullif(current_setting('request.jwt.claim.sub', true), '')::uuid;\
         create function auth.jwt() returns jsonb language sql stable return null::jsonb;\
         create role supabase_auth_admin; grant all on auth.users to supabase_auth_admin",
    );
    let project = shipped();
    let grants = "select relacl::text from pg_class where oid = 'auth.users'::regclass";
    let before = query(&url, grants);
    let notes = Notes::default();
    let applied = apply_noting(&url, &project, "platform", &notes).unwrap();
    assert_eq!(applied.len(), 0);
    assert_eq!(query(&url, grants), before);
    insta::assert_snapshot!(notes.0.lock().unwrap().join("\n"), @"platform: the schema auth is not workroom's stand-in: its roles, grants and policies are left as they are");
    // The agency gets what it needs there: the use of the schema.
    migrate(&url, &project.systems["agency"]);
    apply(&url, &project, "agency").unwrap();
    assert_eq!(apply(&url, &project, "agency").unwrap().len(), 0);
    assert_eq!(
        query(
            &url,
            "select has_schema_privilege('agency_pm', 'auth', 'usage')"
        ),
        ["t"]
    );
    // There is no neighbour here, so nobody is a member of its reader.
    assert_eq!(
        query(
            &url,
            "select count(*) from pg_auth_members where member::regrole::text like 'agency%'"
        ),
        ["0"]
    );
}

#[test]
fn a_malformed_context_raises_nothing_on_the_oldest_server_either() {
    let server = own_server(15);
    execute(&server.url(), "create database old");
    let url = server.connection().url_of("old");
    let project = shipped();
    migrate(&url, &project.systems["neighbours"]);
    apply(&url, &project, "neighbours").unwrap();
    assert_eq!(apply(&url, &project, "neighbours").unwrap().len(), 0);
    execute(
        &url,
        "insert into te.expense_lines (tenant_id, category, description, expense_date, amount) \
         select gen_random_uuid(), 'travel', 'x', current_date, n from generate_series(1, 1000) as n",
    );
    for setting in [
        "set local request.jwt.claims = '{'",
        "set local request.jwt.claims = '{\"app_metadata\":{\"tenant_id\":\"x\"}}'",
        "set local request.jwt.claims = '\"\\\\u0000\"'",
        "set local app.current_tenant = 'x'",
        "select 1 where false",
    ] {
        let sql = format!(
            "begin; {setting}; set local parallel_setup_cost = 0; \
             set local parallel_tuple_cost = 0; set local min_parallel_table_scan_size = 0; \
             set local role neighbours_reader; select count(*) from te.expense_lines; rollback"
        );
        assert_eq!(query(&url, &sql), ["0"], "{setting}");
    }
}

#[test]
fn a_rendered_file_does_the_same_by_psql() {
    let server = own_server(18);
    execute(&server.url(), "create database script");
    let url = server.connection().url_of("script");
    let project = shipped();
    migrate(&url, &project.systems["neighbours"]);
    let rendered = policy::load(
        &project,
        &project.systems["neighbours"],
        policy::Dialect::Postgres,
    )
    .unwrap()
    .unwrap();
    for _ in 0..2 {
        try_query(&url, &rendered.text()).unwrap();
        assert_eq!(
            apply(&url, &project, "neighbours").unwrap(),
            Vec::<String>::new()
        );
    }
}

#[test]
fn the_second_deployment_of_everything_finds_nothing_to_do_in_three_round_trips() {
    let server = own_server(18);
    let run = || {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_workroom"))
            .args(["db", "migrate", "-v", "--database-url", &server.url()])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert!(output.status.success(), "{}", text[1]);
        text
    };
    let [first, _] = run();
    assert!(first.contains("policies and grants"), "{first}");
    let [second, notes] = run();
    assert!(second.starts_with("nothing to do"), "{second}");
    assert!(notes.contains("3 round trips"), "{notes}");
}
