//! The outbox from the workers' side: leases, merging, back-off and dead letters.

use std::time::Duration;

use super::sage::{back_end, person, sage};
use super::{ALL, Session};
use crate::support::server::TestDatabase;

const CLAIM: &str =
    "select event, payload ->> 'name', attempts, merged from sage.claim_outbox('worker')";

/// Messages about one project with these names, oldest first.
fn enqueue(database: &TestDatabase, resource: &str, names: &[&str]) {
    for name in names {
        database.execute(&format!(
            "insert into sage.notion_outbox (resource_type, resource_id, event, payload)
             values ('project', id_of('{resource}'), 'updated', jsonb_build_object('name', '{name}'))"
        ));
    }
}

/// Makes everything that backs off due.
fn pass_time(session: &Session) {
    session.rows("update sage.notion_outbox set next_attempt_at = clock_timestamp() where status = 'pending'");
}

fn states(database: &TestDatabase) -> Vec<String> {
    database
        .query("select status, count(*) from sage.notion_outbox group by status order by status")
}

#[test]
fn updates_of_one_resource_that_wait_together_are_claimed_as_one() {
    for major in ALL {
        let database = sage(major);
        let server = back_end(&database);
        let tom = person(&database, "tom");
        tom.rows("insert into sage.projects (id, client_id, tier, name) values (id_of('pond'), id_of('carl client'), 2, 'Pond')");
        for name in ["Lake", "Sea"] {
            tom.rows(&format!(
                "update sage.projects set name = '{name}' where id = id_of('pond')"
            ));
        }
        assert_eq!(server.rows(CLAIM), ["created|Sea|1|3"]);
        assert_eq!(server.rows(CLAIM), [""; 0]);

        // While it is being sent nobody else gets the resource, so nothing can overtake.
        tom.rows("update sage.projects set name = 'Ocean' where id = id_of('pond')");
        assert_eq!(server.rows(CLAIM), [""; 0]);
        assert_eq!(
            server.value("select sage.complete_outbox(id, 'page 1') from sage.notion_outbox where status = 'leased' limit 1"),
            "t"
        );
        assert_eq!(states(&database), ["delivered|3", "pending|1"]);
        assert_eq!(
            server.value("select notion_page_id from sage.projects where id = id_of('pond')"),
            "page 1"
        );
        assert_eq!(server.rows(CLAIM), ["updated|Ocean|1|1"]);
    }
}

#[test]
fn what_fails_backs_off_further_each_time_until_it_is_dead() {
    for major in ALL {
        let database = sage(major);
        let server = back_end(&database);
        enqueue(&database, "pond", &["Pond"]);
        let fail =
            "select sage.fail_outbox(id, 'no route', lease_id => lease_id) from sage.notion_outbox";
        let mut delays = Vec::new();
        for attempt in 1..=7 {
            assert_eq!(server.rows(CLAIM), [format!("updated|Pond|{attempt}|1")]);
            assert_eq!(server.value(fail), "pending");
            // It backs off, and so does the resource: a newer message does not overtake it.
            assert_eq!(server.rows(CLAIM), [""; 0]);
            delays.push(
                server
                    .value("select extract(epoch from next_attempt_at - clock_timestamp())::integer from sage.notion_outbox")
                    .parse::<i64>()
                    .unwrap(),
            );
            pass_time(&server);
        }
        for (attempt, delay) in delays.iter().enumerate() {
            let middle = 10 << attempt;
            assert!(
                (middle * 7 / 10..=middle * 13 / 10).contains(delay),
                "{delays:?}"
            );
        }
        server.rows(CLAIM);
        assert_eq!(server.value(fail), "dead");
        pass_time(&server);
        assert_eq!(server.rows(CLAIM), [""; 0]);
        assert_eq!(
            server.value(
                "select status, messages, most_attempts, latest_error from sage.v_outbox_status"
            ),
            "dead|1|8|no route"
        );

        // A dead letter does not stand in the way of what comes later.
        enqueue(&database, "pond", &["Lake"]);
        assert_eq!(server.rows(CLAIM), ["updated|Lake|1|1"]);
    }
}

#[test]
fn a_newer_message_waits_with_one_that_backs_off_and_goes_as_one() {
    for major in ALL {
        let database = sage(major);
        let server = back_end(&database);
        enqueue(&database, "pond", &["Pond"]);
        server.rows(CLAIM);
        server.rows("select sage.fail_outbox(id, 'no route') from sage.notion_outbox");
        enqueue(&database, "pond", &["Lake"]);
        assert_eq!(server.rows(CLAIM), [""; 0]);
        pass_time(&server);
        assert_eq!(server.rows(CLAIM), ["updated|Lake|2|2"]);
    }
}

