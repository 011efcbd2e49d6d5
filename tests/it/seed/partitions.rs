//! Tables whose rows are in partitions, and numbers that come from a sequence of nobody's.

use super::exported::psql;
use super::{content, digests, run};
use crate::support::project::TestProject;
use crate::support::server::NEWEST;
use crate::systems::{ALL, say};

const SCHEMA: &str = "create schema shop;
create table shop.kinds (id int primary key, name text not null);
insert into shop.kinds values (1, 'a'), (2, 'b'), (3, 'c');
create table shop.events (
  id bigint generated always as identity, happened date not null, kind_id int not null references shop.kinds,
  body text not null check (body <> ''),
  primary key (id, happened)
) partition by range (happened);
create table shop.events_early partition of shop.events for values from ('2010-01-01') to ('2015-01-01');
create table shop.events_late partition of shop.events for values from ('2015-01-01') to ('2020-01-01');
create index on shop.events (kind_id);
create function shop.shout() returns trigger language plpgsql as 'begin new.body := upper(new.body); return new; end';
create trigger events_shout before insert on shop.events for each row execute function shop.shout();
create table shop.marks (
  id uuid primary key, event_id bigint not null, happened date not null,
  foreign key (event_id, happened) references shop.events (id, happened)
);
create index on shop.marks (event_id, happened);
create sequence shop.numbers;
create table shop.tickets (id bigint primary key default nextval('shop.numbers'), title text not null);
";

const TABLES: [&str; 3] = ["shop.events", "shop.marks", "shop.tickets"];

fn project(major: u32) -> TestProject {
    let project = TestProject::on_major(major, &[("sql/shop/V001__create_shop.sql", SCHEMA)]);
    project.migrate();
    let database = project.database();
    database.execute(&format!(
        "alter database {} set workroom.disposable = 'on'",
        database.name()
    ));
    project
}

/// The first file, which knows of the partitions' bounds.
fn started(project: &TestProject) -> String {
    let output = project.run(["seed", "init", "-q"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    std::fs::read_to_string(project.folder().join("seeds/shop.toml")).unwrap()
}

#[test]
fn partitioned_tables_are_filled_emptied_added_to_and_moved() {
    for major in ALL {
        say(major);
        partitions_of(major);
    }
}

fn partitions_of(major: u32) {
    let project = project(major);
    let seeds = started(&project);
    assert!(
        seeds.contains("happened = { date = [2010-01-01, 2019-12-31] }"),
        "{seeds}"
    );
    let schema = "select conname || pg_get_constraintdef(oid) || conrelid::regclass from pg_constraint where connamespace = 'shop'::regnamespace \
                  union all select indexdef from pg_indexes where schemaname = 'shop' \
                  union all select tgname || tgenabled::text || tgrelid::regclass from pg_trigger where not tgisinternal order by 1";
    let before = project.query(schema);
    // Within the bounds wherever it is moved to.
    let seeds = seeds
        .lines()
        .map(|line| {
            if line.starts_with("as_of") {
                "as_of = 2018-06-01"
            } else {
                line
            }
        })
        .map(|line| {
            if line.starts_with("happened = { date") {
                "happened = { date = [\"-60 months\", \"as_of\"] }"
            } else {
                line
            }
        })
        .map(|line| {
            if line.starts_with("rows") {
                "rows = 4_500"
            } else {
                line
            }
        })
        .collect::<Vec<_>>()
        .join("\n");
    project.write("seeds/shop.toml", &seeds);
    let plan = project.run(["seed", "plan"]);
    assert!(
        plan.contains("its rows are in partitions, whose indexes stay"),
        "{plan}"
    );
    let first = digests(&run(&project, &[]));
    assert_eq!(
        project.query(
            "select count(*) between 2000 and 4000, count(*) filter (where body = upper(body)) from shop.events_late"
        ),
        ["t|0"],
        "triggers rest"
    );
    assert_eq!(digests(&run(&project, &["--reset"])), first);
    assert_eq!(
        project.query("insert into shop.tickets (title) values ('next') returning id"),
        ["4501"]
    );
    project
        .database()
        .execute("delete from shop.tickets where id = 4501");
    run(&project, &["--top-up", "--scale", "2"]);
    run(
        &project,
        &["--slide", "--as-of", "2019-02-01", "--scale", "2"],
    );
    let digest = "select digest from workroom.seed_runs order by id desc limit 1";
    let moved = project.query(digest);
    run(
        &project,
        &["--reset", "--as-of", "2019-02-01", "--scale", "2"],
    );
    assert_eq!(project.query(digest), moved);
    assert_eq!(project.query(schema), before);
    let cleared = project.run(["seed", "clear"]);
    assert!(cleared.contains("3 tables are empty"), "{cleared}");
    assert_eq!(project.query("select count(*) from shop.events"), ["0"]);
}

#[test]
fn files_of_partitioned_tables_are_loaded_by_psql() {
    let loaded = project(NEWEST);
    let seeds = started(&loaded);
    run(&loaded, &[]);
    let expected = content(loaded.database(), &TABLES);
    for form in ["sql", "csv", "copy"] {
        let project = project(NEWEST);
        project.write("seeds/shop.toml", &seeds);
        let output = project.run(["seed", "export", "-q", "--as", form, "out"]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        psql(project.database(), &project.folder().join("out"));
        assert_eq!(content(project.database(), &TABLES), expected, "{form}");
        assert_eq!(
            project.query("insert into shop.tickets (title) values ('next') returning id"),
            ["101"],
            "{form}"
        );
    }
}
