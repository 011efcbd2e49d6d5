//! Creative work: every change of content is a version, and talk about it stays in its place.

use crate::systems::{PEOPLE_OF_EACH_ROLE, Session, WITH_VECTOR, agency, agency_to_read};

const BRIEF: &str = "tenant_id = id_of('north') and id = id_of('north brief')";
const VERSIONS: &str =
    "select version_number, title, content, created_by = id_of('north creative writer')
    from agency.artifact_versions where artifact_id = id_of('north brief') order by version_number";

#[test]
fn new_content_makes_a_version_in_the_same_statement_with_number_snapshot_and_author() {
    for major in WITH_VECTOR {
        let database = agency(major);
        for writer in Session::both(&database, "north creative writer") {
            writer.rows("begin");
            assert_eq!(writer.rows(VERSIONS), ["1|Brief|north brief text|t"]);

            let change = format!(
                "update agency.artifacts set title = 'Brief two', content = 'second' where {BRIEF}
                 returning current_version, content_preview"
            );
            assert_eq!(writer.value(&change), "2|second");
            assert_eq!(
                writer.rows(VERSIONS),
                ["1|Brief|north brief text|t", "2|Brief two|second|t"]
            );

            writer.rows("rollback");
            assert_eq!(writer.rows(VERSIONS).len(), 1);
        }
    }
}

#[test]
fn a_change_that_leaves_the_content_alone_makes_no_version() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let writer = Session::of(&database, "north creative writer");

        for change in [
            "title = 'Another title'",
            "status = 'in_review'",
            "content = content",
        ] {
            let sql = format!(
                "update agency.artifacts set {change} where {BRIEF} returning current_version"
            );
            assert_eq!(writer.value(&sql), "1", "{change}");
        }
        assert_eq!(writer.rows(VERSIONS), ["1|Brief|north brief text|t"]);
    }
}

#[test]
fn a_version_is_signed_by_whoever_wrote_the_content_and_not_by_the_owner() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let maintainer = Session::new(&database);
        let change = format!(
            "update agency.artifacts set content = 'mended', updated_by = id_of('south pm') where {BRIEF}"
        );

        maintainer.rows("select set_config('request.jwt.claims', json_build_object('sub', id_of('north pm'))::text, false)");
        maintainer.rows(&change);

        assert_eq!(
            maintainer.value(
                "select created_by = id_of('north pm') from agency.artifact_versions
                 where artifact_id = id_of('north brief') and version_number = 2"
            ),
            "t"
        );
    }
}

#[test]
fn the_number_of_a_version_cannot_be_forged() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let writer = Session::of(&database, "north creative writer");
        let maintainer = Session::new(&database);

        let forge = format!("update agency.artifacts set current_version = 50 where {BRIEF}");
        assert_eq!(writer.refused(&forge), "42501 by grants");

        // Whoever is above grants is above no trigger.
        maintainer.rows(&forge);
        assert_eq!(
            maintainer.value(&format!(
                "select current_version from agency.artifacts where {BRIEF}"
            )),
            "1"
        );
        maintainer.rows(&format!(
            "update agency.artifacts set current_version = 50, content = 'new' where {BRIEF}"
        ));
        assert_eq!(
            maintainer.value(&format!(
                "select current_version from agency.artifacts where {BRIEF}"
            )),
            "2"
        );
        maintainer.rows(
            "insert into agency.artifacts (tenant_id, id, campaign_id, owner_id, artifact_type, title, current_version)
             values (id_of('north'), id_of('forged'), id_of('north launch'), id_of('north pm'), 'copy', 'Forged', 7)",
        );
        assert_eq!(
            maintainer.rows("select version_number from agency.artifact_versions where artifact_id = id_of('forged')"),
            ["1"]
        );
    }
}

#[test]
fn versions_are_immutable_for_every_role() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE {
            for session in Session::both(database, person) {
                for statement in [
                    "update agency.artifact_versions set content = 'forged'",
                    "update agency.artifact_versions set updated_at = now() where false",
                    "delete from agency.artifact_versions",
                    "truncate agency.artifact_versions",
                    "insert into agency.artifact_versions (tenant_id, artifact_id, version_number, title, content)
                     values (id_of('north'), id_of('north brief'), 2, 'Forged', 'forged')",
                ] {
                    assert_eq!(session.refused(statement), "42501 by grants", "{person}: {statement}");
                }
            }
        }
    }
}

