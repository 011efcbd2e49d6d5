//! `seed init`: a first file for a schema that is there.

use tempfile::TempDir;

use super::{SCHEMA, run};
use crate::support::command::workroom;
use crate::support::project::TestProject;
use crate::support::server::{NEWEST, TestDatabase};

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
fn a_schema_of_many_tables_is_filled_from_its_first_file() {
    let database = TestDatabase::new(NEWEST);
    let folder = TempDir::new().unwrap();
    let project = folder.path().join("copy");
    let done = |folder: &std::path::Path, arguments: &[&str]| {
        let output = workroom(arguments).within(folder).on(&database.url()).run();
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        output
    };
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
