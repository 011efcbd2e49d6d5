//! Two tenants in one database: neither sees, changes, refers to or learns anything of the other.

use crate::systems::{PEOPLE_OF_EACH_ROLE, Session, TABLES, WITH_VECTOR, agency, agency_to_read};

/// A valid new row of each table that people write, of one tenant and in the name of one person.
pub(crate) fn new_rows(tenant: &str, person: &str) -> Vec<(&'static str, String)> {
    let of = |name: &str| format!("id_of('{tenant} {name}')");
    let (user, employee) = (
        format!("id_of('{person}')"),
        format!("id_of('{person} employee')"),
    );
    let rows = [
        (
            "employees",
            "employee_code, full_name, email, title, department",
            "'new', 'New', 'new@example.com', 'T', 'media'".to_owned(),
        ),
        (
            "clients",
            "code, name, sector, account_owner_id",
            format!("'new', 'New', 'food', {user}"),
        ),
        (
            "brands",
            "client_id, code, name",
            format!("{}, 'new', 'New'", of("acme")),
        ),
        (
            "campaigns",
            "client_id, code, name, start_date, end_date",
            format!("{}, 'new', 'New', '2030-01-01', '2030-02-01'", of("acme")),
        ),
        (
            "campaign_phases",
            "campaign_id, phase_type, position, name, start_date, end_date",
            format!(
                "{}, 'post', 2, 'Post', '2030-01-01', '2030-02-01'",
                of("launch")
            ),
        ),
        (
            "artifacts",
            "campaign_id, owner_id, artifact_type, title",
            format!("{}, {user}, 'copy', 'New'", of("launch")),
        ),
        (
            "artifact_versions",
            "artifact_id, version_number, title, content",
            format!("{}, 2, 'New', 'new'", of("brief")),
        ),
        (
            "artifact_comments",
            "artifact_id, author_id, body",
            format!("{}, {user}, 'New'", of("brief")),
        ),
        (
            "timesheet_entries",
            "employee_id, campaign_id, work_date, hours",
            format!("{employee}, {}, '2030-01-01', 1", of("launch")),
        ),
        (
            "team_allocations",
            "employee_id, campaign_id, week_start_date, planned_hours",
            format!("{employee}, {}, '2030-01-07', 1", of("launch")),
        ),
        (
            "knowledge_documents",
            "title, source_type",
            "'New', 'policy'".to_owned(),
        ),
        (
            "knowledge_chunks",
            "document_id, chunk_index, content",
            format!("{}, 99, 'new'", of("document handbook")),
        ),
        ("ai_conversations", "user_id", user),
        (
            "ai_messages",
            "conversation_id, position, role, content",
            format!(
                "{}, 9, 'user', 'new'",
                of(&format!("conversation of {}", &person[6..]))
            ),
        ),
        (
            "audit_log",
            "table_name, record_id, action, actor_role",
            "'clients', gen_random_uuid(), 'insert', 'x'".to_owned(),
        ),
    ];
    rows.map(|(table, columns, values)| {
        (table, format!("insert into agency.{table} (tenant_id, {columns}) values (id_of('{tenant}'), {values})"))
    })
    .into()
}

#[test]
fn nobody_sees_a_row_of_another_tenant() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE {
            for session in Session::both(database, person) {
                for (table, _) in TABLES {
                    let sql = format!(
                        "select count(*) from agency.{table} where tenant_id <> id_of('north')"
                    );
                    match session.run(&sql) {
                        Ok((rows, _)) => assert_eq!(rows, ["0"], "{person}: {table}"),
                        Err(error) => assert_eq!(error.code().code(), "42501", "{person}: {table}"),
                    }
                }
            }
        }
    }
}

