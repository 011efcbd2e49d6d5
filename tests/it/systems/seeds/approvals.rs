//! Alice reports hours, Bob approves them, then Charlie.

use super::*;

const ALICE: &str = "a11ce000-0000-4000-8000-000000000001";
const BOB: &str = "b0b00000-0000-4000-8000-000000000002";
const CHARLIE: &str = "c4a11e00-0000-4000-8000-000000000003";

fn approvals(major: u32) -> TestDatabase {
    static TEMPLATES: Templates = [const { OnceLock::new() }; 3];
    seeded(&TEMPLATES, major, "approvals")
}

const CONTRADICTIONS: [(&str, &str); 20] = [
    (
        "a total that is not the sum of its entries",
        "select period.id, total_hours from approvals.timesheet_periods as period
         where total_hours is distinct from (select sum(hours) from approvals.timesheet_entries where period_id = period.id)",
    ),
    (
        "an entry outside of its period",
        "select entry.id from approvals.timesheet_entries as entry join approvals.timesheet_periods as period on period.id = period_id
         where entry_date not between week_start_date and week_end_date",
    ),
    (
        "a day of more than twelve hours, over all contracts",
        "select user_id, entry_date, sum(hours) from approvals.timesheet_entries as entry
         join approvals.project_contracts as contract on contract.id = contract_id group by 1, 2 having sum(hours) > 12",
    ),
    (
        "a state that nobody is in",
        "select status from unnest(array['draft', 'submitted', 'manager_approved', 'fully_approved', 'rejected']) as status
         except select status from approvals.timesheet_periods",
    ),
    (
        "a period of no whole week, or in the future, or before its contract",
        "select period.id from approvals.timesheet_periods as period join approvals.project_contracts as contract on contract.id = contract_id
         where extract(isodow from week_start_date) <> 1 or week_end_date <> week_start_date + 6
           or week_start_date > current_date or week_start_date < start_date or period.created_at > now()",
    ),
    (
        "a draft that was submitted, or another that was not",
        "select id from approvals.timesheet_periods
         where (status = 'draft') <> (submitted_at is null) or submitted_at < week_start_date + 4 or submitted_at > updated_at",
    ),
    (
        "work without a client that waits for one",
        "select period.id from approvals.timesheet_periods as period join approvals.project_contracts as contract on contract.id = contract_id
         where status = 'manager_approved' and client_id is null",
    ),
    (
        "an old week that still waits",
        "select id from approvals.timesheet_periods
         where status in ('draft', 'submitted', 'manager_approved') and week_start_date < current_date - 28",
    ),
    (
        "something else than one item for each timesheet that waits",
        "select period.id, count(item.key) from approvals.timesheet_periods as period
         left join approvals.kv_entries as item on item.key like 'approval_item:%' and item.value ->> 'timesheet_period_id' = period.id::text
         group by period.id, period.status
         having count(item.key) <> (period.status in ('submitted', 'manager_approved'))::integer",
    ),
    (
        "an item that asks somebody else than whoever is next",
        "select item.key from approvals.kv_entries as item
         join approvals.timesheet_periods as period on period.id::text = item.value ->> 'timesheet_period_id'
         join approvals.project_contracts as contract on contract.id = period.contract_id
         where item.key like 'approval_item:%' and (
           item.key <> 'approval_item:' || (item.value ->> 'id')
           or item.expires_at is not null
           or item.value ->> 'status' <> 'pending'
           or item.value -> 'approvers' <> to_jsonb(array_remove(
             case period.status when 'submitted' then array[manager_id, client_id] else array[client_id] end, null))
           or item.value ->> 'current_approver_id' is distinct from item.value -> 'approvers' ->> 0
           or item.value ->> 'next_approver_id' is distinct from item.value -> 'approvers' ->> 1)",
    ),
    (
        "an item whose newest round has not its two unused tokens for whoever is next",
        "select item.key from approvals.kv_entries as item where item.key like 'approval_item:%' and 2 <> (
           select count(*) from approvals.kv_entries as token
           where token.key like 'approval_token:%' and token.value -> 'approval_item_id' = item.value -> 'id'
             and token.value -> 'round' = item.value -> 'round' and token.value ->> 'used_at' is null
             and token.value -> 'approver_id' = item.value -> 'current_approver_id')",
    ),
    (
        "a token that is more than a hash, or lives longer than seven days",
        "select key from approvals.kv_entries where key like 'approval_token:%' and (
           key !~ '^approval_token:[0-9a-f]{64}$' or key <> 'approval_token:' || (value ->> 'id')
           or expires_at <> created_at + interval '7 days'
           or value ->> 'action' not in ('approve', 'reject')
           or exists (select from jsonb_object_keys(value) as field
             where field not in ('id', 'approval_item_id', 'approver_id', 'action', 'round', 'used_at', 'used_by')))",
    ),
    (
        "a token that was used by another, too early or too late",
        "select key from approvals.kv_entries where value ->> 'used_at' is not null and (
           value -> 'used_by' <> value -> 'approver_id'
           or (value ->> 'used_at')::timestamptz not between created_at and expires_at)",
    ),
    (
        "a decision of the last days that left no token",
        "select 'no ' || action from unnest(array['approve', 'reject']) as action
         where not exists (select from approvals.kv_entries where value ->> 'action' = action and value ->> 'used_at' is not null)",
    ),
    (
        "an address of somebody",
        "select email from auth.users where email !~ '@(example\\.(com|org|net)|[a-z]+\\.test)$'",
    ),
    (
        "hours that were written down after they were handed in",
        "select entry.id from approvals.timesheet_entries as entry join approvals.timesheet_periods as period on period.id = period_id
         where entry.created_at > submitted_at or entry.created_at::date not between entry_date and entry_date + 3",
    ),
    (
        "a timesheet that was handed in or decided on a weekend, or hours of one",
        "select id from approvals.timesheet_periods where extract(isodow from submitted_at) > 5 or extract(isodow from updated_at) > 5
         union all select id from approvals.timesheet_entries where extract(isodow from entry_date) > 5",
    ),
    (
        "a contract that was made at midnight, after it began, or before those were there whom it is about",
        "select contract.id from approvals.project_contracts as contract
         join approvals.organizations as organization on organization.id = organization_id
         join auth.users as person on person.id in (user_id, manager_id, client_id)
         where contract.created_at::time = '00:00' or start_date < contract.created_at::date
           or contract.created_at < greatest(organization.created_at, person.created_at)",
    ),
    (
        "a timesheet whose past is not how it came to where it is",
        "select period.id from approvals.timesheet_periods as period join approvals.project_contracts as contract on contract.id = contract_id
         where jsonb_array_length(past_states) <> case period.status when 'draft' then 0 when 'submitted' then 1
             when 'fully_approved' then 2 + (client_id is not null)::integer else 2 end
           or submitted_at is distinct from (past_states -> 0 ->> 'until')::timestamptz
           or coalesce((past_states -> -1 ->> 'until')::timestamptz, period.created_at) <> period.updated_at
           or coalesce(past_states -> -1 ->> 'ended_by', period.created_by::text) <> period.updated_by::text
           or exists (select from jsonb_array_elements(past_states) as past where (past ->> 'total_hours')::numeric <> total_hours)",
    ),
    (
        "two organizations of one name",
        "select name from approvals.organizations group by name having count(*) > 1",
    ),
];

