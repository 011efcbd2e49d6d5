//! Standard output as a pipe, a full disk and a terminal.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::support::project::{ORDERS, TestProject};

fn workroom(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workroom"));
    command.args(arguments).env_remove("DATABASE_URL");
    command
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = workroom(&["completions", "bash"])
        .stdout(Stdio::from(writer))
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}

#[test]
fn a_full_disk_is_one() {
    let output = workroom(&["completions", "bash"])
        .stdout(Stdio::from(File::create("/dev/full").unwrap()))
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("error: standard output cannot be written"),
        "{said}"
    );
}

#[test]
fn an_error_in_a_pipe_has_no_colour_and_leaves_standard_output_empty() {
    let folder = tempfile::tempdir().unwrap();
    let output = workroom(&["db", "status"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("error: ") && said.contains("\nhint: "),
        "{said}"
    );
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn an_error_annotates_its_line_and_fills_the_file_that_is_uploaded() {
    let shop =
        TestProject::with_database(&[("sql/shop/V001__divide.sql", "select 1;\nselect 1/0;\n")]);
    for (format, said) in [
        ("github", "::error file=sql/shop/V001__divide.sql,line=2"),
        ("sarif", "\"level\": \"error\""),
    ] {
        let output = shop.run(["db", "migrate", "--format", format]);
        assert!(
            output.contains(said)
                && output.contains("division by zero")
                && output.ends_with("exit status: 2\n"),
            "{output}"
        );
    }
    // One without a place.
    let output = shop.run(["lint", "--explain", "nothing", "--format", "github"]);
    assert!(output.contains("::error title=error::"), "{output}");
}

/// A CI that keeps the report has a red case where the step is red.
#[test]
fn what_ends_with_status_1_is_a_case_in_every_format_for_machines() {
    let shop = TestProject::with_database(&[ORDERS]);
    for (format, said) in [
        ("junit", "failures=\"1\""),
        ("sarif", "\"level\": \"error\""),
        ("github", "::error title=found::"),
    ] {
        let output = shop.run(["db", "status", "--check", "--format", format]);
        assert!(
            output.contains(said)
                && output.contains("V001__create_orders")
                && output.ends_with("exit status: 1\n"),
            "{output}"
        );
    }
    shop.migrate();
    let output = shop.run(["db", "status", "--check", "--format", "github"]);
    assert!(
        output.ends_with("exit status: 0\n") && !output.contains("::error"),
        "{output}"
    );
}