#[test]
fn a_row_cannot_be_inserted_into_another_tenant() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE {
            // The person of the same name over there: only the tenant is wrong.
            let namesake = person.replace("north", "south");
            for session in Session::both(database, person) {
                // As themselves, and as somebody who is known there.
                for who in [person, &namesake] {
                    session.rows(&format!(
                        "select set_config('request.jwt.claims', json_build_object('sub', id_of('{who}'))::text, false)"
                    ));
                    for (table, insert) in new_rows("south", &namesake) {
                        let refused = session.refused(&insert);
                        assert!(refused.starts_with("42501 by"), "{who}: {table}: {refused}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_row_cannot_be_moved_to_another_tenant() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE
            .into_iter()
            .chain(["north creative writer"])
        {
            for session in Session::both(database, person) {
                for (table, _) in TABLES {
                    let sql = format!("update agency.{table} set tenant_id = id_of('south')");
                    match session.run(&sql) {
                        // Nothing of theirs to move.
                        Ok((_, count)) => assert_eq!(count, 0, "{person}: {table}"),
                        Err(error) => {
                            assert_eq!(error.code().code(), "42501", "{person}: {table}: {error}");
                        }
                    }
                }
            }
        }
    }
}

/// Without a condition a statement needs no right to read, so policies for reading do not hold it back.
#[test]
fn a_statement_without_a_condition_leaves_another_tenant_alone() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let fingerprints: Vec<String> = TABLES
            .iter()
            .map(|(table, _)| format!("select md5(string_agg(t::text, '' order by id)) from agency.{table} as t where tenant_id = id_of('south')"))
            .collect();
        let fingerprint = fingerprints.join(" union all ");
        let before = Session::new(&database).rows(&fingerprint);

        for person in PEOPLE_OF_EACH_ROLE {
            for session in Session::both(&database, person) {
                session.rows("begin");
                for (table, column) in TABLES {
                    for sql in [
                        format!("update agency.{table} set {column} = 'x'"),
                        format!("delete from agency.{table}"),
                    ] {
                        session.rows("savepoint attempt");
                        if session.run(&sql).is_err() {
                            session.rows("rollback to attempt");
                        }
                    }
                }
                session.rows("reset role");
                assert_eq!(session.rows(&fingerprint), before, "{person}");
                session.rows("rollback");
            }
        }
    }
}

#[test]
fn every_reference_to_another_tenant_is_refused_even_for_those_above_policies() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let maintainer = Session::new(&database);
        let references = maintainer.rows(
            "select conname, conrelid::regclass, confrelid::regclass,
               (select attname from pg_attribute where attrelid = conrelid and attnum = conkey[array_upper(conkey, 1)]),
               (select attname from pg_attribute where attrelid = confrelid and attnum = confkey[array_upper(confkey, 1)])
             from pg_constraint
             where contype = 'f' and confrelid <> 'auth.users'::regclass
               and connamespace in ('agency'::regnamespace, 'te'::regnamespace, 'gear'::regnamespace, 'finance_ppm'::regnamespace)",
        );
        assert!(references.len() >= 25, "{references:#?}");
        for reference in references {
            let parts: Vec<&str> = reference.split('|').collect();
            let [name, table, target, column, key] = parts[..] else {
                panic!("{reference}")
            };
            let sql = format!(
                "update {table} set {column} = (select {key} from {target} where tenant_id = id_of('south') limit 1)
                 where id = (select id from {table} where tenant_id = id_of('north') limit 1)"
            );
            // Where several references break at once, another may be noticed first.
            let refused = maintainer.refused(&sql);
            assert!(refused.starts_with("23503 "), "{name}: {sql}: {refused}");
        }
    }
}

#[test]
fn what_does_not_exist_and_what_is_another_tenants_are_refused_alike() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        let session = Session::of(database, "north admin");
        let brand = |client: &str| {
            let error = session.error(&format!(
                "insert into agency.brands (tenant_id, client_id, code, name) values (id_of('north'), id_of('{client}'), 'x', 'X')"
            ));
            (
                error.code().clone(),
                error.constraint().map(str::to_owned),
                error.detail().map(|detail| detail.len()),
            )
        };

        assert_eq!(brand("south acme"), brand("nothing at all"));

        // An id that another tenant uses is free here.
        session.rows("begin");
        assert_eq!(
            session.count(
                "insert into agency.clients (tenant_id, id, code, name, sector)
                 values (id_of('north'), id_of('south acme'), 'same', 'Same', 'food')"
            ),
            1
        );
        session.rows("rollback");
    }
}

#[test]
fn the_neighbours_tables_are_read_inside_the_tenant_and_written_by_nobody() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE {
            for session in Session::both(database, person) {
                for table in [
                    "procure.project_quotes",
                    "finance_ppm.projects",
                    "te.expense_lines",
                    "gear.checkouts",
                ] {
                    let sql = format!(
                        "select count(*) > 0, bool_and(tenant_id = id_of('north')) from {table}"
                    );
                    assert_eq!(session.value(&sql), "t|t", "{person}: {table}");
                    for sql in [
                        format!("update {table} set tenant_id = tenant_id"),
                        format!("delete from {table}"),
                        format!("insert into {table} (tenant_id) values (id_of('north'))"),
                    ] {
                        assert_eq!(session.refused(&sql), "42501 by grants", "{person}: {sql}");
                    }
                }
            }
        }
    }
}
