//! The audit log: who changed what, and never a confidential value.

use crate::systems::{PEOPLE_OF_EACH_ROLE, Session, WITH_VECTOR, agency, agency_to_read};

/// What the log says about one row, but for the rows that the fixture wrote.
fn log_of(row: &str) -> String {
    format!(
        "select table_name, action, changed_columns, coalesce(old_values::text, '-'), coalesce(new_values::text, '-'),
           actor_role, created_by = auth.uid()
         from agency.audit_log where record_id = id_of('{row}') and created_by is not null order by created_at"
    )
}

#[test]
fn inserts_updates_and_deletes_are_recorded_with_who_did_them() {
    for major in WITH_VECTOR {
        let database = agency(major);
        for admin in Session::both(&database, "north admin") {
            admin.rows(
                "begin;
                 insert into agency.clients (tenant_id, id, code, name, sector, status, deleted_at)
                 values (id_of('north'), id_of('new'), 'new', 'New', 'food', 'prospect', now())",
            );
            admin.rows("update agency.clients set name = 'Newer', status = 'active' where id = id_of('new')");
            admin.rows("delete from agency.clients where id = id_of('new')");

            let log = admin.rows(&format!(
                "{}, array_position('{{insert,update,delete}}', action)",
                log_of("new")
            ));
            assert_eq!(log.len(), 3, "{log:#?}");
            assert_eq!(log[0], "clients|insert|{}|-|-|agency_admin|t");
            assert_eq!(
                log[1],
                r#"clients|update|{name,status}|{"name": "New", "status": "prospect"}|{"name": "Newer", "status": "active"}|agency_admin|t"#
            );
            assert!(log[2].starts_with("clients|delete|{}|{"), "{}", log[2]);
            assert!(log[2].contains(r#""name": "Newer""#), "{}", log[2]);
            assert!(log[2].ends_with("|-|agency_admin|t"), "{}", log[2]);
            admin.rows("rollback");
        }
    }
}

#[test]
fn every_table_that_people_change_is_audited() {
    let database = agency_to_read(18);

    let without = database.query(
        "select relname from pg_class
         where relnamespace = 'agency'::regnamespace and relkind = 'r'
           and not exists (
             select from pg_trigger where tgrelid = pg_class.oid and tgfoid = 'agency.record_audit_event'::regproc
               and tgtype & 29 = 29 and tgenabled = 'O'
           )
         order by relname",
    );

    // Versions and the log are written by triggers alone; comments, chunks and talks with the assistant are their own record.
    assert_eq!(
        without,
        [
            "ai_conversations",
            "ai_messages",
            "artifact_comments",
            "artifact_versions",
            "audit_log",
            "knowledge_chunks"
        ]
    );
}

#[test]
fn a_change_of_nothing_is_not_recorded() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let admin = Session::of(&database, "north admin");

        assert_eq!(
            admin.count("update agency.clients set name = name where id = id_of('north acme')"),
            1
        );

        assert_eq!(admin.rows(&log_of("north acme")).len(), 0);
    }
}

#[test]
fn money_is_named_in_the_log_but_its_value_is_not() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let finance = Session::of(&database, "north finance");
        finance.rows(
            "update agency.employees set cost_rate = 61.7, bill_rate = 191.9 where user_id = id_of('north pm')",
        );
        finance.rows("update agency.timesheet_entries set cost_rate = 61.7, hours = 1 where id = id_of('north draft entry')");
        Session::of(&database, "north admin")
            .rows("delete from agency.timesheet_entries where id = id_of('north approved entry')");
        Session::new(&database).rows(
            "delete from agency.timesheet_entries where tenant_id = id_of('north') and id = id_of('north gala entry');
             insert into agency.employees (tenant_id, employee_code, full_name, email, title, department, cost_rate)
             values (id_of('north'), 'X', 'X', 'x@example.com', 'X', 'media', 61.7)",
        );

        let leadership = Session::of(&database, "north leadership");
        assert_eq!(
            leadership.rows(
                "select changed_columns, old_values::text, new_values::text from agency.audit_log
                 where record_id = id_of('north pm employee') and action = 'update'"
            ),
            ["{bill_rate,cost_rate}||"]
        );
        assert_eq!(
            leadership.rows(
                "select changed_columns, old_values::text, new_values::text from agency.audit_log
                 where record_id = id_of('north draft entry') and action = 'update'"
            ),
            [r#"{bill_amount,cost_amount,cost_rate,hours}|{"hours": 3.00}|{"hours": 1.00}"#]
        );
        let leaks = Session::new(&database).value(
            "select count(*) from agency.audit_log
             where concat(old_values, new_values) ~ 'cost_|bill_rate|bill_amount|57.31|143.17|61.7|191.9'",
        );
        assert_eq!(leaks, "0");
    }
}

