//! What a server lacks is said before anything is applied.

use insta::assert_snapshot;
use workroom::migrate::{Facts, preflight};

use crate::support::project::{ORDERS, SHOP, TestProject};

#[test]
fn an_extension_that_the_server_does_not_have_is_named_and_nothing_is_applied() {
    let toml = format!("{SHOP}extensions = [\"vector >= 0.5\"]\n");
    let files = [("workroom.toml", toml.as_str()), ORDERS];
    let project = TestProject::on_major(15, &files);
    let output = project.run(["db", "migrate"]);
    assert_snapshot!(output, @"
        ----- stderr -----
        error: system `shop` needs the extension vector, which this server does not have
        cause: pg_available_extension_versions of Postgres [version] does not list vector
        hint: install it on the server, on Debian for example `apt-get install postgresql-15-pgvector`
        hint: or leave the database URL away: the embedded server comes with pgvector
        exit status: 2
        ");
    assert_eq!(project.run(["db", "plan"]), output);
    assert_eq!(
        project.query("select nspname from pg_namespace where nspname in ('shop', 'workroom')"),
        [""; 0]
    );
    TestProject::on_major(18, &files).migrate();
}

#[test]
fn an_extension_that_is_too_old_is_told_apart_from_a_missing_one() {
    let toml = format!("{SHOP}extensions = [\"vector >= 99.1\"]\n");
    let project = TestProject::with_database(&[("workroom.toml", &toml), ORDERS]);
    let output = project.run(["db", "migrate"]);
    assert_snapshot!(output, @"
        ----- stderr -----
        error: system `shop` needs the extension vector 99.1 or later
        cause: this server has 0.8.5
        hint: install it on the server, on Debian for example `apt-get install postgresql-18-pgvector`
        hint: or leave the database URL away: the embedded server comes with pgvector
        exit status: 2
        ");
    project.database().execute("create extension vector");
    let output = project.workroom(["db", "migrate"]).run();
    assert!(output.contains("is too old for system `shop`"), "{output}");
}

#[test]
fn a_role_that_may_not_create_schemas_is_refused_before_anything_is_applied() {
    let project = TestProject::with_database(&[ORDERS]);
    let database = project.database();
    let role = format!("{}_reader", database.name());
    database.execute(&format!("create role {role} login"));
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let output = project.workroom(["db", "migrate"]).on(&url).run();
    assert_snapshot!(output, @"
        ----- stderr -----
        error: role [database]_reader may not create schemas in this database
        cause: missing: shop, workroom
        hint: as an administrator, once: create schema shop authorization [database]_reader; create schema workroom authorization [database]_reader;
        hint: or as the database's owner: grant create on database [database] to [database]_reader;
        exit status: 2
        ");
    assert_eq!(
        project.query("select nspname from pg_namespace where nspname in ('shop', 'workroom')"),
        [""; 0]
    );
    database.execute(&format!(
        "grant create on database {} to {role}",
        database.name()
    ));
    let output = project.workroom(["db", "migrate"]).on(&url).run();
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    database.execute(&format!("drop owned by {role}; drop role {role}"));
}

#[test]
fn a_role_that_may_only_read_can_ask_for_the_status() {
    let project = TestProject::with_database(&[ORDERS]);
    project.migrate();
    let database = project.database();
    let role = format!("{}_watcher", database.name());
    database.execute(&format!(
        "create role {role} login; grant usage on schema workroom to {role}; grant select on all tables in schema workroom to {role}"
    ));
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let output = project.workroom(["db", "status", "--check"]).on(&url).run();
    database.execute(&format!("drop owned by {role}; drop role {role}"));
    assert!(output.ends_with("exit status: 0\n"), "{output}");
}

/// What stands in the way of a server like this.
fn judged(change: impl FnOnce(&mut Facts)) -> Vec<String> {
    let mut facts = Facts {
        version_number: 180_004,
        version: "18.4".into(),
        may_create: true,
        user: "ann".into(),
        encoding: "UTF8".into(),
        ..Facts::default()
    };
    change(&mut facts);
    match preflight(&facts, &[]) {
        Ok(()) => Vec::new(),
        Err(error) => error.iter().map(|error| error.message.clone()).collect(),
    }
}

#[test]
fn a_server_that_will_do_is_not_complained_about() {
    assert_eq!(judged(|_| ()), [""; 0]);
}

#[test]
fn an_old_server_a_standby_and_another_encoding_are_refused_together() {
    assert_eq!(
        judged(|facts| {
            facts.version_number = 140_011;
            facts.version = "14.11".into();
            facts.in_recovery = true;
            facts.encoding = "LATIN1".into();
            facts.may_create = false;
        }),
        [
            "Postgres 14.11 is too old",
            "the server is a read-only standby",
            "the database has the encoding LATIN1",
            "role ann may not create schemas in this database",
        ]
    );
}
