//! Approval: the order of statuses, and who may touch what is approved.

use crate::systems::{PEOPLE_OF_EACH_ROLE, Session, WITH_VECTOR, agency};

const OUT_OF_ORDER: &str = "23514 timesheet_entries_status_in_order_check";

/// Changes the status of one of the writer's entries, as "north draft entry".
fn set(entry: &str, status: &str) -> String {
    format!(
        "update agency.timesheet_entries set status = '{status}' where id = id_of('north {entry} entry')"
    )
}

#[test]
fn a_writer_submits_and_corrects_but_decides_nothing() {
    for major in WITH_VECTOR {
        let database = agency(major);
        for writer in Session::both(&database, "north creative writer") {
            writer.rows("begin");
            for (entry, status) in [
                ("draft", "submitted"),
                ("submitted", "draft"),
                ("rejected", "draft"),
                ("rejected", "submitted"),
            ] {
                assert_eq!(writer.count(&set(entry, status)), 1, "{entry} to {status}");
            }
            writer.rows("rollback");

            assert_eq!(
                writer.refused(&set("submitted", "approved")),
                "42501 by policy"
            );
            assert_eq!(
                writer.refused(&set("submitted", "rejected")),
                "42501 by policy"
            );
            // Not out of order only, but not the writer's to see changed: no row, no error.
            assert_eq!(writer.count(&set("approved", "draft")), 0);
        }
    }
}

#[test]
fn a_status_follows_its_order() {
    for major in WITH_VECTOR {
        let database = agency(major);
        for writer in Session::both(&database, "north creative writer") {
            for (entry, status) in [
                ("draft", "approved"),
                ("draft", "rejected"),
                ("rejected", "approved"),
            ] {
                assert_eq!(
                    writer.refused(&set(entry, status)),
                    OUT_OF_ORDER,
                    "{entry} to {status}"
                );
            }
        }
    }
}

#[test]
fn a_new_entry_is_no_approved_one_except_for_admin() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let entry = |person: &str, status: &str| {
            format!(
                "insert into agency.timesheet_entries (tenant_id, employee_id, campaign_id, work_date, hours, status)
                 values (id_of('north'), id_of('{person} employee'), id_of('north launch'), '2030-01-07', 1, '{status}')
                 returning approved_at is not null"
            )
        };
        for person in PEOPLE_OF_EACH_ROLE {
            for session in Session::both(&database, person) {
                assert_eq!(session.value(&entry(person, "draft")), "f", "{person}");
                assert_eq!(session.value(&entry(person, "submitted")), "f", "{person}");
                if person == "north admin" {
                    assert_eq!(session.value(&entry(person, "approved")), "t");
                    continue;
                }
                for status in ["approved", "rejected"] {
                    let refused = session.refused(&entry(person, status));
                    assert!(
                        refused.starts_with("42501 by"),
                        "{person} {status}: {refused}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_project_manager_decides_about_the_team_but_never_about_own_hours() {
    for major in WITH_VECTOR {
        let database = agency(major);
        for pm in Session::both(&database, "north pm") {
            pm.rows("begin");
            assert_eq!(pm.count(&set("submitted", "rejected")), 1);
            pm.rows("rollback; begin");
            assert_eq!(pm.count(&set("submitted", "approved")), 1);
            assert_eq!(
                pm.value(
                    "select approved_by = id_of('north pm') and approved_at = now() from agency.timesheet_entries
                     where id = id_of('north submitted entry')"
                ),
                "t"
            );
            pm.rows("rollback; begin");

            assert_eq!(pm.count(&set("gala", "approved")), 0, "another campaign's");
            assert_eq!(pm.count(&set("pm", "submitted")), 1);
            assert_eq!(pm.refused(&set("pm", "approved")), "42501 by policy");
            pm.rows("rollback");
        }
        let unassigned = Session::of(&database, "north pm unassigned");
        assert_eq!(unassigned.count(&set("submitted", "approved")), 0);
    }
}

#[test]
fn a_decision_changes_nothing_but_the_decision() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let pm = Session::of(&database, "north pm");
        let decide = |and: &str| {
            format!(
                "update agency.timesheet_entries set status = 'approved', {and} where id = id_of('north submitted entry')"
            )
        };

        for forged in [
            "approved_by = id_of('north finance')",
            "approved_at = '2020-01-01'",
        ] {
            assert_eq!(pm.refused(&decide(forged)), "42501 by grants");
        }
    }
}

#[test]
fn an_approved_entry_changes_only_at_the_hands_of_finance_or_admin() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let change = "update agency.timesheet_entries set description = 'changed' where id = id_of('north approved entry')";
        let undo = set("approved", "draft");
        let remove =
            "delete from agency.timesheet_entries where id = id_of('north approved entry')";

        for person in PEOPLE_OF_EACH_ROLE
            .into_iter()
            .chain(["north creative writer"])
        {
            for session in Session::both(&database, person) {
                let may = matches!(person, "north finance" | "north admin");
                session.rows("begin");
                assert_eq!(session.count(change), u64::from(may), "{person}");
                assert_eq!(session.count(&undo), u64::from(may), "{person}");
                session.rows("rollback; begin");
                assert_eq!(
                    session.count(remove),
                    u64::from(person == "north admin"),
                    "{person}"
                );
                session.rows("rollback");
            }
        }
    }
}

/// The guard does not lean on the policies: it holds where they would let everybody through.
#[test]
fn the_guard_holds_where_policies_let_everybody_through() {
    for major in WITH_VECTOR {
        let database = agency(major);
        database.execute(
            "create policy everybody on agency.timesheet_entries for all to public using (true) with check (true);
             grant delete on agency.timesheet_entries to agency_pm",
        );
        let pm = Session::of(&database, "north pm");

        for statement in [
            "update agency.timesheet_entries set description = 'changed' where id = id_of('north approved entry')",
            "delete from agency.timesheet_entries where id = id_of('north approved entry')",
        ] {
            assert_eq!(pm.refused(statement), "42501 by trigger", "{statement}");
        }
        assert_eq!(pm.refused(&set("approved", "draft")), "42501 by trigger");
        assert_eq!(
            pm.refused(
                "insert into agency.timesheet_entries (tenant_id, employee_id, campaign_id, work_date, hours, status)
                 values (id_of('north'), id_of('north pm employee'), id_of('north launch'), '2030-01-07', 1, 'approved')"
            ),
            "42501 by trigger"
        );
        assert_eq!(pm.count(&set("submitted", "approved")), 1);
    }
}

#[test]
fn an_approval_that_is_taken_back_leaves_no_trace_in_the_row() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let admin = Session::of(&database, "north admin");
        let back = format!(
            "{} returning approved_at is null and approved_by is null",
            set("approved", "rejected")
        );

        assert_eq!(admin.value(&back), "t");
        assert_eq!(
            admin.value(
                "select old_values ->> 'status', new_values ->> 'status', actor_role, created_by = id_of('north admin')
                 from agency.audit_log where row_id = id_of('north approved entry') and action = 'update'"
            ),
            "approved|rejected|agency_admin|t"
        );
    }
}
