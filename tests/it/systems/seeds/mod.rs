//! The demo data of the systems beside the agency: that they tell their story, and that nothing in them contradicts it.

mod approvals;
mod needthisdone;
mod proven;
mod sage;
mod together;
mod worktrackr;

use std::process::{Command, Output};
use std::sync::OnceLock;

use super::person::Templates;
use super::{ALL, Session, deploy, say};
use crate::seed::spoiled::each_can_find_something;
use crate::support::server::{NEWEST, TestDatabase};

/// A deployed system with its demo data as of today, for one test that may change it.
fn seeded(templates: &'static Templates, major: u32, system: &str) -> TestDatabase {
    say(major);
    let position = ALL.iter().position(|version| *version == major).unwrap();
    let template = templates[position].get_or_init(|| {
        let database = TestDatabase::new(major);
        deploy(&database, &[system]);
        seed(&database, system, &["--as-of", "today"]);
        database
    });
    TestDatabase::from_template(major, template.name())
}

/// Loads the demo data of a system and returns what is said about each table: rows and digest.
fn seed(database: &TestDatabase, system: &str, options: &[&str]) -> Vec<String> {
    let mut command = workroom(database, &["seed", "run"], system);
    let output = done(command.args(["--into", database.name()]).args(options));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter(|line| line.contains('.') && !line.contains(" rows "))
        .filter_map(|line| {
            let cells: Vec<&str> = line.split_whitespace().collect();
            let is_digest = |cell: &&&str| {
                cell.len() == 16 && cell.bytes().all(|byte| byte.is_ascii_hexdigit())
            };
            let digest = cells.iter().find(is_digest)?;
            Some(format!("{} {} {digest}", cells[0], cells[1]))
        })
        .collect()
}

fn verify(database: &TestDatabase, system: &str) {
    done(&mut workroom(database, &["db", "verify"], system));
}

fn workroom(database: &TestDatabase, words: &[&str], system: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workroom"));
    command
        .args(words)
        .args(["--project", env!("CARGO_MANIFEST_DIR"), "--no-color"])
        .args(["--database-url", &database.url(), "--system", system]);
    command
}

fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Each statement must find nothing; they look for contradictions.
fn find_nothing(database: &TestDatabase, statements: &[(&str, &str)]) {
    let session = Session::new(database);
    session.rows("set timezone = 'UTC'");
    for (what, sql) in statements {
        let found = session.rows(sql);
        assert!(found.is_empty(), "{what}: {found:#?}");
    }
}

/// Becomes the person with an id, or nobody, under a database role.
fn sign_in(session: &Session, role: &str, id: &str) {
    session.rows(&format!(
        "reset role;
         select set_config('request.jwt.claims', json_build_object('sub', nullif('{id}', ''))::text, false);
         set role {role}"
    ));
}
