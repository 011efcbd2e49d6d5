//! What staff, managers, admins and resellers may do inside of their organisation, and what nobody may.

use super::ALL;
use super::worktrackr::*;

#[test]
fn staff_see_what_is_theirs_or_nobodys_and_change_what_is_theirs() {
    for major in ALL {
        let database = worktrackr(major);
        for session in of_north(&database, "staff") {
            for table in ["tickets", "crm_events"] {
                assert_eq!(
                    session.value(&format!(
                        "select count(*), count(*) filter (where assigned_user_id = id_of('north sam')), count(*) filter (where assigned_user_id is null) from worktrackr.{table}"
                    )),
                    "2|1|1"
                );
                session.rows("begin");
                let own = "where assigned_user_id = id_of('north sam')";
                assert_eq!(
                    session.count(&format!(
                        "update worktrackr.{table} set title = 'Mine' {own}"
                    )),
                    1
                );
                session.rows("rollback");
                for from in ["= id_of('north sam')", "is null"] {
                    let give = format!(
                        "update worktrackr.{table} set assigned_user_id = id_of('north sue') where assigned_user_id {from}"
                    );
                    let end = end_of(&session, &give);
                    let is_event = table == "crm_events" && from == "is null";
                    assert!(
                        end.starts_with("42501") || is_event && end == "0 rows",
                        "{give}: {end}"
                    );
                }
                assert_eq!(
                    session.refused(&format!(
                        "insert into worktrackr.{table} select * from worktrackr.{table}"
                    )),
                    "42501 by grants"
                );
            }
            let ticket = |who: &str| {
                format!(
                    "insert into worktrackr.tickets (organisation_id, title, assigned_user_id) values (id_of('north'), 'New', {who})"
                )
            };
            assert_eq!(session.count(&ticket("id_of('north sam')")), 1);
            assert_eq!(
                session.refused(&ticket("id_of('north sue')")),
                "42501 by policy"
            );
            assert_eq!(session.count(&ticket("null")), 1);
            session.rows("begin");
            assert_eq!(
                session
                    .count("update worktrackr.tickets set status = 'Closed' where title = 'New' and assigned_user_id is not null"),
                1
            );
            session.rows("rollback");
            database.execute("delete from worktrackr.tickets where title = 'New'");
            for (sql, expected) in [
                ("select count(*) from worktrackr.contacts", "1"),
                ("select count(*) from worktrackr.products", "1"),
            ] {
                assert_eq!(session.value(sql), expected);
            }
        }
    }
}

