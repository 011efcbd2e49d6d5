//! Roles: what each may do, that both ways of having one come to the same, and that neither can be pretended.

use crate::support::server::TestDatabase;
use crate::systems::agency_tenants::new_rows;
use crate::systems::{PEOPLE_OF_EACH_ROLE, Session, TABLES, WITH_VECTOR, agency, agency_to_read};

/// What a session may do with each table: rows it reads, then i, u, d for what it may write.
fn rights(session: &Session, person: &str) -> Vec<String> {
    let inserts = new_rows("north", person);
    session.rows("begin");
    let rights = TABLES
        .iter()
        .map(|(table, column)| {
            let attempt = |sql: &str| {
                session.rows("savepoint attempt");
                let result = session.run(sql);
                session.rows("rollback to attempt");
                match result {
                    Ok((rows, count)) => (rows.concat(), count > 0),
                    // Not a missing right, but something that refers to the row, or a reason that is missing.
                    Err(error) if ["23503", "23514"].contains(&error.code().code()) => {
                        (String::new(), true)
                    }
                    Err(error) => {
                        assert_eq!(error.code().code(), "42501", "{person}: {sql}: {error:?}");
                        ("0".to_owned(), false)
                    }
                }
            };
            let (_, insert) = inserts.iter().find(|(name, _)| name == table).unwrap();
            let mut found = attempt(&format!(
                "select count(*) from agency.{table} where tenant_id is not null"
            ))
            .0;
            for (letter, sql) in [
                ('i', insert.clone()),
                (
                    'u',
                    format!("update agency.{table} set {column} = {column} where id is not null"),
                ),
                (
                    'd',
                    format!("delete from agency.{table} where id is not null"),
                ),
            ] {
                found.push(if attempt(&sql).1 { letter } else { '-' });
            }
            // The log grows while the fixture is written; that it is read says enough.
            if *table == "audit_log" && !found.starts_with('0') {
                found.replace_range(..found.len() - 3, "all");
            }
            found
        })
        .collect();
    session.rows("rollback");
    rights
}

#[test]
fn each_role_may_do_what_the_matrix_says_in_both_ways_of_having_it() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        let mut columns = Vec::new();
        for person in PEOPLE_OF_EACH_ROLE {
            let [own, shared] = Session::both(database, person);
            let rights = [rights(&own, person), rights(&shared, person)];
            assert_eq!(rights[0], rights[1], "{person}");
            columns.push(rights[0].clone());
        }
        let mut table = String::new();
        for (row, (name, _)) in TABLES.iter().enumerate() {
            let cells: Vec<String> = columns
                .iter()
                .map(|column| format!("{:7}", column[row]))
                .collect();
            table.push_str(format!("{name:20} {}", cells.join(" ")).trim_end());
            table.push('\n');
        }
        assert_eq!(table, MATRIX, "{table}");
    }
}

/// Finance, leadership, pm, admin, account, creative. What a role owns shows where the fixture's person owns something:
/// a conversation and a comment of the pm; nothing is marked as deleted, so nothing of that is removed. A pm changes hours by deciding about them, finance employees by their rates.
const MATRIX: &str = "\
employees            11---   11---   11---   11iu-   11---   11---
clients              2---    2iu-    2---    2iu-    2iu-    2---
brands               1---    1iu-    1---    1iud    1iu-    1---
campaigns            2---    2iu-    2iu-    2iu-    2iu-    2-u-
campaign_phases      2---    2iud    2iud    2---    2iud    2-u-
audit_log            0---    all---  0---    all---  0---    0---
artifacts            0i--    2i--    1i--    2i--    1i--    1i--
artifact_versions    0---    2---    1---    2---    1---    1---
artifact_comments    0---    3i--    2iud    3i--    2i--    2i--
timesheet_entries    6iu-    6i--    6i-d    6iud    0i--    0i--
team_allocations     1---    1iud    1iud    1---    1---    0---
knowledge_documents  4---    4---    4---    4iud    4---    4---
knowledge_chunks     7---    7---    7---    7iud    7---    7---
ai_conversations     0i--    0i--    1iud    0i--    0i--    0i--
ai_messages          0---    0---    1i--    0---    0---    0---
";

/// Every function that tells who the session is, and what a role of finance would open.
const WHO: &str = "select coalesce(agency.current_user_role(), '-'), agency.has_role('finance'), agency.has_any_role('{finance,admin}')";

