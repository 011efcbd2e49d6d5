//! What lines of a seed file mean, where neither the shop nor the shipped systems show it.

use super::{SEEDS, TABLES, content, digests, run, shop_of, shop_with};
use crate::support::project::TestProject;

const JOINED: &str = "joined = { date = [\"-18 months\", \"-1 days\"], weekdays = \"mon-fri\" }";

/// The shop as of the present week.
fn of_this_week() -> TestProject {
    shop_with(&SEEDS.replace("as_of = 2026-03-31", "as_of = \"this week\""))
}

#[test]
fn a_story_of_this_week_is_as_of_its_monday_and_the_run_says_so() {
    let project = of_this_week();
    let output = run(&project, &[]);
    let monday = "select as_of, as_of = date_trunc('week', loaded_at at time zone 'UTC')::date from workroom.seed_runs order by id desc limit 1";
    let found = project.query(monday).remove(0);
    let day = found.strip_suffix("|t").unwrap();
    assert!(output.contains(&format!("as of {day}")), "{output}");
    let plan = project.run(["seed", "plan", "--no-rehearsal"]);
    assert!(
        plan.contains(&format!("as of {day}, as postgres")),
        "{plan}"
    );
    assert_eq!(
        project.query(&format!(
            "select max(joined) < '{day}', max(joined) > date '{day}' - 60 from shop.customers"
        )),
        ["t|t"]
    );
}

#[test]
fn a_story_of_this_week_is_the_same_in_every_run_for_one_date_and_moves_there() {
    let (moved, at_once) = (of_this_week(), of_this_week());
    run(&moved, &[]);
    run(&moved, &["--slide", "--as-of", "2026-07-01"]);
    let first = digests(&run(&at_once, &["--as-of", "2026-07-03"]));
    let second = digests(&run(&at_once, &["--reset", "--as-of", "2026-06-29"]));
    assert_eq!(first, second, "days of one week are the same");
    assert_eq!(
        content(moved.database(), &TABLES),
        content(at_once.database(), &TABLES)
    );
    let last = "select as_of, digest from workroom.seed_runs order by id desc limit 1";
    assert_eq!(moved.query(last), at_once.query(last));
    assert!(moved.query(last)[0].starts_with("2026-06-29|"));
}

#[test]
fn a_date_with_a_time_of_day_is_an_instant_also_where_there_is_no_column() {
    let since = "since = { date = [\"-90 days\", \"-1 days\"]";
    assert!(SEEDS.contains(since));
    let project = shop_with(&SEEDS.replace(since, &format!("{since}, at = \"09:00-18:00\"")));
    run(&project, &[]);
    let times = "select bool_and((info ->> 'since')::timestamptz::time between '09:00' and '18:00') from shop.products";
    assert_eq!(project.query(times), ["t"]);
}

#[test]
fn a_date_that_is_written_out_has_no_place_in_a_story_of_this_week() {
    let project = shop_with(
        &SEEDS
            .replace("as_of = 2026-03-31", "as_of = \"this week\"")
            .replace("[\"-18 months\", \"-1 days\"]", "[2025-01-01, \"-1 days\"]")
            .replace("date = [\"-30 days\",", "date = [\"2025-01-01\",")
            .replace(
                "{ else = { paid = 9",
                "{ when = \"placed_at < as_of - 300\", is = \"void\" },\n  { else = { paid = 9",
            ),
    );
    insta::assert_snapshot!(project.run(["seed", "plan"]));
}

