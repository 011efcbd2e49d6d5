//! One pending migration behind 2,000 applied ones, against a project that has that one alone.

use super::generated::Generated;
use super::rounds::Rounds;
use super::{Bench, timed};

/// Rounds of each side.
const ROUNDS: usize = 15;
const ONE: &str = "create table app.one (id uuid primary key, name text not null);\n";

pub(crate) fn all(bench: &Bench) {
    let many = Generated::write(&bench.folder, 2000, 1);
    let lone = bench.folder.join("lone");
    std::fs::create_dir_all(lone.join("sql/app")).unwrap();
    std::fs::copy(
        many.project.join("workroom.toml"),
        lone.join("workroom.toml"),
    )
    .unwrap();
    let server = bench.server.url();
    let run = |sql: &str| bench.psql(&server, &["-c", sql]);
    let url = |name: &str| bench.server.connection().url_of(name);
    run("create database applied template template0");
    run("create database bare template template0");
    let grouped = &["db", "migrate", "-q", "--grouped"];
    bench.workroom_in(&many.project, grouped, Some(&url("applied")));
    bench.psql(&url("bare"), &["-c", "create schema app"]);
    for project in [&many.project, &lone] {
        std::fs::write(project.join("sql/app/V9001__one.sql"), ONE).unwrap();
    }
    let mut rounds = Rounds::default();
    for _ in 0..ROUNDS {
        for (side, template, project) in [
            ("of a project with that one", "bare", &lone),
            ("behind 2,000 applied ones", "applied", &many.project),
        ] {
            run(&format!("create database pending template {template}"));
            let pending = url("pending");
            rounds.add(
                side,
                timed(|| bench.workroom_in(project, &["db", "migrate", "-q"], Some(&pending))),
            );
            run("drop database pending with (force)");
        }
    }
    rounds.print("one pending migration");
}
