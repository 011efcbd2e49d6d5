//! 7, 55 and 1,000 generated migrations, against psql with the same SQL.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::peers::Peer;
use super::wire::Wire;
use super::{Bench, Rounds};

/// A distance at which round trips are what counts.
const FAR: Duration = Duration::from_millis(20);

/// A generated project and psql's versions of it.
pub(crate) struct Generated {
    migrations: Vec<String>,
    statements: usize,
    pub(crate) project: PathBuf,
    scripts: [(&'static str, PathBuf, bool); 3],
}

impl Generated {
    pub(crate) fn write(folder: &Path, count: usize, tables: usize) -> Self {
        let project = folder.join(format!("generated_{count}"));
        let sql = project.join("sql/app");
        std::fs::create_dir_all(&sql).unwrap();
        let toml =
            "[project]\nname = \"app\"\n\n[systems.app]\ntitle = \"App\"\nschemas = [\"app\"]\n";
        std::fs::write(project.join("workroom.toml"), toml).unwrap();
        let stop = "\\set ON_ERROR_STOP on\n";
        let (mut plain, mut each) = (stop.to_owned(), stop.to_owned());
        let mut migrations = Vec::new();
        for number in 1..=count {
            let of_number = number * tables - tables + 1..=number * tables;
            let text: String = of_number.map(table).collect();
            std::fs::write(
                sql.join(format!("V{number:04}__create_t{number}.sql")),
                &text,
            )
            .unwrap();
            plain.push_str(&text);
            each.push_str(&format!("begin;\n{text}commit;\n"));
            migrations.push(text);
        }
        let file = |name: &str, text: &str| {
            let path = project.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let (plain, each) = (file("plain.psql", &plain), file("each.psql", &each));
        Self {
            migrations,
            statements: count * tables * 3 + 1,
            project,
            scripts: [
                ("psql -f, one session", plain.clone(), false),
                ("psql -1 -f, one transaction", plain, true),
                ("psql -f, a transaction a file", each, false),
            ],
        }
    }
}

fn table(number: usize) -> String {
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
    for (count, tables, rounds, far) in [(7, 20, 11, 3), (55, 2, 11, 3), (1000, 1, 7, 1)] {
        let generated = Generated::write(&bench.folder, count, tables);
        near(bench, &generated, rounds);
        bench.up_to_date(&format!("{count} migrations"), &generated.project);
        distant(bench, &generated, far);
    }
}

fn near(bench: &Bench, generated: &Generated, rounds: usize) {
    let peers = Peer::all(&generated.project.join("peers"), &generated.migrations);
    let mut sides = Rounds::default();
    for _ in 0..rounds {
        for (what, script, single) in &generated.scripts {
            let run = |url: &str| bench.script(url, script, *single);
            sides.add(what, bench.on_new_database("bench_psql", run));
        }
        for (what, arguments) in [
            ("workroom db migrate", &["db", "migrate", "-q"][..]),
            (
                "workroom db migrate --grouped",
                &["db", "migrate", "-q", "--grouped"],
            ),
        ] {
            let run = |url: &str| bench.workroom_in(&generated.project, arguments, Some(url));
            sides.add(what, bench.on_new_database("bench_workroom", run));
        }
        for peer in &peers {
            let run = |url: &str| peer.migrate(url);
            sides.add(peer.name, bench.on_new_database("bench_peer", run));
        }
    }
    let (count, statements) = (generated.migrations.len(), generated.statements);
    sides.print(&format!("{count} migrations, {statements} statements"));
    bench.on_new_database("bench_memory", |url| bench.say(&generated.project, url));
}

fn distant(bench: &Bench, generated: &Generated, rounds: usize) {
    let socket = bench.server.connection().socket();
    let folder = bench
        .folder
        .join(format!("far_{}", generated.migrations.len()));
    let wire = Wire::to(socket, folder, FAR);
    let url = |database: &str| {
        format!(
            "host='{}' user=postgres dbname={database}",
            wire.folder().display()
        )
    };
    let mut sides = Rounds::default();
    let mut counted = Vec::new();
    for _ in 0..rounds {
        counted.clear();
        let (_, script, single) = &generated.scripts[0];
        let run = |_: &str| bench.script(&url("far_psql"), script, *single);
        sides.add(
            "psql -f, one session",
            bench.on_new_database("far_psql", run),
        );
        counted.push(wire.taken());
        for (what, arguments) in [
            ("workroom db migrate", &["db", "migrate", "-q"][..]),
            (
                "workroom db migrate --grouped",
                &["db", "migrate", "-q", "--grouped"],
            ),
        ] {
            let project = &generated.project;
            let run = |_: &str| bench.workroom_in(project, arguments, Some(&url("far_workroom")));
            sides.add(what, bench.on_new_database("far_workroom", run));
            counted.push(wire.taken());
        }
    }
    let count = generated.migrations.len();
    sides.print(&format!("{count} migrations, {} ms away", FAR.as_millis()));
    println!("  (round trips, bytes from the server): {counted:?}");
    bench.on_new_database("far_workroom", |near| {
        let project = &generated.project;
        bench.workroom_in(project, &["db", "migrate", "-q"], Some(near));
        wire.taken();
        let output = bench.workroom_in(
            project,
            &["db", "migrate", "-q"],
            Some(&url("far_workroom")),
        );
        println!("  the same, up to date: {:?}", wire.taken());
        output
    });
}