#[test]
fn a_season_says_how_busy_each_month_is() {
    let season = "[season]\nshop = [1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 9]\n\n[list]";
    let busy = SEEDS
        .replace("[list]", season)
        .replace("rows = 60", "rows = 600")
        .replace(
            "name = { text = \"{given} {family}\", unique = true }",
            "name = { text = \"{given} {family} {row}\" }",
        );
    let lines = [
        "joined = { date = [\"-12 months\", \"-1 days\"], season = \"shop\" }",
        "joined = { date = [\"-12 months\", \"-1 days\"], weekdays = \"tue\", season = [1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 9] }",
    ];
    for line in lines {
        let project = shop_with(&busy.replace(JOINED, line));
        run(&project, &[]);
        assert_eq!(
            project.query(
                "select count(*) filter (where extract(month from joined) in (7, 8)), \
                   count(*) filter (where extract(month from joined) = 12) between 250 and 350, \
                   count(distinct extract(month from joined)), \
                   count(distinct extract(isodow from joined)) in (1, 7), \
                   bool_and(joined between date '2025-03-31' and date '2026-03-30') from shop.customers"
            ),
            ["0|t|10|t|t"],
            "{line}"
        );
    }
}

#[test]
fn a_season_that_cannot_be_meant_is_a_mistake() {
    let season =
        "[season]\nshop = [1, 1, 1]\nshow = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]\n\n[list]";
    let wrong = SEEDS
        .replace("[list]", season)
        .replace(
            JOINED,
            "joined = { date = [\"-12 months\", \"-1 days\"], season = \"shos\" }",
        )
        .replace(
            "date = [\"-30 days\", \"-1 days\"] }",
            "date = [\"-30 days\", \"-1 days\"], season = \"show\" }",
        );
    insta::assert_snapshot!(shop_with(&wrong).run(["seed", "plan"]));
}

#[test]
fn weights_leave_room_for_null_and_for_a_condition() {
    let project = shop_with(
        &SEEDS
            .replace("rating = { number = [1, 5], null = 0.2 }", "rating = { 1 = 1, 5 = 3, null = 0.5 }\nnote = { red = 1, blue = 1, when = \"rating = 5\" }"),
    );
    run(&project, &[]);
    assert_eq!(
        project.query(
            "select count(*) filter (where rating is null) between 15 and 45, bool_and(rating in (1, 5)), \
               bool_and((note is not null) = (rating is not distinct from 5)), count(distinct note) from shop.customers"
        ),
        ["t|t|t|2"]
    );
}

#[test]
fn previous_is_the_row_before_under_the_same_parent() {
    let project = shop_with(&SEEDS.replace(
        "[table.\"shop.contacts\".set]",
        "[table.\"shop.contacts\".set]\nafter_id = { ref = \"previous\" }",
    ));
    project.database().execute(
        "alter table shop.contacts add after_id uuid, add foreign key (tenant_id, after_id) references shop.contacts (tenant_id, id)",
    );
    run(&project, &[]);
    // One of each customer's has none before it, and nobody is before two.
    assert_eq!(
        project.query(
            "select count(*) filter (where c.after_id is null) = count(distinct c.customer_id), \
               count(c.after_id) = count(distinct c.after_id), bool_and(b.customer_id = c.customer_id) \
             from shop.contacts as c left join shop.contacts as b on (b.tenant_id, b.id) = (c.tenant_id, c.after_id)"
        ),
        ["t|t|t"]
    );
    project.write(
        "seeds/shop.toml",
        SEEDS.replace(
            "[table.\"shop.contacts\".set]",
            "[table.\"shop.contacts\".set]\ncustomer_id = { ref = \"previous\" }",
        ),
    );
    let output = project.run(["seed", "plan"]);
    assert!(
        output.contains("shop.contacts.customer_id does not refer to its own table"),
        "{output}"
    );
}

#[test]
fn the_part_of_a_pod_that_is_left_over_needs_room_too() {
    let project = TestProject::with_database(&[
        (
            "sql/shop/V001__create_shop.sql",
            "create schema shop;\n\
             create table shop.people (id bigint primary key, left_on date not null);\n\
             create table shop.days (id bigint primary key, person_id bigint not null references shop.people, day date not null);\n",
        ),
        (
            "seeds/shop.toml",
            "[seed]\nformat = 1\nas_of = 2026-03-31\n\
             [table.\"shop.people\"]\nrows = 10\n[table.\"shop.people\".set]\n\
             left_on = { case = [ { when = \"order = 9\", is = \"as_of\" }, { else = \"-300 days\" } ] }\n\
             [table.\"shop.days\"]\nrows = 40\n\
             calendar = { who = \"shop.people\", between = [\"-100 days\", \"as_of\"], until = \"left_on\" }\n\
             [table.\"shop.days\".set]\nperson_id = { ref = \"shop.people\", pick = \"parent\" }\nday = { calendar = \"day\" }\n",
        ),
    ]);
    project.migrate();
    let plan = |scale| project.run(["seed", "plan", "--scale", scale]);
    assert!(plan("2").ends_with("exit status: 0\n"), "{}", plan("2"));
    insta::assert_snapshot!(plan("1.5"));
}

