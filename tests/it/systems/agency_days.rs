//! Hours: the week they belong to, the rates they are worth, and the 24 hours of a day.

use crate::support::server::TestDatabase;
use crate::systems::{Session, WITH_VECTOR, agency};

const TOO_MANY: &str = "23514 timesheet_entries_day_within_24_hours_check";

/// Inserts hours of the writer on one day of 2030, one entry for each number.
fn entries(day: &str, hours: &[&str]) -> String {
    let rows: Vec<String> = hours
        .iter()
        .map(|hours| {
            format!(
                "(id_of('north'), id_of('north creative writer employee'), id_of('north launch'), '2030-{day}', {hours})"
            )
        })
        .collect();
    format!(
        "insert into agency.timesheet_entries (tenant_id, employee_id, campaign_id, work_date, hours) values {}",
        rows.join(", ")
    )
}

fn writer(database: &TestDatabase) -> Session {
    Session::of(database, "north creative writer")
}

#[test]
fn the_week_starts_on_the_monday() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let maintainer = Session::new(&database);
        for (work_date, monday) in [
            ("2026-03-02", "2026-03-02"),
            ("2026-03-04", "2026-03-02"),
            ("2026-03-08", "2026-03-02"),
            ("2026-03-09", "2026-03-09"),
            ("2025-01-01", "2024-12-30"),
            ("2023-01-01", "2022-12-26"),
            ("2024-12-31", "2024-12-30"),
            ("2024-02-29", "2024-02-26"),
            ("2021-01-03", "2020-12-28"),
        ] {
            // A week that is given does not count.
            let sql = format!(
                "insert into agency.timesheet_entries (tenant_id, employee_id, campaign_id, work_date, hours, week_start_date)
                 values (id_of('north'), id_of('north pm employee'), id_of('north launch'), '{work_date}', 1, '2000-01-03')
                 returning week_start_date"
            );
            assert_eq!(maintainer.value(&sql), monday, "{work_date}");
        }
    }
}

#[test]
fn the_week_follows_an_entry_that_moves_to_another_day() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let session = writer(&database);
        session.rows(&entries("01-06", &["2"]));

        let moved = "update agency.timesheet_entries set work_date = '2030-01-07' where work_date = '2030-01-06'
            returning week_start_date";

        assert_eq!(session.value(moved), "2030-01-07");
        assert_eq!(
            session.refused("update agency.timesheet_entries set week_start_date = '2030-01-14' where work_date = '2030-01-07'"),
            "42501 by grants"
        );
    }
}

#[test]
fn an_allocation_is_made_for_a_week_that_starts_on_a_monday() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let pm = Session::of(&database, "north pm");
        let allocate = |week: &str| {
            format!(
                "insert into agency.team_allocations (tenant_id, employee_id, campaign_id, week_start_date, planned_hours)
                 values (id_of('north'), id_of('north creative employee'), id_of('north launch'), '{week}', 8)"
            )
        };

        assert_eq!(pm.count(&allocate("2030-01-07")), 1);
        assert_eq!(
            pm.refused(&allocate("2030-01-08")),
            "23514 team_allocations_week_start_date_check"
        );
    }
}

#[test]
fn a_day_of_more_than_24_hours_is_refused_entry_by_entry() {
    for major in WITH_VECTOR {
        let database = agency(major);
        for session in Session::both(&database, "north creative writer") {
            session.rows("begin");
            session.rows(&entries("01-07", &["13"]));
            session.rows(&entries("01-07", &["11"]));
            session.rows(&entries("01-08", &["24"]));
            assert_eq!(session.refused(&entries("01-07", &["0.25"])), TOO_MANY);
            session.rows("rollback");

            assert_eq!(
                session.refused(&entries("01-07", &["24.25"])),
                "23514 timesheet_entries_hours_check"
            );
            assert_eq!(
                session.refused(&entries("01-07", &["0"])),
                "23514 timesheet_entries_hours_check"
            );
            assert_eq!(
                session.refused(&entries("01-07", &["-1"])),
                "23514 timesheet_entries_hours_check"
            );
        }
    }
}

#[test]
fn a_day_of_more_than_24_hours_is_refused_in_one_statement_of_many_rows() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let session = writer(&database);

        assert_eq!(
            session.refused(&entries("01-07", &["9", "9", "9"])),
            TOO_MANY
        );
        assert_eq!(session.count(&entries("01-07", &["9", "9", "6"])), 3);
    }
}

