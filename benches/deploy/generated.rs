//! 55 and 1,000 generated migrations of three statements, against psql with the same SQL.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::wire::Wire;
use super::{Bench, line, median};

/// A distance at which round trips are what counts.
const FAR: Duration = Duration::from_millis(20);

/// A generated project and psql's versions of it.
struct Generated {
    count: usize,
    project: PathBuf,
    scripts: [(&'static str, PathBuf, bool); 3],
}

impl Generated {
    fn write(folder: &Path, count: usize) -> Self {
        let project = folder.join(format!("generated_{count}"));
        let sql = project.join("sql/app");
        std::fs::create_dir_all(&sql).unwrap();
        let toml =
            "[project]\nname = \"app\"\n\n[systems.app]\ntitle = \"App\"\nschemas = [\"app\"]\n";
        std::fs::write(project.join("workroom.toml"), toml).unwrap();
        let stop = "\\set ON_ERROR_STOP on\n";
        let (mut plain, mut each) = (stop.to_owned(), stop.to_owned());
        for number in 1..=count {
            let text = migration(number);
            std::fs::write(
                sql.join(format!("V{number:04}__create_t{number}.sql")),
                &text,
            )
            .unwrap();
            plain.push_str(&text);
            each.push_str(&format!("begin;\n{text}commit;\n"));
        }
        let file = |name: &str, text: &str| {
            let path = project.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let (plain, each) = (file("plain.psql", &plain), file("each.psql", &each));
        Self {
            count,
            project,
            scripts: [
                ("psql -f, one session", plain.clone(), false),
                ("psql -1 -f, one transaction", plain, true),
                ("psql -f, a transaction a file", each, false),
            ],
        }
    }
}

fn migration(number: usize) -> String {
    let schema = if number == 1 {
        "create schema app;\n"
    } else {
        ""
    };
    format!(
        "-- What is kept of thing number {number}.\n{schema}create table app.t{number} (\n  id uuid primary key,\n  tenant_id uuid not null,\n  \
         name text not null check (name <> ''),\n  amount numeric(12, 2) not null default 0,\n  \
         created_at timestamptz not null default now()\n);\n\
         create index t{number}_tenant_idx on app.t{number} (tenant_id, created_at);\n\
         comment on table app.t{number} is 'Things of kind {number}; one row each.';\n"
    )
}

pub(crate) fn all(bench: &Bench) {
    for (count, rounds, far) in [(55, 11, 3), (1000, 3, 1)] {
        let generated = Generated::write(&bench.folder, count);
        near(bench, &generated, rounds);
        up_to_date(bench, &generated);
        distant(bench, &generated, far);
    }
}

fn near(bench: &Bench, generated: &Generated, rounds: usize) {
    let mut sides: [Vec<Duration>; 5] = Default::default();
    for _ in 0..rounds {
        for (at, (_, script, single)) in generated.scripts.iter().enumerate() {
            let took =
                bench.on_new_database("bench_psql", |url| bench.script(url, script, *single));
            sides[at].push(took);
        }
        for (at, arguments) in [
            &["db", "migrate", "-q"][..],
            &["db", "migrate", "-q", "--grouped"],
        ]
        .iter()
        .enumerate()
        {
            let took = bench.on_new_database("bench_workroom", |url| {
                bench.workroom_in(&generated.project, arguments, Some(url))
            });
            sides[3 + at].push(took);
        }
    }
    let times = sides.map(median);
    println!(
        "\n{} generated migrations, median of {rounds}",
        generated.count
    );
    for (at, (what, _, _)) in generated.scripts.iter().enumerate() {
        line(what, times[at], times[0]);
    }
    line("workroom db migrate", times[3], times[0]);
    line("workroom db migrate --grouped", times[4], times[0]);
}

fn up_to_date(bench: &Bench, generated: &Generated) {
    bench.on_new_database("bench_current", |url| {
        let project = &generated.project;
        bench.workroom_in(project, &["db", "migrate", "-q"], Some(url));
        let mut sides = [Vec::new(), Vec::new()];
        for _ in 0..40 {
            sides[0].push(super::timed(|| bench.psql(url, &["-c", "select 1"])));
            sides[1].push(super::timed(|| {
                bench.workroom_in(project, &["db", "migrate"], Some(url))
            }));
        }
        let [psql, workroom] = sides.map(median);
        println!(
            "\nup to date with {} migrations, median of 40",
            generated.count
        );
        line("psql -c 'select 1'", psql, psql);
        line("workroom db migrate", workroom, psql);
        let output = bench.workroom_in(project, &["db", "migrate", "--verbose"], Some(url));
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            println!("  {line}");
        }
        output
    });
}

fn distant(bench: &Bench, generated: &Generated, rounds: usize) {
    let socket = bench.server.connection().socket();
    let folder = bench.folder.join(format!("far_{}", generated.count));
    let wire = Wire::to(socket, folder, FAR);
    let url = |database: &str| {
        format!(
            "host='{}' user=postgres dbname={database}",
            wire.folder().display()
        )
    };
    let mut sides: [Vec<Duration>; 3] = Default::default();
    let mut questions = [0; 3];
    for _ in 0..rounds {
        let (_, script, single) = &generated.scripts[0];
        sides[0].push(bench.on_new_database("far_psql", |_| {
            bench.script(&url("far_psql"), script, *single)
        }));
        questions[0] = wire.questions();
        for (at, arguments) in [
            &["db", "migrate", "-q"][..],
            &["db", "migrate", "-q", "--grouped"],
        ]
        .iter()
        .enumerate()
        {
            sides[1 + at].push(bench.on_new_database("far_workroom", |_| {
                bench.workroom_in(&generated.project, arguments, Some(&url("far_workroom")))
            }));
            questions[1 + at] = wire.questions();
        }
    }
    let times = sides.map(median);
    println!(
        "\n{} generated migrations, {} ms away, median of {rounds}",
        generated.count,
        FAR.as_millis()
    );
    for (at, what) in [
        "psql -f, one session",
        "workroom db migrate",
        "workroom db migrate --grouped",
    ]
    .iter()
    .enumerate()
    {
        line(
            &format!("{what} ({} round trips)", questions[at]),
            times[at],
            times[0],
        );
    }
}