#[test]
fn an_artifact_is_recorded_without_its_text_which_its_versions_keep() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let writer = Session::of(&database, "north creative writer");
        writer.rows(
            "update agency.artifacts set content = 'a secret idea' where id = id_of('north brief')",
        );
        let admin = Session::of(&database, "north admin");

        assert_eq!(
            admin.rows(
                "select changed_columns, old_values::text, new_values::text, created_by = id_of('north creative writer')
                 from agency.audit_log where record_id = id_of('north brief') and action = 'update'"
            ),
            [r#"{content,content_preview,current_version,words}|{"current_version": 1}|{"current_version": 2}|t"#]
        );
    }
}

#[test]
fn the_log_is_written_by_triggers_alone_and_never_changed() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE {
            for session in Session::both(database, person) {
                for statement in [
                    "insert into agency.audit_log (tenant_id, table_name, record_id, action, actor_role)
                     values (id_of('north'), 'clients', id_of('x'), 'insert', 'x')",
                    "update agency.audit_log set actor_role = 'somebody else'",
                    "delete from agency.audit_log",
                    "truncate agency.audit_log",
                ] {
                    assert_eq!(session.refused(statement), "42501 by grants", "{person}: {statement}");
                }
            }
        }
    }
}

#[test]
fn a_trigger_function_cannot_be_borrowed_to_forge_the_log() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE {
            let session = Session::of(database, person);
            session.rows("create temporary table mine (tenant_id uuid, id uuid)");

            for function in [
                "record_audit_event",
                "create_artifact_version",
                "set_week_start_date",
                "guard_approved_timesheet",
                "update_updated_at_column",
            ] {
                let sql = format!(
                    "create trigger forge after insert on mine for each row execute function agency.{function}('clients')"
                );
                assert_eq!(
                    session.refused(&sql),
                    "42501 by grants",
                    "{person}: {function}"
                );
            }
        }
    }
}

#[test]
fn only_leadership_and_admin_read_the_log_of_their_tenant() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE {
            for session in Session::both(database, person) {
                let count = session.run("select count(*) > 20, bool_and(tenant_id = id_of('north')) from agency.audit_log");
                match person {
                    "north leadership" | "north admin" => {
                        assert_eq!(count.unwrap().0, ["t|t"], "{person}");
                    }
                    // The shared role has the grant for those who may, so the others find nothing.
                    _ => match count {
                        Ok((rows, _)) => assert_eq!(rows, ["f|"], "{person}"),
                        Err(error) => assert_eq!(error.code().code(), "42501", "{person}"),
                    },
                }
            }
        }
    }
}

#[test]
fn a_signature_cannot_be_forged() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let admin = Session::of(&database, "north admin");
        let add = |column: &str, value: &str| {
            format!(
                "insert into agency.clients (tenant_id, code, name, sector, {column})
                 values (id_of('north'), 'forged', 'Forged', 'food', {value})"
            )
        };

        for (column, value) in [
            ("created_by", "id_of('north pm')"),
            ("updated_by", "id_of('north pm')"),
            ("created_at", "'2020-01-01'"),
            ("updated_at", "'2020-01-01'"),
        ] {
            assert_eq!(
                admin.refused(&add(column, value)),
                "42501 by grants",
                "{column}"
            );
        }
        assert_eq!(
            admin.value(
                "insert into agency.clients (tenant_id, code, name, sector) values (id_of('north'), 'honest', 'Honest', 'food')
                 returning created_by = auth.uid() and updated_by = auth.uid() and created_at = now()"
            ),
            "t"
        );

        // Under a role that is above grants the trigger still signs with whoever is signed in.
        let maintainer = Session::new(&database);
        maintainer.rows("select set_config('request.jwt.claims', json_build_object('sub', id_of('north pm'))::text, false)");
        let forged = format!(
            "{} returning created_by = id_of('north pm')",
            add("created_by", "id_of('south pm')")
        );
        assert_eq!(maintainer.value(&forged), "t");
        assert_eq!(
            maintainer.value(
                "update agency.clients set created_by = id_of('south pm'), created_at = '2020-01-01', name = 'F'
                 where code = 'forged' returning created_by = id_of('north pm') and created_at > '2021-01-01' and updated_at = now()"
            ),
            "t"
        );
    }
}
