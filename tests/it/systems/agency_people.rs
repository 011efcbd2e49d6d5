//! Whose work it is: owners do as they please with their own, a campaign's team sees and comments, others do not.

use crate::systems::{Session, WITH_VECTOR, agency, agency_to_read};

const TITLES: &str = "select title from agency.artifacts order by title";

fn new_artifact(owner: &str) -> String {
    format!(
        "insert into agency.artifacts (tenant_id, id, campaign_id, owner_id, artifact_type, title)
         values (id_of('north'), id_of('new'), id_of('north gala'), id_of('{owner}'), 'copy', 'New')"
    )
}

#[test]
fn an_owner_creates_reads_changes_and_deletes_an_artifact() {
    for major in WITH_VECTOR {
        let database = agency(major);
        for writer in Session::both(&database, "north creative writer") {
            assert_eq!(writer.count(&new_artifact("north creative writer")), 1);
            assert_eq!(writer.rows(TITLES), ["Brief", "New"]);
            assert_eq!(writer.value("update agency.artifacts set title = 'Newer' where id = id_of('new') returning title"), "Newer");
            let mark = "update agency.artifacts set deleted_at = now() where id = id_of('new')";
            assert_eq!(writer.count(mark), 1);
            assert_eq!(
                writer.count("delete from agency.artifacts where id = id_of('new')"),
                1
            );
            assert_eq!(writer.rows(TITLES), ["Brief"]);
        }
    }
}

#[test]
fn nobody_creates_work_in_the_name_of_another_or_gives_work_away() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in [
            "north creative",
            "north pm",
            "north admin",
            "north leadership",
            "north finance",
        ] {
            for session in Session::both(database, person) {
                assert_eq!(
                    session.refused(&new_artifact("north creative writer")),
                    "42501 by policy",
                    "{person}"
                );
            }
        }
        for writer in Session::both(database, "north creative writer") {
            let give = "update agency.artifacts set owner_id = id_of('north pm') where id = id_of('north brief')";
            assert_eq!(writer.refused(give), "42501 by policy");
        }
    }
}

#[test]
fn the_team_of_a_campaign_sees_its_artifacts_versions_and_comments_and_others_do_not() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        let sees = |person: &str, artifacts: &[&str]| {
            for session in Session::both(database, person) {
                assert_eq!(session.rows(TITLES), artifacts, "{person}");
                assert_eq!(
                    session.rows("select title from agency.artifact_versions order by title"),
                    artifacts,
                    "{person}"
                );
                let comments = "select distinct artifact.title from agency.artifact_comments as comment
                    join agency.artifacts as artifact on artifact.id = comment.artifact_id order by 1";
                assert_eq!(session.rows(comments), artifacts, "{person}");
            }
        };

        for member in ["north account", "north pm", "north creative"] {
            sees(member, &["Brief"]);
            sees(&format!("{member} elsewhere"), &["Script"]);
        }
        sees("north creative writer", &["Brief"]);
        for overseer in ["north leadership", "north admin"] {
            sees(overseer, &["Brief", "Script"]);
        }
        for outsider in ["north pm unassigned", "north finance"] {
            sees(outsider, &[]);
        }
    }
}

#[test]
fn the_team_comments_but_does_not_write() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let comment = |artifact: &str, author: &str| {
            format!(
                "insert into agency.artifact_comments (tenant_id, artifact_id, author_id, body)
                 values (id_of('north'), id_of('{artifact}'), id_of('{author}'), 'Well')"
            )
        };
        for member in ["north account", "north pm", "north creative"] {
            for session in Session::both(&database, member) {
                assert_eq!(
                    session.count(&comment("north brief", member)),
                    1,
                    "{member}"
                );
                assert_eq!(
                    session.refused(&comment("north brief", "north creative writer")),
                    "42501 by policy",
                    "{member}"
                );
                assert_eq!(
                    session.refused(&comment("north script", member)),
                    "42501 by policy",
                    "{member}"
                );
                assert_eq!(
                    session.count("update agency.artifacts set title = 'x'"),
                    0,
                    "{member}"
                );
                assert_eq!(session.count("delete from agency.artifacts"), 0, "{member}");
            }
        }
        for outsider in ["north pm elsewhere", "north pm unassigned", "north finance"] {
            for session in Session::both(&database, outsider) {
                assert_eq!(
                    session.refused(&comment("north brief", outsider)),
                    "42501 by policy",
                    "{outsider}"
                );
            }
        }
    }
}

#[test]
fn a_comment_is_changed_and_deleted_by_its_author_alone() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let change = "update agency.artifact_comments set body = 'Changed' where id = id_of('north comment')";
        let remove = "delete from agency.artifact_comments where id = id_of('north comment')";
        for other in [
            "north creative writer",
            "north account",
            "north leadership",
            "north admin",
        ] {
            for session in Session::both(&database, other) {
                assert_eq!(session.count(change), 0, "{other}");
                assert_eq!(session.count(remove), 0, "{other}");
            }
        }

        let pm = Session::of(&database, "north pm");
        assert_eq!(pm.count(change), 1);
        assert_eq!(pm.count(remove), 1);
    }
}

#[test]
fn access_follows_the_team_when_it_changes() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let (before, after) = (
            Session::of(&database, "north pm"),
            Session::of(&database, "north pm unassigned"),
        );
        assert_eq!(before.rows(TITLES), ["Brief"]);
        assert_eq!(after.rows(TITLES), [""; 0]);

        Session::of(&database, "north leadership").rows(
            "update agency.campaigns set project_manager_id = id_of('north pm unassigned') where id = id_of('north launch')",
        );

        assert_eq!(before.rows(TITLES), [""; 0]);
        assert_eq!(after.rows(TITLES), ["Brief"]);
    }
}

