//! Copies in a database beside the target: what killed runs left, and two runs at once.

use crate::measured_plan::{CREATE, Case};
use crate::support::command::eventually;
use crate::support::server::try_query;

/// Does what other tests of the same server may be in the way of, as they may be in the way of workroom.
fn at_last(url: &str, sql: &str) {
    eventually(sql, || try_query(url, sql).is_ok());
}

#[test]
fn a_copy_that_a_killed_run_left_is_removed_by_the_next() {
    let case = Case::new(&[CREATE]);
    let [old, young] = [
        "workroom_scratch_00000001_00000000",
        "workroom_scratch_ffffffff_00000000",
    ];
    let alone = "workroom_scratch_00000002_00000000";
    for name in [old, young] {
        case.database.execute(&format!("create database {name}"));
    }
    for name in [old, young, alone] {
        case.database.execute(&format!(
            "create role {name} login; grant set on parameter shop.{name} to {name}"
        ));
    }
    case.database
        .execute(&format!("alter database {old} owner to {old}"));
    assert_eq!(case.plan(&[]).0, 0);
    let names = format!("('{old}', '{young}', '{alone}')");
    let left = case.database.query(&format!(
        "select datname from pg_database where datname in {names} union all select rolname from pg_roles where rolname in {names}"
    ));
    case.database.execute(&format!("drop database {young}"));
    case.database
        .execute(&format!("drop owned by {young}; drop role {young}"));
    assert_eq!(left, [young, young]);
}

/// Rights on parameters belong to the whole server: whoever gives one of a parameter at the same moment is waited for, and
/// then the server refuses the later one.
#[test]
fn a_plan_beside_another_that_gives_the_same_rights_succeeds() {
    let case = Case::new(&[CREATE]);
    let other = "shop_gives_rights_on_parameters";
    let gives = format!(
        "begin; create role {other}; grant set on parameter session_replication_role, lc_messages to {other};
         do $$
         begin
           for attempt in 1..200 loop
             perform pg_stat_clear_snapshot();
             exit when exists (
               select from pg_stat_activity where wait_event_type = 'Lock' and query like '%create role%workroom_scratch%'
             );
             perform pg_sleep(0.05);
           end loop;
         end
         $$;
         commit"
    );
    let url = case.database.url();
    let giving = std::thread::spawn(move || at_last(&url, &gives));
    let (status, said, complaint) = case.plan(&[]);
    giving.join().unwrap();
    let gone = format!("drop owned by {other}; drop role {other}");
    at_last(&case.database.url(), &gone);
    assert_eq!(status, 0, "{said}{complaint}");
}