#[test]
fn retry_after_is_honoured_and_costs_no_attempt() {
    for major in ALL {
        let database = sage(major);
        let server = back_end(&database);
        enqueue(&database, "pond", &["Pond"]);
        for _ in 0..20 {
            assert_eq!(server.rows(CLAIM), ["updated|Pond|1|1"]);
            assert_eq!(
                server.value(
                    "select sage.fail_outbox(id, 'slow down', '37 seconds') from sage.notion_outbox"
                ),
                "pending"
            );
            assert_eq!(
                server.value("select round(extract(epoch from next_attempt_at - clock_timestamp())) from sage.notion_outbox"),
                "37"
            );
            pass_time(&server);
        }
    }
}

#[test]
fn a_worker_that_comes_back_after_its_lease_changes_nothing() {
    for major in ALL {
        let database = sage(major);
        let server = back_end(&database);
        enqueue(&database, "pond", &["Pond"]);
        let late = server.value("select id, lease_id from sage.claim_outbox('slow', 10, '50 ms')");
        let (id, lease) = late.split_once('|').unwrap();
        server.rows("select pg_sleep(0.1)");
        assert_eq!(server.rows(CLAIM), ["updated|Pond|2|1"]);
        assert_eq!(
            server.value(&format!("select sage.complete_outbox('{id}', 'page', '{lease}'), sage.fail_outbox('{id}', 'x', lease_id => '{lease}') is null")),
            "f|t"
        );
        assert_eq!(states(&database), ["leased|1"]);
        assert_eq!(
            server.value(&format!("select sage.complete_outbox('{id}')")),
            "t"
        );
        assert_eq!(
            server.value(&format!("select sage.complete_outbox('{id}')")),
            "f"
        );
    }
}

#[test]
fn what_was_delivered_long_ago_is_purged_and_dead_letters_stay() {
    for major in ALL {
        let database = sage(major);
        enqueue(&database, "pond", &["Pond", "Lake", "Sea"]);
        database.execute(
            "update sage.notion_outbox set status = 'delivered', delivered_at = now() - interval '31 days' where payload ->> 'name' = 'Pond';
             update sage.notion_outbox set status = 'delivered', delivered_at = now() where payload ->> 'name' = 'Lake';
             update sage.notion_outbox set status = 'dead' where payload ->> 'name' = 'Sea'",
        );
        assert_eq!(back_end(&database).value("select sage.purge_outbox()"), "1");
        assert_eq!(states(&database), ["dead|1", "delivered|1"]);
    }
}

#[test]
fn a_listener_is_woken_by_a_commit_and_told_nothing() {
    for major in ALL {
        let database = sage(major);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let heard = runtime.block_on(async {
            let (client, mut connection) =
                tokio_postgres::connect(&database.url(), tokio_postgres::NoTls)
                    .await
                    .unwrap();
            let (sender, mut heard) = tokio::sync::mpsc::unbounded_channel();
            tokio::spawn(async move {
                while let Some(Ok(message)) =
                    std::future::poll_fn(|context| connection.poll_message(context)).await
                {
                    if let tokio_postgres::AsyncMessage::Notification(notification) = message {
                        let _ = sender.send(format!(
                            "{}|{}",
                            notification.channel(),
                            notification.payload()
                        ));
                    }
                }
            });
            client
                .batch_execute("listen sage_notion_outbox")
                .await
                .unwrap();
            let tom = std::thread::scope(|scope| {
                scope
                    .spawn(|| {
                        person(&database, "tom")
                            .rows("update sage.projects set status = 'in_progress'");
                    })
                    .join()
            });
            tom.unwrap();
            let first = tokio::time::timeout(Duration::from_secs(10), heard.recv())
                .await
                .unwrap();
            // Two projects changed in one transaction: one message.
            let second = tokio::time::timeout(Duration::from_millis(100), heard.recv()).await;
            (first, second.is_err())
        });
        assert_eq!(heard, (Some("sage_notion_outbox|".to_owned()), true));
    }
}