#[test]
fn a_campaign_is_run_by_its_team() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let change =
            "update agency.campaigns set objective = 'Sell' where id = id_of('north launch')";
        let may = |person: &str, count: u64| {
            for session in Session::both(&database, person) {
                match session.run(change) {
                    Ok((_, changed)) => assert_eq!(changed, count, "{person}"),
                    Err(error) => {
                        assert_eq!(error.code().code(), "42501", "{person}");
                        assert_eq!(count, 0, "{person}");
                    }
                }
            }
        };

        for person in [
            "north pm",
            "north account",
            "north creative",
            "north leadership",
            "north admin",
        ] {
            may(person, 1);
        }
        for person in [
            "north pm elsewhere",
            "north account elsewhere",
            "north creative writer",
            "north finance",
        ] {
            may(person, 0);
        }
    }
}

#[test]
fn an_employee_sees_and_writes_their_own_hours() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let entry = |person: &str| {
            format!(
                "insert into agency.timesheet_entries (tenant_id, employee_id, campaign_id, work_date, hours)
                 values (id_of('north'), id_of('{person} employee'), id_of('north launch'), '2030-01-07', 1)"
            )
        };
        for writer in Session::both(&database, "north creative writer") {
            writer.rows("begin");
            assert_eq!(
                writer.value("select count(*) from agency.timesheet_entries"),
                "4"
            );
            assert_eq!(writer.count(&entry("north creative writer")), 1);
            assert_eq!(
                writer.count(
                    "update agency.timesheet_entries set description = 'mine', status = 'draft'"
                ),
                4,
                "all but the approved one"
            );
            assert_eq!(writer.count("delete from agency.timesheet_entries"), 4);
            writer.rows("rollback");

            assert_eq!(writer.refused(&entry("north pm")), "42501 by policy");
            assert_eq!(
                writer.refused(
                    "update agency.timesheet_entries set employee_id = id_of('north pm employee') where id = id_of('north draft entry')"
                ),
                "42501 by policy"
            );
        }
        for pm in Session::both(&database, "north pm") {
            assert_eq!(
                pm.value("select count(*) from agency.timesheet_entries"),
                "6",
                "a pm sees all hours"
            );
            assert_eq!(pm.count("delete from agency.timesheet_entries where employee_id <> id_of('north pm employee')"), 0);
            assert_eq!(
                pm.refused(&entry("north creative writer")),
                "42501 by policy"
            );
        }
        for account in Session::both(&database, "north account") {
            assert_eq!(
                account.value("select count(*) from agency.timesheet_entries"),
                "0"
            );
        }
    }
}

#[test]
fn a_conversation_with_the_assistant_is_private_to_its_user() {
    for major in WITH_VECTOR {
        let database = agency(major);
        for person in ["north creative writer", "north pm"] {
            for session in Session::both(&database, person) {
                assert_eq!(
                    session.rows(&format!(
                        "select user_id = id_of('{person}') from agency.ai_conversations"
                    )),
                    ["t"],
                    "{person}"
                );
                assert_eq!(
                    session.rows(&format!(
                        "select id = id_of('north message of {}') from agency.ai_messages",
                        &person[6..]
                    )),
                    ["t"],
                    "{person}"
                );
                assert_eq!(
                    session.count("update agency.ai_conversations set title = 'Mine'"),
                    1
                );
                for changing in [
                    "update agency.ai_messages set content = 'x'",
                    "delete from agency.ai_messages",
                ] {
                    assert_eq!(session.refused(changing), "42501 by grants", "{person}");
                }
            }
        }
        let start = |user: &str| {
            format!(
                "insert into agency.ai_conversations (tenant_id, user_id) values (id_of('north'), id_of('{user}'))"
            )
        };
        let say = |conversation: &str| {
            format!(
                "insert into agency.ai_messages (tenant_id, conversation_id, position, role, content)
                 values (id_of('north'), id_of('north conversation of {conversation}'), 2, 'user', 'Hello')"
            )
        };
        for person in [
            "north leadership",
            "north admin",
            "north finance",
            "north account",
        ] {
            for session in Session::both(&database, person) {
                assert_eq!(
                    session.value("select count(*) from agency.ai_conversations"),
                    "0",
                    "{person}"
                );
                assert_eq!(
                    session.value("select count(*) from agency.ai_messages"),
                    "0",
                    "{person}"
                );
                assert_eq!(
                    session.refused(&start("north pm")),
                    "42501 by policy",
                    "{person}"
                );
                assert_eq!(session.refused(&say("pm")), "42501 by policy", "{person}");
                session.rows("begin");
                assert_eq!(session.count(&start(person)), 1, "{person}");
                session.rows("rollback");
            }
        }
        assert_eq!(Session::of(&database, "north pm").count(&say("pm")), 1);
    }
}

#[test]
fn somebody_who_is_not_signed_in_owns_nothing() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for session in Session::both(database, "north creative writer") {
            session.rows("select set_config('request.jwt.claims', '', false)");

            for table in [
                "artifacts",
                "timesheet_entries",
                "ai_conversations",
                "artifact_comments",
                "team_allocations",
            ] {
                assert_eq!(
                    session.value(&format!("select count(*) from agency.{table}")),
                    "0",
                    "{table}"
                );
            }
            assert_eq!(
                session.refused(&new_artifact("north creative writer")),
                "42501 by policy"
            );
        }
    }
}
