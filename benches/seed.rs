//! `cargo bench --bench seed`: loading generated rows against psql sending the same bytes into the same table, and against
//! multi-row INSERT; client and server CPU, memory at two scales, the demo's seeding; each with what is aimed at. Two
//! tables are measured: the agency's time sheets, whose cells follow from one another, and plain entries, the row of ten
//! independent columns and about 160 bytes that the aims were set with.
//! `-- --large` adds ten million rows, `-- --quick` leaves out whole runs.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and one that cannot run should stop"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use workroom::catalog::Catalog;
use workroom::database::{Buffer, Session, Target};
use workroom::event::Silent;
use workroom::files::Tree;
use workroom::project::Project;
use workroom::seed::encode::{Encoded, binary};
use workroom::seed::generate::Pieces;
use workroom::seed::maker::Maker;
use workroom::seed::pipeline::{Pipeline, Work, default_threads};
use workroom::seed::{Dataset, Options, Scale, SeedFile};
use workroom::server::{self, Temporary};

const ROUNDS: usize = 7;

/// A table that is measured.
struct Subject<'p> {
    project: &'p Path,
    system: &'p str,
    table: &'p str,
    /// So many pods have about a million rows.
    scale: u64,
}

const PLAIN_SQL: &str = "create schema plain;
create type plain.state as enum ('draft', 'submitted', 'approved');
create table plain.people (id uuid primary key);
create table plain.projects (id uuid primary key);
create table plain.entries (
  id uuid primary key,
  person_id uuid not null references plain.people,
  project_id uuid not null references plain.projects,
  approver_id uuid not null references plain.people,
  worked_on date not null,
  hours numeric(5, 2) not null check (hours between 0 and 24),
  is_billable boolean not null,
  state plain.state not null,
  note text not null,
  created_at timestamptz not null
);
";

