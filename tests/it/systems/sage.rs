//! The design studio: who sees what, and what reaches the outbox. Carl and Cora are clients, Tom is of the team, Ada is an
//! administrator; the back end is the service role.

use std::sync::OnceLock;

use super::person::{Templates, copy_of, session_of};
use super::{ALL, Session};
use crate::support::server::TestDatabase;

const FIXTURE: &str = "
    insert into sage.users (id, email, address, user_type, password_hash)
    values
      (id_of('carl'), 'carl@example.com', null, 'sage_client', 'secret'),
      (id_of('cora'), null, '1 Elm Street', 'kaa_client', 'secret'),
      (id_of('tom'), 'tom@example.com', null, 'team', 'secret'),
      (id_of('ada'), 'ada@example.com', null, 'admin', 'secret');
    insert into sage.clients (id, user_id, tier)
    values (id_of('carl client'), id_of('carl'), 2), (id_of('cora client'), id_of('cora'), 4);
    insert into sage.leads (id, email, project_address, recommended_tier)
    values (id_of('lead'), 'lead@example.com', '2 Oak Road', 1);
    insert into sage.projects (id, client_id, tier, name)
    values
      (id_of('carl project'), id_of('carl client'), 2, 'Carl''s garden'),
      (id_of('cora project'), id_of('cora client'), 4, 'Cora''s garden');
    insert into sage.milestones (id, project_id, tier, name, \"order\")
    select id_of(name || ' milestone'), id_of(name || ' project'), 2, 'Intake', 1 from unnest(array['carl', 'cora']) as name;
    insert into sage.deliverables (id, project_id, name, file_path, uploaded_by)
    select id_of(name || ' file'), id_of(name || ' project'), 'Plan', 'plan.pdf', id_of('tom') from unnest(array['carl', 'cora']) as name;
    insert into sage.payments (id, project_id, stripe_payment_intent_id, amount, tier, status)
    select id_of(name || ' payment'), id_of(name || ' project'), 'pi_' || name, 90000, 2, 'succeeded' from unnest(array['carl', 'cora']) as name;
    truncate sage.notion_outbox;";

pub(super) fn sage(major: u32) -> TestDatabase {
    static TEMPLATES: Templates = [const { OnceLock::new() }; 3];
    copy_of(&TEMPLATES, major, "sage", FIXTURE)
}

pub(super) fn person(database: &TestDatabase, name: &str) -> Session {
    session_of(database, "authenticated", name)
}

pub(super) fn back_end(database: &TestDatabase) -> Session {
    session_of(database, "service_role", "")
}

/// What waits in the outbox: type, event, and the name or status that it carries.
fn outbox(database: &TestDatabase) -> Vec<String> {
    database.query(
        "select resource_type, event, coalesce(payload ->> 'name', payload ->> 'status') from sage.notion_outbox order by created_at",
    )
}

#[test]
fn everybody_sees_what_their_kind_may_see() {
    for major in ALL {
        let database = sage(major);
        // One digit a table: how many rows are seen.
        let tables = [
            "users",
            "clients",
            "leads",
            "projects",
            "milestones",
            "deliverables",
            "payments",
            "tiers",
        ];
        let counts: Vec<String> = tables
            .iter()
            .enumerate()
            .map(|(place, table)| format!("({place}, (select count(id) from sage.{table}))"))
            .collect();
        let seen = format!(
            "select string_agg(case when rows > 0 then rows::text else '-' end, '' order by place)
             from (values {}) as counted (place, rows)",
            counts.join(", ")
        );
        for (name, expected) in [
            ("carl", "11-11114"),
            ("cora", "11-11114"),
            ("tom", "121222-4"),
            ("ada", "42122224"),
            ("stranger", "-------4"),
        ] {
            assert_eq!(person(&database, name).value(&seen), expected, "{name}");
        }
        let audit = "select (select count(*) > 0 from sage.audit_log), (select count(*) from sage.v_project_progress)";
        for (name, expected) in [("carl", "f|1"), ("tom", "f|2"), ("ada", "t|2")] {
            assert_eq!(person(&database, name).value(audit), expected, "{name}");
        }
        assert_eq!(
            person(&database, "cora").value("select name from sage.projects"),
            "Cora's garden"
        );
    }
}

#[test]
fn clients_change_nothing_and_the_team_changes_projects() {
    for major in ALL {
        let database = sage(major);
        let project = "update sage.projects set status = 'in_progress'";
        let milestone = "update sage.milestones set status = 'completed'";
        let payment = "update sage.payments set status = 'refunded'";
        let promotion = "update sage.users set user_type = 'admin', email = coalesce(email, 'cora@example.com')";
        for (name, expected) in [
            ("carl", [0, 0, 0, 0]),
            ("tom", [2, 2, 0, 0]),
            ("ada", [2, 2, 2, 4]),
        ] {
            let session = person(&database, name);
            session.rows("begin");
            let changed = [project, milestone, payment, promotion].map(|sql| session.count(sql));
            assert_eq!(changed, expected, "{name}");
            session.rows("rollback");
        }
        for name in ["carl", "tom", "ada"] {
            let session = person(&database, name);
            assert_eq!(
                session.refused("select password_hash from sage.users"),
                "42501 by grants"
            );
            assert_eq!(
                session.refused("delete from sage.audit_log"),
                "42501 by grants"
            );
            assert_eq!(
                session.refused(
                    "insert into sage.audit_log (action, resource_type) values ('login', 'user')"
                ),
                "42501 by grants"
            );
        }
        let upload = "insert into sage.deliverables (project_id, name, file_path) values (id_of('carl project'), 'Mine', 'x')";
        assert_eq!(person(&database, "carl").refused(upload), "42501 by policy");
        assert_eq!(person(&database, "tom").count(upload), 1);
    }
}

#[test]
fn a_visitor_may_leave_a_lead_and_read_nothing() {
    for major in ALL {
        let database = sage(major);
        let visitor = session_of(&database, "anon", "");
        assert_eq!(
            visitor.count("insert into sage.leads (email, project_address, recommended_tier) values ('new@example.com', '3 Ash Lane', 3)"),
            1
        );
        for sql in [
            "insert into sage.leads (email, project_address, recommended_tier, status) values ('a@b', 'x', 1, 'qualified')",
            "insert into sage.leads (email, project_address, recommended_tier) values ('a@b', 'x', 1) returning id",
            "select count(*) from sage.leads",
            "select * from sage.tiers",
            "select * from sage.v_project_progress",
            "update sage.leads set email = 'x@y'",
            "delete from sage.leads",
            "select * from sage.claim_outbox('x')",
        ] {
            assert_eq!(visitor.refused(sql), "42501 by grants", "{sql}");
        }
        let long = "insert into sage.leads (email, project_address, recommended_tier) values ('a@b', repeat('x', 501), 1)";
        assert_eq!(visitor.refused(long), "23514 leads_fits_a_form_check");
        assert_eq!(
            person(&database, "tom")
                .value("select email, status from sage.leads where recommended_tier = 3"),
            "new@example.com|new"
        );
    }
}

#[test]
fn each_change_leaves_one_message_in_its_own_transaction() {
    for major in ALL {
        let database = sage(major);
        let tom = person(&database, "tom");
        let server = back_end(&database);

        tom.rows("insert into sage.projects (id, client_id, tier, name) values (id_of('pond'), id_of('carl client'), 2, 'Pond')");
        tom.rows("update sage.projects set status = 'in_progress', name = 'Big pond' where id = id_of('pond')");
        tom.rows(
            "update sage.milestones set status = 'completed' where id = id_of('carl milestone')",
        );
        tom.rows("insert into sage.deliverables (project_id, name, file_path) values (id_of('pond'), 'Sketch', 's.pdf')");
        server.rows("insert into sage.payments (project_id, stripe_payment_intent_id, amount, tier) values (id_of('pond'), 'pi_pond', 100, 2)");
        server.rows("update sage.payments set status = 'succeeded' where stripe_payment_intent_id = 'pi_pond'");
        let messages = [
            "project|created|Pond",
            "project|updated|Big pond",
            "milestone|updated|Intake",
            "deliverable|uploaded|Sketch",
            // What was paid for is the project's news, too.
            "project|updated|Big pond",
            "payment|received|succeeded",
        ];
        assert_eq!(outbox(&database), messages);

        // What is rolled back, changes nothing, or is the sync's own writing is no news.
        tom.rows(
            "begin; update sage.projects set name = 'Lake' where id = id_of('pond'); rollback",
        );
        tom.rows("update sage.projects set name = name, status = status");
        server.rows("update sage.projects set notion_page_id = 'page' where id = id_of('pond')");
        assert_eq!(outbox(&database), messages);
    }
}

#[test]
fn a_failing_outbox_never_fails_the_write() {
    let broken = [
        "alter table sage.notion_outbox add constraint never check (false) not valid",
        "alter table sage.notion_outbox drop column payload",
        "alter table sage.notion_outbox rename to elsewhere",
        "revoke insert on sage.notion_outbox from sage_definer",
        "drop function sage.notion_payload(text, uuid)",
        "create function sage.no() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
         create trigger a_no before insert on sage.notion_outbox for each row execute function sage.no()",
    ];
    let project = "insert into sage.projects (client_id, tier, name) values (id_of('carl client'), 2, 'Despite')";
    for major in ALL {
        let database = sage(major);
        let administrator = Session::new(&database);
        let tom = person(&database, "tom");
        for sql in broken {
            administrator.rows("begin");
            administrator.rows(sql);
            administrator.rows("set local role authenticated");
            administrator.rows("select set_config('request.jwt.claims', json_build_object('sub', md5('tom')::uuid)::text, true)");
            assert_eq!(administrator.count(project), 1, "{sql}");
            assert_eq!(
                administrator.value("select count(*) from sage.projects where name = 'Despite'"),
                "1",
                "{sql}"
            );
            administrator.rows("rollback");
        }

        // Nor does somebody who keeps the outbox locked make it wait for long.
        administrator.rows("begin; lock table sage.notion_outbox in access exclusive mode");
        assert_eq!(tom.count(project), 1);
        administrator.rows("rollback");
        assert_eq!(outbox(&database), [""; 0]);

        let server = back_end(&database);
        server.rows(
            "select sage.sync_to_notion('project', id) from sage.projects where name = 'Despite'",
        );
        assert_eq!(outbox(&database), ["project|resync|Despite"]);
    }
}

#[test]
fn whose_a_project_is_what_was_paid_and_who_uploaded_is_not_the_teams_to_say() {
    for major in ALL {
        let database = sage(major);
        let [tom, ada] = ["tom", "ada"].map(|name| person(&database, name));
        let of = "where id = id_of('carl project')";
        let file = "where id = id_of('carl file')";
        let insert = |columns: &str, values: &str| {
            format!(
                "insert into sage.projects (client_id, tier, name{columns}) values (id_of('carl client'), 2, 'Pond'{values})"
            )
        };
        let upload = |by: &str| {
            format!(
                "insert into sage.deliverables (project_id, name, file_path, uploaded_by) values (id_of('carl project'), 'Plan', 'x', {by})"
            )
        };
        for (sql, team) in [
            (
                format!("update sage.projects set client_id = id_of('cora client') {of}"),
                "42501 by policy",
            ),
            (
                format!("update sage.projects set payment_status = 'pending' {of}"),
                "42501 by policy",
            ),
            (
                format!(
                    "update sage.projects set status = 'delivered', payment_status = 'refunded' {of}"
                ),
                "42501 by policy",
            ),
            (insert(", payment_status", ", 'paid'"), "42501 by policy"),
            (
                format!("update sage.deliverables set uploaded_by = id_of('ada') {file}"),
                "42501 by policy",
            ),
            (
                format!("update sage.deliverables set project_id = id_of('cora project') {file}"),
                "42501 by policy",
            ),
            (upload("id_of('ada')"), "42501 by policy"),
        ] {
            assert_eq!(tom.refused(&sql), team, "{sql}");
            ada.rows("begin");
            assert_eq!(ada.count(&sql), 1, "{sql}");
            ada.rows("rollback");
        }
        for sql in [
            format!(
                "update sage.projects set status = 'delivered', name = 'Big garden', tier = 3 {of}"
            ),
            format!("update sage.deliverables set name = 'Other plan', category = 'Photo' {file}"),
            insert("", ""),
            upload("id_of('tom')"),
            upload("null"),
        ] {
            assert_eq!(tom.count(&sql), 1, "{sql}");
        }
        // The sync's columns are nobody's but the back end's.
        for session in [&tom, &ada] {
            let page = format!("update sage.projects set notion_page_id = 'x' {of}");
            assert_eq!(session.refused(&page), "42501 by grants");
        }
    }
}

#[test]
fn the_audit_log_tells_who_did_what() {
    for major in ALL {
        let database = sage(major);
        Session::new(&database).rows("delete from sage.audit_log");
        person(&database, "tom").rows(
            "insert into sage.deliverables (project_id, name, file_path) values (id_of('carl project'), 'Sketch', 's.pdf')",
        );
        person(&database, "ada")
            .rows("update sage.users set user_type = 'admin' where id = id_of('tom')");
        person(&database, "ada")
            .rows("update sage.users set address = 'elsewhere' where id = id_of('tom')");
        assert_eq!(
            database.query(
                "select person.email, log.action, log.resource_type, log.details ->> 'operation', log.details #>> '{after,user_type}'
                 from sage.audit_log as log join sage.users as person on person.id = log.user_id order by log.created_at"
            ),
            [
                "tom@example.com|upload|deliverable|insert|",
                "ada@example.com|access|user|update|admin",
            ]
        );
    }
}