#[test]
fn staff_take_what_is_nobodys_and_keep_the_contacts_that_they_work_with() {
    for major in ALL {
        let database = worktrackr(major);
        database.execute(
            "insert into worktrackr.contacts (id, organisation_id, name)
             select id_of(place || ' stranger'), id_of(place), 'Stranger' from unnest(array['north', 'south']) as place",
        );
        for session in of_north(&database, "staff") {
            session.rows("begin");
            let nobodys = "where assigned_user_id is null";
            let take = format!(
                "update worktrackr.tickets set assigned_user_id = auth.uid(), status = 'In Progress' {nobodys}"
            );
            assert_eq!(session.count(&take), 1);
            assert_eq!(session.count(&take), 0, "it is taken");
            session.rows("rollback");
            assert_eq!(
                session.refused(&format!(
                    "update worktrackr.tickets set title = 'Left' {nobodys}"
                )),
                "42501 by policy"
            );
            assert_eq!(
                session.count(&format!(
                    "update worktrackr.crm_events set assigned_user_id = auth.uid() {nobodys}"
                )),
                0
            );

            session.rows("begin");
            let add = "insert into worktrackr.contacts (organisation_id, name) values (id_of('north'), 'New')";
            assert_eq!(session.count(add), 1);
            assert_eq!(
                session.rows("update worktrackr.contacts set notes = 'Called' returning name"),
                ["Contact of north"]
            );
            // Whom one has an appointment with, one works with.
            session.rows("insert into worktrackr.crm_events (organisation_id, contact_id, title, start_at, end_at, assigned_user_id)
                values (id_of('north'), id_of('north stranger'), 'Visit', now(), now(), auth.uid())");
            assert_eq!(
                session
                    .count("update worktrackr.contacts set notes = 'Seen' where name = 'Stranger'"),
                1
            );
            session.rows("rollback");
            let delete = end_of(&session, "delete from worktrackr.contacts");
            assert!(
                delete.starts_with("42501") || delete == "0 rows",
                "{delete}"
            );
        }
    }
}

#[test]
fn managers_change_all_and_admins_manage_users_as_well() {
    let changes = [
        "update worktrackr.contacts set notes = 'x'",
        "update worktrackr.products set client_price = 1",
        "update worktrackr.tickets set priority = 'High'",
        "update worktrackr.crm_events set status = 'Done'",
        "update worktrackr.ticket_templates set name = 'x'",
        "delete from worktrackr.customer_services",
        "update worktrackr.users set role = 'manager' where name = 'sam'",
        "delete from worktrackr.users where name = 'manager'",
        "update worktrackr.organisations set name = 'Norther Ltd'",
    ];
    for major in ALL {
        let database = worktrackr(major);
        for (role, expected) in [
            ("staff", "1--1-----"),
            ("manager", "113311---"),
            ("admin", "113311111"),
        ] {
            for session in of_north(&database, role) {
                let changed: String = changes
                    .iter()
                    .map(|sql| {
                        session.rows("begin");
                        let count = session.run(sql).map_or(0, |(_, count)| count);
                        session.rows("rollback");
                        if count == 0 {
                            "-".to_owned()
                        } else {
                            count.to_string()
                        }
                    })
                    .collect();
                assert_eq!(changed, expected, "{role}");
            }
        }
    }
}

#[test]
fn a_reseller_sees_keys_names_and_plans_of_its_organisations_only() {
    for major in ALL {
        let database = worktrackr(major);
        for (name, own, organisations) in [
            ("north", "Norman|0.2500", vec!["North Ltd|pro"]),
            ("south", "Susan|0.2500", vec!["South Ltd|starter"]),
            ("idle", "Ida|0.2500", vec![]),
        ] {
            let session = reseller(&database, name);
            assert_eq!(
                session.rows("select name, commission_rate from worktrackr.resellers"),
                [own]
            );
            let seen =
                "select name, plan from worktrackr.organisations where id is not null order by id";
            assert_eq!(session.rows(seen), organisations);
            // Naming an organisation does not open it.
            session.rows(
                "select set_config('app.current_organisation', md5('south')::uuid::text, false)",
            );
            if name != "south" {
                assert_eq!(session.rows(seen), [""; 0]);
            }
            session.rows("select set_config('app.current_organisation', '', false)");
            for column in ["*", "created_at", "updated_by"] {
                let sql = format!("select {column} from worktrackr.organisations");
                assert_eq!(session.refused(&sql), "42501 by grants", "{sql}");
            }
            for table in TABLES.iter().chain(&[
                "reseller_customers",
                "v_upcoming_renewals",
                "v_ticket_workload",
            ]) {
                let sql = format!("select count(*) from worktrackr.{table}");
                assert_eq!(session.refused(&sql), "42501 by grants", "{sql}");
            }
            for sql in [
                "update worktrackr.resellers set commission_rate = 1",
                "insert into worktrackr.reseller_customers (reseller_id, organisation_id) values (auth.uid(), md5('south')::uuid)",
                "update worktrackr.organisations set plan = 'enterprise'",
            ] {
                assert_eq!(session.refused(sql), "42501 by grants", "{sql}");
            }
        }
    }
}

#[test]
fn without_an_organisation_there_is_nothing() {
    for major in ALL {
        let database = worktrackr(major);
        for organisation in ["", "garbage", "00000000-0000-0000-0000-000000000000"] {
            for (role, _) in ROLES {
                for session in of_north(&database, role) {
                    session.rows(&format!(
                        "select set_config('app.current_organisation', '{organisation}', false)"
                    ));
                    for table in TABLES.iter().chain(&["organisations"]) {
                        assert_eq!(
                            session.value(&format!("select count(id) from worktrackr.{table}")),
                            "0",
                            "{role} {table}"
                        );
                    }
                }
            }
        }
        // The claim names the organisation where no setting does.
        let [session, _] = of_north(&database, "manager");
        session.rows(
            "select set_config('app.current_organisation', '', false),
               set_config('request.jwt.claims', json_build_object('sub', id_of('south manager'), 'app_metadata', json_build_object('organisation_id', id_of('south')))::text, false)",
        );
        assert_eq!(
            session.rows("select name from worktrackr.contacts"),
            ["Contact of south"]
        );
    }
}
