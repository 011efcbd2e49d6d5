//! The stand-in for the login service: who is signed in, and whose `auth` schema it is.

use crate::support::server::TestDatabase;
use crate::systems::{ALL, Session, deploy, deployment, say};

const USER: &str = "11111111-2222-4333-8444-555555555555";

fn platform(major: u32) -> (TestDatabase, Session) {
    say(major);
    let database = TestDatabase::new(major);
    deploy(&database, &["platform"]);
    let session = Session::new(&database);
    (database, session)
}

fn set(session: &Session, setting: &str, value: &str) {
    session.rows(&format!(
        "select set_config('{setting}', $v${value}$v$, false)"
    ));
}

const IDENTITY: &str = "select auth.uid(), auth.role(), auth.jwt() ->> 'sub'";

#[test]
fn the_user_and_the_role_are_read_from_the_claims_of_the_request() {
    for major in ALL {
        let (_database, session) = platform(major);

        assert_eq!(session.value(IDENTITY), "||");

        let claims = format!(r#"{{"sub":"{USER}","role":"authenticated"}}"#);
        set(&session, "request.jwt.claims", &claims);
        assert_eq!(
            session.value(IDENTITY),
            format!("{USER}|authenticated|{USER}")
        );
        assert_eq!(session.value("select auth.jwt()"), {
            format!(r#"{{"sub": "{USER}", "role": "authenticated"}}"#)
        });
    }
}

#[test]
fn the_older_settings_of_single_claims_are_read_as_well() {
    for major in ALL {
        let (_database, session) = platform(major);

        set(&session, "request.jwt.claim.sub", USER);
        set(&session, "request.jwt.claim.role", "anon");
        assert_eq!(session.value(IDENTITY), format!("{USER}|anon|"));

        set(&session, "request.jwt.claim.sub", "");
        set(&session, "request.jwt.claim.role", "");
        assert_eq!(session.value(IDENTITY), "||");
    }
}

#[test]
fn claims_that_are_empty_or_malformed_make_nobody_and_no_error() {
    for major in ALL {
        let (_database, session) = platform(major);
        let no_user = [
            "",
            " ",
            "{",
            "null",
            "[]",
            "\"text\"",
            "7",
            "{}",
            r#"{"sub":null}"#,
            r#"{"sub":""}"#,
            r#"{"sub":7}"#,
            r#"{"sub":{"sub":"x"}}"#,
            r#"{"sub":"not-a-uuid"}"#,
            r#"{"sub":"11111111-2222-4333-8444-55555555555"}"#,
            r#"{"sub":"11111111-2222-4333-8444-5555555555555"}"#,
            r#"{"sub":"zzzzzzzz-2222-4333-8444-555555555555"}"#,
            r#"{"sub":"' or true --"}"#,
            r#"{"sub":"\u0000"}"#,
        ];

        for claims in no_user {
            set(&session, "request.jwt.claims", claims);
            assert_eq!(session.value("select auth.uid()"), "", "{claims}");
            session.value("select auth.role()");
        }

        set(&session, "request.jwt.claim.sub", "not-a-uuid");
        assert_eq!(session.value("select auth.uid()"), "");
    }
}

#[test]
fn what_lasts_of_a_transaction_setting_after_its_end_makes_nobody() {
    for major in ALL {
        let (_database, session) = platform(major);
        let claims = format!(r#"{{"sub":"{USER}"}}"#);

        session.rows(&format!(
            "begin; select set_config('request.jwt.claims', '{claims}', true)"
        ));
        assert_eq!(session.value("select auth.uid()"), USER);
        session.rows("commit");

        assert_eq!(
            session.value("select current_setting('request.jwt.claims', true) = ''"),
            "t"
        );
        assert_eq!(session.value("select auth.uid()"), "");
    }
}

#[test]
fn an_account_has_one_address_in_lower_case() {
    for major in ALL {
        let (_database, session) = platform(major);
        let add = |email: &str| format!("insert into auth.users (email) values ('{email}')");

        assert_eq!(session.count(&add("ann@example.com")), 1);
        assert_eq!(
            session.refused(&add("ann@example.com")),
            "23505 users_email_key"
        );
        assert_eq!(
            session.refused(&add("Ann@example.com")),
            "23514 users_email_check"
        );
        assert_eq!(session.refused(&add("ann")), "23514 users_email_check");
        assert_eq!(
            session
                .refused("insert into auth.users (email, raw_app_meta_data) values ('b@c', '[]')"),
            "23514 users_raw_app_meta_data_check"
        );
    }
}

#[test]
fn users_are_read_by_trusted_back_ends_alone_and_everybody_may_ask_who_they_are() {
    for major in ALL {
        let (database, session) = platform(major);
        database.execute(
            "insert into auth.users (email, updated_at) values ('ann@example.com', '2020-01-01')",
        );
        let claims = format!(r#"{{"sub":"{USER}"}}"#);
        set(&session, "request.jwt.claims", &claims);

        for role in ["anon", "authenticated"] {
            session.rows(&format!("reset role; set role {role}"));
            assert_eq!(session.value("select auth.uid()"), USER, "{role}");
            for sql in [
                "select id from auth.users",
                "insert into auth.users (email) values ('b@example.com')",
                "update auth.users set raw_app_meta_data = '{\"admin\": true}'",
                "delete from auth.users",
            ] {
                assert_eq!(session.refused(sql), "42501 by grants", "{role}: {sql}");
            }
        }
        session.rows("reset role; set role service_role");
        assert_eq!(
            session.value("select email from auth.users"),
            "ann@example.com"
        );
        let stamped =
            "update auth.users set email = 'bea@example.com' returning updated_at = now()";
        assert_eq!(session.value(stamped), "t");
    }
}

/// What an `auth` schema is made of, down to definitions and rights.
const AUTH_SCHEMA: &str = "
    select 'schema', nspname, nspowner::regrole::text, nspacl::text, obj_description(oid) from pg_namespace where nspname = 'auth'
    union all
    select 'function', oid::regprocedure::text, proowner::regrole::text, proacl::text, prosrc from pg_proc where pronamespace = 'auth'::regnamespace
    union all
    select 'relation', oid::regclass::text, relowner::regrole::text, relacl::text, relrowsecurity::text from pg_class where relnamespace = 'auth'::regnamespace
    union all
    select 'column', attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull::text
    from pg_attribute where attrelid = 'auth.users'::regclass and attnum > 0
    order by 1, 2, 3";

#[test]
fn an_auth_schema_that_is_complete_already_is_left_as_it_is() {
    for major in ALL {
        say(major);
        let database = TestDatabase::new(major);
        database.execute(
            "create schema auth;
             create table auth.users (id uuid primary key, email varchar(255), instance_id uuid);
             create function auth.uid() returns uuid language sql stable as 'select null::uuid';",
        );
        let before = database.query(AUTH_SCHEMA);

        let output = deployment(&database, &["platform"]).output().unwrap();

        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(
            said.contains("platform leaves this auth schema as it is"),
            "{said}"
        );
        assert_eq!(database.query(AUTH_SCHEMA), before);
    }
}

#[test]
fn an_auth_schema_of_something_else_stops_the_deployment_and_is_not_touched() {
    for major in ALL {
        say(major);
        let database = TestDatabase::new(major);
        database.execute("create schema auth; create table auth.users (name text);");
        let before = database.query(AUTH_SCHEMA);

        let output = deployment(&database, &["platform"]).output().unwrap();

        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{said}");
        assert!(said.contains("55000"), "{said}");
        assert_eq!(database.query(AUTH_SCHEMA), before);
    }
}
