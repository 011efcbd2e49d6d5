//! The sync service against a server that answers as Notion does.

use std::process::Output;

use serde_json::json;

use super::sage::sage;
use crate::support::command::{Workroom, workroom};
use crate::support::notion::{Fault, Notion, TOKEN};
use crate::support::server::{NEWEST, TestDatabase};

/// `workroom sync notion …` for this project.
pub(super) fn sync(database: &TestDatabase, notion: &Notion, arguments: &[&str]) -> Workroom {
    let own = ["--project", env!("CARGO_MANIFEST_DIR"), "sync", "notion"];
    workroom(own.iter().chain(arguments))
        .on(&database.url())
        .env("NOTION_TOKEN", TOKEN)
        .env("NOTION_BASE_URL", &notion.url)
        .env("NOTION_CLIENTS", "ds-clients")
        .env("NOTION_PROJECTS", "ds-projects")
        .env("NOTION_MILESTONES", "ds-milestones")
        .env("NOTION_DELIVERABLES", "ds-deliverables")
}

pub(super) fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[track_caller]
pub(super) fn once(database: &TestDatabase, notion: &Notion) -> String {
    let output = sync(database, notion, &["--once"]).output();
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

/// Messages that back off become due.
fn pass_time(database: &TestDatabase) {
    database.execute("update sage.notion_outbox set next_attempt_at = clock_timestamp() where status = 'pending'");
}

pub(super) fn states(database: &TestDatabase) -> Vec<String> {
    database.query("select status, count(*) from sage.notion_outbox group by 1 order by 1")
}

pub(super) const CLIENT: &str = "insert into sage.clients (id, user_id, tier) values (id_of('new'), id_of('carl'), 2);
    insert into sage.projects (id, client_id, tier, name) values (id_of('pond'), id_of('new'), 3, 'Pond 1');";

#[test]
fn what_is_written_becomes_pages_that_are_changed_and_archived() {
    let database = sage(NEWEST);
    let notion = Notion::start();
    database.execute(CLIENT);
    database.execute(
        "insert into sage.deliverables (id, project_id, name, file_path, file_url, category) \
         values (id_of('plan'), id_of('pond'), 'Plan', 'plan.pdf', 'https://files.example/plan.pdf', 'Plans, drawings');
         insert into sage.milestones (id, project_id, tier, name, \"order\") values (id_of('m'), id_of('pond'), 3, 'Intake', 1);
         update sage.milestones set status = 'completed' where id = id_of('m');
         insert into sage.payments (id, project_id, stripe_payment_intent_id, amount, tier, status) \
         values (id_of('pay'), id_of('pond'), 'pi_pond', 100, 3, 'succeeded')",
    );
    once(&database, &notion);
    pass_time(&database);
    once(&database, &notion);
    assert_eq!(states(&database), ["delivered|6"]);
    let [client] = &notion.live("ds-clients")[..] else {
        panic!()
    };
    let [project] = &notion.live("ds-projects")[..] else {
        panic!()
    };
    let [milestone] = &notion.live("ds-milestones")[..] else {
        panic!()
    };
    let [file] = &notion.live("ds-deliverables")[..] else {
        panic!()
    };
    assert_eq!(project.text("Name"), "Pond 1");
    assert_eq!(
        project.properties["Client"]["relation"][0]["id"],
        client.id.as_str()
    );
    assert_eq!(project.properties["Tier"]["select"]["name"], "Tier 3");
    assert_eq!(
        project.properties["Payment Status"]["select"]["name"],
        "paid"
    );
    assert_eq!(
        milestone.properties["Status"]["select"]["name"],
        "completed"
    );
    assert_eq!(
        milestone.properties["Project"]["relation"][0]["id"],
        project.id.as_str()
    );
    assert_eq!(
        file.properties["Category"]["select"]["name"],
        "Plans; drawings"
    );
    let kept = "select notion_page_id from sage.projects where id = id_of('pond')";
    assert_eq!(database.query(kept), [project.id.as_str()]);

    database.execute("update sage.projects set name = 'Pond 2' where id = id_of('pond'); delete from sage.deliverables where id = id_of('plan')");
    let shown = sync(&database, &notion, &["--dry-run"]).output();
    let shown = text(&shown);
    assert!(
        shown.contains("update the page")
            && shown.contains("Pond 2")
            && shown.contains("archive the page"),
        "{shown}"
    );
    assert_eq!(states(&database), ["delivered|6", "pending|2"]);
    once(&database, &notion);
    assert_eq!(notion.live("ds-projects")[0].text("Name"), "Pond 2");
    assert_eq!(notion.live("ds-deliverables").len(), 0);
}

#[test]
fn a_page_whose_answer_was_lost_is_found_and_not_made_again() {
    for fault in [Fault::DoneUnanswered, Fault::HalfAnswer] {
        let database = sage(NEWEST);
        let notion = Notion::start();
        database.execute(
            "insert into sage.clients (id, user_id, tier) values (id_of('new'), id_of('carl'), 2)",
        );
        notion.state.lock().unwrap().faults = vec![fault];
        once(&database, &notion);
        assert_eq!(states(&database), ["pending|1"], "{fault:?}");
        pass_time(&database);
        once(&database, &notion);
        assert_eq!(states(&database), ["delivered|1"], "{fault:?}");
        assert_eq!(notion.live("ds-clients").len(), 1, "{fault:?}");
        assert_eq!(
            notion.take_requests(),
            [
                "POST /v1/pages",
                "POST /v1/data_sources/ds-clients/query",
                "PATCH /v1/pages/page-1"
            ]
        );
    }
}

#[test]
fn a_budget_is_waited_for_and_what_is_refused_is_a_dead_letter_with_a_way_back() {
    let database = sage(NEWEST);
    let notion = Notion::start();
    database.execute(CLIENT);
    notion.state.lock().unwrap().faults =
        vec![Fault::Status(429), Fault::Status(529), Fault::Status(409)];
    once(&database, &notion);
    pass_time(&database);
    once(&database, &notion);
    pass_time(&database);
    once(&database, &notion);
    assert_eq!(states(&database), ["delivered|2"]);

    // A page that somebody has thrown away.
    database.execute("update sage.projects set name = 'Pond 2' where id = id_of('pond')");
    notion.state.lock().unwrap().pages[1].is_archived = true;
    let said = once(&database, &notion);
    assert!(said.contains("dead letter: Notion answered 400"), "{said}");
    let status = sync(&database, &notion, &["--status"]).output();
    assert_eq!(status.status.code(), Some(1));
    let id = &database.query("select id from sage.notion_outbox where status = 'dead'")[0];
    assert!(text(&status).contains(id.as_str()), "{}", text(&status));
    notion.state.lock().unwrap().pages[1].is_archived = false;
    let again = sync(&database, &notion, &["--retry", id]).output();
    assert!(again.status.success(), "{}", text(&again));
    once(&database, &notion);
    assert_eq!(notion.live("ds-projects")[0].text("Name"), "Pond 2");
    let none = sync(&database, &notion, &["--retry", id]).output();
    assert_eq!(none.status.code(), Some(2), "{}", text(&none));
}

#[test]
fn an_edit_in_notion_is_put_aside_until_somebody_decides() {
    let database = sage(NEWEST);
    let notion = Notion::start();
    database.execute(CLIENT);
    once(&database, &notion);
    // What the team writes on the page is theirs and stands in nobody's way.
    notion.state.lock().unwrap().edit("page-2", "", json!(null));
    database.execute("update sage.projects set tier = 4 where id = id_of('pond')");
    once(&database, &notion);
    assert_eq!(states(&database), ["delivered|3"]);
    let title = json!({ "title": [{ "text": { "content": "Lake" } }] });
    notion.state.lock().unwrap().edit("page-2", "Name", title);
    database.execute("update sage.projects set name = 'Pond 2' where id = id_of('pond')");
    let said = once(&database, &notion);
    assert!(
        said.contains("edited in Notion (Name)") && said.contains("after the last sync: put aside"),
        "{said}"
    );
    assert_eq!(states(&database), ["conflict|1", "delivered|3"]);
    assert_eq!(notion.live("ds-projects")[0].text("Name"), "Lake");
    let id = &database.query("select id from sage.notion_outbox where status = 'conflict'")[0];
    sync(&database, &notion, &["--retry", id]).output();
    once(&database, &notion);
    assert_eq!(notion.live("ds-projects")[0].text("Name"), "Pond 2");
}

#[test]
fn a_wrong_token_ends_the_run_blames_no_message_and_is_never_shown() {
    let database = sage(NEWEST);
    let notion = Notion::start();
    database.execute(CLIENT);
    let wrong = sync(&database, &notion, &["--once"])
        .env("NOTION_TOKEN", "secret_wrong")
        .output();
    let said = text(&wrong);
    assert_eq!(wrong.status.code(), Some(2), "{said}");
    assert!(
        said.contains("Notion does not take the token") && !said.contains("secret_wrong"),
        "{said}"
    );
    assert_eq!(states(&database), ["pending|2"]);
    let open = sync(&database, &notion, &["--once"])
        .env("NOTION_BASE_URL", "http://notion.example")
        .output();
    assert!(
        text(&open).contains("NOTION_BASE_URL is not https"),
        "{}",
        text(&open)
    );
    let unset = sync(&database, &notion, &["--once"])
        .without("NOTION_PROJECTS")
        .output();
    assert!(
        text(&unset).contains("NOTION_PROJECTS is not set"),
        "{}",
        text(&unset)
    );
}

#[test]
fn data_sources_are_checked_and_get_what_they_lack() {
    let database = sage(NEWEST);
    let notion = Notion::start();
    let odd = |source: &str, name: &str, kind| ((source.to_owned(), name.to_owned()), kind);
    notion.state.lock().unwrap().odd = [
        odd("ds-projects", "Workroom ID", ""),
        odd("ds-projects", "Client", ""),
        odd("ds-clients", "Tier", "rich_text"),
        odd("ds-milestones", "Name", ""),
    ]
    .into();
    let run = || sync(&database, &notion, &["--setup"]).output();
    let first = run();
    let said = text(&first);
    assert_eq!(first.status.code(), Some(1), "{said}");
    assert!(
        said.contains("is rich_text: change its type")
            && said.contains("rename the title property"),
        "{said}"
    );
    assert_eq!(said.matches(" made").count(), 2, "{said}");
    notion.state.lock().unwrap().odd.clear();
    let second = run();
    assert_eq!(second.status.code(), Some(0), "{}", text(&second));
    let lost = sync(&database, &notion, &["--setup"])
        .env("NOTION_CLIENTS", "elsewhere")
        .output();
    assert!(
        text(&lost).contains("share it with the integration"),
        "{}",
        text(&lost)
    );
}
