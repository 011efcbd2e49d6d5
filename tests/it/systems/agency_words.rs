//! Search by words: of what the caller may read, the latest first, by an index although policies are in the way.

use crate::systems::{Session, WITH_VECTOR, agency, agency_to_read};

#[test]
fn everybody_finds_the_works_that_they_may_read_and_no_others() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        let found = |person: &str, arguments: &str| {
            let sql = format!("select title, excerpt from agency.search_artifacts({arguments})");
            let mut all = Session::both(database, person)
                .into_iter()
                .map(|session| session.rows(&sql));
            let first = all.next().unwrap();
            assert!(all.all(|other| other == first), "{person}");
            first
        };
        let (brief, script) = ("Brief|north brief text", "Script|north script text");
        let mut both = found("north leadership", "'text'");
        both.sort();
        assert_eq!(both, [brief, script]);
        assert_eq!(found("north pm", "'texts'"), [brief], "the stem counts");
        assert_eq!(found("north pm elsewhere", "'text'"), [script]);
        assert_eq!(found("north finance", "'text'"), [""; 0]);
        assert_eq!(found("north leadership", "'\"brief text\"'"), [brief]);
        assert_eq!(found("north leadership", "'text -brief'"), [script]);
        assert_eq!(found("north leadership", "'south'"), [""; 0]);
        for nothing in ["''", "null", "'the'", "'text', 0", "'text', -1"] {
            assert_eq!(found("north leadership", nothing), [""; 0], "{nothing}");
        }
        let of_gala = "'text', 20, id_of('north gala')";
        assert_eq!(found("north leadership", of_gala), [script]);
        assert_eq!(
            found("north leadership", "'text', 20, null, 'brief'"),
            [brief]
        );
    }
}

#[test]
fn a_search_goes_by_the_tenants_index_and_not_through_the_works_of_others() {
    for major in WITH_VECTOR {
        let database = agency(major);
        // Many tenants' works, of which the caller's are few.
        database.execute(
            "set session_replication_role = replica;
             insert into agency.artifacts (tenant_id, id, campaign_id, owner_id, artifact_type, title, content)
             select md5('other ' || n % 40)::uuid, md5('work ' || n)::uuid, id_of('north launch'), id_of('north pm'), 'copy', 'Work ' || n, 'some text of ' || n
             from generate_series(1, 8000) as n;
             insert into agency.artifacts (tenant_id, id, campaign_id, owner_id, artifact_type, title, content)
             select id_of('north'), md5('own work ' || n)::uuid, id_of('north launch'), id_of('north pm'), 'copy', 'Own ' || n, 'some text of ' || n
             from generate_series(1, 200) as n;
             analyze agency.artifacts",
        );
        // The function's own statement, since a function is a black box to explain.
        let body = "select prosrc from pg_proc where oid = 'agency.search_artifacts'::regproc";
        let body = database.query(body).join("\n");
        let body = body
            .replace("search_text", "'text'")
            .replace("match_count", "20")
            .replace("filter_campaign_id", "null::uuid")
            .replace("filter_type", "null::text");
        let explain = format!("explain (costs off) {}", body.trim());
        for person in ["north leadership", "north account", "north creative"] {
            for session in Session::both(&database, person) {
                let plan = session.rows(&explain).join("\n");
                assert!(plan.contains("artifacts_tenant_id_"), "{person}: {plan}");
                assert!(!plan.contains("Seq Scan on artifacts"), "{person}: {plan}");
            }
        }
    }
}
