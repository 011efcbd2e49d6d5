//! Databases that workroom drops while somebody is still leaving them.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use workroom::database::{Session, Target};

use crate::support::server::{NEWEST, TestDatabase, execute};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

async fn connect(database: &TestDatabase) -> Session {
    let target = Target::parse(&database.url()).unwrap();
    Session::connect(&target).await.unwrap()
}

fn is_there(database: &TestDatabase, name: &str) -> bool {
    let sql = format!("select from pg_database where datname = '{name}'");
    !database.query(&sql).is_empty()
}

#[test]
fn a_session_that_takes_longer_to_end_than_the_server_waits_is_waited_for() {
    let (beside, database) = (TestDatabase::new(NEWEST), TestDatabase::new(NEWEST));
    let leaving = database.session();
    let process: i32 = leaving.run("select pg_backend_pid()")[0].parse().unwrap();
    let process = Pid::from_raw(process).unwrap();
    // Stopped, it cannot end; the server gives up after five seconds.
    kill_process(process, Signal::STOP).unwrap();
    let going_on = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(7));
        kill_process(process, Signal::CONT)
    });
    runtime().block_on(async {
        let session = connect(&beside).await;
        session.drop_database(database.name()).await.unwrap();
        // Once more is no mistake.
        session.drop_database(database.name()).await.unwrap();
    });
    going_on.join().unwrap().unwrap();
    assert!(!is_there(&beside, database.name()));
}

#[test]
fn a_database_that_must_not_be_dropped_is_not_waited_for() {
    let (beside, database) = (TestDatabase::new(NEWEST), TestDatabase::new(NEWEST));
    let role = format!("dropped_{}", database.name());
    execute(&beside.url(), &format!("create role {role} login"));
    let _staying = database.session();
    runtime().block_on(async {
        let session = connect(&beside).await;
        let sql = format!("set session authorization {role}");
        session.batch(&sql).await.unwrap();
        let refused = session.drop_database(database.name()).await.unwrap_err();
        assert_eq!(refused.code(), Some("42501"));
    });
    assert!(is_there(&beside, database.name()));
    execute(&beside.url(), &format!("drop role {role}"));
}