#[test]
fn the_role_of_a_session_is_its_database_role() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE {
            for session in Session::both(database, person) {
                let role = &person[6..];
                let is = |roles: &[&str]| if roles.contains(&role) { "t" } else { "f" };
                assert_eq!(
                    session.value(WHO),
                    format!("{role}|{}|{}", is(&["finance"]), is(&["finance", "admin"]))
                );
                assert_eq!(
                    session.value("select agency.current_tenant_id() = id_of('north'), agency.has_role(null), agency.has_any_role(null), agency.has_any_role('{}')"),
                    "t|f|f|f"
                );
            }
        }
    }
}

#[test]
fn a_database_role_gains_nothing_from_a_setting() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        let pm = Session::of(database, "north pm");
        let honest = rights(&pm, "north pm");
        for pretended in [
            "finance",
            "leadership",
            "admin",
            "agency_finance",
            "finance,pm",
        ] {
            for sql in [
                format!("select set_config('app.current_role', '{pretended}', false)"),
                format!(r#"set "app"."current_role" = '{pretended}'"#),
            ] {
                pm.rows(&sql);

                assert_eq!(pm.value(WHO), "pm|f|f", "{pretended}");
                assert_eq!(rights(&pm, "north pm"), honest, "{pretended}");
                assert_eq!(
                    pm.refused("select cost_rate from agency.employees"),
                    "42501 by grants"
                );
                assert_eq!(
                    pm.count("update agency.timesheet_entries set description = 'x' where id = id_of('north approved entry')"),
                    0
                );
            }
        }
    }
}

#[test]
fn the_name_of_the_setting_is_a_reserved_word() {
    let session = Session::new(agency_to_read(18));

    assert_eq!(session.refused("set app.current_role = 'pm'"), "42601");
    session.rows(r#"begin; set local "app"."current_role" = 'pm'"#);
    assert_eq!(
        session.value("select current_setting('app.current_role')"),
        "pm"
    );
    session.rows("rollback");
}

#[test]
fn the_shared_role_without_a_role_that_exists_sees_nothing() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        let session = Session::shared(database, "north leadership");
        for role in [
            "",
            " ",
            "boss",
            "Finance",
            "agency_finance",
            "agency_session",
            "finance ",
            "null",
            "definer",
        ] {
            session.rows(&format!(
                "select set_config('app.current_role', '{role}', false)"
            ));

            assert_eq!(session.value(WHO), "-|f|f", "{role}");
            sees_nothing(&session, role);
        }
    }
}

#[test]
fn the_setting_counts_under_the_shared_role_alone() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let backend = format!("backend_{}", database.name());
        database.execute(&format!(
            "create role {backend}; grant agency_session, neighbours_reader to {backend};
             create role {backend}_other; grant usage on schema agency to {backend}_other"
        ));
        for role in [
            format!("{backend}_other"),
            "authenticated".to_owned(),
            "neighbours_reader".to_owned(),
        ] {
            let session = Session::shared(&database, "north finance");
            session.rows(&format!("reset role; set role {role}"));
            for (table, _) in TABLES {
                assert_eq!(
                    session.refused(&format!("select id from agency.{table}")),
                    "42501 by grants",
                    "{role}"
                );
            }
        }

        // A back end that forgot to change to the role it is a member of.
        let session = Session::shared(&database, "north finance");
        session.rows(&format!("reset role; set role {backend}"));
        assert_eq!(session.value(WHO), "-|f|f");
        sees_nothing(&session, "a member");
        session.rows("set role agency_session");
        assert_eq!(session.value(WHO), "finance|t|t");
    }
}

fn sees_nothing(session: &Session, why: &str) {
    // The log is closed to most by grants already.
    let tables = TABLES.iter().map(|(table, _)| *table);
    let counts: Vec<String> = tables
        .filter(|table| *table != "audit_log")
        .map(|name| format!("select '{name}', count(*) from agency.{name}"))
        .collect();
    for row in session.rows(&counts.join(" union all ")) {
        assert!(row.ends_with("|0"), "{why}: {row}");
    }
}

fn with_context(database: &TestDatabase, person: &str, tenant: &str, claims: &str) -> [Session; 2] {
    Session::both(database, person).map(|session| {
        session.rows(&format!(
            "select set_config('app.current_tenant', $v${tenant}$v$, false), set_config('request.jwt.claims', $v${claims}$v$, false)"
        ));
        session
    })
}