const PLAIN_SEEDS: &str = "[seed]\nformat = 1\nas_of = 2026-11-20
[list]
note = [\"Kick-off with the client\", \"First round of layouts\", \"Corrections after review\", \"Handing over the files\"]
[table.\"plain.people\"]\nrows = 50
[table.\"plain.projects\"]\nrows = 40
[table.\"plain.entries\"]\nrows = 50_000
[table.\"plain.entries\".set]
worked_on = { date = [\"-18 months\", \"-1 days\"], weekdays = \"mon-fri\" }
hours = { number = [0.25, 8], step = 0.25 }
is_billable = { true = 4, false = 1 }
state = { draft = 1, submitted = 2, approved = 7 }
note = { list = \"note\" }
created_at = { after = \"worked_on\", at = \"16:00-19:00\" }
";

/// What one load cost.
#[derive(Clone, Copy)]
struct Cost {
    wall: f64,
    client: f64,
    server: f64,
}

fn main() {
    let has = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    let options = server::Options {
        extensions: vec!["vector".to_owned()],
        ..server::Options::default()
    };
    let server = Temporary::start(&options, &Silent).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let plain = tempfile::tempdir().unwrap();
    for (file, text) in [
        (
            "workroom.toml",
            "[project]\nname = \"plain\"\n[systems.plain]\ntitle = \"Plain\"\nschemas = [\"plain\"]\n",
        ),
        ("sql/plain/V001__create_entries.sql", PLAIN_SQL),
        ("seeds/plain.toml", PLAIN_SEEDS),
    ] {
        let path = plain.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let subjects = [
        Subject {
            project: own,
            system: "agency",
            table: "agency.timesheet_entries",
            scale: 19,
        },
        Subject {
            project: plain.path(),
            system: "plain",
            table: "plain.entries",
            scale: 20,
        },
    ];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    for subject in &subjects {
        deploy(subject, &server.url());
        runtime.block_on(against_psql(&server, folder.path(), subject));
    }
    whole(&server, folder.path());
    if !has("--quick") {
        memory(&server, has("--large"));
    }
}

fn workroom(url: &str) -> Command {
    of(Path::new(env!("CARGO_MANIFEST_DIR")), "agency", url)
}

fn of(project: &Path, system: &str, url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workroom"));
    command.arg("--project").arg(project);
    command.args(["--system", system, "--database-url", url, "-q"]);
    command.stdout(Stdio::null());
    command
}

fn deploy(subject: &Subject<'_>, url: &str) {
    let mut command = of(subject.project, subject.system, url);
    assert!(command.args(["db", "migrate"]).status().unwrap().success());
}

async fn dataset(session: &Session, subject: &Subject<'_>, scale: u64) -> Dataset {
    let project = Project::read(Tree::Folder(subject.project.to_owned())).unwrap();
    let system = &project.systems[subject.system];
    let seeds = system.seeds.as_ref().unwrap();
    let file = SeedFile::read(subject.system, seeds, &project.tree).unwrap();
    let names: Vec<&str> = project
        .systems
        .values()
        .flat_map(|system| system.all_schemas())
        .map(String::as_str)
        .collect();
    let catalog = Catalog::load(session.client(), &names).await.unwrap();
    let options = Options {
        scale: Some(Scale(scale * 1000)),
        ..Options::default()
    };
    file.compile(&catalog, &BTreeMap::new(), options).unwrap()
}

async fn against_psql(server: &Temporary, folder: &Path, subject: &Subject<'_>) {
    let table = subject.table;
    let session = Session::connect(&Target::parse(&server.url()).unwrap())
        .await
        .unwrap();
    let data = Arc::new(dataset(&session, subject, subject.scale).await);
    let at = data
        .tables
        .iter()
        .position(|other| other.label == table)
        .unwrap();
    let stored = data.tables[at].stored.iter();
    let columns: Vec<String> = stored
        .map(|column| data.tables[at].columns[*column].name.clone())
        .collect();
    let columns = columns.join(", ");
    let rows = data.rows(at);
    let file = folder.join("rows.copy");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
    workroom::seed::export::table(&data, at, workroom::seed::export::Form::Copy, &mut out)
        .unwrap()
        .unwrap();
    drop(out);
    let bytes = std::fs::metadata(&file).unwrap().len();
    println!(
        "{rows} rows of {table}, {:.0} MB, {} bytes each; {ROUNDS} rounds of each in turn, medians",
        bytes as f64 / 1e6,
        bytes / rows
    );

    session
        .run(
            "making the heap",
            &format!("create table heap as select {columns} from {table} with no data"),
        )
        .await
        .unwrap();
    let (mut ours, mut psql) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        session
            .run("emptying", "truncate heap; checkpoint")
            .await
            .unwrap();
        psql.push(by_psql(
            server,
            &format!(
                "\\copy heap ({columns}) from '{}' (format binary)",
                file.display()
            ),
        ));
        session
            .run("emptying", "truncate heap; checkpoint")
            .await
            .unwrap();
        ours.push(by_workroom(&session, &data, at, &columns).await);
    }
    let (ours, psql) = (median(ours), median(psql));
    let per_million = |seconds: f64| seconds * 1e6 / rows as f64;
    println!("heap only          wall      client CPU  server CPU   (a million rows)");
    for (name, cost) in [("workroom", ours), ("psql \\copy binary", psql)] {
        println!(
            "  {name:<17} {:>6.2} s   {:>6.2} s    {:>6.2} s",
            per_million(cost.wall),
            per_million(cost.client),
            per_million(cost.server)
        );
    }
    println!(
        "  ratio of the wall times (psql / workroom): {:.2} (aim: at least 0.90)\n  \
         server CPU: {:.2} × psql's (aim: at most 1.05)\n  \
         client CPU: {:.2} s a million rows (aim: at most 0.25)",
        psql.wall / ours.wall,
        ours.server / psql.server,
        per_million(ours.client)
    );
    let alone = by_one_thread(&data, at);
    println!(
        "  of which making and encoding the rows: {:.2} s on one thread, {:.0} rows/s",
        per_million(alone),
        rows as f64 / alone
    );

    let few = Arc::new(dataset(&session, subject, 1).await);
    let script = folder.join("rows.sql");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&script).unwrap());
    workroom::seed::export::table(&few, at, workroom::seed::export::Form::Sql, &mut out)
        .unwrap()
        .unwrap();
    drop(out);
    let text = std::fs::read_to_string(&script)
        .unwrap()
        .replace(&format!("insert into {table}"), "insert into heap")
        .replace(" overriding system value", "");
    std::fs::write(&script, text).unwrap();
    session
        .run("emptying", "truncate heap; checkpoint")
        .await
        .unwrap();
    let inserted = by_psql(server, &format!("\\i {}", script.display()));
    let inserted = inserted.wall * 1e6 / few.rows(at) as f64;
    println!(
        "  multi-row INSERT of 500 rows each: {inserted:.2} s a million rows, {:.1} × workroom's",
        inserted / per_million(ours.wall)
    );
    session
        .run("dropping the heap", "drop table heap")
        .await
        .unwrap();
}

async fn by_workroom(session: &Session, data: &Arc<Dataset>, at: usize, columns: &str) -> Cost {
    let backend = backend(session).await;
    let (client, server) = (cpu("self", false), cpu(&backend, false));
    let started = Instant::now();
    let work = Work::new(data, vec![at]).unwrap();
    let mut pipeline = Pipeline::start(data, &work, default_threads());
    let mut copy = session
        .copy_in(&format!("copy heap ({columns}) from stdin (format binary)"))
        .await
        .unwrap();
    copy.send(Buffer::new(binary::HEADER.to_vec(), None))
        .await
        .unwrap();
    while let Some((encoded, home)) = pipeline.next(at).await.unwrap() {
        copy.send(Buffer::new(encoded.bytes, Some(home)))
            .await
            .unwrap();
    }
    copy.send(Buffer::new(binary::TRAILER.to_vec(), None))
        .await
        .unwrap();
    copy.finish().await.unwrap();
    pipeline.stop();
    Cost {
        wall: started.elapsed().as_secs_f64(),
        client: cpu("self", false) - client,
        server: cpu(&backend, false) - server,
    }
}

/// Seconds of CPU for making and encoding all rows of a table on one thread, sending nothing.
fn by_one_thread(data: &Dataset, at: usize) -> f64 {
    let work = Work::new(data, vec![at]).unwrap();
    let mut pieces = Pieces::new(work.tables, work.sizes, Vec::new());
    let mut maker = Maker::new(data);
    let mut encoded = Encoded::default();
    let before = cpu("self", false);
    while let Some(piece) = pieces.next(data) {
        encoded.bytes.clear();
        maker.encode(piece, &mut encoded).unwrap();
    }
    assert_eq!(encoded.rows, data.rows(at));
    cpu("self", false) - before
}

async fn backend(session: &Session) -> String {
    let rows = session
        .run("asking for the process", "select pg_backend_pid()")
        .await
        .unwrap();
    rows[0][0][0].clone().unwrap()
}

/// psql says which process serves it before it begins; that process lives until the measurement is over, because psql
/// waits for its input to end.
fn by_psql(server: &Temporary, command: &str) -> Cost {
    use std::io::{BufRead as _, BufReader, Write as _};
    let mut psql = Command::new(server.binaries().program("psql"))
        .args(["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1"])
        .arg(server.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = psql.stdin.take().unwrap();
    let mut output = BufReader::new(psql.stdout.take().unwrap());
    let mut line = String::new();
    input.write_all(b"select pg_backend_pid();\n").unwrap();
    output.read_line(&mut line).unwrap();
    let backend = line.trim().to_owned();
    let own = psql.id().to_string();
    let (client, server_before) = (cpu(&own, false), cpu(&backend, false));
    let started = Instant::now();
    input
        .write_all(format!("{command}\nselect 'done';\n").as_bytes())
        .unwrap();
    line.clear();
    output.read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "done");
    let cost = Cost {
        wall: started.elapsed().as_secs_f64(),
        client: cpu(&own, false) - client,
        server: cpu(&backend, false) - server_before,
    };
    drop(input);
    assert!(psql.wait().unwrap().success());
    cost
}

/// Seconds of CPU that a process has used; clock ticks are hundredths of a second on Linux.
fn cpu(process: &str, with_children: bool) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = text
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let count = if with_children { 4 } else { 2 };
    fields[11..11 + count]
        .iter()
        .map(|ticks| ticks.parse::<f64>().unwrap() / 100.0)
        .sum()
}

fn median(mut costs: Vec<Cost>) -> Cost {
    let middle = costs.len() / 2;
    let mut of = |part: fn(&Cost) -> f64| {
        costs.sort_by(|one, other| part(one).total_cmp(&part(other)));
        part(&costs[middle])
    };
    Cost {
        wall: of(|cost| cost.wall),
        client: of(|cost| cost.client),
        server: of(|cost| cost.server),
    }
}

/// The demo's data into the deployed system: the command with its checks, and psql with the same rows from files.
fn whole(server: &Temporary, folder: &Path) {
    let url = server.url();
    let files = folder.join("exported");
    let run = |words: &[&str]| {
        let started = Instant::now();
        assert!(workroom(&url).args(words).status().unwrap().success());
        started.elapsed().as_secs_f64()
    };
    run(&["seed", "export", &files.display().to_string()]);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        run(&["seed", "clear", "--into", "postgres"]);
        let started = Instant::now();
        let psql = Command::new(server.binaries().program("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "load.sql"])
            .arg(&url)
            .current_dir(&files)
            .stdout(Stdio::null())
            .status();
        assert!(psql.unwrap().success());
        theirs.push(started.elapsed().as_secs_f64());
        run(&["seed", "clear", "--into", "postgres"]);
        ours.push(run(&["seed", "run", "--into", "postgres"]));
    }
    let middle = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    };
    let (ours, theirs) = (middle(ours), middle(theirs));
    println!(
        "the demo's data, deployed tables: {ours:.2} s made, loaded and checked (aim of seeding: 1 s), {theirs:.2} s by psql \
         from files, which checks nothing more: {:.2} × as fast",
        theirs / ours
    );
}

/// Peak memory and time of whole runs, verified.
fn memory(server: &Temporary, large: bool) {
    println!("whole runs of the command, verified:");
    let scales: &[u64] = if large { &[1, 19, 200] } else { &[1, 19] };
    let mut peaks = Vec::new();
    for scale in scales {
        let started = Instant::now();
        let mut run = workroom(&server.url());
        run.args([
            "seed",
            "run",
            "--reset",
            "--into",
            "postgres",
            "--scale",
            &scale.to_string(),
        ]);
        run.stdout(Stdio::piped());
        let mut child = run.spawn().unwrap();
        let mut peak = 0_u64;
        let status = loop {
            if let Ok(text) = std::fs::read_to_string(format!("/proc/{}/status", child.id()))
                && let Some(line) = text.lines().find(|line| line.starts_with("VmHWM"))
            {
                peak = line
                    .split_whitespace()
                    .nth(1)
                    .and_then(|number| number.parse().ok())
                    .unwrap_or(peak);
            }
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        assert!(status.success());
        let mut said = String::new();
        std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut said).unwrap();
        let aim = if *scale == 1 {
            " (aim of seeding: 1 s)"
        } else {
            ""
        };
        println!(
            "  scale {scale:>3}: {:>10} timesheet entries, {:>6.2} s{aim}, peak memory {:.1} MB",
            54_000 * scale,
            started.elapsed().as_secs_f64(),
            peak as f64 / 1024.0
        );
        let numbers = said
            .lines()
            .filter(|line| line.contains(" s of it: ") || line.contains(" loaded in "));
        numbers.for_each(|line| println!("    {line}"));
        peaks.push(peak);
    }
    let most = peaks.iter().max().copied().unwrap_or(0) as f64;
    // The first is of one pod: what is aimed at is that a million rows and ten take the same.
    let least = peaks[1..].iter().min().copied().unwrap_or(0) as f64;
    println!(
        "  peak memory at most {:.1} MB (aim: 64), {:.0} % apart from a million rows on (aim: at most 10)",
        most / 1024.0,
        100.0 * (most / least - 1.0)
    );
}
