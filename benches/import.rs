//! `cargo bench --bench import`: `workroom data import` against `\copy` of psql, the same file of CSV into the same table,
//! in turn; whole runs of both programs, connecting included. The file has a million rows, or as many as the last
//! argument says.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and one that cannot run should stop"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use workroom::event::Silent;
use workroom::server::{self, Temporary};

const ROUNDS: usize = 5;

const SQL: &str = "create schema shop;
create table shop.entries (
  id uuid constraint entries_pkey primary key,
  person_id integer not null,
  worked_on date not null,
  hours numeric(5, 2) not null constraint entries_hours_check check (hours between 0 and 24),
  is_billable boolean not null,
  note text not null,
  created_at timestamptz not null
);
";

const COLUMNS: [&str; 7] = [
    "id",
    "person_id",
    "worked_on",
    "hours",
    "is_billable",
    "note",
    "created_at",
];

fn main() {
    let rows = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next_back();
    let rows: u64 = rows.unwrap_or(1_000_000);
    let server = Temporary::start(&server::Options::default(), &Silent).unwrap();
    let project = tempfile::tempdir().unwrap();
    let folder = project.path().join("in");
    let files = [
        (
            "workroom.toml",
            "[project]\nname = \"shop\"\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\n",
        ),
        ("sql/shop/V001__create_entries.sql", SQL),
    ];
    for (file, text) in files {
        let path = project.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("entries.csv");
    write(&file, rows);
    let bytes = std::fs::metadata(&file).unwrap().len();
    println!(
        "{rows} rows, {:.0} MB of CSV; {ROUNDS} rounds of each in turn, medians",
        bytes as f64 / 1e6
    );
    let workroom = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workroom"));
        command
            .arg("--project")
            .arg(project.path())
            .current_dir(project.path());
        command
            .args(["--database-url", &server.url(), "-q"])
            .args(arguments);
        timed(&mut command)
    };
    let psql = |sql: &str| {
        let mut command = Command::new(server.binaries().program("psql"));
        command.arg(server.url()).args(["-qXc", sql]);
        timed(&mut command)
    };
    workroom(&["db", "migrate"]);
    let copy = format!(
        "\\copy shop.entries ({}) from '{}' (format csv, header)",
        COLUMNS.join(", "),
        file.display()
    );
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        psql("truncate shop.entries");
        psql("checkpoint");
        theirs.push(psql(&copy));
        psql("truncate shop.entries");
        psql("checkpoint");
        ours.push(workroom(&["data", "import", "in"]));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "  workroom data import  {ours:.2} s\n  psql \\copy            {theirs:.2} s\n  \
         ratio (psql / workroom): {:.2} (aim: at least 0.80)",
        theirs / ours
    );
}

/// The same rows each time, in no order of the key.
fn write(path: &Path, rows: u64) {
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    writeln!(out, "{}", COLUMNS.join(",")).unwrap();
    for row in 0..rows {
        let mixed = row.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        writeln!(
            out,
            "{:08x}-0000-4000-8000-{row:012x},{},2024-{:02}-{:02},{}.{}5,{},\"Corrections, after \"\"review\"\" {}\",2024-03-04T10:{:02}:00Z",
            mixed >> 32,
            row % 500,
            1 + row % 12,
            1 + row % 28,
            row % 8,
            row % 9,
            row % 5 > 0,
            row % 1000,
            row % 60,
        )
        .unwrap();
    }
    out.flush().unwrap();
}

fn timed(command: &mut Command) -> f64 {
    let started = Instant::now();
    assert!(command.stdout(Stdio::null()).status().unwrap().success());
    started.elapsed().as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