#[test]
fn a_client_gets_its_page_before_its_projects_do_which_then_name_it() {
    for major in ALL {
        let database = sage(major);
        let server = back_end(&database);
        server.rows(
            "insert into sage.users (id, email, user_type) values (id_of('new'), 'new@example.com', 'sage_client');
             insert into sage.clients (id, user_id, tier) values (id_of('new client'), id_of('new'), 1);
             insert into sage.projects (id, client_id, tier, name) values (id_of('new project'), id_of('new client'), 1, 'Pond')",
        );
        let claim = "select resource_type, payload ->> 'name', payload ->> 'client_notion_page_id' from sage.claim_outbox('worker')";
        assert_eq!(server.rows(claim), ["client|new@example.com|"]);
        assert_eq!(server.rows(claim), [""; 0], "it is being delivered");
        let done = |page: &str| {
            format!(
                "select sage.complete_outbox(id, '{page}', notion_last_edited_at => '2026-05-04 09:00+00') from sage.notion_outbox where status = 'leased'"
            )
        };
        assert_eq!(server.value(&done("client page")), "t");
        assert_eq!(server.rows(claim), ["project|Pond|client page"]);
        assert_eq!(server.value(&done("project page")), "t");
        assert_eq!(
            server.value("select client.notion_page_id, project.notion_page_id, project.notion_last_edited_at = '2026-05-04 09:00+00'
                from sage.projects as project join sage.clients as client on client.id = project.client_id where project.name = 'Pond'"),
            "client page|project page|t"
        );
        // A later change of the client keeps nobody waiting.
        server.rows("update sage.clients set tier = 2 where id = id_of('new client'); update sage.projects set tier = 2 where name = 'Pond'");
        assert_eq!(server.rows(claim).len(), 2);
    }
}

#[test]
fn a_deleted_file_has_its_page_archived_also_when_that_is_made_at_this_moment() {
    for major in ALL {
        let database = sage(major);
        let server = back_end(&database);
        let tom = person(&database, "tom");
        database.execute("update sage.deliverables set notion_page_id = 'old page' where id = id_of('carl file')");
        tom.rows("delete from sage.deliverables where id = id_of('carl file')");
        let claim = "select event, payload ->> 'name', payload ->> 'notion_page_id' from sage.claim_outbox('worker')";
        assert_eq!(server.rows(claim), ["deleted|Plan|old page"]);

        tom.rows("insert into sage.deliverables (id, project_id, name, file_path) values (id_of('new file'), id_of('carl project'), 'Sketch', 's.pdf')");
        assert_eq!(server.rows(claim), ["uploaded|Sketch|"]);
        tom.rows("delete from sage.deliverables where id = id_of('new file')");
        assert_eq!(
            server.value("select sage.complete_outbox(id, 'new page') from sage.notion_outbox where status = 'leased' and event = 'uploaded'"),
            "t"
        );
        assert_eq!(server.rows(claim), ["deleted|Sketch|new page"]);

        // Uploaded and deleted before anybody came: nothing is made first.
        tom.rows("insert into sage.deliverables (id, project_id, name, file_path) values (id_of('short'), id_of('carl project'), 'Short', 's.pdf')");
        tom.rows("delete from sage.deliverables where id = id_of('short')");
        assert_eq!(server.rows(claim), ["deleted|Short|"]);
    }
}

#[test]
fn an_edit_in_notion_since_the_last_sync_is_a_conflict_that_is_shown() {
    for major in ALL {
        let database = sage(major);
        let server = back_end(&database);
        database.execute("update sage.projects set notion_page_id = 'page', notion_last_edited_at = '2026-05-04 09:00+00'");
        person(&database, "tom")
            .rows("update sage.projects set name = 'Pond' where id = id_of('carl project')");
        let claimed = server.value("select id, lease_id, (payload ->> 'notion_last_edited_at')::timestamptz at time zone 'UTC' from sage.claim_outbox('worker')");
        let parts: Vec<&str> = claimed.split('|').collect();
        assert_eq!(parts[2], "2026-05-04 09:00:00", "{claimed}");
        let conflict = format!(
            "select sage.conflict_outbox('{}', '2026-05-04 09:30+00', '{}')",
            parts[0], parts[1]
        );
        assert_eq!(server.value(&conflict), "t");
        assert_eq!(server.value(&conflict), "f", "the lease is over");
        assert!(
            server
                .value("select status, messages, latest_error from sage.v_outbox_status")
                .starts_with("conflict|1|the page was edited in Notion at 2026-05-04"),
        );
        assert_eq!(
            server.rows("select id from sage.claim_outbox('worker')"),
            [""; 0]
        );
        server.rows("select sage.sync_to_notion('project', id_of('carl project'))");
        assert_eq!(
            server.rows("select event from sage.claim_outbox('worker')"),
            ["resync"]
        );
    }
}
