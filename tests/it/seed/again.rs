//! Loading where something is already: refused with three ways to go on, each of which comes to what it says.

use super::{TABLES, content, digests, run, shop};

#[test]
fn tables_with_rows_are_refused_with_the_ways_to_go_on() {
    let project = shop();
    run(&project, &[]);
    insta::assert_snapshot!(project.run(["seed", "run"]));
}

#[test]
fn rows_added_later_are_the_rows_of_the_larger_scale() {
    let project = shop();
    run(&project, &[]);
    run(&project, &["--top-up", "--scale", "3"]);
    let at_once = shop();
    run(&at_once, &["--scale", "3"]);
    assert_eq!(
        content(project.database(), &TABLES),
        content(at_once.database(), &TABLES)
    );
    insta::assert_snapshot!(
        "a_top_up_that_is_no_larger",
        project.run(["seed", "run", "--top-up", "--scale", "2"])
    );
}

#[test]
fn rows_moved_in_time_are_the_rows_of_that_time() {
    let project = shop();
    run(&project, &[]);
    run(&project, &["--slide", "--as-of", "2026-06-30"]);
    let at_once = shop();
    run(&at_once, &["--as-of", "2026-06-30"]);
    assert_eq!(
        content(project.database(), &TABLES),
        content(at_once.database(), &TABLES)
    );
    // What was moved is recorded as what it is now: the same as what was loaded there at once.
    let last = "select as_of, rows, digest from workroom.seed_runs order by id desc limit 1";
    assert_eq!(project.query(last), at_once.query(last));
    assert_eq!(
        project.query("select as_of from workroom.seed_runs order by id"),
        ["2026-03-31", "2026-06-30"]
    );
    // And back: what somebody changed by hand stays changed.
    project.database().execute("update shop.products set info = jsonb_set(info, '{since}', '\"soon\"') || '{\"checks\": {}}' where id = 1");
    run(&project, &["--slide", "--as-of", "2026-03-31"]);
    assert_eq!(
        project.query("select info ->> 'since', info -> 'checks' from shop.products where id = 1"),
        ["soon|{}"]
    );
}

#[test]
fn cleared_tables_are_empty_and_can_be_filled_again() {
    let project = shop();
    let first = digests(&run(&project, &[]));
    let output = project.run(["seed", "clear"]);
    assert!(output.contains("7 tables are empty"), "{output}");
    assert_eq!(project.query("select count(*) from shop.orders"), ["0"]);
    assert_eq!(digests(&run(&project, &[])), first);
}

#[test]
fn an_earlier_row_of_the_same_number_stays_as_it_was_at_every_scale() {
    let small = shop();
    run(&small, &["--scale", "1"]);
    let large = shop();
    run(&large, &["--scale", "2"]);
    let (small, large) = (
        content(small.database(), &["shop.orders"]),
        content(large.database(), &["shop.orders"]),
    );
    assert!(small.iter().all(|row| large.binary_search(row).is_ok()));
    assert_eq!(large.len(), 2 * small.len());
}

#[test]
fn a_database_that_writes_dates_in_another_way_is_added_to_and_moved_alike() {
    let project = shop();
    let database = project.database();
    database.execute(&format!(
        "alter database {0} set datestyle = 'German, DMY'; alter database {0} set timezone = 'Asia/Tokyo'; \
         alter database {0} set search_path = ''; alter database {0} set standard_conforming_strings = off",
        database.name()
    ));
    run(&project, &[]);
    run(&project, &["--top-up", "--scale", "2"]);
    run(
        &project,
        &["--slide", "--as-of", "2026-06-30", "--scale", "2"],
    );
    // From where the rows are now, not from where the file has them.
    run(
        &project,
        &["--slide", "--as-of", "2026-09-29", "--scale", "2"],
    );
    let at_once = shop();
    run(&at_once, &["--as-of", "2026-09-29", "--scale", "2"]);
    let last = "select digest, rows from workroom.seed_runs order by id desc limit 1";
    assert_eq!(project.query(last), at_once.query(last));
}
