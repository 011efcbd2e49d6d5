//! Timesheets and their approval: Alice works under a contract, Bob manages it, Charlie pays for it. Dora and Eve are
//! the contractor and manager of another one. The back end is the service role.

use std::sync::OnceLock;

use super::person::{Templates, copy_of, session_of};
use super::{ALL, Session};
use crate::support::server::TestDatabase;

const FIXTURE: &str = "
    insert into auth.users (id, email)
    select id_of(name), name || '@example.com' from unnest(array['alice', 'bob', 'charlie', 'dora', 'eve']) as name;
    insert into approvals.organizations (id, name, type) values (id_of('acme'), 'Acme', 'client');
    insert into approvals.project_contracts
      (id, organization_id, user_id, user_name, project_id, manager_id, client_id, hourly_rate, start_date)
    values
      (id_of('alice contract'), id_of('acme'), id_of('alice'), 'Alice', id_of('site'), id_of('bob'), id_of('charlie'), 95, '2026-01-05'),
      (id_of('dora contract'), null, id_of('dora'), 'Dora', id_of('app'), id_of('eve'), null, 80, '2026-01-05');
    insert into approvals.timesheet_periods (id, contract_id, week_start_date, week_end_date)
    values
      (id_of('alice week'), id_of('alice contract'), '2026-03-02', '2026-03-08'),
      (id_of('alice later week'), id_of('alice contract'), '2026-03-09', '2026-03-15'),
      (id_of('dora week'), id_of('dora contract'), '2026-03-02', '2026-03-08');
    insert into approvals.timesheet_entries (id, period_id, entry_date, hours)
    values
      (id_of('alice monday'), id_of('alice week'), '2026-03-02', 8),
      (id_of('alice tuesday'), id_of('alice week'), '2026-03-03', 7.5),
      (id_of('alice later monday'), id_of('alice later week'), '2026-03-09', 6),
      (id_of('dora monday'), id_of('dora week'), '2026-03-02', 4);";

pub(super) const REFUSED: &str = "refused|||";

pub(super) fn approvals(major: u32) -> TestDatabase {
    static TEMPLATES: Templates = [const { OnceLock::new() }; 3];
    copy_of(&TEMPLATES, major, "approvals", FIXTURE)
}

pub(super) fn person(database: &TestDatabase, name: &str) -> Session {
    session_of(database, "authenticated", name)
}

pub(super) fn back_end(database: &TestDatabase) -> Session {
    session_of(database, "service_role", "")
}

/// The state of a period: status and hours.
pub(super) fn state(session: &Session, period: &str) -> String {
    session.value(&format!(
        "select status, total_hours from approvals.timesheet_periods where id = id_of('{period}')"
    ))
}

pub(super) fn submit(database: &TestDatabase, who: &str, period: &str) {
    person(database, who).rows(&format!(
        "select approvals.submit_timesheet(id_of('{period}'))"
    ));
}

/// Asks the next approver and returns the tokens to approve and to reject.
pub(super) fn request(database: &TestDatabase, period: &str) -> [String; 2] {
    let tokens = back_end(database).rows(&format!(
        "select token from approvals.request_approval(id_of('{period}')) order by action"
    ));
    tokens.try_into().unwrap()
}

pub(super) fn execute(token: &str) -> String {
    format!(
        "select outcome, timesheet_period_id, period_status, next_approver_id from approvals.execute_approval('{token}')"
    )
}

/// Why a person's last attempt was refused, as the back end can see.
pub(super) fn last_reason(database: &TestDatabase, name: &str) -> String {
    back_end(database).value(&format!(
        "select approvals.kv_get('approval_refusals:' || id_of('{name}')) #>> '{{latest,0,reason}}'"
    ))
}

