//! `cargo bench --bench seed`: loading generated rows against psql sending the same bytes into the same table, and against
//! multi-row INSERT; client and server CPU, memory at two scales, the demo's seeding; each with what is aimed at.
//! `-- --large` adds ten million rows, `-- --quick` leaves out whole runs.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and one that cannot run should stop"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use workroom::catalog::Catalog;
use workroom::database::{Buffer, Session, Target};
use workroom::event::Silent;
use workroom::files::Tree;
use workroom::project::Project;
use workroom::seed::encode::{Encoded, binary, encode};
use workroom::seed::generate::{Pieces, Worker};
use workroom::seed::pipeline::{Pipeline, Work, default_threads};
use workroom::seed::{Dataset, Options, Scale, SeedFile};
use workroom::server::{self, Temporary};

/// Pods: each has 54,000 rows of the measured table, so that there are a million.
const PODS: u64 = 19;
const ROUNDS: usize = 7;
const TABLE: &str = "agency.timesheet_entries";

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
    deploy(&server.url());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    runtime.block_on(against_psql(&server, folder.path()));
    whole(&server, folder.path());
    if !has("--quick") {
        memory(&server, has("--large"));
    }
}

fn workroom(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workroom"));
    command.args([
        "--project",
        env!("CARGO_MANIFEST_DIR"),
        "--system",
        "agency",
        "--database-url",
        url,
        "-q",
    ]);
    command.stdout(Stdio::null());
    command
}

fn deploy(url: &str) {
    assert!(
        workroom(url)
            .args(["db", "migrate"])
            .status()
            .unwrap()
            .success()
    );
}

async fn dataset(session: &Session, scale: u64) -> Dataset {
    let project = Project::read(Tree::Folder(PathBuf::from(env!("CARGO_MANIFEST_DIR")))).unwrap();
    let system = &project.systems["agency"];
    let file = SeedFile::read("agency", system.seeds.as_ref().unwrap(), &project.tree).unwrap();
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

async fn against_psql(server: &Temporary, folder: &Path) {
    let session = Session::connect(&Target::parse(&server.url()).unwrap())
        .await
        .unwrap();
    let data = Arc::new(dataset(&session, PODS).await);
    let at = data
        .tables
        .iter()
        .position(|table| table.label == TABLE)
        .unwrap();
    let columns: Vec<String> = data.tables[at]
        .stored
        .iter()
        .map(|at| data.tables[at_table(&data)].columns[*at].name.clone())
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
        "{rows} rows of {TABLE}, {:.0} MB; {ROUNDS} rounds of each in turn, medians",
        bytes as f64 / 1e6
    );

    session
        .run(
            "making the heap",
            &format!("create table heap as select {columns} from {TABLE} with no data"),
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

    let few = Arc::new(dataset(&session, 1).await);
    let script = folder.join("rows.sql");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&script).unwrap());
    workroom::seed::export::table(&few, at, workroom::seed::export::Form::Sql, &mut out)
        .unwrap()
        .unwrap();
    drop(out);
    let text = std::fs::read_to_string(&script)
        .unwrap()
        .replace(&format!("insert into {TABLE}"), "insert into heap")
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

fn at_table(data: &Dataset) -> usize {
    data.tables
        .iter()
        .position(|table| table.label == TABLE)
        .unwrap()
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
    let mut worker = Worker::new(data);
    let mut encoded = Encoded::default();
    let before = cpu("self", false);
    while let Some(piece) = pieces.next(data) {
        encoded.bytes.clear();
        encode(data, &mut worker, piece, &mut encoded).unwrap();
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
