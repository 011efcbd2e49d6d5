//! The agency's data: the same bytes everywhere, the sizes that are asked for, a home page that could be a real one,
//! passages that questions find. That nothing in them contradicts itself is in `story.rs`.

use std::sync::OnceLock;

use super::criticised::judge;
use super::digests;
use super::story::{find_nothing, load};
use crate::support::server::{NEWEST, TestDatabase};
use crate::systems::deploy;

/// The agency with its demo data, for tests that change nothing, and what loading it said.
fn agency() -> &'static (TestDatabase, String) {
    static AGENCY: OnceLock<(TestDatabase, String)> = OnceLock::new();

    AGENCY.get_or_init(|| {
        let database = TestDatabase::new(NEWEST);
        deploy(&database, &["agency"]);
        let output = load(&database, "agency", &[]);
        (database, output)
    })
}

fn query(sql: &str) -> Vec<String> {
    agency().0.query(sql)
}

#[test]
fn the_bytes_are_the_ones_of_the_repository() {
    let all: Vec<String> = digests(&agency().1)
        .into_iter()
        .map(|(table, digest)| format!("{table} {digest}"))
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn one_thread_and_eight_make_the_same_agency() {
    let database = TestDatabase::new(NEWEST);
    deploy(&database, &["agency"]);
    let one = load(&database, "agency", &["--scale", "0.1", "--threads", "1"]);
    let eight = ["--scale", "0.1", "--threads", "8", "--reset"];
    let eight = load(&database, "agency", &eight);
    assert_eq!(digests(&one), digests(&eight));
    assert_eq!(digests(&one).len(), 20);
}

#[test]
fn nothing_in_the_agency_contradicts_itself() {
    find_nothing(&agency().0);
}

#[test]
fn what_was_criticised_in_the_agency_is_found_no_more() {
    judge(&agency().0);
}

#[test]
fn the_first_agency_has_the_size_that_is_asked_for() {
    let counts = query(
        "with t (tenant) as (select '10000000-0000-4000-8000-000000000001'::uuid)
         select (select count(*) from agency.clients where tenant_id = tenant) between 30 and 40,
           (select count(*) from agency.brands where tenant_id = tenant) between 60 and 80,
           (select count(*) from agency.campaigns where tenant_id = tenant) = 150,
           (select count(*) from agency.artifacts where tenant_id = tenant) between 800 and 1200,
           (select count(*) from agency.employees where tenant_id = tenant) between 50 and 80,
           (select count(*) from agency.timesheet_entries where tenant_id = tenant) = 50000
         from t",
    );
    assert_eq!(counts, ["t|t|t|t|t|t"]);
}

#[test]
fn the_home_page_could_be_that_of_a_real_agency() {
    // As of the Friday that the file is written for, with the arithmetic of v_dashboard_kpis.
    let found = query(
        "with entries as (select * from agency.timesheet_entries where tenant_id = '10000000-0000-4000-8000-000000000001'),
           month as (select * from entries where work_date > date '2026-11-20' - 30)
         select (select count(*) from entries where status = 'submitted') between 100 and 450,
           (select sum(hours) filter (where is_billable) / sum(hours) from month) between 0.65 and 0.85,
           (select sum(hours) from month) / (select sum(capacity_hours) * 30 / 7 from agency.employees
             where is_active and tenant_id = '10000000-0000-4000-8000-000000000001') between 0.8 and 0.95,
           (select count(*) from agency.campaigns where status = 'active' and tenant_id = '10000000-0000-4000-8000-000000000001') between 15 and 35,
           (select count(*) from agency.artifacts where status = 'in_review') between 10 and 60,
           (select count(distinct status) from agency.campaigns) = 6",
    );
    assert_eq!(found, ["t|t|t|t|t|t"]);
}

#[test]
fn ugliness_is_on_purpose() {
    for (what, sql) in [
        (
            "a company that is there twice",
            "select 1 from agency.clients as a join agency.clients as b on lower(b.name) like lower(a.name) || ' %' and b.tenant_id = a.tenant_id",
        ),
        (
            "a name that is too long",
            "select 1 from agency.clients where length(name) > 60",
        ),
        (
            "letters that are not English",
            "select 1 from agency.employees where full_name ~ '[^ -~]'",
        ),
        (
            "a client without an address",
            "select 1 from agency.clients where contact_email is null",
        ),
        (
            "an archived brand",
            "select 1 from agency.brands where status = 'archived'",
        ),
        (
            "a cancelled campaign",
            "select 1 from agency.campaigns where status = 'cancelled'",
        ),
        (
            "a campaign that should have ended",
            "select 1 from agency.campaigns where status = 'active' and end_date < '2026-11-20'",
        ),
        (
            "work without a note",
            "select 1 from agency.timesheet_entries where description is null",
        ),
        (
            "somebody who left",
            "select 1 from agency.employees where not is_active",
        ),
        (
            "equipment that was lost",
            "select 1 from gear.checkouts where status = 'lost'",
        ),
    ] {
        assert!(!query(&format!("{sql} limit 1")).is_empty(), "{what}");
    }
}

#[test]
fn most_campaigns_keep_their_budget_and_few_get_out_of_hand() {
    let shares = query(
        "with used as (
           select sum(hours) / budget_hours as share
           from agency.campaigns as c join agency.timesheet_entries as e on (e.tenant_id, e.campaign_id) = (c.tenant_id, c.id)
           where c.status = 'completed' and budget_hours > 0 group by c.tenant_id, c.id)
         select count(*) filter (where share between 0.9 and 1.06) > 0.4 * count(*), count(*) filter (where share > 1.5) between 1 and 0.2 * count(*) from used",
    );
    assert_eq!(shares, ["t|t"]);
}

/// Questions and the beginnings of the passages that answer them, in words of the questions' own.
const QUESTIONS: &str = include_str!("questions.txt");

#[test]
fn a_question_about_a_passage_finds_it_among_the_first_three_for_an_ordinary_role() {
    let mut asked = Vec::new();
    let mut sql = String::from(
        "begin;
         select set_config('app.current_tenant', '10000000-0000-4000-8000-000000000001', true);
         set local role agency_account;",
    );
    for (at, line) in QUESTIONS.lines().enumerate() {
        let (question, passage) = line.split_once(" | ").unwrap();
        let vector = workroom::seed::value::embedding::embed(question, 1536).unwrap();
        // An ordinary role, bound by policies, in a session like that of an application.
        sql.push_str(&format!(
            "select {at}, string_agg(content, ' … ') from agency.search_knowledge('{}'::vector, 0, 3);",
            workroom::seed::value::embedding::literal(&vector)
        ));
        asked.push((question, passage));
    }
    sql.push_str("commit;");
    let answers = query(&sql);
    let is_found = |at: usize, passage: &str| {
        let start = format!("{at}|");
        let mut answers = answers.iter().filter_map(|row| row.strip_prefix(&start));
        answers.any(|found| found.contains(passage))
    };
    let missed: Vec<&str> = asked
        .iter()
        .enumerate()
        .filter(|(at, (_, passage))| !is_found(*at, passage))
        .map(|(_, (question, _))| *question)
        .collect();
    assert_eq!((asked.len(), missed), (60, Vec::new()), "{answers:#?}");
}
