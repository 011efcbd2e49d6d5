//! What is deleted is marked: hidden from others, taken back by whoever may, and removed for good only afterwards.

use crate::systems::{Session, WITH_VECTOR, agency};

const TITLES: &str = "select title from agency.artifacts order by title";

#[test]
fn an_owner_deletes_a_work_and_takes_it_back() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let team = Session::of(&database, "north account");
        let leadership = Session::of(&database, "north leadership");
        for writer in Session::both(&database, "north creative writer") {
            let brief = "where id = id_of('north brief')";
            assert_eq!(
                writer.count(&format!(
                    "update agency.artifacts set deleted_at = now() {brief}"
                )),
                1
            );
            // The team sees nothing of it, whoever deleted it and leadership do; no view counts it.
            for sql in [
                TITLES,
                "select title from agency.artifact_versions",
                "select body from agency.artifact_comments where author_id <> auth.uid()",
            ] {
                assert_eq!(team.rows(sql), [""; 0], "{sql}");
            }
            assert_eq!(writer.rows(TITLES), ["Brief"]);
            assert_eq!(leadership.rows(TITLES), ["Brief", "Script"]);
            assert_eq!(
                leadership.rows("select title from agency.v_artifact_library"),
                ["Script"]
            );
            assert_eq!(
                writer.rows("select title from agency.search_artifacts('brief')"),
                [""; 0]
            );
            assert_eq!(
                writer.count(&format!(
                    "update agency.artifacts set deleted_at = null {brief}"
                )),
                1
            );
            assert_eq!(team.rows(TITLES), ["Brief"]);
            assert_eq!(
                team.value("select count(*) from agency.artifact_comments"),
                "2"
            );
        }
    }
}

#[test]
fn clients_and_campaigns_are_deleted_and_taken_back_by_those_who_keep_them() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let finance = Session::of(&database, "north finance");
        let lead = Session::of(&database, "north account");
        for admin in Session::both(&database, "north admin") {
            for (table, row, view) in [
                ("clients", "acme", "v_client_360"),
                ("campaigns", "launch", "v_campaign_overview"),
            ] {
                let mark = |value: &str| {
                    format!(
                        "update agency.{table} set deleted_at = {value} where id = id_of('north {row}')"
                    )
                };
                let seen = format!("select count(*) from agency.{table} where code = '{row}'");
                let shown = format!("select count(*) from agency.{view} where code = '{row}'");
                let refused = lead.refused(&mark("now()"));
                assert_eq!(refused, "42501 by policy", "{table}");
                assert_eq!(admin.count(&mark("now()")), 1, "{table}");
                for session in [&finance, &lead] {
                    assert_eq!(session.value(&seen), "0", "{table}");
                }
                assert_eq!(admin.value(&seen), "1", "{table}");
                assert_eq!(admin.value(&shown), "0", "{view}");
                // Not even blindly: nobody changes what they do not see.
                let blindly = format!("update agency.{table} set deleted_at = null");
                lead.run("begin").unwrap();
                assert!(lead.count(&blindly) <= 1, "{table}");
                lead.run("rollback").unwrap();
                assert_eq!(
                    admin.value(&format!(
                        "select count(*) from agency.{table} where deleted_at is not null"
                    )),
                    "1"
                );
                assert_eq!(admin.count(&mark("null")), 1, "{table}");
                assert_eq!(finance.value(&seen), "1", "{table}");
                assert_eq!(admin.value(&shown), "1", "{view}");
            }
        }
    }
}

#[test]
fn what_belongs_to_a_deleted_campaign_is_not_its_teams_any_more() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let team = Session::of(&database, "north pm");
        assert_eq!(team.rows(TITLES), ["Brief"]);
        database.execute(
            "update agency.campaigns set deleted_at = now() where id = id_of('north launch')",
        );
        assert_eq!(team.rows(TITLES), [""; 0]);
        // Its owner keeps it, and the hours that were worked stay.
        assert_eq!(
            Session::of(&database, "north creative writer").rows(TITLES),
            ["Brief"]
        );
        let hours = "select sum(hours) from agency.timesheet_entries where campaign_id = id_of('north launch')";
        assert_eq!(
            Session::of(&database, "north finance").value(hours),
            "15.00"
        );
    }
}

#[test]
fn only_what_is_marked_is_removed_for_good() {
    for major in WITH_VECTOR {
        let database = agency(major);
        for (person, table, row) in [
            ("north creative writer", "artifacts", "brief"),
            ("north admin", "clients", "new"),
            ("north leadership", "campaigns", "new"),
        ] {
            database.execute(
                "insert into agency.clients (tenant_id, id, code, name, sector)
                 values (id_of('north'), id_of('north new'), 'new', 'New', 'food') on conflict do nothing;
                 insert into agency.campaigns (tenant_id, id, client_id, code, name, start_date, end_date)
                 values (id_of('north'), id_of('north new'), id_of('north acme'), 'new', 'New', current_date, current_date)
                 on conflict do nothing",
            );
            let session = Session::of(&database, person);
            let remove = format!("delete from agency.{table} where id = id_of('north {row}')");
            assert_eq!(session.count(&remove), 0, "{table}");
            session.rows(&format!(
                "update agency.{table} set deleted_at = now() where id = id_of('north {row}')"
            ));
            assert_eq!(session.count(&remove), 1, "{table}");
        }
        let versions = "select count(*) from agency.artifact_versions where artifact_id = id_of('north brief')";
        assert_eq!(database.query(versions), ["0"]);
    }
}
