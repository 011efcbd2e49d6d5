//! Days on which nobody works: those of the story move with it, those of every year stay where they are.

use workroom::database::{Limits, Session, Target};
use workroom::event::Silent;
use workroom::project::Project;
use workroom::seed::{Job, Options, Rows, source};

use super::{SEEDS, content, run, shop_with};
use crate::support::project::TestProject;

/// The shop, with orders on the days that a customer is there.
fn with_days(holidays: &str) -> TestProject {
    shop_with(
        &SEEDS
            .replace("[list]\n", &format!("[list]\nfree = [{holidays}]\n"))
            .replace(
                "[table.\"shop.orders\"]\nrows = 2_000\n",
                "[table.\"shop.orders\"]\nrows = 2_000\ncalendar = { who = \"shop.customers\", between = [\"-18 months\", \"-1 days\"], weekend = 0.2, holidays = \"free\" }\n[table.\"shop.orders\".let]\non_day = { calendar = \"day\" }\n",
            )
            .replace(
                "placed_at = { after = \"customer.joined\", days = [0, 90], at",
                "placed_at = { after = \"on_day\", at",
            ),
    )
}

const AT_CHRISTMAS: &str = "select count(*) from shop.orders where to_char(placed_at at time zone 'UTC', 'MM-DD') between '12-24' and '12-31'";

/// As `workroom demo` does: loads where nothing is, and has an earlier week's data become this week's.
fn as_the_demonstration_does(project: &TestProject, today: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let url = project.database().url();
        let session = Session::connect(&Target::parse(&url).unwrap())
            .await
            .unwrap();
        let project = Project::from_dir(project.folder()).unwrap();
        let file = source::file_of(&project, &project.systems["shop"]).unwrap();
        let job = Job {
            observer: &Silent,
            session: &session,
            project: &project,
            file: &file,
            options: Options {
                as_of: workroom::seed::value::date::parse(today),
                ..Options::default()
            },
            rows: Rows::default(),
            tenants: &[],
            threads: 1,
            limits: Limits::default(),
        };
        job.run_if_empty().await.unwrap();
    });
}

#[test]
fn a_holiday_of_every_year_stays_where_it_is_and_one_of_the_story_moves() {
    let days = (24..=31).map(|day| format!("\"12-{day}\""));
    let days: Vec<String> = days.chain(["\"2026-02-10\"".to_owned()]).collect();
    let project = with_days(&days.join(", "));
    let on = |day: &str| {
        let sql = format!(
            "select count(*) > 0 from shop.orders where (placed_at at time zone 'UTC')::date = '{day}'"
        );
        project.query(&sql).remove(0)
    };
    run(&project, &[]);
    assert_eq!(project.query(AT_CHRISTMAS), ["0"]);
    assert_eq!([on("2026-02-10"), on("2026-02-11")], ["f", "t"]);
    run(&project, &["--reset", "--as-of", "2026-06-30"]);
    assert_eq!(project.query(AT_CHRISTMAS), ["0"]);
    assert_eq!([on("2026-02-10"), on("2026-05-12")], ["t", "f"]);
    // Other days would be worked, so rows cannot be moved; the demonstration loads them anew.
    let before = content(project.database(), &["shop.orders"]);
    let slid = project.run(["seed", "run", "--slide", "--as-of", "2026-09-29"]);
    assert!(slid.contains("holidays that come every year"), "{slid}");
    assert!(slid.contains("--reset"), "{slid}");
    assert!(slid.ends_with("exit status: 2\n"), "{slid}");
    assert_eq!(content(project.database(), &["shop.orders"]), before);
    as_the_demonstration_does(&project, "2026-09-29");
    let latest = "select max((placed_at at time zone 'UTC')::date) between '2026-09-21' and '2026-09-28' from shop.orders";
    assert_eq!(project.query(latest), ["t"]);
    assert_eq!(project.query(AT_CHRISTMAS), ["0"]);
    // What somebody has changed is theirs.
    project
        .database()
        .execute("update shop.orders set status = 'void'");
    as_the_demonstration_does(&project, "2026-10-27");
    assert_eq!(project.query(latest), ["t"]);
    assert_eq!(
        project.query("select distinct status from shop.orders"),
        ["void"]
    );
}

#[test]
fn a_week_in_which_nobody_is_there_is_left_out() {
    let weekly =
        with_days("\"02-29\", \"03-02\", \"03-03\", \"03-04\", \"03-05\", \"03-06\", \"03-11\"");
    let seeds = weekly.folder().join("seeds/shop.toml");
    let text = std::fs::read_to_string(&seeds).unwrap();
    weekly.write(
        "seeds/shop.toml",
        text.replace("weekend = 0.2", "weekly = true"),
    );
    run(&weekly, &[]);
    let weeks = "select count(*) filter (where day = '2026-03-02'), count(*) filter (where day = '2026-03-09') > 0, count(*) filter (where extract(isodow from day) <> 1)
       from (select (placed_at at time zone 'UTC')::date as day from shop.orders) as o";
    assert_eq!(weekly.query(weeks), ["0|t|0"]);
}

#[test]
fn what_is_no_day_of_any_year_is_shown() {
    let project = with_days("\"12-25\", \"13-40\"");
    let output = project.run(["seed", "plan", "--no-rehearsal"]);
    assert!(
        output.contains("`13-40` in the list `free` is not a date"),
        "{output}"
    );
    assert!(output.contains("12-25 for every year"), "{output}");
}