#[test]
fn a_version_goes_only_with_its_artifact() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let writer = Session::of(&database, "north creative writer");

        writer.rows(&format!(
            "update agency.artifacts set deleted_at = now() where {BRIEF}"
        ));
        assert_eq!(
            writer.count(&format!("delete from agency.artifacts where {BRIEF}")),
            1
        );

        assert_eq!(Session::new(&database).rows(VERSIONS).len(), 0);
    }
}

#[test]
fn concurrent_writers_number_their_versions_one_after_the_other() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let (first, second) = (
            Session::of(&database, "north creative writer"),
            Session::of(&database, "north creative writer"),
        );
        let write =
            |text: &str| format!("update agency.artifacts set content = '{text}' where {BRIEF}");

        first.rows("begin");
        first.rows(&write("first"));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(move || {
                second.rows(&write("second"));
                second
            });
            Session::new(&database).wait_for_a_lock();
            first.rows("commit");
            waiting.join().unwrap();
        });

        assert_eq!(
            first.rows(VERSIONS),
            [
                "1|Brief|north brief text|t",
                "2|Brief|first|t",
                "3|Brief|second|t"
            ]
        );
    }
}

/// Inserts a comment of the person on an artifact, in answer to another one or in answer to none.
fn comment(person: &str, artifact: &str, parent: Option<&str>) -> String {
    let parent = parent.map_or("null".to_owned(), |parent| format!("id_of('{parent}')"));
    format!(
        "insert into agency.artifact_comments (tenant_id, artifact_id, parent_comment_id, author_id, body)
         values (id_of('north'), id_of('{artifact}'), {parent}, id_of('{person}'), 'Well')"
    )
}

#[test]
fn an_answer_stays_in_the_artifact_and_the_thread_of_the_comment_it_answers() {
    for major in WITH_VECTOR {
        let database = agency(major);
        for pm in Session::both(&database, "north pm") {
            let on =
                |artifact: &str, parent| pm.run(&comment("north pm", artifact, parent)).map(drop);

            on("north brief", None).unwrap();
            on("north brief", Some("north comment")).unwrap();
            on("north brief", Some("north reply")).unwrap();

            for stray in ["north gala comment", "south comment", "no comment"] {
                assert_eq!(
                    pm.refused(&comment("north pm", "north brief", Some(stray))),
                    "23503 artifact_comments_parent_comment_id_fkey",
                    "{stray}"
                );
            }
        }
    }
}

#[test]
fn a_comment_cannot_be_moved_or_answer_itself() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let pm = Session::of(&database, "north pm");
        let maintainer = Session::new(&database);
        let mine = "where id = id_of('north comment')";

        assert_eq!(
            pm.count(&format!(
                "update agency.artifact_comments set body = 'Shorter.', resolved_at = now() {mine}"
            )),
            1
        );
        for moving in [
            "artifact_id = id_of('north script')",
            "parent_comment_id = id_of('north reply')",
            "author_id = id_of('north account')",
            "tenant_id = id_of('south')",
        ] {
            let sql = format!("update agency.artifact_comments set {moving} {mine}");
            assert_eq!(pm.refused(&sql), "42501 by grants", "{moving}");
        }
        assert_eq!(
            maintainer.refused(&format!(
                "update agency.artifact_comments set parent_comment_id = id {mine}"
            )),
            "23514 artifact_comments_not_its_own_parent_check"
        );
        assert_eq!(
            maintainer.refused("update agency.artifact_comments set artifact_id = id_of('north script') where id = id_of('north reply')"),
            "23503 artifact_comments_parent_comment_id_fkey"
        );
    }
}

#[test]
fn a_phase_of_another_campaign_is_refused() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let writer = Session::of(&database, "north creative writer");
        let set = |phase: &str| {
            format!("update agency.artifacts set phase_id = id_of('{phase}') where {BRIEF}")
        };

        assert_eq!(writer.count(&set("north launch phase")), 1);
        assert_eq!(
            writer.refused(&set("north gala phase")),
            "23503 artifacts_phase_id_fkey"
        );
        assert_eq!(
            writer.refused(&set("south launch phase")),
            "23503 artifacts_phase_id_fkey"
        );
    }
}
