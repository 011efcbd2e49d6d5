//! Descriptions of schemas: what differs is named, single change by single change, and what is the same in another database
//! of the same files, or after a dump, is the same.

use workroom::catalog::{Description, Name, Objects};
use workroom::verify::{Difference, Versions, differences};

use crate::support::server::{NEWEST, TestDatabase, server};

const SHOP: &str = include_str!("shop.sql");
const CHANGES: &str = include_str!("changes.txt");
const SCHEMAS: [&str; 2] = ["shop", "shop_private"];

async fn connected(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

async fn description(client: &tokio_postgres::Client) -> Description {
    let made = [Name::new("shop", "events")];
    Description::load(client, &SCHEMAS, &made).await.unwrap()
}

async fn described(client: &tokio_postgres::Client) -> Objects {
    objects(&description(client).await)
}

fn objects(description: &Description) -> Objects {
    description.of(&SCHEMAS.map(str::to_owned))
}

/// The shop on the server of a major version; its roles stay there, under names that no other test uses.
fn shop(major: u32) -> TestDatabase {
    let database = TestDatabase::new(major);
    let mut sql = SHOP.to_owned();
    for role in ["\"desc reader\"", "desc_writer", "desc_owner"] {
        let create = format!("create role {role};");
        // The other test may be making them at the same time.
        let caught = "exception when duplicate_object or unique_violation then null;";
        sql = sql.replace(&create, &format!("do $$ begin {create} {caught} end $$;"));
    }
    database.execute(&sql);
    database
}

fn shown(differences: &[Difference]) -> String {
    let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Tries every second change: what is not named, and how many were tried. The owner of `shop.events` is the deployer; so no
/// change gives it to somebody else.
async fn tried(which: usize) -> (Vec<String>, usize) {
    let database = shop(NEWEST);
    let client = connected(&database.url()).await;
    let expected = described(&client).await;
    let changes = CHANGES.lines().filter(|line| !line.starts_with('#'));
    let mut missed = Vec::new();
    let mut tried = 0;
    for line in changes.skip(which).step_by(2) {
        let (label, change) = line.split_once(" :: ").unwrap();
        tried += 1;
        let changed = client.batch_execute(&format!("begin; {change};")).await;
        let found = match changed {
            Ok(()) => shown(&differences(
                &expected,
                &described(&client).await,
                Versions::Same,
            )),
            Err(error) => format!("{:?}", error.as_db_error()),
        };
        client.batch_execute("rollback").await.unwrap();
        if !found.lines().any(|line| line.contains(label)) {
            missed.push(format!("{line}\n{found}\n"));
        }
    }
    assert_eq!(described(&client).await, expected);
    (missed, tried)
}

/// In two databases at once, which takes half the time.
#[tokio::test]
async fn every_single_change_is_named() {
    let ((missed, tried_here), (further, tried_there)) = tokio::join!(tried(0), tried(1));
    let missed = [missed, further].concat();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(tried_here + tried_there >= 300);
}

/// What another server or a restored dump has is the same, but for texts that the server writes otherwise; and those are the
/// same ever after.
#[tokio::test]
async fn the_same_objects_are_described_alike_everywhere() {
    let mut all = Vec::new();
    for major in [15, 16, NEWEST] {
        let database = shop(major);
        let first = description(&connected(&database.url()).await).await;
        let copy = restored(&database, major);
        let second = description(&connected(&copy.url()).await).await;
        let changed = differences(&objects(&first), &objects(&second), Versions::Same);
        assert!(
            shown(&changed).contains("customers_level_check"),
            "{}",
            shown(&changed)
        );
        let changed = differences(&objects(&first), &objects(&second), Versions::Different);
        assert_eq!(shown(&changed), "", "{major}, restored");
        let mut expected = first.clone();
        expected.add_restored(&second);
        let again = restored(&copy, major);
        let third = description(&connected(&again.url()).await).await;
        for found in [&first, &second, &third] {
            let changed = differences(&objects(&expected), &objects(found), Versions::Same);
            assert_eq!(shown(&changed), "", "{major}, restored twice");
        }
        all.push(objects(&first));
    }
    for older in &all[..2] {
        assert_eq!(shown(&differences(older, &all[2], Versions::Different)), "");
    }
}

/// A copy of a database's schema by `pg_dump` and `psql`.
pub(crate) fn restored(database: &TestDatabase, major: u32) -> TestDatabase {
    restored_on(database, major, &["--schema-only"], "")
}

/// A copy of a database on the server of a major version, dumped with these arguments and restored by a role, or the superuser.
pub(crate) fn restored_on(
    database: &TestDatabase,
    major: u32,
    arguments: &[&str],
    role: &str,
) -> TestDatabase {
    let binaries = server(major).binaries();
    let run = |program: &str, arguments: &[&str], input: &[u8]| {
        let mut command = std::process::Command::new(binaries.program(program));
        command.args(arguments).env("LC_ALL", "C");
        if !role.is_empty() {
            command.env("PGOPTIONS", format!("-c role={role}"));
        }
        command.stdin(std::process::Stdio::piped());
        command.stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, input).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{program}");
        output.stdout
    };
    let url = database.url();
    let dump = run("pg_dump", &[arguments, &["--dbname", &url]].concat(), b"");
    let copy = TestDatabase::new(major);
    run(
        "psql",
        &[
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-o",
            "/dev/null",
            "--dbname",
            &copy.url(),
        ],
        &dump,
    );
    copy
}
