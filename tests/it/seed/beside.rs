//! Loads where rows are that the file does not know: those of tables elsewhere that refer to its own, and those of other
//! tenants.

use super::{run, shop_of};
use crate::support::project::TestProject;

const SCHEMA: &str = "create schema shop;
create table shop.orgs (id uuid primary key, name text not null);
create table shop.kinds (id int primary key, name text not null);
create table shop.notes (tenant_id uuid not null references shop.orgs, id uuid not null, number int not null,
  kind_id int not null references shop.kinds, primary key (tenant_id, id), unique (tenant_id, number));
create schema crm;
create table crm.visits (id int primary key, org_id uuid references shop.orgs);
create table crm.pictures (id int primary key, visit_id int not null references crm.visits);
create schema hr;
create table hr.desks (id int primary key, org_id uuid not null references shop.orgs);
";

const SEEDS: &str = r#"[seed]
format = 1
as_of = 2026-03-31
[tenant]
column = "tenant_id"
table = "shop.orgs"
[tenant.names]
first = { share = 3 }
second = { share = 1 }
[table."shop.orgs"]
[table."shop.orgs".set]
name = { text = "{tenant}" }
[table."shop.kinds"]
rows = 5
[table."shop.kinds".set]
name = { text = "kind {row}" }
[table."shop.notes"]
rows = 40
[table."shop.notes".set]
number = { value = "row" }
"#;

fn project() -> TestProject {
    shop_of(SCHEMA, SEEDS)
}

#[test]
fn tables_elsewhere_that_refer_to_these_are_emptied_when_they_are_empty_or_it_is_asked_for() {
    let project = project();
    run(&project, &[]);
    // Nothing refers to anything.
    run(&project, &["--reset"]);
    project.database().execute(
        "insert into crm.visits select 1, id from shop.orgs limit 1; insert into crm.pictures values (7, 1)",
    );
    insta::assert_snapshot!(
        "a_reset_with_rows_elsewhere",
        project.run(["seed", "run", "--reset"])
    );
    assert_eq!(
        project.query("select count(*) from crm.pictures"),
        ["1"],
        "nothing was emptied"
    );
    let said = run(&project, &["--cascade"]);
    assert!(
        said.contains("emptied as well: crm.pictures, crm.visits, hr.desks"),
        "{said}"
    );
    assert_eq!(
        project
            .query("select (select count(*) from crm.visits), (select count(*) from shop.notes)"),
        ["0|40"]
    );
}

#[test]
fn a_tenant_is_added_beside_the_rows_of_others() {
    let project = project();
    // What a whole load makes of the second tenant.
    run(&project, &[]);
    let second = "select n.* from shop.notes as n join shop.orgs as o on o.id = n.tenant_id where o.name = 'second' order by n.id";
    let whole = project.query(second);
    run(&project, &["--reset", "--seed", "2"]);
    project.database().execute(
        "delete from shop.notes where tenant_id in (select id from shop.orgs where name = 'second');
         delete from shop.orgs where name = 'second'",
    );
    let others = project.query("select * from shop.notes order by id");
    let said = run(&project, &["--tenant", "second"]);
    assert!(said.contains("11 rows"), "{said}");
    assert_eq!(project.query(second), whole);
    assert_eq!(
        project.query("select * from shop.notes where tenant_id <> (select id from shop.orgs where name = 'second') order by id"),
        others
    );
    insta::assert_snapshot!(
        "a_tenant_that_has_rows",
        project.run(["seed", "run", "--tenant", "second"])
    );
    insta::assert_snapshot!(
        "a_tenant_that_there_is_none_of",
        project.run(["seed", "run", "--tenant", "secnod"])
    );
}
