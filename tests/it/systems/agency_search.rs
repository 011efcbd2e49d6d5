//! Search by meaning: the right passages, in order, of the caller's tenant alone.

use crate::support::server::TestDatabase;
use crate::systems::{PEOPLE_OF_EACH_ROLE, Session, WITH_VECTOR, agency, agency_to_read};

/// A search for what lies at near(1), with further arguments.
fn search(arguments: &str) -> String {
    format!(
        "select content, round(similarity::numeric, 2) from agency.search_knowledge(near(1){arguments})"
    )
}

#[test]
fn the_passages_closest_in_meaning_come_first_for_everybody_of_the_tenant() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE {
            for session in Session::both(database, person) {
                assert_eq!(
                    session.rows(&search("")),
                    [
                        "handbook best|0.95",
                        "acme good|0.90",
                        "globex good|0.85",
                        "handbook fair|0.75"
                    ],
                    "{person}"
                );
                assert_eq!(
                    session.value(
                        "select count(*) from agency.search_knowledge(near(1), -1, 200) as found
                         join agency.knowledge_chunks as chunk on chunk.id = found.chunk_id and chunk.tenant_id = id_of('north')"
                    ),
                    "5",
                    "{person}"
                );
            }
        }
    }
}

#[test]
fn the_threshold_and_the_count_are_respected() {
    for major in WITH_VECTOR {
        let session = Session::of(agency_to_read(major), "north creative");
        let found = |arguments: &str| session.rows(&search(arguments)).len();

        assert_eq!(found(", 0.92"), 1);
        assert_eq!(found(", 0.96"), 0);
        assert_eq!(found(", 0.05"), 5);
        assert_eq!(found(", -1, 2"), 2);
        assert_eq!(found(", -1, 1"), 1);
        assert_eq!(found(", -1, 0"), 0);
        assert_eq!(found(", -1, -5"), 0);
        assert_eq!(found(", -1, null"), 5);
        assert_eq!(found(", null"), 0);
    }
}

#[test]
fn a_search_can_be_narrowed_to_a_client_and_to_tags() {
    for major in WITH_VECTOR {
        let session = Session::of(agency_to_read(major), "north account");
        let found = |arguments: &str| session.rows(&search(&format!(", 0.5, 10, {arguments}")));

        assert_eq!(found("id_of('north acme')"), ["acme good|0.90"]);
        assert_eq!(found("id_of('north globex')"), ["globex good|0.85"]);
        assert_eq!(found("id_of('south acme')"), [""; 0]);
        assert_eq!(
            found("null, '{client}'"),
            ["acme good|0.90", "globex good|0.85"]
        );
        assert_eq!(
            found("null, '{how, client}'"),
            [
                "handbook best|0.95",
                "acme good|0.90",
                "globex good|0.85",
                "handbook fair|0.75"
            ]
        );
        assert_eq!(
            found("id_of('north globex'), '{how}'"),
            ["globex good|0.85"]
        );
        assert_eq!(found("id_of('north acme'), '{how}'"), [""; 0]);
        assert_eq!(found("null, '{unheard_of}'"), [""; 0]);
    }
}

#[test]
fn only_active_documents_and_embedded_passages_are_found() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let admin = Session::of(&database, "north admin");
        assert!(
            !admin
                .rows(&search(", -1, 200"))
                .iter()
                .any(|row| row.starts_with("old") || row.contains("unembedded"))
        );

        admin.rows("update agency.knowledge_documents set status = 'active' where id = id_of('north document old')");
        admin.rows("update agency.knowledge_chunks set embedding = near(0.97) where id = id_of('north handbook unembedded')");

        assert_eq!(
            admin.rows(&search(""))[..2],
            ["old best|0.99", "handbook unembedded|0.97"]
        );
    }
}

#[test]
fn without_a_tenant_nothing_is_found() {
    for major in WITH_VECTOR {
        let session = Session::of(agency_to_read(major), "north leadership");

        for tenant in ["", "nonsense", "00000000-0000-0000-0000-000000000000"] {
            session.rows(&format!(
                "select set_config('app.current_tenant', '{tenant}', false)"
            ));
            assert_eq!(session.rows(&search(", -1, 200")), [""; 0], "{tenant}");
        }
    }
}

/// Gives a tenant passages whose similarity to near(1) falls evenly from the best to the worst.
fn add_passages(database: &TestDatabase, tenant: &str, count: u32, best: f64, worst: f64) {
    database.execute(&format!(
        "set session_replication_role = replica;
         insert into agency.knowledge_chunks (tenant_id, document_id, chunk_index, content, embedding)
         select id_of('{tenant}'), id_of('{tenant} document handbook'), 1000 + position, '{tenant} ' || position,
           (select array_agg(case dimension
                when 1 then similarity
                when 2 + position % 500 then sqrt(1 - similarity ^ 2)
                else 0 end order by dimension)::real[]
            from generate_series(1, 1536) as dimension)::vector
         from generate_series(1, {count}) as position,
           lateral (select {best} - ({best} - {worst}) * position / {count} as similarity) as far;
         analyze agency.knowledge_chunks"
    ));
}

