//! Copies in a database beside the target: what killed runs left, and two runs at once.

use crate::measured_plan::{CREATE, Case};
use crate::support::server::{query, try_query};

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
            "create role {name} login; grant set on parameter shop.left_behind to {name}"
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
    let giving = std::thread::spawn(move || query(&url, &gives));
    let (status, said, complaint) = case.plan(&[]);
    giving.join().unwrap();
    let gone = format!("drop owned by {other}; drop role {other}");
    while try_query(&case.database.url(), &gone).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(status, 0, "{said}{complaint}");
}