#[test]
fn a_change_may_not_make_a_day_longer_than_24_hours() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let session = writer(&database);
        session.rows(&entries("01-07", &["13", "11"]));
        session.rows(&entries("01-08", &["1"]));
        let set = |what: &str, which: &str| {
            format!("update agency.timesheet_entries set {what} where work_date = '2030-{which}")
        };

        assert_eq!(
            session.refused(&set("hours = 12", "01-07' and hours = 11")),
            TOO_MANY
        );
        assert_eq!(
            session.refused(&set("work_date = '2030-01-07'", "01-08'")),
            TOO_MANY
        );
        assert_eq!(session.count(&set("hours = 12", "01-08'")), 1);
        // The sum stays the same, whatever the order in which the rows are written.
        assert_eq!(session.count(&set("hours = 24 - hours", "01-07'")), 2);
        assert_eq!(
            session.count(&set("hours = 10", "01-07' and hours = 11")),
            1
        );
    }
}

#[test]
fn an_upsert_may_not_make_a_day_longer_than_24_hours() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let session = writer(&database);
        let upsert = |hours: u32| {
            format!(
                "insert into agency.timesheet_entries (tenant_id, id, employee_id, campaign_id, work_date, hours)
                 values (id_of('north'), id_of('upserted'), id_of('north creative writer employee'), id_of('north launch'),
                   '2030-01-07', {hours})
                 on conflict (tenant_id, id) do update set hours = excluded.hours"
            )
        };
        session.rows(&entries("01-07", &["10"]));

        session.rows(&upsert(13));
        session.rows(&upsert(14));
        assert_eq!(session.refused(&upsert(15)), TOO_MANY);
    }
}

#[test]
fn the_limit_counts_hours_that_the_writer_cannot_see() {
    for major in WITH_VECTOR {
        let database = agency(major);
        database.execute(
            "create policy long_hours_are_hidden on agency.timesheet_entries as restrictive for select
               to agency_creative using (hours < 20)",
        );
        let session = writer(&database);
        session.rows(&entries("01-07", &["20"]));

        assert_eq!(
            session
                .rows("select hours from agency.timesheet_entries where work_date = '2030-01-07'")
                .len(),
            0
        );
        assert_eq!(session.refused(&entries("01-07", &["5"])), TOO_MANY);
        assert_eq!(session.count(&entries("01-07", &["4"])), 1);
    }
}

#[test]
fn two_sessions_that_write_at_once_do_not_exceed_24_hours_together() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let (first, second) = (writer(&database), writer(&database));

        first.rows("begin");
        first.rows(&entries("01-07", &["13"]));
        let refused = std::thread::scope(|scope| {
            let waiting = scope.spawn(move || second.refused(&entries("01-07", &["12"])));
            Session::new(&database).wait_for_a_lock();
            first.rows("commit");
            waiting.join().unwrap()
        });

        assert_eq!(refused, TOO_MANY);
    }
}

#[test]
fn a_session_that_waited_for_one_that_gave_up_may_write() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let (first, second) = (writer(&database), writer(&database));

        first.rows("begin");
        first.rows(&entries("01-07", &["13"]));
        let written = std::thread::scope(|scope| {
            let waiting = scope.spawn(move || second.count(&entries("01-07", &["12"])));
            Session::new(&database).wait_for_a_lock();
            first.rows("rollback");
            waiting.join().unwrap()
        });

        assert_eq!(written, 1);
    }
}

#[test]
fn hours_are_refused_where_the_snapshot_is_older_than_the_lock() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let session = writer(&database);

        for level in ["repeatable read", "serializable"] {
            session.rows(&format!("begin isolation level {level}"));
            assert_eq!(
                session.refused(&entries("01-07", &["1"])),
                "0A000 by trigger",
                "{level}"
            );
            session.rows("rollback");
        }
        session.rows("begin isolation level read committed");
        assert_eq!(session.count(&entries("01-07", &["1"])), 1);
        session.rows("commit");
    }
}

#[test]
fn an_entry_takes_the_rates_of_its_day_and_keeps_them() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let (session, finance) = (writer(&database), Session::of(&database, "north finance"));
        let money = "select cost_rate, bill_rate, cost_amount, bill_amount
            from agency.timesheet_entries where work_date = '2030-01-07'";
        session.rows(&entries("01-07", &["2.5"]));
        assert_eq!(finance.value(money), "57.31|143.17|143.28|357.93");

        finance.rows("update agency.employees set cost_rate = 100, bill_rate = 200 where user_id = id_of('north creative writer')");
        session
            .rows("update agency.timesheet_entries set hours = 3 where work_date = '2030-01-07'");

        assert_eq!(finance.value(money), "57.31|143.17|171.93|429.51");
        session.rows("update agency.timesheet_entries set is_billable = false where work_date = '2030-01-07'");
        assert_eq!(finance.value(money), "57.31|143.17|171.93|0.00");
    }
}
