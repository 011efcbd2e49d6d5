//! Files that psql loads come to the same rows.

use std::process::Command;

use std::path::Path;

use tempfile::TempDir;

use super::story::load;
use super::{TABLES, content, run, shop};
use crate::support::project::TestProject;
use crate::support::server::{NEWEST, TestDatabase, offer_pgcrypto, server};
use crate::systems::deploy;

/// Runs the script that loads exported files.
#[track_caller]
pub(super) fn psql(database: &TestDatabase, folder: &Path) {
    psql_at(&database.url(), folder);
}

/// The same as another role.
#[track_caller]
pub(super) fn psql_at(url: &str, folder: &Path) {
    let psql = Command::new(server(NEWEST).binaries().program("psql"))
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "load.sql"])
        .arg(url)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        psql.status.success(),
        "{}: {}",
        folder.display(),
        String::from_utf8_lossy(&psql.stderr)
    );
}

#[test]
fn every_form_of_export_is_loaded_by_psql_and_comes_to_the_same_rows() {
    let loaded = shop();
    run(&loaded, &[]);
    let expected = content(loaded.database(), &TABLES);
    for form in ["sql", "csv", "copy"] {
        let project = shop();
        let output = project.run(["seed", "export", "-q", "--as", form, "out"]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        psql(project.database(), &project.folder().join("out"));
        assert_eq!(content(project.database(), &TABLES), expected, "{form}");
    }
}

#[test]
fn files_of_a_clean_build_are_those_of_a_database() {
    let project = shop();
    let exported = |folder: &str, output: String| {
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        let folder = project.folder().join(folder);
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    };
    let there = exported("there", project.run(["seed", "export", "-q", "there"]));
    let clean = project.workroom(["seed", "export", "-q", "--clean", "clean"]);
    assert_eq!(exported("clean", clean.run()), there);
    assert_eq!(there.len(), TABLES.len() + 1);
    // With a manifest, not even a throw-away server: there is none to be had.
    let written = project.workroom(["db", "manifest", "-q"]).run();
    assert!(written.ends_with("exit status: 0\n"), "{written}");
    let export = project.workroom(["seed", "export", "written"]);
    let output = export
        .without("DATABASE_URL")
        .env("WORKROOM_POSTGRES", "/nowhere")
        .run();
    assert!(
        output.contains("is that of manifests/shop.json"),
        "{output}"
    );
    assert_eq!(exported("written", output), there);
}

/// Two tables that refer to each other, one of them to later rows of its own as well, both numbered by the server.
const RING: &str = "create schema shop;
create table shop.teams (id bigint generated always as identity primary key, lead_id bigint not null);
create table shop.people (
  id bigint generated always as identity primary key,
  team_id bigint not null references shop.teams,
  boss_id bigint references shop.people
);
alter table shop.teams add constraint teams_lead foreign key (lead_id) references shop.people;
comment on constraint teams_lead on shop.teams is 'Who speaks for them.';
";

#[test]
fn files_of_tables_that_refer_to_each_other_are_loaded_and_numbered_on() {
    let seeds = "[seed]\nformat = 1\nas_of = 2026-03-31\n[table.\"shop.teams\"]\nrows = 600\n\
                 [table.\"shop.people\"]\nrows = 1_500\n[table.\"shop.people\".set]\nboss_id = { ref = \"shop.people\" }\n";
    let files = [
        ("sql/shop/V001__create_ring.sql", RING),
        ("seeds/shop.toml", seeds),
    ];
    let tables = ["shop.teams", "shop.people"];
    let loaded = TestProject::with_database(&files);
    loaded.migrate();
    let name = loaded.database().name().to_owned();
    run(&loaded, &["--into", &name]);
    let schema = "select conname || pg_get_constraintdef(oid) || coalesce(obj_description(oid), '') from pg_constraint where connamespace = 'shop'::regnamespace order by 1";
    let next = "insert into shop.people (team_id) values (1) returning id";
    let expected = (content(loaded.database(), &tables), loaded.query(schema));
    assert_eq!(loaded.query(next), ["1501"]);
    for form in ["sql", "csv", "copy"] {
        let project = TestProject::with_database(&files);
        project.migrate();
        let output = project.run(["seed", "export", "-q", "--as", form, "out"]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        psql(project.database(), &project.folder().join("out"));
        assert_eq!(
            (content(project.database(), &tables), project.query(schema)),
            expected,
            "{form}"
        );
        assert_eq!(project.query(next), ["1501"], "{form}");
    }
}

#[test]
fn files_are_loaded_alike_by_a_server_with_other_settings() {
    let loaded = shop();
    run(&loaded, &[]);
    let expected = content(loaded.database(), &TABLES);
    for form in ["sql", "csv", "copy"] {
        let project = shop();
        let database = project.database();
        let set = |name: &str, value: &str| {
            database.execute(&format!(
                "alter database {} set {name} = {value}",
                database.name()
            ));
        };
        set("datestyle", "'German, DMY'");
        set("timezone", "'Europe/Berlin'");
        set("standard_conforming_strings", "off");
        set("search_path", "''");
        set("row_security", "off");
        let output = project.run(["seed", "export", "-q", "--as", form, "out"]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        psql(database, &project.folder().join("out"));
        for name in ["datestyle", "timezone"] {
            database.execute(&format!("alter database {} reset {name}", database.name()));
        }
        assert_eq!(content(database, &TABLES), expected, "{form}");
    }
}

/// Rows and digest of every table of some schemas, and where their sequences stand.
fn digest(database: &TestDatabase) -> Vec<String> {
    let tables = database.query(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema', 'workroom') order by 1",
    );
    tables
        .iter()
        .flat_map(|table| {
            database.query(&format!(
                "select '{table}', count(*), md5(string_agg(md5(t::text), '' order by md5(t::text))) from {table} as t"
            ))
        })
        .collect()
}

#[test]
fn exports_of_the_shipped_systems_come_to_what_a_load_makes() {
    for (system, scale) in [
        ("agency", "0.02"),
        ("approvals", "1"),
        ("sage", "1"),
        ("worktrackr", "1"),
        ("needthisdone", "1"),
    ] {
        offer_pgcrypto(NEWEST);
        let empty = TestDatabase::new(NEWEST);
        deploy(&empty, &[system]);
        let loaded = TestDatabase::from_template(NEWEST, empty.name());
        load(&loaded, system, &["--scale", scale]);
        let expected = digest(&loaded);
        for form in ["sql", "csv", "copy"] {
            let folder = TempDir::new().unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_workroom"))
                .args(["seed", "export", "-q", "--system", system, "--as", form])
                .args(["--project", env!("CARGO_MANIFEST_DIR"), "--scale", scale])
                .args(["--database-url", &empty.url()])
                .arg(folder.path())
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{system} {form}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            let target = TestDatabase::from_template(NEWEST, empty.name());
            psql(&target, folder.path());
            assert_eq!(digest(&target), expected, "{system} {form}");
        }
    }
}
