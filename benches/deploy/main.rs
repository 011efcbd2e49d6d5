//! `cargo bench --bench deploy`: a deployment and an up-to-date run, each as a ratio to psql on the same server.
//!
//! Whole processes are timed, as a user runs them, interleaved so that a slow moment of the machine meets both
//! sides; medians and their ratio are printed. psql gets the same SQL in one file and one session.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and one that cannot run should stop"
)]

mod generated;
mod wire;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use workroom::event::Silent;
use workroom::server::{Options, Temporary};

/// Rounds of the deployment, which takes tenths of a second.
const DEPLOYMENTS: usize = 15;
/// Rounds of the up-to-date run, which takes milliseconds.
const UP_TO_DATE: usize = 60;

fn main() {
    let server = Temporary::start(&Options::default(), &Silent).unwrap();
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let bench = Bench {
        psql: server.binaries().program("psql"),
        folder: tempfile::tempdir().unwrap().keep(),
        server,
        project,
    };
    println!(
        "Postgres {}, throw-away server with fsync = off",
        bench.server.binaries().version
    );
    // `cargo bench --bench deploy -- generated` leaves the shipped systems out.
    if !std::env::args().any(|argument| argument == "generated") {
        let script = bench.write_script();
        bench.deployment(&script);
        bench.up_to_date();
    }
    generated::all(&bench);
}

struct Bench {
    server: Temporary,
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
        let mut sides = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..DEPLOYMENTS {
            sides[0].push(self.on_new_database("bench_psql", |url| {
                self.psql(url, &["-f", script.to_str().unwrap()])
            }));
            sides[1].push(self.on_new_database("bench_workroom", |url| {
                self.workroom(&["db", "migrate"], Some(url))
            }));
            sides[2].push(self.on_new_database("bench_verified", |url| {
                self.workroom(&["db", "migrate"], Some(url));
                self.workroom(&["db", "verify"], Some(url))
            }));
        }
        let [psql, workroom, verified] = sides.map(median);
        println!("\nempty to deployed, median of {DEPLOYMENTS}");
        line("psql -f, one session", psql, psql);
        line("workroom db migrate", workroom, psql);
        line("workroom db migrate + verify", verified, psql);
    }

    fn up_to_date(&self) {
        self.on_new_database("bench_current", |url| {
            self.workroom(&["db", "migrate"], Some(url));
            let mut sides = [Vec::new(), Vec::new()];
            for _ in 0..UP_TO_DATE {
                sides[0].push(timed(|| self.psql(url, &["-c", "select 1"])));
                sides[1].push(timed(|| self.workroom(&["db", "migrate"], Some(url))));
            }
            let [psql, workroom] = sides.map(median);
            println!("\nup to date, median of {UP_TO_DATE}");
            line("psql -c 'select 1'", psql, psql);
            line("workroom db migrate", workroom, psql);
            let output = self.workroom(&["db", "migrate", "--verbose"], Some(url));
            for line in String::from_utf8_lossy(&output.stderr).lines() {
                println!("  {line}");
            }
            output
        });
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

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn line(what: &str, took: Duration, baseline: Duration) {
    println!(
        "  {what:<48} {:>8.1} ms   {:.2}×",
        took.as_secs_f64() * 1000.0,
        took.as_secs_f64() / baseline.as_secs_f64()
    );
}
