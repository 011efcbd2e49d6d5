//! `cargo bench --bench races`: thirty-two runners at once, twenty rounds; how long the lock is free while somebody
//! waits for it, and whether each step was done once.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and one that cannot run should stop"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use workroom::database::{Session, Target};
use workroom::event::Silent;
use workroom::server::{Options, Temporary};

const RUNNERS: usize = 32;
const ROUNDS: usize = 20;

const HEAD: &str = "create schema shop;\ncreate table shop.orders as select g as id from generate_series(1, 1000) as g;\n\
    create table shop.marks (step int);\n";
const MARK: &str =
    "alter table shop.orders add total numeric;\ninsert into shop.marks values (1);\n";
const INDEX: &str = "--! no-transaction\ncreate index concurrently orders_id_idx on shop.orders (id);\n\
    insert into shop.marks values (1);\n";

fn main() {
    let server = Temporary::start(&Options::default(), &Silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    println!("{RUNNERS} runners, {ROUNDS} rounds");
    let kinds: [(&str, &[&str]); 3] = [
        ("transactional", &[HEAD, MARK, MARK_AGAIN]),
        ("concurrent index", &[HEAD, INDEX]),
        ("mixed", &[HEAD, MARK, INDEX, MARK_AGAIN]),
    ];
    for (what, files) in kinds {
        let project = folder.path().join(what);
        write_project(&project, files);
        let mut gaps = Vec::new();
        for round in 0..ROUNDS {
            let name = format!("race_{}_{round}", &what[..5]);
            gaps.extend(race(&server, &project, &name, files.len() - 1));
        }
        gaps.sort();
        let at = |share: usize| gaps[(gaps.len() - 1) * share / 100].as_secs_f64() * 1000.0;
        println!(
            "  {what:<18} free while wanted: median {:.1} ms, p95 {:.1} ms, worst {:.1} ms ({} releases); every runner succeeded, each step once",
            at(50),
            at(95),
            at(100),
            gaps.len()
        );
    }
}

const MARK_AGAIN: &str = "create table shop.others ();\ninsert into shop.marks values (1);\n";

fn write_project(folder: &Path, files: &[&str]) {
    std::fs::create_dir_all(folder.join("sql/shop")).unwrap();
    let toml =
        "[project]\nname = \"shop\"\n\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\n";
    std::fs::write(folder.join("workroom.toml"), toml).unwrap();
    for (at, text) in files.iter().enumerate() {
        std::fs::write(folder.join(format!("sql/shop/V{at:03}__x.sql")), text).unwrap();
    }
}

/// One round; returns for how long the lock was free between two holders.
fn race(server: &Temporary, project: &Path, name: &str, marks: usize) -> Vec<Duration> {
    on_session(&server.url(), async |session| {
        session
            .batch(&format!("create database {name}"))
            .await
            .unwrap();
    });
    let url = server.connection().url_of(name);
    let done = AtomicBool::new(false);
    let gaps = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&url, &done));
        let runners: Vec<_> = (0..RUNNERS)
            .map(|_| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_workroom"));
                command
                    .args(["db", "migrate", "-q", "--project"])
                    .arg(project);
                command.env("DATABASE_URL", &url).stdin(Stdio::null());
                command.stdout(Stdio::null()).spawn().unwrap()
            })
            .collect();
        for mut runner in runners {
            assert!(runner.wait().unwrap().success());
        }
        done.store(true, Ordering::Relaxed);
        watcher.join().unwrap()
    });
    on_session(&url, async |session| {
        let rows = session
            .batch("select count(*) from shop.marks")
            .await
            .unwrap();
        assert_eq!(rows[0][0][0], Some(marks.to_string()));
    });
    on_session(&server.url(), async |session| {
        session
            .batch(&format!("drop database {name} with (force)"))
            .await
            .unwrap();
    });
    gaps
}

/// Looks at the lock as often as it can.
fn watch(url: &str, done: &AtomicBool) -> Vec<Duration> {
    let sql = "select (select pid from pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid() \
         and database = (select oid from pg_database where datname = current_database())), \
         (select count(*) from pg_stat_activity where application_name = 'workroom' and datname = current_database() and pid <> pg_backend_pid())";
    let mut gaps = Vec::new();
    on_session(url, async |session| {
        let mut released = None;
        while !done.load(Ordering::Relaxed) {
            let rows = session.batch(sql).await.unwrap();
            let holder = &rows[0][0][0];
            let is_wanted = rows[0][0][1].as_deref() != Some("0");
            match (&released, holder) {
                (None, None) if is_wanted => released = Some(Instant::now()),
                (Some(_), None) if !is_wanted => released = None,
                (Some(since), Some(_)) => {
                    gaps.push(Instant::elapsed(since));
                    released = None;
                }
                _ => {}
            }
        }
    });
    gaps
}

fn on_session(url: &str, work: impl AsyncFnOnce(&Session)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let session = Session::connect(&Target::parse(url).unwrap())
            .await
            .unwrap();
        work(&session).await;
    });
}
