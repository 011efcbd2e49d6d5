//! Databases that are left alone.

use super::{SCHEMA, SEEDS, run, shop};
use crate::support::project::TestProject;

#[test]
fn a_database_that_is_not_marked_disposable_is_left_alone_unless_it_is_named() {
    let project = TestProject::with_database(&[
        ("sql/shop/V001__create_shop.sql", SCHEMA),
        ("seeds/shop.toml", SEEDS),
    ]);
    project.migrate();
    insta::assert_snapshot!(project.run(["seed", "run"]));
    let name = project.database().name().to_owned();
    run(&project, &["--into", &name]);
    assert_eq!(project.query("select count(*) from shop.orders"), ["2000"]);
}

#[test]
fn tables_that_others_refer_to_are_not_emptied() {
    let project = shop();
    run(&project, &[]);
    project.database().execute("create table shop.visits (tenant_id uuid, customer_id uuid, foreign key (tenant_id, customer_id) references shop.customers)");
    insta::assert_snapshot!(project.run(["seed", "run", "--reset"]));
    assert_eq!(project.query("select count(*) from shop.orders"), ["2000"]);
}

#[test]
fn a_row_that_the_server_would_refuse_is_found_in_the_rehearsal_at_its_line() {
    let project = shop();
    project
        .database()
        .execute("alter table shop.customers add constraint rating_even check (rating % 2 = 0)");
    insta::assert_snapshot!(project.run(["seed", "plan"]));
}

#[test]
fn a_plan_says_what_it_would_do_and_writes_nothing() {
    let project = shop();
    insta::assert_snapshot!(project.run(["seed", "plan"]));
    assert_eq!(project.query("select count(*) from shop.customers"), ["0"]);
    assert_eq!(
        project.query("select to_regclass('workroom.seed_runs') is null"),
        ["t"]
    );
}
