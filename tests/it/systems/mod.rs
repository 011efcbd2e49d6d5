//! How the shipped systems behave, seen from the sessions of the people who use them.
//!
//! The agency is deployed once for each major version, filled with two tenants (fixture.sql), and copied for
//! the tests. A person's name says all about them: "north pm" is a pm of the tenant north who is on the team of
//! its campaign "launch"; whatever follows the role tells apart people of one role.

mod agency_approval;
mod agency_artifacts;
mod agency_audit;
mod agency_days;
mod agency_deleted;
mod agency_links;
mod agency_money;
mod agency_people;
mod agency_roles;
mod agency_rules;
mod agency_search;
mod agency_tenants;
mod agency_views;
mod agency_words;
mod approvals;
mod approvals_hours;
mod approvals_tokens;
mod needthisdone;
mod needthisdone_steps;
mod needthisdone_traps;
mod needthisdone_work;
mod neighbours;
mod person;
mod platform;
mod request;
mod rules;
mod sage;
mod sage_listen;
mod sage_outbox;
mod sage_payments;
mod sage_pull;
mod sage_storm;
mod sage_sync;
mod sage_sync_storm;
mod seeds;
mod session;
mod side_by_side;
mod worktrackr;
mod worktrackr_people;

use std::process::Command;
use std::sync::OnceLock;

pub(crate) use session::Session;

use crate::support::server::TestDatabase;

/// The versions on which the agency is tested: those that have pgvector.
pub(crate) const WITH_VECTOR: [u32; 2] = [18, 16];

/// The versions on which everything else is tested.
pub(crate) const ALL: [u32; 3] = [18, 16, 15];

/// One person of each of the agency's six roles.
pub(crate) const PEOPLE_OF_EACH_ROLE: [&str; 6] = [
    "north finance",
    "north leadership",
    "north pm",
    "north admin",
    "north account",
    "north creative",
];

/// The agency's tables, each with a column that whoever may change its rows may change.
pub(crate) const TABLES: [(&str, &str); 15] = [
    ("employees", "title"),
    ("clients", "notes"),
    ("brands", "positioning"),
    ("campaigns", "objective"),
    ("campaign_phases", "name"),
    ("audit_log", "actor_role"),
    ("artifacts", "title"),
    ("artifact_versions", "content"),
    ("artifact_comments", "body"),
    ("timesheet_entries", "description"),
    ("team_allocations", "notes"),
    ("knowledge_documents", "summary"),
    ("knowledge_chunks", "content"),
    ("ai_conversations", "title"),
    ("ai_messages", "content"),
];

/// The agency of a major version with its two tenants, for one test that may change it.
pub(crate) fn agency(major: u32) -> TestDatabase {
    static TEMPLATES: [OnceLock<TestDatabase>; 2] = [const { OnceLock::new() }; 2];

    say(major);
    let template = of_version(&TEMPLATES, &WITH_VECTOR, major).get_or_init(|| {
        let database = TestDatabase::new(major);
        deploy(&database, &["agency"]);
        database.execute(include_str!("fixture.sql"));
        database
    });
    TestDatabase::from_template(major, template.name())
}

/// The agency of a major version for tests that change nothing; they all share it.
pub(crate) fn agency_to_read(major: u32) -> &'static TestDatabase {
    static DATABASES: [OnceLock<TestDatabase>; 2] = [const { OnceLock::new() }; 2];

    say(major);
    of_version(&DATABASES, &WITH_VECTOR, major).get_or_init(|| agency(major))
}

fn of_version<'cells, const COUNT: usize>(
    cells: &'cells [OnceLock<TestDatabase>; COUNT],
    versions: &[u32; COUNT],
    major: u32,
) -> &'cells OnceLock<TestDatabase> {
    let position = versions.iter().position(|version| *version == major);
    &cells[position.expect("a version that the tests use")]
}

/// Names the version a test is at; shown when it fails.
#[expect(clippy::print_stdout, reason = "the test runner keeps it for failures")]
pub(crate) fn say(major: u32) {
    println!("on Postgres {major}");
}

/// Deploys systems of this project as a user would.
pub(crate) fn deploy(database: &TestDatabase, systems: &[&str]) {
    let output = deployment(database, systems).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The command that deploys systems of this project.
pub(crate) fn deployment(database: &TestDatabase, systems: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workroom"));
    command
        .args(["db", "migrate", "--project", env!("CARGO_MANIFEST_DIR")])
        .args(["--database-url", &database.url(), "--no-color"]);
    for system in systems {
        command.args(["--system", system]);
    }
    command
}
