//! The server killed with all its processes in the middle of a deployment, and started again.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::mpsc::channel;

use rustix::process::{Pid, Signal, kill_process};
use workroom::event::Silent;
use workroom::server::{Options, Server, Status, reset, status};

use super::deployment::{self, After};
use super::{migrate, rows};
use crate::support::command::eventually;
use crate::support::server::{NEWEST, execute, try_query};
use crate::support::wire::{Verdict, Wire};

/// A server that is kept between its deaths.
struct Mortal {
    options: Options,
    _folder: tempfile::TempDir,
}

impl Mortal {
    fn new() -> Self {
        // Every account can enter it: as root the server runs under another.
        let folder = tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in("/tmp")
            .unwrap();
        let options = Options {
            data: Some(folder.path().join("servers")),
            major: Some(NEWEST),
            ..Options::default()
        };
        let mortal = Self {
            options,
            _folder: folder,
        };
        // What survives is the operating system's business; here only processes die.
        execute(&mortal.start().url(), "alter system set fsync = off");
        mortal
    }

    fn start(&self) -> Server {
        Server::start(&self.options, &Silent).unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// `kill -9` of the postmaster and all its processes.
    fn kill(&self) {
        kill(&self.options);
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        let _ = reset(&self.options, &Silent);
    }
}

fn kill(options: &Options) {
    let Status::Running { process, .. } = status(options).unwrap() else {
        return;
    };
    // The postmaster first, so that it starts nothing in their place.
    let children = children(process);
    for process in std::iter::once(process).chain(children) {
        if let Some(process) = Pid::from_raw(process) {
            let _ = kill_process(process, Signal::KILL);
        }
    }
}

fn children(parent: i32) -> Vec<i32> {
    let output = std::process::Command::new("ps")
        .args(["-o", "pid=", "--ppid", &parent.to_string()])
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.trim().parse().ok())
        .collect()
}

fn socket(server: &Server) -> PathBuf {
    server.connection().socket()
}

#[test]
fn a_server_killed_at_any_step_and_started_again_is_made_good_by_the_next_run() {
    let mortal = Mortal::new();
    let server = mortal.start();
    execute(&server.url(), "create database template");
    execute(
        &server.connection().url_of("template"),
        &deployment::before(rows()),
    );
    let copy = |server: &Server, name: &str| {
        let sql = format!("create database {name} template template strategy file_copy");
        execute(&server.url(), &sql);
        server.connection().url_of(name)
    };
    let url = copy(&server, "undisturbed");
    let wire = Wire::to(socket(&server), |_| Verdict::Pass);
    let output = migrate(&deployment::project(), &wire.url("undisturbed"));
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    let (expected, messages) = (After::of(&url), wire.questions());

    for message in 1..=messages {
        let name = format!("crashed_{message}");
        let server = mortal.start();
        let url = copy(&server, &name);
        let options = mortal.options.clone();
        let (killed, dead) = channel();
        let wire = Wire::to(socket(&server), move |number| {
            if number == message {
                let (options, killed) = (options.clone(), killed.clone());
                std::thread::spawn(move || {
                    kill(&options);
                    let _ = killed.send(());
                });
            }
            Verdict::Pass
        });
        let project = deployment::project();
        let run = project
            .workroom(["db", "migrate"])
            .on(&wire.url(&name))
            .start();
        dead.recv().unwrap();
        // Nothing may be left of the old server before a new one starts.
        eventually("the server is dead", || {
            mortal.kill();
            try_query(&url, "select 1").is_err()
        });
        let server = mortal.start();
        let first = run.finish();
        let second = migrate(&project, &server.connection().url_of(&name));
        let what = format!("crash at message {message}\nfirst: {first}\nsecond: {second}");
        assert!(second.ends_with("exit status: 0\n"), "{what}");
        let after = After::of(&url);
        assert_eq!(after.facts(), expected.facts(), "{what}");
        assert!(after == expected, "{what}: another schema");
        execute(&server.url(), &format!("drop database {name}"));
    }
}
