//! The throw-away server.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::{eventually, kill, mode};
use crate::support::server::{NEWEST, TestDatabase, own_server, query};
use crate::support::step;

/// The postmaster of a throw-away server.
fn process(folder: &Path) -> i32 {
    let text = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

fn runs(process: i32) -> bool {
    let listed = std::process::Command::new("ps")
        .args(["-o", "stat=", "-p", &process.to_string()])
        .output();
    let state = String::from_utf8(listed.unwrap().stdout).unwrap();
    !state.trim().is_empty() && !state.starts_with('Z')
}

/// Another process with a throw-away server, and the server's folder.
fn other_process() -> (Child, PathBuf) {
    let mut child = step::command("temporary")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let line = output
        .lines()
        .map(Result::unwrap)
        .find(|line| !step::lines(line).is_empty());
    let folder = PathBuf::from(&step::lines(&line.expect("the folder"))[0]);
    (child, folder)
}

#[test]
fn offers_pgvector_and_one_database_a_test() {
    for major in [NEWEST, 16] {
        let database = TestDatabase::new(major);
        database.execute(
            "create extension vector; create table t (v vector(2)); insert into t values ('[1,2]')",
        );
        let expected = format!("[1,2]|{}|{major}", database.name());
        let found = database.query("select v, current_database(), current_setting('server_version_num')::int / 10000 from t");
        assert_eq!(found, [expected]);
    }
}

#[test]
fn a_test_database_goes_with_its_value() {
    let database = TestDatabase::new(NEWEST);
    let (name, server) = (
        database.name().to_owned(),
        crate::support::server::server(NEWEST).url(),
    );
    let count = format!("select count(*) from pg_database where datname = '{name}'");
    assert_eq!(query(&server, &count), ["1"]);
    drop(database);
    assert_eq!(query(&server, &count), ["0"]);
}

#[test]
fn ends_with_its_value_also_after_a_panic() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("expected to panic".into())
        .spawn(move || {
            let server = own_server(NEWEST);
            assert_eq!(mode(server.folder()), 0o700);
            sender
                .send((server.folder().to_owned(), process(server.folder())))
                .unwrap();
            std::panic::resume_unwind(Box::new("a failing test"));
        });
    assert!(thread.unwrap().join().is_err());
    let (folder, process) = receiver.recv().unwrap();
    assert!(!runs(process));
    assert!(!folder.exists());
}

#[test]
fn ends_with_its_process_even_when_that_is_killed() {
    let (mut child, folder) = other_process();
    let process = process(&folder);
    assert!(runs(process));
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("the end of the server", || !runs(process));
    eventually("the end of its folder", || !folder.exists());
}

#[test]
fn what_a_killed_process_and_its_shell_leave_is_cleared_by_the_next_one() {
    let (mut child, folder) = other_process();
    let process = process(&folder);
    let listed = std::process::Command::new("ps")
        .args(["-o", "ppid=", "-p", &process.to_string()])
        .output();
    let shell: i32 = String::from_utf8(listed.unwrap().stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    kill("-KILL", shell);
    child.kill().unwrap();
    child.wait().unwrap();
    // Other tests of this run start servers too, so one of those may have been quicker.
    let next = own_server(NEWEST);
    eventually("the end of the server", || !runs(process));
    eventually("the end of its folder", || !folder.exists());
    assert_eq!(
        query(&next.url(), "select 1"),
        ["1"],
        "the living are left alone"
    );
}

/// `initdb` notes its server with a minus before the process, and so it stays when both are killed.
#[test]
fn what_an_unfinished_initdb_left_is_cleared_by_the_next_one() {
    let first = own_server(NEWEST);
    let left = first
        .folder()
        .with_file_name(format!("workroom-tmp-{}-unfinished", std::process::id()));
    let data = left.join("data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("postmaster.pid"), "-1\n").unwrap();
    let next = own_server(NEWEST);
    eventually("the end of the folder", || !left.exists());
    assert_eq!(query(&next.url(), "select 1"), ["1"]);
}
