//! `seed init`: a first file for a schema that is there.

use std::path::Path;

use tempfile::TempDir;

use super::{SCHEMA, run};
use crate::support::command::workroom;
use crate::support::project::TestProject;
use crate::support::server::{NEWEST, TestDatabase, offer_pgcrypto};
use crate::systems::{ALL, say};

#[test]
fn a_first_seed_file_is_written_from_the_schema_and_can_be_loaded() {
    let project = TestProject::with_database(&[("sql/shop/V001__create_shop.sql", SCHEMA)]);
    project.migrate();
    let output = project.run(["seed", "init", "-q"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    let text = std::fs::read_to_string(project.folder().join("seeds/shop.toml")).unwrap();
    let as_of = text
        .lines()
        .find(|line| line.starts_with("as_of"))
        .unwrap()
        .to_owned();
    insta::assert_snapshot!("a_first_seed_file", text.replace(&as_of, "as_of = [today]"));
    let name = project.database().name().to_owned();
    run(&project, &["--into", &name]);
    assert_eq!(project.query("select count(*) from shop.lines"), ["100"]);
    let again = project.run(["seed", "init", "-q"]);
    assert!(again.contains("exists already"), "{again}");
}

#[test]
fn a_check_that_is_not_enforced_stands_in_nobodys_way() {
    let schema = "create schema shop;
      create table shop.items (
        id bigint generated always as identity primary key,
        number integer not null,
        constraint meant check (number > 5000) not enforced,
        constraint asked check (number <> 7) no inherit
      );";
    let project = TestProject::with_database(&[("sql/shop/V001__create_shop.sql", schema)]);
    project.migrate();
    let output = project.run(["seed", "init", "-q"]);
    assert!(!output.contains("nothing was found"), "{output}");
    let name = project.database().name().to_owned();
    run(&project, &["--into", &name]);
    assert_eq!(project.query("select count(*) from shop.items"), ["100"]);
}

/// Runs `workroom`, which must succeed.
#[track_caller]
fn done(database: &TestDatabase, folder: &Path, arguments: &[&str]) -> String {
    let output = workroom(arguments).within(folder).on(&database.url()).run();
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    output
}

/// Tables of some schemas that are empty.
fn empty_tables(database: &TestDatabase, schemas: &str) -> Vec<String> {
    let tables = database.query(&format!(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ({schemas}) order by 1"
    ));
    let is_empty =
        |table: &&String| database.query(&format!("select exists (select from {table})")) == ["f"];
    tables.iter().filter(is_empty).cloned().collect()
}

#[test]
fn the_first_file_of_every_shipped_system_can_be_loaded_as_it_is() {
    for (system, schemas) in [
        ("platform", "'auth'"),
        ("neighbours", "'procure', 'finance_ppm', 'te', 'gear'"),
        ("agency", "'agency'"),
        ("approvals", "'approvals'"),
        ("sage", "'sage'"),
        ("worktrackr", "'worktrackr'"),
        ("needthisdone", "'needthisdone'"),
    ] {
        offer_pgcrypto(NEWEST);
        let database = TestDatabase::new(NEWEST);
        let folder = TempDir::new().unwrap();
        let project = folder.path().join("copy");
        done(
            &database,
            folder.path(),
            &["init", "copy", "--from", system],
        );
        let seeds = project.join(format!("seeds/{system}.toml"));
        let _ = std::fs::remove_file(&seeds);
        done(&database, &project, &["db", "migrate"]);
        let named = |arguments: &[&'static str]| {
            let mut arguments = arguments.to_vec();
            arguments.extend(["--system", system]);
            done(&database, &project, &arguments)
        };
        let said = named(&["seed", "init"]);
        assert_eq!(said.lines().count(), 3, "nothing is left to write: {said}");
        named(&["seed", "plan"]);
        let mut load = vec!["seed", "run", "--system", system, "--into"];
        load.push(database.name());
        done(&database, &project, &load);
        named(&["db", "verify"]);
        assert_eq!(
            empty_tables(&database, schemas),
            Vec::<String>::new(),
            "{system}"
        );
    }
}

#[test]
fn the_first_file_of_a_foreign_schema_can_be_loaded_as_it_is() {
    for major in ALL {
        say(major);
        foreign_schema(major);
    }
}

fn foreign_schema(major: u32) {
    let files = [
        (
            "workroom.toml",
            "[project]\nname = \"harbour\"\n\n[systems.harbour]\ntitle = \"Harbour\"\nschemas = [\"harbour\"]\n",
        ),
        (
            "sql/harbour/V001__create_harbour.sql",
            include_str!("harbour.sql"),
        ),
    ];
    let project = TestProject::on_major(major, &files);
    project.migrate();
    let output = project.run(["seed", "init", "-q"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    let text = std::fs::read_to_string(project.folder().join("seeds/harbour.toml")).unwrap();
    let as_of = text.lines().find(|line| line.starts_with("as_of")).unwrap();
    insta::assert_snapshot!(
        "a_first_seed_file_that_reads_checks",
        text.replace(as_of, "as_of = [today]")
    );
    let name = project.database().name().to_owned();
    run(&project, &["--into", &name]);
    assert_eq!(
        empty_tables(project.database(), "'harbour'"),
        Vec::<String>::new()
    );
    let verified = project.run(["db", "verify"]);
    assert!(verified.ends_with("exit status: 0\n"), "{verified}");
}

/// A schema whose checks read clocks and name days.
const CLOCKS: &str = "create schema clocks;
create domain clocks.past as timestamptz check (value <= now());
create table clocks.people (
  id bigint generated always as identity primary key,
  born date not null check (age(born) >= interval '18 years' and born > date '1900-01-01'),
  joined date not null check (joined < current_date),
  seen clocks.past not null,
  signed timestamptz not null check (signed <= clock_timestamp() and extract(isodow from signed at time zone 'UTC') < 6),
  expires timestamptz not null check (expires > current_timestamp),
  year integer not null check (year <= extract(year from now())),
  paid date not null check (extract(day from paid) = 1),
  until date not null check (until < '2031-06-01'),
  since date not null check (since >= '2026-05-01')
);";

/// Days on which other files came out, and others than today: a Thursday, a Sunday, the end of a year, 29 February.
/// `tests/on_any_day` has more.
const DAYS: [&str; 5] = [
    "2026-12-03",
    "2026-12-06",
    "2026-12-31",
    "2028-02-29",
    "2034-07-01",
];

#[test]
fn a_first_file_is_the_same_on_every_day_and_its_clock_can_be_set() {
    for (name, schema) in [("harbour", include_str!("harbour.sql")), ("clocks", CLOCKS)] {
        let project = TestProject::with_database(&[
            (
                "workroom.toml",
                &format!(
                    "[project]\nname = \"{name}\"\n\n[systems.{name}]\ntitle = \"It\"\nschemas = [\"{name}\"]\n"
                ),
            ),
            (&format!("sql/{name}/V001__create.sql"), schema),
        ]);
        project.migrate();
        let mut first = None;
        for (day, zone) in DAYS.iter().zip(
            ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"]
                .iter()
                .cycle(),
        ) {
            let database = project.database();
            database.execute(&format!(
                "alter database {} set timezone = '{zone}'",
                database.name()
            ));
            let noon = database.query(&format!(
                "select extract(epoch from timestamptz '{day} 12:00+00')::bigint"
            ));
            let printed = project
                .workroom(["seed", "init", "--print"])
                .env("SOURCE_DATE_EPOCH", &noon[0])
                .run();
            let as_of = format!("as_of = {day}\n");
            assert!(printed.contains(&as_of), "{printed}");
            assert!(!printed.contains("nothing was found"), "{printed}");
            let printed = printed.replace(&as_of, "");
            let first = first.get_or_insert_with(|| printed.clone());
            assert_eq!(*first, printed, "on {day} in {zone}");
        }
        let written = project.run(["seed", "init", "-q"]);
        assert!(written.ends_with("exit status: 0\n"), "{written}");
        run(&project, &["--into", project.database().name()]);
    }
}

#[test]
fn a_moment_that_is_none_is_refused() {
    let project = TestProject::with_database(&[("sql/shop/V001__create_shop.sql", SCHEMA)]);
    project.migrate();
    let output = project
        .workroom(["seed", "init"])
        .env("SOURCE_DATE_EPOCH", "yesterday")
        .run();
    insta::assert_snapshot!(output, @r#"
    ----- stderr -----
    error: SOURCE_DATE_EPOCH is "yesterday", which is no moment
    cause: it stands for the present moment, in seconds since 1970
    hint: unset it, or set it to a number such as 1767225600
    exit status: 2
    "#);
}

#[test]
fn the_tenant_that_the_project_declares_is_the_files() {
    let project = TestProject::with_database(&[
        (
            "workroom.toml",
            "[project]\nname = \"desk\"\n\n[systems.desk]\ntitle = \"Desk\"\nschemas = [\"desk\"]\ntenant = \"account\"\n",
        ),
        (
            "sql/desk/V001__create_desk.sql",
            "create schema desk;\n\
             create table desk.agents (account uuid not null, id uuid not null, name text not null, primary key (account, id), unique (account, name));\n\
             create table desk.cases (account uuid not null, id uuid not null, agent uuid not null, primary key (account, id), foreign key (account, agent) references desk.agents (account, id));\n",
        ),
    ]);
    project.migrate();
    let _ = project.run(["seed", "init"]);
    let text = std::fs::read_to_string(project.folder().join("seeds/desk.toml")).unwrap();
    assert!(text.contains("[tenant]\ncolumn = \"account\"\n"), "{text}");
    let name = project.database().name().to_owned();
    run(&project, &["--into", &name]);
    assert_eq!(
        project.query("select account::text, count(*) from desk.cases group by 1 order by 1"),
        [
            "10000000-0000-4000-8000-000000000001|75",
            "20000000-0000-4000-8000-000000000002|25"
        ]
    );
}

#[test]
fn what_no_line_is_found_for_stands_in_the_file_with_the_tables_that_are_left_out() {
    let project = TestProject::with_database(&[(
        "sql/shop/V001__create_shop.sql",
        "create schema shop;\n\
         create function shop.is_signed(text) returns boolean immutable language sql return md5($1) = left($1, 3);\n\
         create table shop.cards (id bigint primary key, number text not null, holder text not null, grade integer not null,\n\
           constraint number_is_signed check (shop.is_signed(number)), check (grade in (3, 5)),\n\
           constraint one_each exclude (holder with =));\n\
         create table shop.seals (id bigint primary key, card_id bigint not null references shop.cards);\n\
         create table shop.doors (id bigint primary key, opens time not null unique);\n",
    )]);
    project.migrate();
    insta::assert_snapshot!("what_init_says_of_it", project.run(["seed", "init"]));
    let plan = project.run(["seed", "plan"]);
    assert!(
        plan.contains("shop.doors") && plan.ends_with("exit status: 0\n"),
        "{plan}"
    );
    let text = std::fs::read_to_string(project.folder().join("seeds/shop.toml")).unwrap();
    let table = text.split_once("[table").unwrap().1;
    insta::assert_snapshot!("what_the_file_says_of_it", table);
}

#[test]
fn a_schema_of_many_tables_is_filled_from_its_first_file() {
    let database = TestDatabase::new(NEWEST);
    let folder = TempDir::new().unwrap();
    let project = folder.path().join("copy");
    let done = |folder: &Path, arguments: &[&str]| done(&database, folder, arguments);
    done(folder.path(), &["init", "copy", "--from", "worktrackr"]);
    std::fs::remove_file(project.join("seeds/worktrackr.toml")).unwrap();
    done(&project, &["db", "migrate"]);
    done(&project, &["seed", "init", "--system", "worktrackr"]);
    let load = [
        "seed",
        "run",
        "--system",
        "worktrackr",
        "--into",
        database.name(),
    ];
    let output = done(&project, &load);
    assert!(output.contains("1000 rows"), "{output}");
    assert_eq!(
        database.query("select count(distinct organisation_id), bool_and(end_at > start_at) from worktrackr.crm_events"),
        ["2|t"]
    );
}
