//! What a load keeps of the schema, and values that are what their type says: one schema with a table for each.

use super::exported::psql;
use super::{run, shop_of};
use crate::support::project::TestProject;

const SCHEMA: &str = "create schema shop;
create extension isn; create extension citext;
create table shop.item (tenant_id uuid not null, id uuid not null, code text not null, name text not null, n int not null,
  primary key (tenant_id, id));
create unique index item_code on shop.item (tenant_id, code);
alter table shop.item replica identity using index item_code;
create index item_name on shop.item (name, (lower(name)));
alter index shop.item_name alter column 2 set statistics 333;
create index item_n on shop.item (n);
alter table shop.item cluster on item_n;
create index item_rest on shop.item (n, name);
create table shop.books (id int primary key, number isbn13 not null, read_on date not null);
create table shop.moments (id int primary key, at timestamptz not null, day date not null, local timestamp not null);
create table shop.people (id int primary key, full_name text not null, email citext not null unique);
create table shop.\"We ird\" (id int primary key, note char(6) not null);
create table shop.\"we/ird\" (id int generated always as identity (increment -1 start -1) primary key, note text not null);
create function shop.shout() returns trigger language plpgsql as 'begin new.note := upper(new.note); return new; end';
create trigger always before insert on shop.\"We ird\" for each row execute function shop.shout();
create trigger never before insert on shop.\"We ird\" for each row execute function shop.shout();
alter table shop.\"We ird\" enable always trigger always; alter table shop.\"We ird\" disable trigger never;
";

const SEEDS: &str = r#"[seed]
format = 1
as_of = 2026-03-31
[tenant]
column = "tenant_id"
[tenant.names]
first = { id = "10000000-0000-4000-8000-000000000001", share = 1 }
[list]
name = ["Ann Lee", "Bob Ray"]
[table."shop.item"]
rows = 5_000
[table."shop.item".set]
code = { code = "{00000}" }
name = { list = "name" }
n = { number = [1, 9] }
[table."shop.books"]
rows = 3
[table."shop.books".set]
number = "978-0-306-40615-7"
read_on = "today"
[table."shop.moments"]
values = [
  { id = 1, at = 2026-03-31T09:30:00.5+02:00, day = "infinity", local = 2026-03-31T09:30:00 },
  { id = 2, at = "2026-03-31 23:30-05", day = 2026-03-31, local = "-infinity" },
  { id = 3, at = "infinity", day = "-infinity", local = "now" },
]
[table."shop.moments".set]
at = "as_of"
day = "as_of"
local = "as_of"
[table."shop.people"]
rows = 40
[table."shop.people".set]
full_name = { list = "name" }
email = { email = "full_name", domain = "shop.example", unique = true }
[table."shop.We ird"]
rows = 4
[table."shop.We ird".set]
note = "old"
[table."shop.we/ird"]
rows = 4
[table."shop.we/ird".set]
note = "x"
"#;

const MOMENTS: &str = "select at at time zone 'UTC', day, local from shop.moments order by id";

const TRIGGERS: &str =
    "select tgname, tgenabled from pg_trigger where tgname in ('always', 'never') order by 1";

#[test]
fn marks_of_indexes_stay_and_values_are_what_was_written() {
    let project = shop_of(SCHEMA, SEEDS);
    let output = run(&project, &[]);
    assert!(output.contains("rebuild"), "{output}");
    let marks = "select i.indexrelid::regclass, i.indisreplident, i.indisclustered, max(a.attstattarget) from pg_index as i \
         join pg_attribute as a on a.attrelid = i.indexrelid where i.indrelid = 'shop.item'::regclass group by 1, 2, 3 order by 1::text";
    let marks = project.query(marks);
    let shown: Vec<&str> = marks.iter().map(String::as_str).collect();
    assert!(shown.contains(&"shop.item_code|t|f|"), "{shown:?}");
    assert!(shown.contains(&"shop.item_n|f|t|"), "{shown:?}");
    assert!(shown.contains(&"shop.item_name|f|f|333"), "{shown:?}");
    assert_eq!(
        project.query(MOMENTS),
        [
            "2026-03-31 07:30:00.5|infinity|2026-03-31 09:30:00",
            "2026-04-01 04:30:00|2026-03-31|-infinity",
            "infinity|-infinity|2026-03-31 00:00:00",
        ]
    );
    assert_eq!(
        project.query("select count(*), count(distinct email), bool_and(email ~ '^(ann.lee|bob.ray)[.][0-9]+@shop.example$') from shop.people"),
        ["40|40|t"]
    );
    assert_eq!(
        project.query("insert into shop.\"we/ird\" (note) values ('y') returning id"),
        ["-1"]
    );
    // A week later, what is infinite is where it was.
    run(&project, &["--slide", "--as-of", "2026-04-07"]);
    assert_eq!(
        project.query(MOMENTS)[0],
        "2026-04-07 07:30:00.5|infinity|2026-04-07 09:30:00"
    );
    assert_eq!(
        project.query("select distinct number, read_on, pg_typeof(number) from shop.books"),
        ["978-0-306-40615-7|2026-04-07|isbn13"]
    );
}