#[test]
fn rows_under_one_parent_take_the_items_of_a_list_in_turn() {
    let project = shop_with(&SEEDS.replace(
        "role = { case = [\n  { when = \"order = 1\", is = \"owner\" },\n  { else = { buyer = 3, watcher = 1 } },\n] }",
        "role = { list = \"tag\", turns = true }",
    ));
    run(&project, &[]);
    let in_turn = "with counted as (select count(*) as contacts, array_agg(role order by id) as roles from shop.contacts group by tenant_id, customer_id)
       select bool_and(roles = (array['red', 'green', 'blue', 'red'])[:contacts]), max(contacts) from counted";
    assert_eq!(project.query(in_turn), ["t|4"]);
}

#[test]
fn a_text_that_differs_in_a_pod_may_come_again_in_the_next() {
    let name = "name = { text = \"{given} {family}\", unique = true }";
    let in_pod = "name = { text = \"{given} {tag}\", unique = \"pod\" }";
    let email = "email = { email = \"name\", domain = \"example.com\" }";
    let numbered = "email = { email = \"name\", domain = \"example.com\", unique = true }";
    let project = shop_with(&SEEDS.replace(name, in_pod).replace(email, numbered));
    let names =
        "select count(distinct name), count(*) from shop.customers where tenant_id::text like '1%'";
    run(&project, &[]);
    assert_eq!(project.query(names), ["45|45"]);
    run(&project, &["--top-up", "--scale", "3"]);
    assert_eq!(
        project.query("select count(*) from shop.customers where tenant_id::text like '1%'"),
        ["135"]
    );
    let most = "select max(count) from (select count(*) from shop.customers where tenant_id::text like '1%' group by name) as c";
    let most: u32 = project.query(most)[0].parse().unwrap();
    assert!((2..=3).contains(&most), "{most}");
    // Ninety texts are not enough for a pod of 120.
    let seeds = SEEDS
        .replace(name, in_pod)
        .replace("rows = 60\n", "rows = 160\n");
    project.write("seeds/shop.toml", seeds);
    let output = project.run(["seed", "plan", "--no-rehearsal"]);
    assert!(
        output.contains("must differ in 120 rows, and its phrase makes 90 texts"),
        "{output}"
    );
}

