//! The way back: what the team completes in Notion, what both sides have changed, pages that were there before, and leads.

use serde_json::{Value, json};

use super::sage::sage;
use super::sage_sync::{CLIENT, once, states, sync, text};
use crate::support::notion::Notion;
use crate::support::server::{NEWEST, TestDatabase};

const MILESTONE: &str = "insert into sage.milestones (id, project_id, tier, name, \"order\") values (id_of('m'), id_of('pond'), 3, 'Intake', 1);
    update sage.milestones set status = 'in_progress' where id = id_of('m');";

pub(super) fn select(name: &str) -> Value {
    json!({ "select": { "name": name } })
}

#[track_caller]
fn run(database: &TestDatabase, notion: &Notion, arguments: &[&str], code: i32) -> String {
    let output = sync(database, notion, arguments).output();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

/// Client, project and milestone of a new database, delivered: the pages' ids are page-1, page-2 and page-3.
pub(super) fn delivered() -> (TestDatabase, Notion) {
    let database = sage(NEWEST);
    let notion = Notion::start();
    database.execute(CLIENT);
    database.execute(MILESTONE);
    once(&database, &notion);
    database.execute("update sage.notion_outbox set next_attempt_at = clock_timestamp() where status = 'pending'");
    once(&database, &notion);
    assert_eq!(states(&database), ["delivered|3"]);
    (database, notion)
}

pub(super) fn statuses(database: &TestDatabase) -> Vec<String> {
    database.query(
        "select status::text from sage.projects where id = id_of('pond') \
         union all select status || ' ' || (completed_at is not null) from sage.milestones where id = id_of('m')",
    )
}

#[test]
fn what_the_team_completes_in_notion_is_taken_over_and_not_sent_back() {
    let (database, notion) = delivered();
    run(&database, &notion, &["--pull"], 0);
    notion
        .state
        .lock()
        .unwrap()
        .edit("page-3", "Status", select("completed"));
    notion
        .state
        .lock()
        .unwrap()
        .edit("page-2", "Status", select("closed"));
    let said = run(&database, &notion, &["--pull"], 0);
    assert_eq!(said.matches("taken over").count(), 3, "{said}");
    assert_eq!(statuses(&database), ["closed", "completed true"]);
    let waiting = "select count(*) from sage.notion_outbox where status <> 'delivered'";
    assert_eq!(database.query(waiting), ["0"]);
    let said = run(&database, &notion, &["--pull"], 0);
    assert!(said.contains("2 pages looked at, 0 taken over"), "{said}");
    // Acknowledged: what is changed here afterwards is sent.
    database.execute("update sage.projects set name = 'Pond 2' where id = id_of('pond')");
    once(&database, &notion);
    assert_eq!(notion.live("ds-projects")[0].text("Name"), "Pond 2");

    // What is no status here is refused with its reason, and a person's edit of a name stands in the way of nothing.
    notion
        .state
        .lock()
        .unwrap()
        .edit("page-3", "Status", select("Done!"));
    let said = run(&database, &notion, &["--pull"], 1);
    assert!(
        said.contains("invalid input value for enum") && said.contains("1 left"),
        "{said}"
    );
    assert_eq!(statuses(&database), ["closed", "completed true"]);
}

#[test]
fn what_both_sides_have_changed_is_shown_and_overwritten_by_nobody() {
    let (database, notion) = delivered();
    let edit = |status: &str| {
        notion
            .state
            .lock()
            .unwrap()
            .edit("page-3", "Status", select(status));
    };
    edit("completed");
    database.execute("update sage.milestones set status = 'pending' where id = id_of('m')");
    let said = run(&database, &notion, &["--pull"], 1);
    assert!(
        said.contains("changed on both sides") && said.contains("--take"),
        "{said}"
    );
    once(&database, &notion);
    assert_eq!(states(&database), ["conflict|1", "delivered|3"]);
    assert_eq!(statuses(&database)[1], "pending false");
    assert_eq!(
        notion.live("ds-milestones")[0].properties["Status"],
        select("completed")
    );
    // Notion's counts, says somebody; then ours, another time.
    let id = &database.query("select id_of('m')")[0];
    run(&database, &notion, &["--take", id], 0);
    once(&database, &notion);
    assert_eq!(statuses(&database)[1], "completed true");
    assert_eq!(states(&database), ["delivered|5"]);
    edit("in_progress");
    database.execute("update sage.milestones set status = 'pending' where id = id_of('m')");
    once(&database, &notion);
    let message = &database.query("select id from sage.notion_outbox where status = 'conflict'")[0];
    run(&database, &notion, &["--retry", message], 0);
    once(&database, &notion);
    assert_eq!(
        notion.live("ds-milestones")[0].properties["Status"],
        select("pending")
    );

    // A copied page has its key copied: it is told from the page that the row has.
    let copy = notion.live("ds-milestones")[0].properties.clone();
    let mut copy = json!(copy);
    copy["Status"] = select("completed");
    notion.state.lock().unwrap().make("ds-milestones", copy);
    let said = run(&database, &notion, &["--pull"], 1);
    assert!(said.contains("a copy"), "{said}");
    assert_eq!(statuses(&database)[1], "pending false");
    run(&database, &notion, &["--take", "x"], 2);
}

#[test]
fn pages_that_were_there_before_are_matched_or_loaded_and_counted_again() {
    let (database, notion) = delivered();
    let title = |text: &str| json!({ "title": [{ "text": { "content": text } }] });
    let relation = |id: &str| json!({ "relation": [{ "id": id }] });
    let mut made = Vec::new();
    {
        let mut state = notion.state.lock().unwrap();
        // A query ends after three results and says so in one field alone.
        state.most_results = 3;
        let client = state.make(
            "ds-clients",
            json!({ "Name": title("Old@Example.com"), "Tier": select("Tier 2") }),
        );
        for n in 1..=7 {
            let properties = json!({ "Name": title(&format!("Old {n}")), "Tier": select("Tier 3"),
                "Status": select("closed"), "Client": relation(&client) });
            made.push(state.make("ds-projects", properties));
        }
        state.make(
            "ds-milestones",
            json!({ "Name": title("Review"), "Order": { "number": 2 }, "Project": relation(&made[0]) }),
        );
        state.make(
            "ds-milestones",
            json!({ "Name": title("Lost"), "Order": { "number": 3 } }),
        );
    }
    let rows = "select count(*) from sage.projects where name like 'Old %'";
    // One page that cannot become a row: it is named, and nothing is loaded.
    let said = run(&database, &notion, &["--import", "--yes"], 2);
    assert!(
        said.contains("milestone https://www.notion.so/page-13 cannot be loaded"),
        "{said}"
    );
    assert_eq!(database.query(rows), ["0"]);
    notion.state.lock().unwrap().pages[12].is_archived = true;
    let said = run(&database, &notion, &["--import"], 0);
    assert!(said.contains("nothing was written"), "{said}");
    assert_eq!(database.query(rows), ["0"]);
    let said = run(&database, &notion, &["--import", "--yes"], 0);
    assert!(said.contains("each page names its row"), "{said}");
    assert_eq!(database.query(rows), ["7"]);
    let of = "select distinct person.email, project.status from sage.projects as project \
              join sage.clients as client on client.id = project.client_id join sage.users as person on person.id = client.user_id \
              where project.name like 'Old %'";
    assert_eq!(database.query(of), ["old@example.com|closed"]);
    let keys: Vec<String> = notion
        .live("ds-projects")
        .iter()
        .map(|page| page.text("Workroom ID"))
        .collect();
    assert_eq!(
        keys,
        database.query(
            "select id from sage.projects where notion_page_id is not null order by id::text"
        )
    );
    // Nothing of it is sent back, and a second import finds everything matched.
    let said = run(&database, &notion, &["--import", "--yes"], 0);
    assert!(said.contains("each page names its row"), "{said}");
    assert_eq!(database.query(rows), ["7"]);
    notion.take_requests();
    once(&database, &notion);
    assert_eq!(notion.take_requests(), [""; 0]);
    // They are pulled like any others.
    notion
        .state
        .lock()
        .unwrap()
        .edit(&made[6], "Status", select("delivered"));
    run(&database, &notion, &["--pull"], 0);
    let status = "select status from sage.projects where name = 'Old 7'";
    assert_eq!(database.query(status), ["delivered"]);
}

#[test]
fn a_lead_is_summed_up_where_somebody_wants_it_and_its_page_goes_with_it() {
    let database = sage(NEWEST);
    let notion = Notion::start();
    let anybody = "set role anon; insert into sage.leads (email, name, project_address, recommended_tier, has_survey) \
                   values ('vera@example.com', 'Vera', '3 Ash Lane', 3, true)";
    database.execute(anybody);
    once(&database, &notion);
    assert_eq!(states(&database), ["delivered|1"]);
    assert_eq!(notion.live("ds-leads").len(), 0);
    let with_leads = |arguments: &[&str]| {
        let output = sync(&database, &notion, arguments)
            .env("NOTION_LEADS", "ds-leads")
            .output();
        assert!(output.status.success(), "{}", text(&output));
    };
    database.execute(
        "select sage.sync_to_notion('lead', id) from sage.leads where email = 'vera@example.com'",
    );
    with_leads(&["--once"]);
    let [page] = &notion.live("ds-leads")[..] else {
        panic!()
    };
    assert_eq!(page.text("Name"), "Vera");
    assert_eq!(page.properties["Recommended Tier"], select("Tier 3"));
    assert_eq!(page.properties["Has Survey"]["checkbox"], true);
    database.execute("delete from sage.leads where email = 'vera@example.com'");
    with_leads(&["--once"]);
    assert_eq!(notion.live("ds-leads").len(), 0);
}