#[test]
fn a_timesheet_walks_from_alice_to_bob_to_charlie() {
    for major in ALL {
        let database = approvals(major);
        let [alice, bob, charlie] = ["alice", "bob", "charlie"].map(|name| person(&database, name));

        let period = alice.value(
            "insert into approvals.timesheet_periods (contract_id, week_start_date, week_end_date)
             values (id_of('alice contract'), '2026-03-16', '2026-03-22') returning id",
        );
        alice.rows(&format!(
            "insert into approvals.timesheet_entries (period_id, entry_date, hours, description)
             values ('{period}', '2026-03-16', 8, 'design'), ('{period}', '2026-03-17', 6.25, 'review')"
        ));
        let state = "select period.status, period.total_hours, person.email
            from approvals.timesheet_periods as period
            left join approvals.v_timesheet_overview as overview on overview.period_id = period.id
            left join lateral (values (id_of('bob'), 'bob'), (id_of('charlie'), 'charlie')) as person (id, email)
              on person.id = overview.waits_for_user_id";
        let of_period = format!("{state} where period.id = '{period}'");
        assert_eq!(alice.value(&of_period), "draft|14.25|");

        alice.rows(&format!("select approvals.submit_timesheet('{period}')"));
        assert_eq!(bob.value(&of_period), "submitted|14.25|bob");

        let ask = format!(
            "select approver_id = id_of('{{}}'), action, token from approvals.request_approval('{period}') order by action"
        );
        let server = back_end(&database);
        let mail = server.rows(&ask.replace("{}", "bob"));
        let approve = mail[0].strip_prefix("t|approve|").unwrap();
        assert_eq!(
            bob.value(&execute(approve)),
            format!(
                "approved|{period}|manager_approved|{}",
                server.value("select id_of('charlie')")
            )
        );
        assert_eq!(charlie.value(&of_period), "manager_approved|14.25|charlie");

        let mail = server.rows(&ask.replace("{}", "charlie"));
        let approve = mail[0].strip_prefix("t|approve|").unwrap();
        assert_eq!(
            charlie.value(&execute(approve)),
            format!("approved|{period}|fully_approved|")
        );
        assert_eq!(alice.value(&of_period), "fully_approved|14.25|");

        // The item is gone; the tokens stay for the audit trail, and say who used them.
        assert_eq!(
            server.rows(
                "select split_part(key, ':', 1), value ->> 'action', value ->> 'used_by' is not null, expires_at > now() + interval '6 days'
                 from approvals.kv_entries order by 1, 2, 3"
            ),
            [
                "approval_token|approve|t|t",
                "approval_token|approve|t|t",
                "approval_token|reject|f|t",
                "approval_token|reject|f|t",
            ]
        );
    }
}

#[test]
fn a_rejected_timesheet_is_corrected_and_goes_its_way_again() {
    for major in ALL {
        let database = approvals(major);
        let [alice, bob] = ["alice", "bob"].map(|name| person(&database, name));
        submit(&database, "alice", "alice week");
        let [approve, reject] = request(&database, "alice week");

        assert!(bob.value(&execute(&reject)).starts_with("rejected|"));
        assert_eq!(state(&alice, "alice week"), "rejected|15.50");
        // The other half of a pair that was answered is worth nothing.
        assert_eq!(bob.value(&execute(&approve)), REFUSED);
        assert_eq!(last_reason(&database, "bob"), "the item is finished");

        assert_eq!(
            alice.count(
                "update approvals.timesheet_entries set hours = 6 where id = id_of('alice tuesday')"
            ),
            1
        );
        submit(&database, "alice", "alice week");
        assert_eq!(bob.value(&execute(&approve)), REFUSED);
        let [approve, _] = request(&database, "alice week");
        assert!(bob.value(&execute(&approve)).starts_with("approved|"));
        assert_eq!(state(&alice, "alice week"), "manager_approved|14.00");
    }
}

