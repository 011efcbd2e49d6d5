//! Hours of approvals: the total is the sum of the entries whatever happens at once; and keys that expire.

use std::sync::Barrier;

use super::approvals::*;
use super::{ALL, Session};

#[test]
fn the_total_is_the_sum_of_the_entries_whatever_happens_at_once() {
    const WRITERS: usize = 8;
    let differing = "select id, total_hours from approvals.timesheet_periods as period
        where total_hours <> (select coalesce(sum(hours), 0) from approvals.timesheet_entries where period_id = period.id)";
    for major in ALL {
        let database = approvals(major);
        let start = Barrier::new(WRITERS);

        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (database, start) = (&database, &start);
                scope.spawn(move || {
                    // Some as the contractor, some as the back end, which also moves entries between periods.
                    let session = if writer % 2 == 0 {
                        person(database, "alice")
                    } else {
                        back_end(database)
                    };
                    start.wait();
                    for round in 0..25 {
                        session.rows(&format!(
                            "insert into approvals.timesheet_entries (period_id, entry_date, hours, description)
                             values (id_of('alice week'), '2026-03-0{}', {}.25, '{writer}'), (id_of('alice week'), '2026-03-05', 1, '{writer}')",
                            2 + round % 7,
                            1 + round % 6,
                        ));
                        session.rows(&format!(
                            "update approvals.timesheet_entries set hours = 2.5 where description = '{writer}' and hours > 3"
                        ));
                        if round % 5 == 4 {
                            session.rows(&format!(
                                "delete from approvals.timesheet_entries where description = '{writer}' and hours = 1"
                            ));
                        }
                        if writer % 2 == 1 && round % 10 == 9 {
                            session.rows(
                                "begin;
                                 update approvals.timesheet_periods set week_start_date = '2026-03-08' where id = id_of('alice later week');
                                 rollback;
                                 update approvals.timesheet_periods set total_hours = 999 where id = id_of('alice week')",
                            );
                        }
                    }
                });
            }
        });

        let server = back_end(&database);
        assert_eq!(server.rows(differing), [""; 0]);
        assert_eq!(state(&server, "alice week"), {
            server.value("select 'draft', sum(hours) from approvals.timesheet_entries where period_id = id_of('alice week')")
        });
    }
}

#[test]
fn an_entry_that_waits_for_a_submission_comes_too_late() {
    for major in ALL {
        let database = approvals(major);
        let [submitting, entering] = ["alice", "alice"].map(|name| person(&database, name));
        submitting.rows("begin; select approvals.submit_timesheet(id_of('alice week'))");
        let refusal = std::thread::scope(|scope| {
            let late = scope.spawn(|| {
                entering.refused(
                    "insert into approvals.timesheet_entries (period_id, entry_date, hours) values (id_of('alice week'), '2026-03-04', 1)",
                )
            });
            Session::new(&database).wait_for_a_lock();
            submitting.rows("commit");
            late.join().unwrap()
        });
        assert_eq!(refusal, "55000 by trigger");
        assert_eq!(state(&submitting, "alice week"), "submitted|15.50");
    }
}

#[test]
fn under_a_stricter_isolation_a_stale_total_is_refused_and_never_written() {
    for major in ALL {
        let database = approvals(major);
        let [first, second] = ["alice", "alice"].map(|name| person(&database, name));
        let enter = "insert into approvals.timesheet_entries (period_id, entry_date, hours) values (id_of('alice week'), '2026-03-04', 1)";
        second.rows("begin isolation level repeatable read; select count(*) from approvals.timesheet_entries");
        first.rows(enter);
        assert!(second.refused(enter).starts_with("40001"));
        second.rows("rollback");
        assert_eq!(state(&first, "alice week"), "draft|16.50");
    }
}

#[test]
fn an_entry_lies_within_its_period() {
    for major in ALL {
        let database = approvals(major);
        let alice = person(&database, "alice");
        let outside = "23514 timesheet_entries_lies_in_its_period_check";
        assert_eq!(
            alice.refused("insert into approvals.timesheet_entries (period_id, entry_date, hours) values (id_of('alice week'), '2026-03-09', 1)"),
            outside
        );
        assert_eq!(
            alice.refused("update approvals.timesheet_periods set week_start_date = '2026-03-03' where id = id_of('alice week')"),
            outside
        );
        assert_eq!(
            alice.count("delete from approvals.timesheet_periods where id = id_of('alice week')"),
            1
        );
        assert_eq!(
            alice.value("select count(*) from approvals.timesheet_entries"),
            "1"
        );
    }
}

#[test]
fn an_expired_key_is_invisible_before_it_is_purged() {
    for major in ALL {
        let database = approvals(major);
        let server = back_end(&database);
        server.rows("select approvals.kv_set('stays', '1'), approvals.kv_set('passes', '\"soon\"', '300 ms')");
        assert_eq!(
            server.value("select approvals.kv_get('stays'), approvals.kv_get('passes'), approvals.kv_get('nowhere') is null"),
            "1|\"soon\"|t"
        );
        server.rows("select pg_sleep(0.35)");

        assert_eq!(
            server.value("select approvals.kv_get('passes') is null, (select count(*) from approvals.kv_entries)"),
            "t|2"
        );
        assert_eq!(server.value("select approvals.kv_purge_expired()"), "1");
        assert_eq!(server.value("select approvals.kv_purge_expired()"), "0");
        assert_eq!(
            server.value("select string_agg(key, ',') from approvals.kv_entries"),
            "stays"
        );

        // A key that expired can be set anew and deleted as if it had never been.
        server.rows("select approvals.kv_set('again', '1', '1 ms'), pg_sleep(0.01)");
        assert_eq!(server.value("select approvals.kv_delete('again')"), "f");
        server.rows("select approvals.kv_set('again', '1', '1 ms'), pg_sleep(0.01)");
        server.rows("select approvals.kv_set('again', '2')");
        assert_eq!(server.value("select approvals.kv_get('again')"), "2");
        assert_eq!(server.value("select approvals.kv_delete('again')"), "t");
        assert_eq!(server.value("select approvals.kv_delete('again')"), "f");
        assert_eq!(
            server.refused("select approvals.kv_set('x', '1', '0 s')"),
            "22023 by trigger"
        );
    }
}
