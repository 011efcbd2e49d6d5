//! What a front end has kept in the browser goes into the shipped CRM in one command.

use std::path::Path;

use crate::support::server::{NEWEST, TestDatabase};
use crate::support::workspace::Workspace;
use crate::systems::deploy;

const ORGANISATION: &str = "5f0c2a10-0000-4000-8000-000000000001";

fn folder() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cases/data/local_storage");
    folder.display().to_string()
}

fn import<'a>(folder: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["--project", env!("CARGO_MANIFEST_DIR")];
    all.extend(["data", "import", folder, "--into", "worktrackr"]);
    all.extend(more);
    all
}

#[test]
fn exported_mock_data_of_a_front_end_load_in_one_command() {
    let workspace = Workspace::with(&["shop"]);
    let database = &workspace.database;
    deploy(database, &["worktrackr"]);
    let folder = folder();
    let said = workspace
        .run(&import(&folder, &["--tenant", ORGANISATION]))
        .done();
    assert!(said.contains("15 rows imported"), "{said}");

    let queries = [
        "select name, plan from worktrackr.organisations",
        "select c.name, tags, notes, created_at at time zone 'UTC', organisation_id from worktrackr.contacts as c order by c.name",
        "select e.title, c.name, u.email, start_at at time zone 'UTC', e.status, e.notes from worktrackr.crm_events as e \
         join worktrackr.contacts as c on c.id = contact_id left join worktrackr.users as u on u.id = assigned_user_id order by 1",
        "select name, our_cost, client_price, active from worktrackr.products order by 1",
        "select c.name, p.name, quantity, renewal_date from worktrackr.customer_services as s \
         join worktrackr.contacts as c on c.id = contact_id join worktrackr.products as p on p.id = product_id order by 2",
        "select title, c.name, u.email, t.status, scheduled_date from worktrackr.tickets as t \
         join worktrackr.contacts as c on c.id = contact_id left join worktrackr.users as u on u.id = assigned_user_id order by 1",
        "select name, fields from worktrackr.ticket_templates",
    ];
    let rows: Vec<String> = queries.iter().flat_map(|sql| database.query(sql)).collect();
    insta::assert_snapshot!(rows.join("\n"));

    // The same keys are made of the same files, so that a second run meets every row of the first.
    let again = workspace
        .run(&import(&folder, &["--tenant", ORGANISATION]))
        .refused();
    assert!(
        again.contains("row 1 of localStorage.json#contacts: duplicate key"),
        "{again}"
    );
    assert!(again.ends_with("mistakes found\n"), "{again}");
}

#[test]
fn whose_rows_they_are_has_to_be_said_and_only_theirs_get_in() {
    let workspace = Workspace::with(&["shop"]);
    let database = &workspace.database;
    deploy(database, &["worktrackr"]);
    let folder = folder();
    let nobody = workspace.run(&import(&folder, &[])).refused();
    assert!(
        nobody.contains("nothing says whose rows these are"),
        "{nobody}"
    );
    let other = "5f0c2a10-0000-4000-8000-000000000002";
    let foreign = workspace
        .run(&import(&folder, &["--tenant", other]))
        .refused();
    // The organisation of the file is another one than the tenant, whose rows then refer to none.
    assert!(
        foreign.contains("row 1 of localStorage.json#contacts"),
        "{foreign}"
    );
    assert_eq!(
        database.query("select count(*) from worktrackr.contacts"),
        ["0"]
    );
}

#[test]
fn a_proposal_is_written_once_and_says_what_it_leaves_open() {
    let workspace = Workspace::with(&["shop"]);
    deploy(&workspace.database, &["worktrackr"]);
    workspace.write("own/tickets.csv", "Title,contact,colour\nLamp,Alder,red\n");
    let own = workspace.folder.path().join("own").display().to_string();
    let open = workspace
        .run(&import(&own, &["--tenant", ORGANISATION]))
        .refused();
    assert!(
        open.contains("the field `colour` of \"tickets.csv\" has no column"),
        "{open}"
    );
    let said = workspace.run(&import(&own, &["--propose"])).done();
    assert!(said.contains("is written"), "{said}");
    let text = std::fs::read_to_string(workspace.folder.path().join("own/import.toml")).unwrap();
    insta::assert_snapshot!(text);
    let again = workspace.run(&import(&own, &["--propose"])).refused();
    assert!(again.contains("import.toml exists already"), "{again}");
    let lost = workspace
        .run(&import(&own, &["--tenant", ORGANISATION]))
        .refused();
    assert!(
        lost.contains("row 1 of tickets.csv: no row of worktrackr.contacts has this `name`: Alder"),
        "{lost}"
    );
}

#[test]
fn a_system_that_is_not_deployed_is_named() {
    let workspace = Workspace::with(&["shop"]);
    let empty = TestDatabase::new(NEWEST);
    let folder = folder();
    let said = workspace.run_on(&empty, &import(&folder, &["--tenant", ORGANISATION]));
    let said = said.refused();
    assert!(
        said.contains("system worktrackr has no tables in this database"),
        "{said}"
    );
}
