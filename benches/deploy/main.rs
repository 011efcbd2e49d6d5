//! `cargo bench --bench deploy`: deployments and up-to-date runs, each as a ratio to psql on the same server.
//!
//! Whole processes are timed, as a user runs them, on a server of its own with `fsync` on, reached by its socket. Rounds
//! are interleaved, so that a slow moment of the machine meets all sides, and each time is divided by that of psql in
//! the same round; the medians are printed. psql gets the same SQL in one file and one session. Other migrators take part
//! where they are on the `PATH`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and one that cannot run should stop"
)]

mod generated;
mod many;
mod peers;
mod rounds;
mod wire;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rounds::Rounds;
use workroom::event::Silent;
use workroom::server::{self, Options, Server};

/// Rounds of the deployment, which takes tenths of a second.
const DEPLOYMENTS: usize = 9;
/// Rounds of the up-to-date run, which takes milliseconds.
const UP_TO_DATE: usize = 40;

fn main() {
    let folder = tempfile::tempdir().unwrap().keep();
    let options = Options {
        data: Some(folder.join("data")),
        ..Options::default()
    };
    let server = Server::start(&options, &Silent).unwrap();
    let bench = Bench {
        psql: server.psql_path(),
        project: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        folder,
        server,
    };
    println!(
        "Postgres {}, fsync on, a socket; ratios to psql in the same round",
        bench.server.binaries().version
    );
    // `cargo bench --bench deploy -- many` is that one alone.
    if std::env::args().any(|argument| argument == "many") {
        many::all(&bench);
        return;
    }
    // `cargo bench --bench deploy -- generated` leaves the shipped systems out.
    if !std::env::args().any(|argument| argument == "generated") {
        let script = bench.write_script();
        bench.deployment(&script);
        let project = bench.project.clone();
        bench.up_to_date("the agency", &project);
    }
    generated::all(&bench);
    many::all(&bench);
    server::reset(&options, &Silent).unwrap();
}

struct Bench {
    server: Server,
    psql: PathBuf,
    folder: PathBuf,
    project: PathBuf,
}

impl Bench {
    /// Everything that the deployment sends, as one file for psql: migrations, repeatable objects, policies.
    fn write_script(&self) -> PathBuf {
        let mut script = String::from("\\set ON_ERROR_STOP on\n");
        let project = workroom::project::Project::find(&self.project).unwrap();
        for system in project.select(&[], false).unwrap() {
            for migration in &system.migrations {
                script.push_str(&format!("begin;\n{}\ncommit;\n", migration.file.text));
            }
            let objects = workroom::objects::definitions(system)
                .and_then(workroom::objects::ordered)
                .unwrap();
            script.push_str("begin;\n");
            for definition in objects {
                script.push_str(&definition.object.file.text);
            }
            script.push_str("commit;\n");
            script.push_str("begin;\n");
            script.push_str(&self.policies(&system.name));
            script.push_str("commit;\n");
        }
        let path = self.folder.join("deploy.sql");
        std::fs::write(&path, script).unwrap();
        path
    }

    fn policies(&self, system: &str) -> String {
        let output = self.workroom(&["policy", "render", "--system", system], None);
        String::from_utf8(output.stdout).unwrap()
    }

    fn deployment(&self, script: &Path) {
        // Roles are the server's, not a database's: the first deployment makes them for both sides.
        self.on_new_database("warm_up", |url| {
            self.workroom(&["db", "migrate"], Some(url))
        });
        let mut rounds = Rounds::default();
        for _ in 0..DEPLOYMENTS {
            rounds.add(
                "psql -f, one session",
                self.on_new_database("bench_psql", |url| {
                    self.psql(url, &["-f", script.to_str().unwrap()])
                }),
            );
            rounds.add(
                "workroom db migrate",
                self.on_new_database("bench_workroom", |url| {
                    self.workroom(&["db", "migrate"], Some(url))
                }),
            );
            rounds.add(
                "workroom db migrate + verify",
                self.on_new_database("bench_verified", |url| {
                    self.workroom(&["db", "migrate"], Some(url));
                    self.workroom(&["db", "verify"], Some(url))
                }),
            );
        }
        rounds.print("the agency, empty to deployed");
        self.on_new_database("bench_memory", |url| {
            self.say(&self.project, url);
            self.psql(url, &["-c", "select 1"])
        });
    }

    /// An up-to-date run beside `select 1`; the database is deployed first.
    fn up_to_date(&self, what: &str, project: &Path) {
        self.on_new_database("bench_current", |url| {
            self.workroom_in(project, &["db", "migrate", "-q"], Some(url));
            let mut rounds = Rounds::default();
            for _ in 0..UP_TO_DATE {
                rounds.add(
                    "psql -c 'select 1'",
                    timed(|| self.psql(url, &["-c", "select 1"])),
                );
                rounds.add(
                    "workroom db migrate",
                    timed(|| self.workroom_in(project, &["db", "migrate"], Some(url))),
                );
            }
            rounds.print(&format!("{what}, up to date"));
            self.say(project, url)
        });
    }

    /// A run that says how many messages it took, and how much memory.
    fn say(&self, project: &Path, url: &str) -> Output {
        let output = self.workroom_in(project, &["db", "migrate", "--verbose"], Some(url));
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            if line.contains("round trips") || line.contains("peak memory") {
                println!("  {line}");
            }
        }
        output
    }

    /// Makes a database, times `work` on it, drops it.
    fn on_new_database(&self, name: &str, work: impl FnOnce(&str) -> Output) -> Duration {
        let server = self.server.url();
        self.psql(
            &server,
            &["-c", &format!("create database {name} template template0")],
        );
        let url = self.server.connection().url_of(name);
        let took = timed(|| work(&url));
        self.psql(
            &server,
            &["-c", &format!("drop database {name} with (force)")],
        );
        took
    }

    fn script(&self, url: &str, script: &Path, single: bool) -> Output {
        let mut arguments = vec!["-f", script.to_str().unwrap()];
        if single {
            arguments.push("-1");
        }
        self.psql(url, &arguments)
    }

    fn psql(&self, url: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.psql);
        finish(command.args(["-X", "-q", "-d", url]).args(arguments))
    }

    fn workroom(&self, arguments: &[&str], url: Option<&str>) -> Output {
        self.workroom_in(&self.project, arguments, url)
    }

    fn workroom_in(&self, project: &Path, arguments: &[&str], url: Option<&str>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workroom"));
        command.arg("--project").arg(project).args(arguments);
        if let Some(url) = url {
            command.env("DATABASE_URL", url);
        }
        finish(&mut command)
    }
}

fn finish(command: &mut Command) -> Output {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn timed(work: impl FnOnce() -> Output) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}
