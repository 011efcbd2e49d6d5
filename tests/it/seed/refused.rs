//! Databases that are left alone.

use super::{SCHEMA, SEEDS, run, shop, shop_with};
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
    project.database().execute("create table shop.visits (tenant_id uuid, customer_id uuid, foreign key (tenant_id, customer_id) references shop.customers); insert into shop.visits select tenant_id, id from shop.customers limit 1");
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
fn a_long_load_has_its_small_tables_rehearsed_too() {
    let seeds = SEEDS.replace(", unique = true }", " }").replace(
        "{ email = \"name\", domain = \"example.com\" }",
        "{ code = \"c{0}@example.com\" }",
    );
    let project = shop_with(&seeds);
    project.database().execute(
        "alter table shop.profiles add constraint not_twice check (bio !~ '(red|green|blue) and \\1')",
    );
    let short = project.run(["seed", "run", "-q"]);
    assert!(short.contains("loading shop.profiles failed"), "{short}");
    assert!(short.contains("everything was rolled back"), "{short}");
    insta::assert_snapshot!(project.run(["seed", "run", "-q", "--scale", "31"]));
    assert_eq!(project.query("select count(*) from shop.orders"), ["0"]);
}

#[test]
fn a_plan_estimates_from_the_last_load_and_says_so() {
    let project = shop();
    let estimate = || {
        let plan = project.run(["seed", "plan", "--no-rehearsal", "--scale", "2"]);
        let line = plan
            .lines()
            .find(|line| line.contains("loading takes about"));
        line.unwrap_or_else(|| panic!("{plan}")).to_owned()
    };
    assert_eq!(
        estimate(),
        "loading takes about 0.3 s, at 15 µs a row: nothing of it was loaded here yet"
    );
    run(&project, &[]);
    project
        .database()
        .execute("update workroom.seed_runs set load_ms = 5000");
    // What moves rows in time says nothing of loading.
    run(&project, &["--slide", "--as-of", "2026-06-30"]);
    project
        .database()
        .execute("update workroom.seed_runs set loaded_at = '2026-07-02 12:00+00'");
    assert_eq!(
        estimate(),
        "loading takes about 9.9 s, as 6669 rows took 5.0 s here on 2026-07-02"
    );
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
