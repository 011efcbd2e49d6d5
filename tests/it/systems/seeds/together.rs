//! The same bytes every time, and all systems in one database.

use super::*;
use crate::support::server::offer_pgcrypto;
use crate::systems::WITH_VECTOR;

const SYSTEMS: [&str; 4] = ["approvals", "needthisdone", "sage", "worktrackr"];

#[test]
fn the_same_data_come_of_every_load() {
    offer_pgcrypto(18);
    let database = TestDatabase::new(18);
    deploy(&database, &SYSTEMS);
    for system in SYSTEMS {
        let first = seed(&database, system, &["--threads", "1"]);
        insta::assert_snapshot!(format!("the_bytes_of_{system}"), first.join("\n"));
        let again = seed(&database, system, &["--reset", "--threads", "8"]);
        assert_eq!(first, again);
        let other = seed(&database, system, &["--reset", "--seed", "7"]);
        assert_ne!(first, other);
        let larger = seed(&database, system, &["--reset", "--scale", "3"]);
        assert_ne!(first, larger);
        let back = seed(&database, system, &["--reset"]);
        assert_eq!(first, back);
    }
}

#[test]
fn all_systems_are_seeded_side_by_side_and_again() {
    let major = WITH_VECTOR[0];
    say(major);
    offer_pgcrypto(major);
    let order = ["approvals", "agency", "sage", "needthisdone", "worktrackr"];
    let deployed = TestDatabase::new(major);
    deploy(&deployed, &order);
    let database = TestDatabase::from_template(major, deployed.name());
    let first = order.map(|system| seed(&database, system, &[]));
    let backwards = TestDatabase::from_template(major, deployed.name());
    for (system, first) in order.iter().zip(&first).rev() {
        assert_eq!(seed(&backwards, system, &[]), *first);
    }
    // Both have users: those of one stay when the other is loaded, or loaded anew.
    let users = "select count(*) from auth.users";
    let both = database.query(users);
    assert_eq!(seed(&database, "approvals", &["--reset"]), first[0]);
    assert_eq!(database.query(users), both);
    for system in order {
        verify(&database, system);
    }
}
