//! The six views and the activity feed: something for everybody, and nothing of another tenant.

use crate::systems::{PEOPLE_OF_EACH_ROLE, Session, WITH_VECTOR, agency_to_read};

const FOR_ALL: [&str; 5] = [
    "v_artifact_library",
    "v_campaign_overview",
    "v_client_360",
    "v_dashboard_kpis",
    "v_employee_utilization",
];
const WITH_MONEY: &str = "v_timesheet_summary_by_campaign";

#[test]
fn every_view_has_rows_for_everybody_and_none_of_another_tenant() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        let people = PEOPLE_OF_EACH_ROLE
            .into_iter()
            .chain(["north creative writer", "north pm elsewhere"]);
        for person in people {
            for session in Session::both(database, person) {
                for view in FOR_ALL {
                    let sql = format!(
                        "select count(*) > 0, coalesce(bool_and(tenant_id = id_of('north')), true) from agency.{view}"
                    );
                    let empty = match view {
                        // For owners and teams, leadership and admin: finance has no artifacts of its own.
                        "v_artifact_library" => person == "north finance",
                        // One's own hours, and this one has none yet.
                        "v_employee_utilization" => person == "north creative",
                        _ => false,
                    };
                    assert_eq!(
                        session.value(&sql),
                        if empty { "f|t" } else { "t|t" },
                        "{person}: {view}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_view_that_shows_money_is_for_finance_and_leadership() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        let sql = format!(
            "select code, total_hours, cost_amount, bill_amount, margin_amount, margin_pct from agency.{WITH_MONEY} order by code"
        );
        for person in PEOPLE_OF_EACH_ROLE {
            let [own, shared] = Session::both(database, person);
            if matches!(person, "north finance" | "north leadership") {
                assert_eq!(
                    own.rows(&sql),
                    [
                        "gala|6.00|343.86|859.02|515.16|60.0",
                        "launch|15.00|802.34|2004.38|1202.04|60.0"
                    ],
                    "{person}"
                );
            } else {
                assert_eq!(own.refused(&sql), "42501 by grants", "{person}");
            }
            assert_eq!(shared.refused(&sql), "42501 by grants", "{person}");
        }
    }
}

#[test]
fn the_views_count_right_for_those_who_see_all() {
    for major in WITH_VECTOR {
        for session in Session::both(agency_to_read(major), "north leadership") {
            assert_eq!(
                session.rows(
                    "select active_clients, active_campaigns, campaigns_ending_soon, overdue_campaigns, artifacts_in_review,
                       artifacts_changed_this_week, open_comments, timesheets_awaiting_approval, active_employees,
                       hours_last_30_days, billable_pct from agency.v_dashboard_kpis"
                ),
                ["2|1|1|0|0|2|3|2|11|21.00|100.0"]
            );
            assert_eq!(
                session.rows(
                    "select code, client_name, brand_name, project_manager_name, days_left, is_overdue, phase_count, current_phase,
                       artifact_count, employee_count, logged_hours, budget_hours_used_pct, planned_hours_ahead
                     from agency.v_campaign_overview order by code"
                ),
                [
                    "gala|Globex||Pm Elsewhere|60|f|1|strategy|1|1|6.00|12.0|0",
                    "launch|Acme|Brand|Pm|20|f|1|strategy|1|2|15.00|15.0|20.00"
                ]
            );
            assert_eq!(
                session.rows(
                    "select code, account_owner_name, brand_count, campaign_count, active_campaign_count, artifact_count,
                       employee_count, logged_hours, knowledge_document_count from agency.v_client_360 order by code"
                ),
                ["acme|Account|1|1|1|1|2|15.00|1", "globex|Account|0|1|0|1|1|6.00|1"]
            );
            assert_eq!(
                session.rows(
                    "select full_name, logged_hours, approved_hours, planned_hours, campaign_count, utilization_pct, planned_pct
                     from agency.v_employee_utilization order by full_name, week_start_date"
                ),
                [
                    "Creative Elsewhere|6.00|0|0|1|15.0|0.0",
                    "Creative Writer|10.00|4.00|0|1|25.0|0.0",
                    "Creative Writer|0|0|20.00|0|0.0|50.0",
                    "Pm|5.00|0|0|1|12.5|0.0"
                ]
            );
            assert_eq!(
                session.rows(
                    "select title, content_preview, current_version, campaign_code, client_name, brand_name, owner_name,
                       comment_count, open_comment_count from agency.v_artifact_library order by title"
                ),
                [
                    "Brief|north brief text|1|launch|Acme|Brand|Creative Writer|2|2",
                    "Script|north script text|1|gala|Globex||Creative Elsewhere|1|1"
                ]
            );
        }
    }
}

#[test]
fn a_view_counts_only_what_its_reader_may_see() {
    for major in WITH_VECTOR {
        for writer in Session::both(agency_to_read(major), "north creative writer") {
            assert_eq!(
                writer.rows("select code, logged_hours, artifact_count from agency.v_campaign_overview order by code"),
                ["gala|0|0", "launch|10.00|1"]
            );
            assert_eq!(
                writer.rows("select title from agency.v_artifact_library"),
                ["Brief"]
            );
        }
    }
}

#[test]
fn without_a_tenant_every_view_is_empty() {
    for major in WITH_VECTOR {
        let session = Session::of(agency_to_read(major), "north leadership");
        for tenant in ["", "nonsense", "00000000-0000-0000-0000-000000000000"] {
            session.rows(&format!(
                "select set_config('app.current_tenant', '{tenant}', false)"
            ));
            for view in FOR_ALL.into_iter().chain([WITH_MONEY]) {
                assert_eq!(
                    session.value(&format!("select count(*) from agency.{view}")),
                    "0",
                    "{view} {tenant}"
                );
            }
            assert_eq!(
                session.value("select count(*) from agency.get_recent_activity()"),
                "0"
            );
        }
    }
}

#[test]
fn the_activity_feed_shows_the_latest_that_the_reader_may_see() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        let kinds = "select activity, count(*), bool_and(tenant_id = id_of('north')) from agency.get_recent_activity(200)
            group by activity order by activity";
        for session in Session::both(database, "north leadership") {
            assert_eq!(
                session.rows(kinds),
                [
                    "artifact_commented|3|t",
                    "artifact_created|2|t",
                    "campaign_created|2|t",
                    "knowledge_added|4|t"
                ]
            );
        }
        for session in Session::both(database, "north creative") {
            assert_eq!(
                session.rows(kinds),
                [
                    "artifact_commented|2|t",
                    "artifact_created|1|t",
                    "campaign_created|2|t",
                    "knowledge_added|4|t"
                ]
            );
        }
    }
}

