//! `policy lint` on the shipped systems, its formats, and accepted findings.

use std::path::Path;
use std::sync::OnceLock;

use workroom::policy::Policies;
use workroom::policy::lint::Scope;
use workroom::report::Finding;
use workroom::server::Temporary;

use super::commands::shop;
use super::shipped;
use crate::support::command::workroom;
use crate::support::server::{execute, offer_pgcrypto, own_server};

/// A server with every shipped system, deployed in order.
fn deployed() -> &'static Temporary {
    static SERVER: OnceLock<Temporary> = OnceLock::new();
    SERVER.get_or_init(|| {
        offer_pgcrypto(18);
        let server = own_server(18);
        let output = workroom(["db", "migrate", "--all"])
            .within(Path::new(env!("CARGO_MANIFEST_DIR")))
            .on(&server.url())
            .run();
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        server
    })
}

fn findings(url: &str, system: &str) -> Vec<Finding> {
    let project = shipped();
    let system = &project.systems[system];
    let policies = Policies::read(system).unwrap();
    let scope = Scope::new(&project, system, policies.as_ref());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let results = runtime.block_on(async {
        let target = workroom::database::Target::parse(url).unwrap();
        let session = workroom::database::Session::connect(&target).await.unwrap();
        session.run("checking", &scope.query()).await.unwrap()
    });
    scope.read(&results)
}

#[test]
fn the_shipped_systems_are_clean() {
    let server = deployed();
    let project = shipped();
    let mut lines = Vec::new();
    for system in project.systems.keys() {
        for finding in findings(&server.url(), system) {
            lines.push(format!(
                "{system}: {} {}\n    {}",
                finding.rule, finding.message, finding.details[1]
            ));
        }
    }
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn findings_name_the_table_in_the_policy_file_and_come_in_every_format() {
    let shop = shop("pl1");
    let clean = shop.run(&["policy", "lint"]).done();
    assert!(clean.contains("nothing found"), "{clean}");
    shop.database
        .execute("alter table shop.orders no force row level security");
    let said = shop.run(&["policy", "lint"]);
    assert_eq!(said.status, 1);
    for part in [
        "rls-not-forced (error): shop.orders: row-level security is not forced",
        "--> policies/shop.toml:",
        "[tables.orders]",
        "hint: alter table shop.orders force row level security",
    ] {
        assert!(said.text.contains(part), "{part}\n{}", said.text);
    }
    for (format, part) in [
        ("json", "\"severity\": \"error\""),
        ("sarif", "\"level\": \"error\""),
        ("github", "::error file=policies/shop.toml"),
        ("junit", "rls-not-forced"),
    ] {
        let said = shop.run(&["policy", "lint", "--format", format]);
        assert_eq!(said.status, 1);
        assert!(said.text.contains(part), "{format}\n{}", said.text);
    }
    let list = shop.run(&["policy", "lint", "--checks"]).done();
    assert!(list.contains("rls-not-forced"), "{list}");
    for (name, part) in [
        ("rls-not-forced", "P03: row-level security is not forced"),
        ("P03", "rls-not-forced (error)"),
        ("splinter 0017", "lint 0017 of splinter"),
        // One that proofs name and no check is made after.
        ("P22", "insert … returning"),
    ] {
        let said = shop.run(&["policy", "lint", "--explain", name]).done();
        assert!(said.contains(part), "{name}: {said}");
    }
    let said = shop.run(&["policy", "lint", "--explain", "P99"]).refused();
    assert!(said.contains("there is no check `P99`"), "{said}");
}

#[test]
fn an_accepted_finding_is_silent_until_it_changes_and_an_unused_one_is_told() {
    let shop = shop("pl2");
    shop.database
        .execute("alter table shop.orders no force row level security");
    let said = shop.run(&["policy", "lint"]).text;
    let print = said
        .split("fingerprint = \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let file = std::fs::read_to_string(shop.folder.path().join("policies/shop.toml")).unwrap();
    let accept = |print: &str| {
        format!(
            "{file}\n[[accept]]\nid = \"rls-not-forced:shop.orders\"\nreason = \"a test\"\nfingerprint = \"{print}\"\n"
        )
    };
    shop.write("policies/shop.toml", &accept(&print));
    shop.run(&["policy", "lint"]).done();
    shop.write("policies/shop.toml", &accept("0123456789abcdef"));
    let said = shop.run(&["policy", "lint"]);
    assert_eq!(said.status, 1);
    assert!(
        said.text
            .contains("accepted as 0123456789abcdef and has changed since"),
        "{}",
        said.text
    );
    shop.write("policies/shop.toml", &accept(&print));
    shop.database
        .execute("alter table shop.orders force row level security");
    let said = shop.run(&["policy", "lint"]);
    assert_eq!(said.status, 1);
    assert!(
        said.text
            .contains("rls-not-forced:shop.orders is accepted and was not found"),
        "{}",
        said.text
    );
}

#[test]
fn checks_run_on_every_version() {
    for major in [16, 15] {
        let database = crate::support::server::TestDatabase::new(major);
        execute(
            &database.url(),
            "create schema agency; create table agency.t (id int); grant select on agency.t to public",
        );
        let rules: Vec<_> = findings(&database.url(), "agency")
            .into_iter()
            .map(|one| one.rule)
            .collect();
        assert!(
            rules.contains(&"rls-disabled".to_owned()),
            "{major} {rules:?}"
        );
    }
}
