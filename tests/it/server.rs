//! The embedded server, really started and stopped.

use crate::support::server::{NEWEST, TestDatabase};

#[test]
fn a_throw_away_server_offers_pgvector_and_one_database_a_test() {
    let database = TestDatabase::new(NEWEST);
    database.execute(
        "create extension vector; create table t (v vector(2)); insert into t values ('[1,2]')",
    );
    assert_eq!(
        database.query("select v, current_database() from t"),
        [format!("[1,2]|{}", database.name())]
    );
}