#[test]
fn everybody_sees_what_is_theirs_to_work_on_or_to_approve() {
    for major in ALL {
        let database = approvals(major);
        let seen = "select (select count(*) from approvals.project_contracts), (select count(*) from approvals.timesheet_periods),
            (select count(*) from approvals.timesheet_entries), (select count(*) from approvals.v_timesheet_overview)";
        for (name, expected) in [
            ("alice", "1|2|3|2"),
            ("bob", "1|2|3|2"),
            ("charlie", "1|2|3|2"),
            ("dora", "1|1|1|1"),
            ("eve", "1|1|1|1"),
            ("stranger", "0|0|0|0"),
            ("", "0|0|0|0"),
        ] {
            assert_eq!(person(&database, name).value(seen), expected, "{name}");
        }
        assert_eq!(back_end(&database).value(seen), "2|3|4|3");
        let visitor = session_of(&database, "anon", "alice");
        assert_eq!(visitor.refused(seen), "42501 by grants");
    }
}

#[test]
fn nobody_writes_a_status_a_total_or_the_store_by_hand() {
    for major in ALL {
        let database = approvals(major);
        submit(&database, "alice", "alice later week");
        for name in ["alice", "bob", "charlie"] {
            let session = person(&database, name);
            for sql in [
                "update approvals.timesheet_periods set status = 'fully_approved'",
                "update approvals.timesheet_periods set total_hours = 80",
                "update approvals.timesheet_periods set contract_id = id_of('dora contract')",
                "update approvals.timesheet_entries set period_id = id_of('dora week')",
                "update approvals.project_contracts set hourly_rate = 500",
                "insert into approvals.timesheet_periods (contract_id, week_start_date, week_end_date, status)
                 values (id_of('alice contract'), '2026-04-06', '2026-04-12', 'fully_approved')",
                "select * from approvals.kv_entries",
                "select approvals.kv_get('approval_token:x')",
                "select approvals.request_approval(id_of('alice later week'))",
            ] {
                assert_eq!(session.refused(sql), "42501 by grants", "{name}: {sql}");
            }
        }

        let bob = person(&database, "bob");
        for sql in [
            "update approvals.timesheet_entries set hours = 1",
            "update approvals.timesheet_periods set week_end_date = week_end_date + 1",
            "delete from approvals.timesheet_entries",
            "delete from approvals.timesheet_periods",
        ] {
            assert_eq!(bob.count(sql), 0, "{sql}");
        }
        for period in ["alice week", "dora week", "nowhere"] {
            let submission = format!("select approvals.submit_timesheet(id_of('{period}'))");
            assert_eq!(bob.refused(&submission), "P0002 by trigger", "{period}");
        }
        // What somebody else has and what does not exist end alike.
        let alice = person(&database, "alice");
        for period in ["dora week", "nowhere", "alice later week"] {
            let entry = format!(
                "insert into approvals.timesheet_entries (period_id, entry_date, hours) values (id_of('{period}'), '2026-03-02', 1)"
            );
            assert_eq!(alice.refused(&entry), "42501 by policy", "{period}");
        }
        assert_eq!(
            alice.count("update approvals.timesheet_entries set hours = 1 where period_id = id_of('alice later week')"),
            0
        );
    }
}

#[test]
fn only_the_contracts_approvers_are_asked_in_their_order() {
    for major in ALL {
        let database = approvals(major);
        let server = back_end(&database);
        let ask = |approvers: &str| {
            format!(
                "select count(*), bool_and(approver_id = id_of('bob'))
                 from approvals.request_approval(id_of('alice week'), array(select id_of(name) from unnest(array[{approvers}]::text[]) with ordinality as of (name, place) order by place))"
            )
        };
        assert_eq!(server.refused(&ask("'bob'")), "55000 by trigger");
        submit(&database, "alice", "alice week");
        for approvers in [
            "",
            "'alice'",
            "'eve'",
            "'charlie', 'bob'",
            "'bob', 'bob'",
            "'bob', null",
        ] {
            assert_eq!(
                server.refused(&ask(approvers)),
                "22023 by trigger",
                "{approvers}"
            );
        }
        assert_eq!(server.value(&ask("'bob'")), "2|t");
        // Two requests at once make one item.
        assert_eq!(server.value(&ask("'bob', 'charlie'")), "2|t");
        assert_eq!(
            server.value(
                "select count(*) from approvals.kv_entries where key like 'approval_item:%'"
            ),
            "1"
        );
    }
}
