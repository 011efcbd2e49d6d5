//! `workroom demo`: from an empty server to a system that is deployed, filled, verified and shown.

use std::path::PathBuf;

use insta::assert_snapshot;
use tempfile::TempDir;
use workroom::event::Silent;
use workroom::server::{Options, reset};

use crate::server::fast_folder;
use crate::support::command::workroom;

/// An empty server of its own; gone at the end, also when a test fails.
struct Empty(TempDir);

impl Empty {
    fn new() -> Self {
        Self(fast_folder())
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// Runs a command against it, outside of any project.
    fn run(&self, arguments: &[&str]) -> String {
        workroom(arguments.iter().copied())
            .without("DATABASE_URL")
            .env("WORKROOM_DATA", self.data())
            .within(self.0.path())
            .run()
    }

    /// Runs the demonstration, which must succeed and fail no check.
    #[track_caller]
    fn demo(&self, arguments: &[&str]) -> String {
        let output = self.run(&[&["demo"], arguments].concat());
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        assert!(!output.contains("FAILED"), "{output}");
        assert!(output.contains("postgres://postgres@"), "{output}");
        output
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        let options = Options {
            data: Some(self.data()),
            ..Options::default()
        };
        let _ = reset(&options, &Silent);
    }
}

/// The answers that a demonstration shows, which are made from the data alone.
fn shown(output: &str, from: &str) -> String {
    let start = output.find(from).unwrap_or_else(|| panic!("{output}"));
    let end = output[start..].find(" on Postgres ").unwrap() + start;
    let end = output[..end].rfind("\n\n").unwrap();
    output[start..end].to_owned()
}

#[test]
fn a_demonstration_does_not_touch_a_database_of_the_user() {
    let output = workroom(["demo"]).run();
    assert_snapshot!(output, @"
        ----- stderr -----
        error: `demo` works on its own embedded server only
        cause: a database URL is given, and a demonstration does not belong into a database of yours
        hint: unset DATABASE_URL, or use `workroom init --from SYSTEM` and `workroom db migrate`
        exit status: 2
        ");
}

#[test]
fn a_demonstration_works_outside_of_any_project_and_a_second_one_has_nothing_to_do() {
    let server = Empty::new();
    let first = server.demo(&[]);
    assert!(first.contains("V001__"), "{first}");
    assert!(first.contains("checks passed"), "{first}");
    assert!(first.contains("northlight's home page"), "{first}");
    assert!(first.contains("How do we price?"), "{first}");
    assert!(!first.contains("probes"), "{first}");
    let again = server.demo(&[]);
    assert!(again.starts_with("nothing to do"), "{again}");
    assert!(!again.contains("rows ("), "nothing was loaded: {again}");
    assert!(again.contains("northlight's home page"), "{again}");
}

#[test]
fn data_of_an_earlier_week_are_moved_to_this_one() {
    let server = Empty::new();
    let first = server.demo(&["approvals"]);
    let url = first
        .lines()
        .find_map(|line| line.strip_prefix("connect:  "))
        .unwrap();
    let project = env!("CARGO_MANIFEST_DIR");
    let load = ["seed", "run", "--system", "approvals", "--project", project];
    let early = ["--into", "postgres", "--reset", "--as-of", "2026-03-31"];
    let old = workroom(load.iter().chain(&early))
        .within(server.0.path())
        .on(url)
        .run();
    assert!(old.ends_with("exit status: 0\n"), "{old}");
    let moved = server.demo(&["approvals"]);
    assert!(moved.contains("moved by"), "{moved}");
    let title = "Alice's last weeks";
    assert_eq!(shown(&moved, title), shown(&first, title));
}

#[test]
fn each_system_is_demonstrated_alone_and_proven_where_that_is_asked_for() {
    for (system, told) in [
        (
            "approvals",
            [
                "submitted          Bob",
                "manager_approved   Charlie",
                "what waits for Bob",
            ],
        ),
        ("sage", ["a client's portal", "notion: 503", "dead"]),
        (
            "worktrackr",
            [
                "as a manager sees them",
                "days left",
                "Greenfield IT Services   pro",
            ],
        ),
        (
            "needthisdone",
            [
                "as an administrator sees it",
                "is back",
                "working with paper",
            ],
        ),
    ] {
        let server = Empty::new();
        // All of them are proven together, below.
        let asked = ["approvals", "sage"].contains(&system);
        let output = if asked {
            server.demo(&[system, "--prove"])
        } else {
            server.demo(&[system])
        };
        for part in told {
            assert!(output.contains(part), "{part}: {output}");
        }
        let proof = format!("{system}: ");
        let proven = output.lines().any(|line| {
            line.starts_with(&proof) && line.contains(" probes as ") && line.ends_with("all ok")
        });
        assert_eq!(proven, asked, "{output}");
    }
}

#[test]
fn all_systems_are_deployed_filled_verified_and_proven_in_one_database() {
    let server = Empty::new();
    // One first, so that the others find users that are not theirs.
    server.demo(&["approvals"]);
    let output = server.demo(&["--all"]);
    assert_eq!(output.matches("checks passed").count(), 4, "{output}");
    for system in ["agency", "approvals", "needthisdone", "sage", "worktrackr"] {
        let of = format!("{system}: ");
        let headings: Vec<&str> = output
            .lines()
            .filter(|line| line.starts_with(&of) && line.ends_with("all ok"))
            .collect();
        assert_eq!(headings.len(), 2, "verified and proven: {headings:?}");
    }
    for title in [
        "home page",
        "Alice's last weeks",
        "client's portal",
        "Cobalt Partners sees",
        "the mails to those who waited",
    ] {
        assert!(output.contains(title), "{title}: {output}");
    }
}
