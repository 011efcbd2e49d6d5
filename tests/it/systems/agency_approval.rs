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
fn a_new_entry_is_no_approved_one_except_for_admin_and_then_not_their_own() {
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
                    let of_another = entry("north creative writer", "approved");
                    assert_eq!(session.value(&of_another), "t");
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
        let because = change.replace(" where", ", correction_reason = 'wrong day' where");
        let undo = because.replace("description = 'changed'", "status = 'draft'");
        let remove =
            "delete from agency.timesheet_entries where id = id_of('north approved entry')";

        for person in PEOPLE_OF_EACH_ROLE
            .into_iter()
            .chain(["north creative writer"])
        {
            for session in Session::both(&database, person) {
                let may = matches!(person, "north finance" | "north admin");
                session.rows("begin");
                assert_eq!(session.count(&because), u64::from(may), "{person}");
                session.rows("rollback; begin");
                assert_eq!(session.count(&undo), u64::from(may), "{person}");
                session.rows("rollback");
                if may {
                    let needs = "23514 timesheet_entries_correction_has_reason_check";
                    assert_eq!(session.refused(change), needs, "{person}");
                    let blank = because.replace("wrong day", " ");
                    assert_eq!(session.refused(&blank), needs, "{person}");
                    session.rows("begin");
                    assert_eq!(session.count(&because), 1);
                    // Each change has a reason of its own.
                    assert_eq!(session.refused(&because), needs, "{person}");
                    session.rows("rollback");
                }
                // Not even those who may take an approval back.
                let removed = end_of(&session, remove);
                assert!(
                    removed == "0 rows" || removed == "42501",
                    "{person}: {removed}"
                );
            }
        }
    }
}

/// How a statement ends: its SQLSTATE, or how many rows it wrote.
fn end_of(session: &Session, sql: &str) -> String {
    match session.run(sql) {
        Ok((_, count)) => format!("{count} rows"),
        Err(error) => error.code().code().to_owned(),
    }
}

#[test]
fn nobody_approves_or_corrects_their_own_hours() {
    for major in WITH_VECTOR {
        let database = agency(major);
        for person in ["finance", "admin", "pm"] {
            database.execute(&format!(
                "insert into agency.timesheet_entries (tenant_id, id, employee_id, campaign_id, work_date, hours, status)
                 select id_of('north'), id_of('north own {person} ' || status || ' entry'), id_of('north {person} employee'),
                   id_of('north launch'), current_date, 1, status from unnest(array['submitted', 'approved']) as status"
            ));
            for session in Session::both(&database, &format!("north {person}")) {
                let entry = |status: &str, change: &str| {
                    format!(
                        "update agency.timesheet_entries set {change} where id = id_of('north own {person} {status} entry')"
                    )
                };
                for sql in [
                    entry("submitted", "status = 'approved'"),
                    entry("submitted", "status = 'approved', employee_id = id_of('north creative writer employee')"),
                    entry("approved", "hours = 2, correction_reason = 'more'"),
                    entry("approved", "status = 'draft', correction_reason = 'anew'"),
                    "update agency.timesheet_entries set status = 'draft', correction_reason = 'mine', employee_id = (select id from agency.employees where user_id = auth.uid()) where id = id_of('north approved entry')".to_owned(),
                ] {
                    let end = end_of(&session, &sql);
                    assert!(end == "42501" || end == "0 rows", "{person}: {sql}: {end}");
                }
                session.rows("begin");
                assert_eq!(session.count(&entry("submitted", "status = 'draft'")), 1);
                session.rows("rollback");
                let other = if person == "finance" {
                    "north admin"
                } else {
                    "north finance"
                };
                let decider = Session::of(&database, other);
                decider.rows("begin");
                assert_eq!(decider.count(&entry("submitted", "status = 'approved'")), 1);
                assert_eq!(
                    decider.count(&entry("approved", "hours = 2, correction_reason = 'more'")),
                    1
                );
                decider.rows("rollback");
            }
        }
    }
}

#[test]
fn a_correction_is_recorded_with_its_reason() {
    for major in WITH_VECTOR {
        let database = agency(major);
        Session::of(&database, "north finance").rows(
            "update agency.timesheet_entries set hours = 5, correction_reason = 'half a day more' where id = id_of('north approved entry')",
        );
        assert_eq!(
            Session::of(&database, "north leadership").rows(
                "select changed_columns @> '{hours,correction_reason}', old_values ->> 'hours', new_values ->> 'hours',
                   new_values ->> 'correction_reason', created_by = id_of('north finance')
                 from agency.audit_log where record_id = id_of('north approved entry') and action = 'update'"
            ),
            ["t|4.00|5.00|half a day more|t"]
        );
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
                .replace(" where", ", correction_reason = 'not agreed' where")
        );

        assert_eq!(admin.value(&back), "t");
        assert_eq!(
            admin.value(
                "select old_values ->> 'status', new_values ->> 'status', actor_role, created_by = id_of('north admin')
                 from agency.audit_log where record_id = id_of('north approved entry') and action = 'update'"
            ),
            "approved|rejected|agency_admin|t"
        );
    }
}