#[test]
fn files_of_tables_with_any_name_load_and_leave_triggers_as_they_were() {
    for form in ["sql", "csv", "copy"] {
        let project = shop_of(SCHEMA, SEEDS);
        let output = project.run(["seed", "export", "-q", "--as", form, "out"]);
        assert!(
            output.contains(&format!("shop.We%20ird.{form}")),
            "{output}"
        );
        psql(project.database(), &project.folder().join("out"));
        assert_eq!(
            project.query("select distinct note, length(note) from shop.\"We ird\""),
            ["old   |3"]
        );
        assert_eq!(project.query("select count(*) from shop.\"we/ird\""), ["4"]);
        assert_eq!(project.query(TRIGGERS), ["always|A", "never|D"]);
        assert_eq!(project.query(MOMENTS).len(), 3);
    }
}

/// Tables whose rows are refused for three reasons.
const WRONG: &str = r#"[seed]
format = 1
as_of = 2026-03-31
[list]
word = ["Anna", "anna", "Bert"]
[table."shop.people"]
rows = 3
[table."shop.people".set]
full_name = "x"
email = { text = "{word}", unique = true }
[table."shop.books"]
rows = 1
[table."shop.books".set]
number = "978-0-306-40615-8"
read_on = "today"
[table."shop.We ird"]
rows = 1
[table."shop.We ird".set]
note = { text = "{word} and {word}" }
"#;

#[test]
fn a_plan_and_an_export_name_every_table_that_would_be_refused() {
    let project = shop_of(SCHEMA, WRONG);
    let plan = project.run(["seed", "plan"]);
    insta::assert_snapshot!("every_table_that_would_be_refused", plan);
    let export = project.run(["seed", "export", "out"]);
    assert_eq!(export, plan);
    assert!(!project.folder().join("out").exists());
}

#[test]
fn a_table_is_added_to_a_file_and_loads_beside_what_it_has() {
    let project = shop_of(
        "create schema shop;
         create table shop.kinds (id int primary key, name text not null unique);
         create table shop.shelves (id int primary key, city text not null);
         create table shop.boxes (id int primary key, kind_id int not null references shop.kinds, shelf_id int not null references shop.shelves);",
        "[seed]\nformat = 1\nas_of = \"this week\"\n[list]\ncity = [\"Rome\"]\n[table.\"shop.kinds\"]\nrows = 2\n[table.\"shop.kinds\".set]\nname = { code = \"K{00}\" }",
    );
    run(&project, &[]);
    let seeds = "seeds/shop.toml";
    let before = std::fs::read_to_string(project.folder().join(seeds)).unwrap();
    let output = project.run(["seed", "add", "shop.boxes"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    let after = std::fs::read_to_string(project.folder().join(seeds)).unwrap();
    let added = after.strip_prefix(&before).unwrap();
    insta::assert_snapshot!("what_is_added", added);
    run(&project, &["--reset"]);
    assert_eq!(
        project.query("select count(*), (select min(city) from shop.shelves) from shop.boxes"),
        ["100|Rome"]
    );
    insta::assert_snapshot!(
        "what_cannot_be_added",
        project.run(["seed", "add", "shop.boxes", "shop.boxs"])
    );
}

#[test]
fn every_system_that_is_named_is_loaded_or_it_is_said_that_one_is() {
    let system = |name: &str| {
        (
            format!("create schema {name}; create table {name}.notes (id int primary key);"),
            format!("[seed]\nformat = 1\nas_of = 2026-03-31\n[table.\"{name}.notes\"]\nrows = 3\n"),
        )
    };
    let (one, other) = (system("one"), system("other"));
    let project = TestProject::with_database(&[
        (
            "workroom.toml",
            "[project]\nname = \"two\"\n[systems.one]\ntitle = \"One\"\nschemas = [\"one\"]\n[systems.other]\ntitle = \"Other\"\nschemas = [\"other\"]\n[systems.third]\ntitle = \"Third\"\nschemas = [\"third\"]\n",
        ),
        ("sql/one/V001__one.sql", &one.0),
        ("sql/other/V001__other.sql", &other.0),
        ("sql/third/V001__third.sql", "create schema third;"),
        ("seeds/one.toml", &one.1),
        ("seeds/other.toml", &other.1),
    ]);
    let output = project.run(["--all", "db", "migrate"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    run(&project, &["--all", "--into", project.database().name()]);
    let counts = "select (select count(*) from one.notes), (select count(*) from other.notes)";
    assert_eq!(project.query(counts), ["3|3"]);
    insta::assert_snapshot!(
        "one_system_at_a_time",
        project.run(["--system", "one", "--system", "other", "seed", "clear"])
    );
    assert_eq!(project.query(counts), ["3|3"]);
}
