//! The same bytes every time.

use super::*;

const SYSTEMS: [&str; 3] = ["approvals", "sage", "worktrackr"];

#[test]
fn the_same_data_come_of_every_load() {
    let database = TestDatabase::new(18);
    deploy(&database, &SYSTEMS);
    for system in SYSTEMS {
        let first = seed(&database, system, &["--threads", "1"]);
        assert!(first.len() >= 6, "{first:#?}");
        let again = seed(&database, system, &["--reset", "--threads", "4"]);
        assert_eq!(first, again);
        let other = seed(&database, system, &["--reset", "--seed", "7"]);
        assert_ne!(first, other);
        let larger = seed(&database, system, &["--reset", "--scale", "3"]);
        assert_ne!(first, larger);
        let back = seed(&database, system, &["--reset"]);
        assert_eq!(first, back);
    }
}
