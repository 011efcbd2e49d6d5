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
                             values (id_of('alice week'), '2026-03-0{}', 0.0{}, '{writer}'), (id_of('alice week'), '2026-03-05', 0.01, '{writer}')",
                            2 + round % 7,
                            2 + round % 6,
                        ));
                        session.rows(&format!(
                            "update approvals.timesheet_entries set hours = 0.02 where description = '{writer}' and hours > 0.03"
                        ));
                        if round % 5 == 4 {
                            session.rows(&format!(
                                "delete from approvals.timesheet_entries where description = '{writer}' and hours = 0.01"
                            ));
                        }
                        if writer % 2 == 1 && round % 10 == 9 {
                            session.rows(
                                "begin;
                                 update approvals.timesheet_periods set week_end_date = '2026-03-16' where id = id_of('alice later week');
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

#[test]
fn periods_of_one_contract_do_not_overlap() {
    for major in ALL {
        let database = approvals(major);
        let alice = person(&database, "alice");
        let period = |first: &str, last: &str| {
            format!(
                "insert into approvals.timesheet_periods (contract_id, week_start_date, week_end_date)
                 values (id_of('alice contract'), '{first}', '{last}')"
            )
        };
        for (first, last) in [
            ("2026-03-08", "2026-03-08"),
            ("2026-03-01", "2026-03-02"),
            ("2026-03-04", "2026-03-05"),
            ("2026-02-20", "2026-03-20"),
        ] {
            assert_eq!(
                alice.refused(&period(first, last)),
                "23P01 timesheet_periods_contract_id_excl",
                "{first} to {last}"
            );
        }
        assert_eq!(alice.count(&period("2026-03-01", "2026-03-01")), 1);
        assert_eq!(alice.count(&period("2026-03-16", "2026-03-16")), 1);
        assert_eq!(
            alice.refused(
                "update approvals.timesheet_periods set week_end_date = '2026-03-09' where id = id_of('alice week')"
            ),
            "23P01 timesheet_periods_contract_id_excl"
        );
        // Another contract's days are its own, whatever its key: the first and the last of them, and neighbours.
        database.execute(
            "insert into approvals.project_contracts (id, user_id, user_name, project_id, manager_id, hourly_rate, start_date)
             select key::uuid, id_of('alice'), 'Alice', gen_random_uuid(), id_of('bob'), 95, '2026-01-05'
             from unnest(array['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000001',
               '7fffffff-ffff-ffff-7fff-ffffffffffff', '7fffffff-ffff-ffff-8000-000000000000',
               'ffffffff-ffff-ffff-ffff-ffffffffffff', 'ffffffff-ffff-ffff-ffff-fffffffffffe']) as key;
             insert into approvals.timesheet_periods (contract_id, week_start_date, week_end_date)
             select id, day, day + 6 from approvals.project_contracts,
               unnest(array['0001-01-01', '2026-03-02', '9999-12-01']::date[]) as day
             where id not in (id_of('alice contract'), id_of('dora contract'))",
        );
    }
}

#[test]
fn a_persons_day_has_24_hours_in_all_their_contracts_together() {
    for major in ALL {
        let database = approvals(major);
        database.execute(
            "insert into approvals.project_contracts (id, user_id, user_name, project_id, manager_id, hourly_rate, start_date)
             values (id_of('second contract'), id_of('alice'), 'Alice', id_of('app'), id_of('eve'), 80, '2026-01-05');
             insert into approvals.timesheet_periods (id, contract_id, week_start_date, week_end_date)
             values (id_of('second week'), id_of('second contract'), '2026-03-02', '2026-03-08');",
        );
        let alice = person(&database, "alice");
        let enter = |period: &str, day: &str, hours: &str| {
            format!(
                "insert into approvals.timesheet_entries (period_id, entry_date, hours) values (id_of('{period}'), '{day}', {hours})"
            )
        };
        let limit = "23514 timesheet_entries_day_within_24_hours_check";
        // Eight hours of Monday are entered under the first contract.
        assert_eq!(
            alice.refused(&enter("alice week", "2026-03-02", "16.25")),
            limit
        );
        assert_eq!(
            alice.refused(&enter("second week", "2026-03-02", "16.25")),
            limit
        );
        assert_eq!(alice.count(&enter("second week", "2026-03-02", "16")), 1);
        assert_eq!(
            alice.refused("update approvals.timesheet_entries set hours = 8.25 where id = id_of('alice monday')"),
            limit
        );
        assert_eq!(
            alice.refused("update approvals.timesheet_entries set entry_date = '2026-03-02' where id = id_of('alice tuesday')"),
            limit
        );
        assert_eq!(
            alice.count(
                "update approvals.timesheet_entries set hours = 7 where id = id_of('alice monday')"
            ),
            1
        );
        assert_eq!(
            person(&database, "dora").count(&enter("dora week", "2026-03-02", "20")),
            1,
            "another person's day"
        );
        assert_eq!(
            alice.refused(&format!(
                "begin isolation level repeatable read; {}",
                enter("second week", "2026-03-03", "1")
            )),
            "0A000 by trigger"
        );
        alice.rows("rollback");

        // At once, under two contracts: whoever comes second waits, counts, and is refused.
        let [first, second] = [person(&database, "alice"), person(&database, "alice")];
        first.rows(&format!(
            "begin; {}",
            enter("alice week", "2026-03-04", "13")
        ));
        let refused = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| second.refused(&enter("second week", "2026-03-04", "12")));
            Session::new(&database).wait_for_a_lock();
            first.rows("commit");
            waiting.join().unwrap()
        });
        assert_eq!(refused, limit);
    }
}

#[test]
fn a_period_keeps_the_states_that_it_has_left() {
    for major in ALL {
        let database = approvals(major);
        submit(&database, "alice", "alice week");
        let [_, reject] = request(&database, "alice week");
        person(&database, "bob").rows(&execute(&reject));
        submit(&database, "alice", "alice week");
        let states = "select state ->> 'status', state ->> 'total_hours', (state ->> 'ended_by')::uuid = id_of('alice'),
              (state ->> 'until')::timestamptz > now() - interval '1 minute'
            from approvals.timesheet_periods as period, jsonb_array_elements(period.past_states) as state
            where period.id = id_of('alice week')";
        let expected = [
            "draft|15.50|t|t",
            "submitted|15.50|f|t",
            "rejected|15.50|t|t",
        ];
        for name in ["alice", "bob", "charlie"] {
            assert_eq!(person(&database, name).rows(states), expected, "{name}");
        }
        let server = back_end(&database);
        server.rows("update approvals.timesheet_periods set past_states = '[]' where id = id_of('alice week')");
        assert_eq!(server.rows(states), expected);
        assert_eq!(
            person(&database, "alice")
                .refused("update approvals.timesheet_periods set past_states = '[]'"),
            "42501 by grants"
        );
    }
}
