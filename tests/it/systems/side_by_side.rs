//! Systems beside one another: in one database, in any order, and each alone.

use super::{ALL, WITH_VECTOR, deploy, deployment, say};
use crate::support::server::{TestDatabase, offer_pgcrypto};

const ORDERS: [[&str; 5]; 5] = [
    ["agency", "approvals", "sage", "worktrackr", "needthisdone"],
    ["worktrackr", "needthisdone", "sage", "approvals", "agency"],
    ["sage", "agency", "needthisdone", "worktrackr", "approvals"],
    ["approvals", "worktrackr", "agency", "sage", "needthisdone"],
    ["needthisdone", "approvals", "sage", "agency", "worktrackr"],
];

/// Systems that need pgvector.
const BY_MEANING: [&str; 2] = ["agency", "needthisdone"];

/// Verifies systems as a user would.
fn verify(database: &TestDatabase, system: &str) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_workroom"))
        .args(["db", "verify", "--project", env!("CARGO_MANIFEST_DIR")])
        .args(["--database-url", &database.url(), "--no-color"])
        .args(["--system", system])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn systems_deploy_side_by_side_in_any_order_and_alone() {
    for major in ALL {
        say(major);
        if WITH_VECTOR.contains(&major) {
            offer_pgcrypto(major);
        }
        for order in ORDERS {
            let systems = order
                .into_iter()
                .filter(|system| !BY_MEANING.contains(system) || WITH_VECTOR.contains(&major));
            let together = TestDatabase::new(major);
            for system in systems.clone() {
                deploy(&together, &[system]);
            }
            for system in systems.clone() {
                verify(&together, system);
            }
            // What came later has changed nothing of what was there.
            let all: Vec<&str> = systems.clone().collect();
            let again = deployment(&together, &all).output().unwrap();
            assert!(again.status.success());
            let said = String::from_utf8_lossy(&again.stdout).into_owned();
            assert!(said.contains("up to date"), "{said}");

            let alone = TestDatabase::new(major);
            let first = systems.clone().next().unwrap();
            deploy(&alone, &[first]);
            verify(&alone, first);
        }
    }
}
