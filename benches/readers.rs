//! `cargo bench --bench readers`: how long other readers wait while an `alter table` waits behind a reader that keeps
//! its transaction open for four seconds; by psql, and by `workroom db migrate`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and one that cannot run should stop"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use workroom::database::{Session, Target};
use workroom::event::Silent;
use workroom::server::{Options, Temporary};

/// How long the first reader stays in its way.
const BLOCKED: Duration = Duration::from_secs(4);
/// Readers that want to pass.
const READERS: usize = 4;
/// Rounds of each side.
const ROUNDS: usize = 3;

fn main() {
    let server = Temporary::start(&Options::default(), &Silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let project = write_project(folder.path());
    println!(
        "Postgres {}: a reader stays for {} s in front of an `alter table`; {READERS} others read every 5 ms",
        server.binaries().version,
        BLOCKED.as_secs()
    );
    let (mut naive, mut governed) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        naive.push(measure(&server, &format!("naive_{round}"), |url| {
            let mut psql = Command::new(server.binaries().program("psql"));
            psql.args([
                "-X",
                "-q",
                "-d",
                url,
                "-c",
                "alter table shop.orders add total numeric",
            ]);
            psql
        }));
        governed.push(measure(&server, &format!("workroom_{round}"), |url| {
            let mut workroom = Command::new(env!("CARGO_BIN_EXE_workroom"));
            workroom
                .args(["db", "migrate", "-q", "--project"])
                .arg(&project);
            workroom.env("DATABASE_URL", url);
            workroom
        }));
    }
    for (what, rounds) in [("psql", naive), ("workroom db migrate", governed)] {
        for (worst, altered) in rounds {
            println!(
                "  {what:<20} worst read {:>7.1} ms, altered after {:>7.1} ms",
                worst.as_secs_f64() * 1000.0,
                altered.as_secs_f64() * 1000.0
            );
        }
    }
}

fn write_project(folder: &Path) -> PathBuf {
    std::fs::create_dir_all(folder.join("sql/shop")).unwrap();
    let toml =
        "[project]\nname = \"shop\"\n\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\n";
    std::fs::write(folder.join("workroom.toml"), toml).unwrap();
    let alter = "alter table shop.orders add total numeric;\n";
    std::fs::write(folder.join("sql/shop/V001__total.sql"), alter).unwrap();
    folder.to_owned()
}

/// The worst read, and how long the change took.
fn measure(
    server: &Temporary,
    name: &str,
    command: impl FnOnce(&str) -> Command,
) -> (Duration, Duration) {
    on_session(&server.url(), async |session| {
        session
            .batch(&format!("create database {name}"))
            .await
            .unwrap();
    });
    let url = server.connection().url_of(name);
    on_session(&url, async |session| {
        let sql = "create schema shop; create table shop.orders as select generate_series(1, 1000) as id;";
        session.batch(sql).await.unwrap();
    });
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let blocker = scope.spawn(|| {
            on_session(&url, async |session| {
                let sql = format!(
                    "begin; select count(*) from shop.orders; select pg_sleep({}); commit",
                    BLOCKED.as_secs()
                );
                session.batch(&sql).await.unwrap();
            });
        });
        std::thread::sleep(Duration::from_millis(300));
        let readers: Vec<_> = (0..READERS)
            .map(|_| scope.spawn(|| worst_read(&url, &done)))
            .collect();
        std::thread::sleep(Duration::from_millis(200));
        let started = Instant::now();
        let status = command(&url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status();
        let altered = started.elapsed();
        assert!(status.unwrap().success());
        blocker.join().unwrap();
        done.store(true, Ordering::Relaxed);
        let worst = readers.into_iter().map(|reader| reader.join().unwrap());
        (worst.max().unwrap(), altered)
    })
}

fn worst_read(url: &str, done: &AtomicBool) -> Duration {
    let mut worst = Duration::ZERO;
    on_session(url, async |session| {
        while !done.load(Ordering::Relaxed) {
            let started = Instant::now();
            session
                .batch("select count(*) from shop.orders")
                .await
                .unwrap();
            worst = worst.max(started.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    worst
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