#[test]
fn all_is_found_where_another_tenant_has_a_hundred_times_as_much_that_is_nearer() {
    for major in WITH_VECTOR {
        let database = agency(major);
        add_passages(&database, "south", 1500, 0.999, 0.96);
        add_passages(&database, "north", 15, 0.94, 0.91);

        for pm in Session::both(&database, "north pm") {
            let found = pm.rows(&search(", 0.9, 20"));
            // The handbook's best, then the fifteen, whose last is as near as acme's.
            assert_eq!(found.len(), 17, "{found:#?}");
            assert_eq!(found[0], "handbook best|0.95");
            let order: Vec<String> = (1..=15)
                .map(|position| format!("north {position}"))
                .collect();
            let names: Vec<&str> = found[1..16]
                .iter()
                .map(|row| row.split('|').next().unwrap())
                .collect();
            assert_eq!(names, order);
        }
    }
}

#[test]
fn a_large_tenant_is_searched_through_the_index_and_a_small_one_exactly() {
    for major in WITH_VECTOR {
        let database = agency(major);
        add_passages(&database, "south", 2100, 0.99, 0.5);
        let maintainer = Session::new(&database);
        let walks = || {
            maintainer.value("select idx_scan from pg_stat_all_indexes where indexrelname = 'knowledge_chunks_embedding_idx'")
        };
        // A session tells its counters before it answers.
        let found = |person: &str| {
            let session = Session::of(&database, person);
            let found = session.rows(&search(", 0.9, 20"));
            session.rows("select pg_stat_force_next_flush()");
            session.rows("select 1");
            found
        };
        let before = walks();

        assert_eq!(
            found("north creative"),
            ["handbook best|0.95", "acme good|0.90"]
        );
        assert_eq!(walks(), before);

        let nearest = found("south creative");
        assert_ne!(walks(), before);
        let exact = maintainer.rows(
            "set enable_indexscan = off;
             select content, round((1 - (embedding <=> near(1)))::numeric, 2) from agency.knowledge_chunks
             where tenant_id = id_of('south') and document_id <> id_of('south document old') and embedding is not null
             order by embedding <=> near(1) limit 20",
        );
        let missed = exact.iter().filter(|row| !nearest.contains(row)).count();
        assert_eq!(nearest.len(), 20);
        assert!(missed <= 2, "{missed} of 20 missed: {nearest:#?}");

        // What passes a filter is few again, however large the tenant.
        let south = Session::of(&database, "south creative");
        assert_eq!(
            south.rows(&search(", -1, 20, id_of('south globex')")),
            ["globex good|0.85"]
        );
        assert_eq!(
            south.rows(&search(", -1, 20, null, '{client}'")),
            ["acme good|0.90", "globex good|0.85"]
        );
    }
}

#[test]
fn a_vector_of_another_length_is_refused() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        let session = Session::of(database, "north pm");

        assert_eq!(
            session
                .error("select * from agency.search_knowledge('[1,2,3]'::vector)")
                .code()
                .code(),
            "22000"
        );
        assert_eq!(
            session.refused("select * from agency.search_knowledge('[1,2,3]'::vector(1536))"),
            "22000"
        );
    }
}

#[test]
fn an_answer_cites_passages_by_their_ids() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let writer = Session::of(&database, "north creative writer");
        let answer = |position: u32, role: &str, citations: &str| {
            format!(
                "insert into agency.ai_messages (tenant_id, conversation_id, position, role, content, citations)
                 values (id_of('north'), id_of('north conversation of creative writer'), {position}, '{role}', 'Text', {citations})"
            )
        };
        let chunk = "jsonb_build_array(jsonb_build_object('chunk_id', id_of('north handbook best'), 'similarity', 0.9))";

        assert_eq!(writer.count(&answer(2, "assistant", chunk)), 1);
        assert_eq!(writer.count(&answer(3, "assistant", "'[]'")), 1);
        assert_eq!(writer.count(&answer(4, "user", "'[]'")), 1);
        for wrong in [
            "'{}'",
            "'null'",
            "'\"text\"'",
            "'[1]'",
            "'[{}]'",
            "'[[]]'",
            "'[{\"chunk_id\": \"x\"}]'",
            "'[{\"chunk_id\": 1}]'",
            "'[{\"chunk_id\": null}]'",
            "'[[{\"chunk_id\": \"00000000-0000-0000-0000-000000000000\"}]]'",
        ] {
            assert_eq!(
                writer.refused(&answer(5, "assistant", wrong)),
                "23514 ai_messages_citations_check",
                "{wrong}"
            );
        }
        assert_eq!(
            writer.refused(&answer(5, "user", chunk)),
            "23514 ai_messages_only_the_assistant_cites_check"
        );
        assert_eq!(
            writer.refused(&answer(4, "user", "'[]'")),
            "23505 ai_messages_tenant_id_conversation_id_position_key"
        );
    }
}
