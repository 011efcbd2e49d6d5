//! `workroom fleet`: many databases, some of which cannot be brought up to date.

use std::fmt::Write as _;

use regex::Regex;
use rustix::process::Signal;

use crate::support::command::eventually;
use crate::support::project::{ORDERS, TestProject};
use crate::support::server::{NEWEST, TestDatabase, execute, query};

/// A project whose own database lists others: `t1`, `t2` …
struct Fleet {
    project: TestProject,
    databases: Vec<TestDatabase>,
}

const CONFIG: &str = "\
[project]
name = \"shop\"

[systems.shop]
title = \"Shop\"
schemas = [\"shop\"]

[fleet]
max_failures = 4
canaries = [\"t1\"]

[fleet.directory]
query = \"select name, database::text from public.tenants\"
";

const POLICIES: &str = "\
[policies]
tenant_column = \"tenant_id\"
[roles.fleet_clerk]
kind = \"application\"
name = \"clerk\"
[context.tenant]
setting = \"app.current_tenant\"
[tables.carts.matrix]
clerk = { select = \"all\", insert = \"all\" }
[tables.orders]
class = \"global\"
";

impl Fleet {
    fn of(count: usize) -> Self {
        let project = TestProject::with_database(&[("workroom.toml", CONFIG), ORDERS]);
        let databases: Vec<_> = (0..count).map(|_| TestDatabase::new(NEWEST)).collect();
        let mut sql =
            "create table public.tenants (name text primary key, database name not null);\n"
                .to_owned();
        for (at, database) in databases.iter().enumerate() {
            writeln!(
                sql,
                "insert into public.tenants values ('t{}', '{}');",
                at + 1,
                database.name()
            )
            .unwrap();
        }
        project.database().execute(&sql);
        Self { project, databases }
    }

    fn run(&self, arguments: &[&str]) -> String {
        let arguments = ["fleet"].iter().chain(arguments).chain(&["-q"]);
        // How wide a column is depends on the folder of the server.
        let said = self.project.run(arguments);
        let said = Regex::new(" {2,}").unwrap().replace_all(&said, "  ");
        Regex::new("─+")
            .unwrap()
            .replace_all(&said, "─")
            .into_owned()
    }

    /// How many orders each has, if it has the table.
    fn tables(&self) -> String {
        let has = |database: &TestDatabase| {
            let found = database.query("select to_regclass('shop.orders') is not null");
            if found == ["t"] { '+' } else { '-' }
        };
        self.databases.iter().map(has).collect()
    }
}

#[test]
fn what_fails_in_one_database_stops_no_other_one_and_is_gone_on_with() {
    let fleet = Fleet::of(7);
    // One has something in the way, one is closed, one is not there, one has another history.
    fleet.databases[2].execute("create schema shop; create table shop.orders (other int)");
    let server = fleet.databases[3]
        .url()
        .replace(fleet.databases[3].name(), "template1");
    let closed = |closed: bool| {
        execute(
            &server,
            &format!(
                "alter database {} allow_connections {}",
                fleet.databases[3].name(),
                !closed
            ),
        );
    };
    closed(true);
    fleet
        .project
        .database()
        .execute("insert into public.tenants values ('t9', 'nowhere_at_all')");
    let said = fleet.run(&["migrate"]);
    insta::assert_snapshot!(said);

    // Again: those that were brought up to date are left alone, and those that were mended go on.
    fleet.databases[2].execute("drop table shop.orders");
    closed(false);
    fleet
        .project
        .database()
        .execute("delete from public.tenants where name = 't9'");
    let said = fleet.run(&["migrate"]);
    insta::assert_snapshot!(said);
    assert_eq!(fleet.tables(), "+++++++");
    let said = fleet.run(&["migrate"]);
    assert!(said.contains("7  up to date already"), "{said}");

    // A further migration reaches those that are named first, and a histogram shows the others.
    fleet.project.write("sql/shop/V002__create_carts.sql", "create table shop.carts (tenant_id uuid not null, id int not null, primary key (tenant_id, id));\n");
    fleet.project.write("policies/shop.toml", POLICIES);
    insta::assert_snapshot!(fleet.run(&["plan"]));
    let said = fleet.run(&["migrate", "--only", "t1", "--only", "t5"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    insta::assert_snapshot!(fleet.run(&["status", "--check"]));
    let said = fleet.run(&["migrate"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");

    // One that somebody has changed is told from the others, by what differs.
    let said = fleet.run(&["verify"]);
    assert!(said.contains("7  verified, and alike"), "{said}");
    fleet.databases[5].execute("alter table shop.orders add column by_hand int");
    insta::assert_snapshot!(fleet.run(&["verify"]));
    let junit = fleet.run(&["verify", "--format", "junit"]);
    assert!(junit.contains("tests=\"7\" failures=\"1\""), "{junit}");
}

#[test]
fn a_canary_that_fails_and_too_many_failures_leave_the_others_alone() {
    let fleet = Fleet::of(6);
    fleet.databases[0].execute("create schema shop; create table shop.orders (other int)");
    let said = fleet.run(&["migrate"]);
    assert!(said.contains("5  not begun: a canary failed"), "{said}");
    assert!(said.ends_with("exit status: 1\n"), "{said}");
    assert_eq!(fleet.tables(), "+-----");

    fleet.databases[0].execute("drop schema shop cascade");
    for at in [1, 2, 3] {
        fleet.databases[at].execute("create schema shop; create table shop.orders (other int)");
    }
    let said = fleet.run(&["migrate", "--max-failures", "1", "--concurrency", "1"]);
    assert!(
        said.contains("3  not begun: more have failed than may"),
        "{said}"
    );
    let applied = |database: &TestDatabase| {
        database.query("select to_regclass('workroom.history_shop') is not null")
    };
    assert_eq!(applied(&fleet.databases[0]), ["t"]);
    assert_eq!(applied(&fleet.databases[5]), ["f"]);
}

#[test]
fn all_mistakes_of_an_inventory_are_told_at_once_and_nothing_is_changed() {
    let fleet = Fleet::of(2);
    let targets = "[[fleet.targets]]\nname = \"t1\"\nurl_env = \"FLEET_TEST_UNSET\"\n\n[[fleet.targets]]\nname = \"t8\"\nurl_env = \"FLEET_TEST_ALSO_UNSET\"\n";
    fleet
        .project
        .write("workroom.toml", format!("{CONFIG}\n{targets}"));
    insta::assert_snapshot!(fleet.run(&["migrate"]));
    assert_eq!(fleet.tables(), "--");
    // The directory is asked what it has, and may not be changed.
    let changed = CONFIG.replace(
        "select name, database::text from public.tenants",
        "delete from public.tenants returning name, database::text",
    );
    fleet.project.write("workroom.toml", changed);
    let said = fleet.run(&["status"]);
    assert!(
        said.contains("read-only transaction") && said.ends_with("exit status: 2\n"),
        "{said}"
    );
    assert_eq!(
        query(
            &fleet.project.database().url(),
            "select count(*) from public.tenants"
        ),
        ["2"]
    );
}

#[test]
fn a_run_that_is_killed_goes_on_by_being_started_again() {
    let fleet = Fleet::of(6);
    fleet
        .project
        .write("sql/shop/V002__wait.sql", "select pg_sleep(0.2);\n");
    for _ in 0..3 {
        let mut running = fleet
            .project
            .start(["fleet", "migrate", "--concurrency", "2"]);
        std::thread::sleep(std::time::Duration::from_millis(350));
        running.kill();
    }
    let said = fleet.run(&["migrate", "--lock-wait", "1min"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    let histories: Vec<_> = (fleet.databases.iter())
        .map(|database| database.query("select count(*) from workroom.history_shop"))
        .collect();
    assert_eq!(histories, vec![vec!["2".to_owned()]; 6]);
}

#[test]
fn an_interrupted_run_undoes_what_is_under_way_and_begins_nothing_further() {
    let fleet = Fleet::of(6);
    fleet
        .project
        .write("sql/shop/V002__wait.sql", "select pg_sleep(60);\n");
    let running = fleet.project.start([
        "fleet",
        "migrate",
        "--max-failures",
        "6",
        "--concurrency",
        "2",
    ]);
    let sleeping = "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' \
        and datname in (select database from public.tenants) and pid <> pg_backend_pid()";
    // The canary comes first and alone.
    eventually("one sleeps", || fleet.project.query(sleeping) == ["1"]);
    running.signal(Signal::TERM);
    let said = running.finish();
    assert!(said.ends_with("exit status: 143\n"), "{said}");
    assert!(said.contains("run the same command again"), "{said}");
    eventually("nobody sleeps", || fleet.project.query(sleeping) == ["0"]);
    let version = "select max(version) from workroom.history_shop";
    assert_eq!(fleet.databases[0].query(version), ["1"]);
    assert_eq!(fleet.tables(), "+-----");
}
