//! `cargo bench --bench fleet`: fifty migrations in many databases, against psql with the same SQL and the same number of
//! processes at a time (`xargs -P`), and against a loop over `workroom db migrate`.
//!
//! `-- 1000` takes so many databases instead of a hundred.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and one that cannot run should stop"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use workroom::event::Silent;
use workroom::server::{self, Options, Server};

const ROUNDS: usize = 3;
const MIGRATIONS: usize = 50;
const AT_A_TIME: &str = "4";

fn main() {
    let given = std::env::args().find_map(|argument| argument.parse().ok());
    let count: usize = given.unwrap_or(100);
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        data: Some(folder.path().join("data")),
        ..Options::default()
    };
    let server = Server::start(&options, &Silent).unwrap();
    let project = folder.path().join("project");
    let script = write_project(&project);
    println!(
        "Postgres {}, fsync on, a socket; {count} databases, {MIGRATIONS} migrations, {AT_A_TIME} at a time",
        server.binaries().version
    );
    let workroom = env!("CARGO_BIN_EXE_workroom");
    let psql = server.psql_path();
    let sides: [(&str, String); 3] = [
        (
            "psql -f, by xargs -P",
            format!(
                "seq 1 {count} | xargs -P {AT_A_TIME} -I @ {psql:?} -X -q -d tenant_@ -f {script:?}",
            ),
        ),
        (
            "workroom fleet migrate",
            format!(
                "{workroom:?} --project {project:?} fleet migrate --databases 'tenant_%' -v --concurrency {AT_A_TIME} --per-server {AT_A_TIME}"
            ),
        ),
        (
            "a loop over workroom db migrate",
            format!(
                "for n in $(seq 1 {count}); do {workroom:?} --project {project:?} db migrate -q --database-url \"${{DATABASE_URL%/*}}/tenant_$n\" || exit 1; done"
            ),
        ),
    ];
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); sides.len()];
    for round in 0..ROUNDS {
        for (side, (name, command)) in sides.iter().enumerate() {
            databases(&server, count, true);
            let started = Instant::now();
            let said = shell(&server, command);
            times[side].push(started.elapsed().as_secs_f64());
            if round == 0
                && let Some(peak) = said.lines().find(|line| line.contains("peak memory"))
            {
                println!("  {name}: {}", peak.trim());
            }
            databases(&server, count, false);
        }
    }
    for (side, (name, _)) in sides.iter().enumerate() {
        let ratios = times[side]
            .iter()
            .zip(&times[0])
            .map(|(own, psql)| own / psql)
            .collect();
        let took = median(times[side].clone());
        println!(
            "  {name:<34} {:>8.1} ms   {:>7.1} databases/s   {:.2}×",
            took * 1000.0,
            count as f64 / took,
            median(ratios)
        );
    }
    databases(&server, count, true);
    let migrate = &sides[1].1;
    shell(&server, migrate);
    let started = Instant::now();
    shell(&server, migrate);
    println!(
        "  all of them up to date             {:>8.1} ms",
        started.elapsed().as_secs_f64() * 1000.0
    );
    server::reset(&options, &Silent).unwrap();
}

/// Makes empty databases, or drops them.
fn databases(server: &Server, count: usize, makes: bool) {
    let mut sql = String::new();
    for at in 1..=count {
        match makes {
            true => writeln!(sql, "create database tenant_{at} template template0;"),
            false => writeln!(sql, "drop database tenant_{at} with (force);"),
        }
        .unwrap();
    }
    let psql = server.psql_path();
    let url = server.url();
    // Nobody times this.
    let mut child = Command::new(psql)
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &url])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), sql.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    std::thread::sleep(Duration::from_millis(300));
}

fn shell(server: &Server, command: &str) -> String {
    let connection = server.connection();
    let output = Command::new("sh")
        .args(["-c", command])
        .env("PGHOST", &connection.socket_folder)
        .env("PGUSER", "postgres")
        .env("DATABASE_URL", server.url())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command}: {said}");
    said
}

fn write_project(project: &Path) -> std::path::PathBuf {
    std::fs::create_dir_all(project.join("sql/app")).unwrap();
    let toml = "[project]\nname = \"app\"\n\n[systems.app]\ntitle = \"App\"\nschemas = [\"app\"]\n";
    std::fs::write(project.join("workroom.toml"), toml).unwrap();
    let mut script = String::new();
    for at in 1..=MIGRATIONS {
        let schema = if at == 1 { "create schema app;\n" } else { "" };
        let text = format!(
            "{schema}create table app.t{at} (id uuid primary key, name text not null, made_at timestamptz not null default now());\n\
             create index t{at}_made_at on app.t{at} (made_at);\n"
        );
        std::fs::write(project.join(format!("sql/app/V{at:03}__t{at}.sql")), &text).unwrap();
        write!(script, "begin;\n{text}commit;\n").unwrap();
    }
    let path = project.join("all.psql");
    std::fs::write(&path, script).unwrap();
    path
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