#[test]
fn the_activity_feed_is_of_one_user_and_as_long_as_asked() {
    for major in WITH_VECTOR {
        let session = Session::of(agency_to_read(major), "north admin");
        let count = |arguments: &str| {
            session.value(&format!(
                "select count(*) from agency.get_recent_activity({arguments})"
            ))
        };

        assert_eq!(count("3"), "3");
        assert_eq!(count("0"), "0");
        assert_eq!(count("-1"), "0");
        assert_eq!(count("null"), "11");
        assert_eq!(count("200, id_of('north creative writer')"), "2");
        assert_eq!(count("200, id_of('south creative writer')"), "0");
        assert_eq!(
            session.value(
                "select title, user_name from agency.get_recent_activity(1, id_of('north pm'))"
            ),
            "Shorter, please.|Pm"
        );
        assert_eq!(session.value("select bool_and(ordered) from (select occurred_at <= lag(occurred_at) over () as ordered from agency.get_recent_activity()) as feed"), "t");
    }
}

#[test]
fn the_utilization_of_one_week_reads_one_week() {
    for major in WITH_VECTOR {
        let session = Session::of(agency_to_read(major), "north leadership");
        let plan = session
            .rows(
                "set enable_seqscan = off;
                 explain (costs off) select * from agency.v_employee_utilization where week_start_date = '2026-05-04'",
            )
            .join("\n");
        let conditions = plan
            .lines()
            .filter(|line| line.contains("Index Cond") && line.contains("week_start_date ="));
        assert_eq!(conditions.count(), 2, "{plan}");
    }
}
