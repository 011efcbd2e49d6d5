//! Types without a binary form of workroom's own: written as texts, read by the server.

use super::exported::psql;
use super::{content, run, shop_of};
use crate::support::project::TestProject;

const SCHEMA: &str = "create schema shop;
create domain shop.host as inet check (family(value) = 4);
create type shop.size as (width integer, height integer);
create table shop.gates (
  tenant_id uuid not null, id bigint generated always as identity primary key, name text not null,
  address inet not null, host shop.host not null, opens time not null, every interval not null, key bytea not null,
  slots integer[] not null, valid daterange not null, size shop.size not null, note xml,
  ends date generated always as (upper(valid)) stored,
  exclude using gist (valid with &&) where (name = 'never')
);
create index gates_address on shop.gates (address);
";

const SEEDS: &str = r#"[seed]
format = 1
as_of = 2026-03-31
[tenant]
column = "tenant_id"
setting = "shop.tenant"
[tenant.names]
first = { id = "10000000-0000-4000-8000-000000000001", share = 3 }
second = { id = "20000000-0000-4000-8000-000000000002", share = 1 }
[list]
word = ["elm", "oak"]
[table."shop.gates"]
rows = 5_000
[table."shop.gates".set]
name = { text = "{word} {row}" }
address = { text = "10.0.{row}.1", when = "row < 200" }
host = { pick = ["192.0.2.1", "198.51.100.7"] }
opens = { "09:00" = 3, "12:30:15" = 1 }
every = { value = "if(row > 100, '1 day', '90 minutes')" }
key = "\\xff00"
slots = "{1,2,3}"
valid = "[2026-01-01,2026-02-01)"
size = "(3,4)"
"#;

fn project(seeds: &str) -> TestProject {
    shop_of(SCHEMA, seeds)
}

/// The file, with an address in every row.
fn seeds() -> String {
    SEEDS.replace(
        "address = { text = \"10.0.{row}.1\", when = \"row < 200\" }",
        "address = { pick = [\"10.0.0.1\", \"10.0.0.2/24\"] }",
    )
}

#[test]
fn every_type_that_the_server_reads_from_a_text_is_loaded_planned_added_to_and_exported() {
    let loaded = project(&seeds());
    let plan = loaded.run(["seed", "plan"]);
    assert!(plan.contains("by way of a temporary table"), "{plan}");
    let output = run(&loaded, &[]);
    assert!(output.contains("rebuild"), "{output}");
    assert_eq!(
        loaded.query("select count(*), count(distinct address), min(opens), max(opens), count(distinct every), min(key::text), max(slots::text), max(ends), max((size).height) from shop.gates"),
        ["5000|2|09:00:00|12:30:15|2|\\xff00|{1,2,3}|2026-02-01|4"]
    );
    let expected = content(loaded.database(), &["shop.gates"]);
    for form in ["sql", "csv", "copy"] {
        let project = project(&seeds());
        let output = project.run(["seed", "export", "-q", "--as", form, "out"]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        psql(project.database(), &project.folder().join("out"));
        assert_eq!(
            content(project.database(), &["shop.gates"]),
            expected,
            "{form}"
        );
    }
    run(&loaded, &["--top-up", "--scale", "2"]);
    run(
        &loaded,
        &["--slide", "--as-of", "2026-06-30", "--scale", "2"],
    );
    assert_eq!(loaded.query("select count(*) from shop.gates"), ["10000"]);
}

#[test]
fn a_text_that_the_server_does_not_read_is_found_in_the_rehearsal() {
    let project = project(&seeds().replace("\"12:30:15\"", "\"half past\""));
    insta::assert_snapshot!(project.run(["seed", "run"]));
    assert_eq!(project.query("select count(*) from shop.gates"), ["0"]);
}

#[test]
fn mistakes_of_such_columns_are_drawn_at_their_line() {
    let wrong = SEEDS
        .replace("slots = \"{1,2,3}\"", "slots = { number = [1, 3] }")
        .replace("key = \"\\\\xff00\"", "key = 5")
        .replace("size = \"(3,4)\"\n", "");
    insta::assert_snapshot!(project(&wrong).run(["seed", "plan"]));
}
