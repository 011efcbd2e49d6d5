//! Systems beside one another: in one database, in any order, and each alone.

use super::{WITH_VECTOR, deploy, deployment, say};
use crate::dump::loaded;
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

/// All systems as a script make the same script in an empty database.
fn dump(database: &TestDatabase) {
    let text = |database: &TestDatabase| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_workroom"))
            .args([
                "db",
                "dump",
                "--all",
                "--project",
                env!("CARGO_MANIFEST_DIR"),
            ])
            .args(["--database-url", &database.url(), "--no-color"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        String::from_utf8(output.stdout).unwrap()
    };
    let script = text(database);
    assert_eq!(text(&loaded(&script, 18)), script);
}

/// Deploys all systems that a version can hold, in each order, and the first of each order alone.
fn in_any_order(major: u32) {
    say(major);
    if WITH_VECTOR.contains(&major) {
        offer_pgcrypto(major);
    }
    for order in ORDERS {
        let systems: Vec<&str> = order
            .into_iter()
            .filter(|system| !BY_MEANING.contains(system) || WITH_VECTOR.contains(&major))
            .collect();
        let together = TestDatabase::new(major);
        for system in &systems {
            deploy(&together, &[system]);
        }
        for system in &systems {
            verify(&together, system);
        }
        // What came later has changed nothing of what was there.
        let again = deployment(&together, &systems).output().unwrap();
        assert!(again.status.success());
        let said = String::from_utf8_lossy(&again.stdout).into_owned();
        assert!(said.contains("up to date"), "{said}");

        if major == 18 && order == ORDERS[0] {
            dump(&together);
        }
        let alone = TestDatabase::new(major);
        deploy(&alone, &systems[..1]);
        verify(&alone, systems[0]);
    }
}

#[test]
fn systems_deploy_side_by_side_in_any_order_and_alone_on_18() {
    in_any_order(18);
}

#[test]
fn systems_deploy_side_by_side_in_any_order_and_alone_on_16() {
    in_any_order(16);
}

#[test]
fn systems_deploy_side_by_side_in_any_order_and_alone_on_15() {
    in_any_order(15);
}
