//! What happens to people who use the commands: rows of their own, roles that may not, somebody else at work, odd folders.

use std::process::Command;

use super::{SEEDS, TABLES, run, shop};
use crate::support::project::TestProject;
use crate::support::server::{NEWEST, server};

/// A role of the shop's database that may do some things.
fn role(project: &TestProject, name: &str, rights: &str) -> String {
    let database = project.database();
    let role = format!("{name}_of_{}", database.name());
    database.execute(&format!(
        "create role {role} login; grant usage on schema shop to {role}; {}",
        rights.replace("ROLE", &role)
    ));
    role
}

/// Runs `workroom` as a role.
fn as_role(project: &TestProject, role: &str, arguments: &[&str]) -> String {
    let url = project
        .database()
        .url()
        .replace("postgres://postgres@", &format!("postgres://{role}@"));
    project.workroom(arguments).on(&url).run()
}

fn drop_role(project: &TestProject, role: &str) {
    project
        .database()
        .execute(&format!("drop owned by {role} cascade; drop role {role}"));
}

#[test]
fn who_may_insert_and_is_not_the_owner_loads_with_everything_in_place() {
    let project = shop();
    let clerk = role(
        &project,
        "inserter",
        "grant select, insert on all tables in schema shop to ROLE; grant all on all sequences in schema shop to ROLE",
    );
    // A trigger that only the owner can lay to rest changes the rows, which is seen.
    insta::assert_snapshot!(
        "a_trigger_that_changes_rows",
        as_role(&project, &clerk, &["seed", "run", "-q"])
    );
    project
        .database()
        .execute("alter table shop.customers disable trigger customers_shout");
    let output = as_role(&project, &clerk, &["seed", "run", "-q"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    assert!(!output.contains("rebuild"), "{output}");
    assert_eq!(project.query("select count(*) from shop.orders"), ["2000"]);
    // Whom the schema workroom is closed to is told so.
    run(&project, &["--reset"]);
    let mut said = String::new();
    for arguments in [
        &["seed", "run", "-q", "--reset"][..],
        &["seed", "run", "-q", "--slide", "--as-of", "2026-06-30"],
        &["seed", "run", "-q", "--top-up", "--scale", "2"],
        &["seed", "clear"],
    ] {
        said.push_str(&as_role(&project, &clerk, arguments));
    }
    insta::assert_snapshot!(said);
    drop_role(&project, &clerk);
}

#[test]
fn who_may_not_insert_is_told_once_which_tables() {
    let project = shop();
    let reader = role(
        &project,
        "reader",
        "grant select on all tables in schema shop to ROLE; grant insert on shop.likes to ROLE",
    );
    insta::assert_snapshot!(as_role(&project, &reader, &["seed", "plan"]));
    drop_role(&project, &reader);
}

#[test]
fn rows_that_policies_hide_are_not_moved_in_part() {
    let project = shop();
    run(&project, &[]);
    let clerk = role(
        &project,
        "mover",
        "grant all on all tables in schema shop to ROLE; grant usage on schema workroom to ROLE; grant all on all tables in schema workroom to ROLE",
    );
    for table in TABLES {
        project.database().execute(&format!(
            "alter table {table} enable row level security; create policy p on {table} using (true)"
        ));
    }
    let moved = as_role(
        &project,
        &clerk,
        &["seed", "run", "-q", "--slide", "--as-of", "2026-06-30"],
    );
    assert!(
        moved.contains("mover_of_[database] may not move all rows of shop.customers"),
        "{moved}"
    );
    assert!(
        moved.contains("connect as the owner of the tables"),
        "{moved}"
    );
    drop_role(&project, &clerk);
}

#[test]
fn nothing_is_moved_or_added_to_where_nothing_is() {
    let project = shop();
    run(&project, &[]);
    let here = project.run(["seed", "run", "-q", "--slide"]);
    assert!(
        here.contains("as of 2026-03-31 already: nothing was moved"),
        "{here}"
    );
    assert_eq!(
        project.query("select count(*) from workroom.seed_runs"),
        ["1"]
    );
    let _ = project.run(["seed", "clear"]);
    for way in [
        &["--slide", "--as-of", "2026-06-30"][..],
        &["--top-up", "--scale", "2"],
    ] {
        let output = project.run(["seed", "run", "-q"].iter().chain(way));
        assert!(
            output.contains("the 7 tables have no rows that could be added to or moved"),
            "{output}"
        );
        assert!(
            output.contains("run `workroom seed run` to load them"),
            "{output}"
        );
        assert!(output.ends_with("exit status: 2\n"), "{output}");
    }
}

#[test]
fn rows_of_another_version_of_the_file_are_moved_with_a_note() {
    let project = shop();
    run(&project, &[]);
    project.write("seeds/shop.toml", SEEDS.replace("rows = 25", "rows = 26"));
    let output = project.run(["seed", "run", "--slide", "--as-of", "2026-06-30"]);
    assert!(
        output.contains("made from another version of the seed file"),
        "{output}"
    );
    assert!(output.contains("moved by 91 days"), "{output}");
}

#[test]
fn a_row_that_somebody_wrote_where_a_larger_scale_has_its_own_is_named() {
    let project = shop();
    run(&project, &[]);
    project
        .database()
        .execute("insert into shop.products (code, price) values ('by hand', 1)");
    insta::assert_snapshot!(project.run(["seed", "run", "-q", "--top-up", "--scale", "2"]));
    assert_eq!(project.query("select count(*) from shop.orders"), ["2000"]);
}

#[test]
fn whoever_holds_the_tables_is_named() {
    let project = shop();
    run(&project, &[]);
    let reader = project.database().session();
    reader.run("set application_name = 'a report'; begin; select count(*) from shop.orders");
    for arguments in [
        &["seed", "run", "-q", "--reset"][..],
        &["seed", "clear"],
        &["seed", "run", "-q", "--slide", "--as-of", "2026-06-30"],
    ] {
        // What moves rows only waits for whoever changes the tables.
        if arguments.contains(&"--slide") {
            reader.run("lock table shop.orders in share mode");
        }
        let output = project.run(arguments.iter().chain(&["--lock-budget", "1s"]));
        assert!(output.contains("a report"), "{output}");
        assert!(output.ends_with("exit status: 2\n"), "{output}");
    }
    drop(reader);
    run(&project, &["--reset"]);
}

#[test]
fn the_command_that_export_shows_loads_the_files() {
    let project = shop();
    let output = project
        .workroom(["seed", "export", "-q", "--as", "csv", "it's out"])
        .output();
    let text = String::from_utf8(output.stdout).unwrap();
    let command = text
        .lines()
        .find_map(|line| line.strip_prefix("load with: "))
        .unwrap();
    let psql = server(NEWEST).binaries().program("psql");
    let command = command
        .replace("psql", &format!("'{}'", psql.display()))
        .replace("DATABASE", &format!("'{}'", project.database().url()));
    let done = Command::new("sh").args(["-c", &command]).output().unwrap();
    assert!(
        done.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert_eq!(project.query("select count(*) from shop.orders"), ["2000"]);
    // Another form beside it would leave a script for one of them only.
    let again = project.run(["seed", "export", "-q", "it's out"]);
    insta::assert_snapshot!(again);
    assert!(!project.folder().join("it's out/shop.orders.copy").exists());
}

#[test]
fn a_database_without_the_tables_is_one_mistake() {
    let project = TestProject::with_database(&[
        ("sql/shop/V001__create_shop.sql", super::SCHEMA),
        ("seeds/shop.toml", SEEDS),
    ]);
    insta::assert_snapshot!(project.run(["seed", "plan"]));
}
