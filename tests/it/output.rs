//! Standard output as a pipe, a full disk and a terminal.

use std::fs::File;
use std::process::{Command, Stdio};

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