#[test]
fn a_session_without_a_tenant_or_with_a_malformed_one_sees_nothing_and_is_told_nothing() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in ["north leadership", "north creative writer"] {
            for tenant in [
                "",
                " ",
                "x",
                "' or true --",
                "00000000-0000-0000-0000-000000000000",
                "{}",
                "null",
                "*",
                "%",
                "11111111-2222-4333-8444-55555555555",
                "11111111-2222-4333-8444-5555555555555",
                "(select 1)",
            ] {
                for session in with_context(database, person, tenant, "") {
                    sees_nothing(&session, &format!("{person}, {tenant}"));
                }
            }
            for claims in [
                "{",
                "[]",
                "null",
                "7",
                "{}",
                r#"{"app_metadata":null}"#,
                r#"{"app_metadata":"x"}"#,
                r#"{"app_metadata":[]}"#,
                r#"{"app_metadata":{"tenant_id":null}}"#,
                r#"{"app_metadata":{"tenant_id":"x"}}"#,
                r#"{"app_metadata":{"tenant_id":{}}}"#,
            ] {
                for session in with_context(database, person, "", claims) {
                    sees_nothing(&session, &format!("{person}, {claims}"));
                }
            }
        }
    }
}

#[test]
fn a_session_that_was_never_given_a_context_sees_nothing() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for role in [
            "finance",
            "leadership",
            "pm",
            "admin",
            "account",
            "creative",
            "session",
        ] {
            let session = Session::new(database);
            session.rows(&format!("set role agency_{role}"));
            sees_nothing(&session, role);

            // What is set for a transaction is gone after it.
            session.rows("begin; select set_config('app.current_tenant', id_of('north')::text, true); commit");
            sees_nothing(&session, role);
        }
    }
}

#[test]
fn the_tenant_comes_from_the_setting_and_failing_that_from_what_the_login_service_signed() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        let id = |tenant: &str| Session::new(database).value(&format!("select id_of('{tenant}')"));
        let (north, south) = (id("north"), id("south"));
        let signed = format!(r#"{{"app_metadata":{{"tenant_id":"{north}"}}}}"#);
        let tenant = "select coalesce(agency.current_tenant_id()::text, '-')";

        for session in with_context(database, "north pm", "", &signed) {
            assert_eq!(session.value(tenant), north);
            assert_eq!(session.value("select count(*) from agency.clients"), "2");
        }
        for session in with_context(database, "north pm", &south, &signed) {
            assert_eq!(session.value(tenant), south);
        }
        for session in with_context(database, "north pm", &north.to_uppercase(), "") {
            assert_eq!(session.value(tenant), north);
        }
        // What is set and malformed is no reason to look at the claims.
        for session in with_context(database, "north pm", "x", &signed) {
            assert_eq!(session.value(tenant), "-");
        }
        // A user may write user_metadata, and the top of the claims belongs to nobody in particular.
        for forged in [
            format!(r#"{{"user_metadata":{{"tenant_id":"{north}"}}}}"#),
            format!(r#"{{"tenant_id":"{north}"}}"#),
        ] {
            for session in with_context(database, "north pm", "", &forged) {
                assert_eq!(session.value(tenant), "-");
            }
        }
    }
}

#[test]
fn a_role_cannot_become_another_or_read_around_its_policies() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE {
            for session in Session::both(database, person) {
                session.rows("set row_security = off");
                assert_eq!(
                    session.refused("select id from agency.clients"),
                    "42501",
                    "{person}"
                );
                session.rows("set row_security = on");
                for statement in [
                    "select * from agency_private.my_campaign_ids()",
                    "alter table agency.clients disable row level security",
                    "drop policy clients_tenant_isolation on agency.clients",
                    "create table agency.mine (id uuid)",
                    "create policy open on agency.clients using (true)",
                    "truncate agency.clients",
                    "create table pg_temp.probe (t uuid, c uuid, foreign key (t, c) references agency.clients (tenant_id, id))",
                ] {
                    let refused = session.refused(statement);
                    assert!(
                        refused.starts_with("42501") || refused.starts_with("42P16"),
                        "{person}: {statement}: {refused}"
                    );
                }
            }
        }
    }
}