#[test]
fn each_contradiction_of_approvals_would_be_found() {
    let database = approvals(NEWEST);
    each_can_find_something(&database, &["approvals", "auth"], &CONTRADICTIONS);
}

#[test]
fn approvals_tells_of_alice_bob_and_charlie_without_contradiction() {
    for major in ALL {
        let database = approvals(major);
        find_nothing(&database, &CONTRADICTIONS);
        verify(&database, "approvals");

        let session = Session::new(&database);
        let states = "select status from approvals.timesheet_periods where contract_id in
              (select id from approvals.project_contracts where user_name = 'Alice Moreno' and manager_id = '{BOB}' and client_id = '{CHARLIE}')
            order by week_start_date desc limit 5"
            .replace("{BOB}", BOB)
            .replace("{CHARLIE}", CHARLIE);
        assert_eq!(
            session.rows(&states)[..4],
            ["draft", "submitted", "manager_approved", "rejected"]
        );
        // Counting anew changes nothing: the triggers agree with the file.
        let changed = "with old as (select id, total_hours from approvals.timesheet_periods),
              new as (update approvals.timesheet_periods set total_hours = -1 returning id, total_hours)
            select count(*) from old join new using (id) where old.total_hours <> new.total_hours";
        assert_eq!(session.value(changed), "0");
    }
}

#[test]
fn everybody_of_approvals_sees_their_own() {
    for major in ALL {
        let database = approvals(major);
        let session = Session::new(&database);
        let counts = "select count(*) > 20, count(distinct user_id) > 1, bool_and(user_id = auth.uid()), \
                      count(*) filter (where waits_for_user_id = auth.uid()) > 0 from approvals.v_timesheet_overview";
        let expectations = [(ALICE, "t|f|t|f"), (BOB, "t|t|f|t"), (CHARLIE, "t|t|f|t")];
        for (person, seen) in expectations {
            sign_in(&session, "authenticated", person);
            assert_eq!(session.value(counts), seen, "{person}");
        }
        sign_in(&session, "authenticated", "");
        assert_eq!(
            session.value("select count(*) from approvals.v_timesheet_overview"),
            "0"
        );
    }
}

#[test]
fn the_story_of_approvals_goes_on() {
    for major in ALL {
        let database = approvals(major);
        let session = Session::new(&database);
        let period = session.value(&format!(
            "select period_id from approvals.v_timesheet_overview
             where user_id = '{ALICE}' and status = 'submitted' and waits_for_user_id = '{BOB}'"
        ));
        for (person, state) in [(BOB, "manager_approved"), (CHARLIE, "fully_approved")] {
            sign_in(&session, "service_role", "");
            let token = session.value(&format!(
                "select token from approvals.request_approval('{period}') where action = 'approve' and approver_id = '{person}'"
            ));
            sign_in(&session, "authenticated", person);
            assert_eq!(
                session.value(&format!(
                    "select outcome, period_status from approvals.execute_approval('{token}')"
                )),
                format!("approved|{state}")
            );
        }
        // Alice mends what was rejected and hands it in again.
        sign_in(&session, "authenticated", ALICE);
        let rejected = session.rows(
            "select period_id from approvals.v_timesheet_overview where status = 'rejected' order by week_start_date desc",
        );
        let rejected = rejected.first().unwrap();
        session.rows(&format!(
            "update approvals.timesheet_entries set hours = hours + 0.5 where period_id = '{rejected}'"
        ));
        session.rows(&format!("select approvals.submit_timesheet('{rejected}')"));
        find_nothing(&database, &CONTRADICTIONS[..1]);
    }
}