#[test]
fn what_a_column_is_decides_what_another_is() {
    let by = |joined: &str| {
        SEEDS.replace(
            "role = { case = [\n  { when = \"order = 1\", is = \"owner\" },\n  { else = { buyer = 3, watcher = 1 } },\n] }",
            &format!("role = {joined}"),
        )
    };
    let project = shop_with(&by(
        "{ by = \"customer.state\", is = { new = \"novice\", \"in progress\" = { text = \"{tag}\" } }, else = \"friend\" }",
    ).replace("rating = { number = [1, 5], null = 0.2 }", "rating = { nth = [1, 2, 3] }\nnote = { by = \"rating\", is = { 1 = \"one\", 2 = \"two\" } }"));
    run(&project, &[]);
    let roles = "select string_agg(distinct k.state || ':' || (case when role in ('red', 'green', 'blue') then 'tag' else role end), ' ' order by k.state || ':' || (case when role in ('red', 'green', 'blue') then 'tag' else role end))
       from shop.contacts as c join shop.customers as k on (k.tenant_id, k.id) = (c.tenant_id, c.customer_id)";
    assert_eq!(
        project.query(roles),
        ["done:friend in progress:tag new:novice"]
    );
    let notes =
        "select string_agg(distinct rating || ':' || coalesce(note, '-'), ' ') from shop.customers";
    assert_eq!(project.query(notes), ["1:one 2:two 3:-"]);
    for (line, wrong) in [
        (
            "{ by = \"customer.state\", is = { new = \"novice\" } }",
            "role is not null, and no branch may hold",
        ),
        (
            "{ by = \"customer.state\" }",
            "`by` needs a table that says what each of the column's values is",
        ),
        (
            "{ by = \"customer.stat\", is = { new = \"novice\" }, else = \"x\" }",
            "shop.customers has no column `stat`",
        ),
        (
            "\"x\"\n[table.\"shop.contacts\".let]\nwhat = { by = \"role\", is = { owner = 1, x = { list = \"tags\" } }, else = 2 }",
            "there is no list `tags`",
        ),
    ] {
        project.write("seeds/shop.toml", by(line));
        let output = project.run(["seed", "plan", "--no-rehearsal"]);
        assert!(output.contains(wrong), "{line}: {output}");
    }
    let state = SEEDS.replace(
        "credit = { number = [0, 999.99], step = 0.01 }",
        "credit = { by = \"state\", is = { nev = 1 }, else = 2 }",
    );
    project.write("seeds/shop.toml", state);
    let output = project.run(["seed", "plan", "--no-rehearsal"]);
    assert!(output.contains("the column is never `nev`"), "{output}");
    assert!(output.contains("did you mean `new`?"), "{output}");
}

#[test]
fn a_vector_of_nothing_is_a_mistake_and_one_that_is_left_out_is_not() {
    let schema = "create schema shop; create extension vector;
        create table shop.passages (id int primary key, content text, near vector(8))";
    let seeds = |near: &str| {
        format!(
            "[seed]\nformat = 1\nas_of = 2026-03-31\n[table.\"shop.passages\"]\nrows = 20\n[table.\"shop.passages\".set]\n\
             content = {{ text = \"passage {{row}}\", null = 0.3 }}\nnear = {near}\n"
        )
    };
    let project = shop_of(schema, &seeds("{ vector = 8, of = \"content\" }"));
    let refused = project.run(["seed", "run"]);
    for part in [
        "of shop.passages has no value for near",
        "seeds/shop.toml:8:1",
        "its text has no letter and no digit, and a vector that is null, or all zeros, is left out of indexes by cosine",
        "exit status: 2",
    ] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    let file = project.folder().join("seeds/shop.toml");
    std::fs::write(&file, seeds("\"[0,0,0,0,0,0,0,0]\"")).unwrap();
    let refused = project.run(["seed", "plan"]);
    assert!(refused.contains("does not fit"), "{refused}");
    let left_out = "{ vector = 8, of = \"content\", when = \"content != null\" }";
    std::fs::write(&file, seeds(left_out)).unwrap();
    run(&project, &[]);
    assert_eq!(
        project.query(
            "select bool_and((near is null) = (content is null)), bool_and(abs(vector_norm(near) - 1) < 0.001), \
             count(*) filter (where near is null) between 1 and 19 from shop.passages"
        ),
        ["t|t|t"]
    );
}

#[test]
fn what_ends_with_the_present_day_makes_no_row_of_the_future() {
    let visits = "create schema shop;
create table shop.visits (id bigint generated always as identity primary key, came timestamptz not null, went timestamptz not null);";
    let seeds = r#"[seed]
format = 1
as_of = 2026-03-31
[table."shop.visits"]
rows = 300
[table."shop.visits".set]
came = { date = ["-2 days", "as_of"], at = "09:00-18:00" }
went = { after = "came", days = [0, 5], no_later = "as_of" }
"#;
    let project = shop_of(visits, seeds);
    run(&project, &[]);
    assert_eq!(
        project.query(
            "select max(came) < '2026-03-31 00:00Z', bool_and(came <= went), max(went) = '2026-03-31 00:00Z' from shop.visits"
        ),
        ["t|t|t"]
    );
}
