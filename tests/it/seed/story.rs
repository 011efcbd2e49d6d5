//! What must hold of the agency's data at every scale, and that every shipped system can be loaded at every scale.

use std::process::Command;

use super::criticised::{CRITICISED, criticised};
use super::spoiled::each_can_find_something;
use crate::support::server::{NEWEST, TestDatabase, offer_pgcrypto};
use crate::systems::deploy;

/// What nothing may be found for. The present day is that of the file.
const CONTRADICTIONS: [(&str, &str); 27] = [
    (
        "nobody works more than eleven hours",
        "select 1 from agency.timesheet_entries group by tenant_id, employee_id, work_date having sum(hours) > 11",
    ),
    (
        "nobody works in the future",
        "select 1 from agency.timesheet_entries where work_date > '2026-11-20'",
    ),
    (
        "few work at weekends",
        "select 1 from agency.timesheet_entries having count(*) filter (where extract(isodow from work_date) > 5) > 0.02 * count(*)",
    ),
    (
        "time is logged only where somebody is planned in that week",
        "select 1 from agency.timesheet_entries as e where not exists (select from agency.team_allocations as a where (a.tenant_id, a.employee_id, a.campaign_id, a.week_start_date) = (e.tenant_id, e.employee_id, e.campaign_id, e.week_start_date))",
    ),
    (
        "time is logged while the campaign runs",
        "select 1 from agency.timesheet_entries as e join agency.campaigns as c on (c.tenant_id, c.id) = (e.tenant_id, e.campaign_id) where work_date < start_date or work_date > end_date + 7",
    ),
    (
        "approved entries have an approver",
        "select 1 from agency.timesheet_entries where status = 'approved' and approved_by is null",
    ),
    (
        "approval follows the work",
        "select 1 from agency.timesheet_entries where approved_at < work_date",
    ),
    (
        "versions count up to the current one, which is the artifact's text",
        "select 1 from agency.artifacts as a where current_version <> (select max(version_number) from agency.artifact_versions as v where (v.tenant_id, v.artifact_id) = (a.tenant_id, a.id)) or content <> (select content from agency.artifact_versions as v where (v.tenant_id, v.artifact_id, v.version_number) = (a.tenant_id, a.id, a.current_version))",
    ),
    (
        "versions follow one another in time",
        "select 1 from agency.artifact_versions as v join agency.artifact_versions as w on (v.tenant_id, v.artifact_id, v.version_number + 1) = (w.tenant_id, w.artifact_id, w.version_number) where w.created_at < v.created_at",
    ),
    (
        "answers cite passages of their tenant",
        "select 1 from agency.ai_messages as m, jsonb_array_elements(citations) as c where not exists (select from agency.knowledge_chunks as k where (k.tenant_id, k.id::text) = (m.tenant_id, c ->> 'chunk_id'))",
    ),
    (
        "mail reaches nobody",
        "select 1 from agency.employees where email !~ '\\.example$' union all select 1 from agency.clients where contact_email !~ '@example\\.com$'",
    ),
    (
        "quotes are for what campaigns cost",
        "select 1 from agency.campaigns as c join procure.project_quotes as q on (q.tenant_id, q.id) = (c.tenant_id, c.procure_quote_id) where q.total_amount <> c.budget_amount",
    ),
    (
        "nobody approves their own time",
        "select 1 from agency.timesheet_entries as e join agency.employees as a on (a.tenant_id, a.user_id) = (e.tenant_id, e.approved_by) where a.id = e.employee_id",
    ),
    (
        "whoever approves has been hired and has not left",
        "select 1 from agency.timesheet_entries as e join agency.employees as a on (a.tenant_id, a.user_id) = (e.tenant_id, e.approved_by) where approved_at < hired_on or approved_at > left_on",
    ),
    (
        "nobody works before they came or after they left",
        "select 1 from agency.timesheet_entries as e join agency.employees as a on (a.tenant_id, a.id) = (e.tenant_id, e.employee_id) where work_date < hired_on or work_date > left_on",
    ),
    (
        "no old week waits for an approval",
        "select 1 from agency.timesheet_entries where status in ('draft', 'submitted') and week_start_date < '2026-10-01'",
    ),
    (
        "the agency's own time is paid by nobody",
        "select 1 from agency.timesheet_entries as e join agency.campaigns as c on (c.tenant_id, c.id) = (e.tenant_id, e.campaign_id) where campaign_type = 'internal' and is_billable",
    ),
    (
        "a prospect has nothing but pitches, and nothing runs for one who has left",
        "select 1 from agency.campaigns as c join agency.clients as k on (k.tenant_id, k.id) = (c.tenant_id, c.client_id) where k.status = 'prospect' and c.status <> 'pitch' or k.status in ('former', 'paused') and c.status in ('active', 'planned', 'pitch') and c.campaign_type <> 'internal'",
    ),
    (
        "what a campaign is says what day it is",
        "select 1 from agency.campaigns where status = 'completed' and end_date > '2026-11-20' or status in ('pitch', 'planned') and start_date <= '2026-11-20' or status = 'active' and (start_date > '2026-11-20' or end_date < '2026-10-20')",
    ),
    (
        "a brand belongs to the client",
        "select 1 from agency.campaigns as c join agency.brands as b on (b.tenant_id, b.id) = (c.tenant_id, c.brand_id) where b.client_id <> c.client_id",
    ),
    (
        "an answer follows what it answers, in the same thread",
        "select 1 from agency.artifact_comments as c join agency.artifact_comments as p on (p.tenant_id, p.id) = (c.tenant_id, c.parent_comment_id) where c.created_at < p.created_at or c.artifact_id <> p.artifact_id",
    ),
    (
        "citations are about the question",
        "select 1 from agency.ai_messages as m join agency.ai_conversations as v on (v.tenant_id, v.id) = (m.tenant_id, m.conversation_id), jsonb_array_elements(citations) as c join agency.knowledge_chunks as k on k.id::text = c ->> 'chunk_id' where k.tenant_id = m.tenant_id and m.role <> 'assistant'",
    ),
    (
        "nothing is recorded of the future",
        "select 1 from agency.artifact_versions where created_at >= '2026-11-21' union all select 1 from agency.artifact_comments where created_at >= '2026-11-21' union all select 1 from agency.timesheet_entries where approved_at >= '2026-11-21' union all select 1 from te.expense_lines where expense_date > '2026-11-20' union all select 1 from gear.checkouts where checked_out_at >= '2026-11-21' or returned_at >= '2026-11-21'",
    ),
    (
        "no piece of equipment is in two places",
        "select 1 from gear.checkouts as a join gear.checkouts as b on (a.tenant_id, a.asset_tag) = (b.tenant_id, b.asset_tag) and a.id < b.id and tstzrange(a.checked_out_at, a.returned_at) && tstzrange(b.checked_out_at, b.returned_at)",
    ),
    (
        "equipment goes out for a campaign that runs",
        "select 1 from gear.checkouts as g join agency.campaigns as c on (c.tenant_id, c.id) = (g.tenant_id, g.agency_campaign_id) where checked_out_at::date not between start_date and end_date + 4",
    ),
    (
        "money is spent while the campaign runs",
        "select 1 from te.expense_lines as x join agency.campaigns as c on (c.tenant_id, c.id) = (x.tenant_id, x.agency_campaign_id) where expense_date not between start_date and end_date + 4",
    ),
    (
        "the finance project has the campaign's budget",
        "select 1 from finance_ppm.projects as p join agency.campaigns as c on (c.tenant_id, c.id) = (p.tenant_id, p.agency_campaign_id) where p.budget_amount <> c.budget_amount",
    ),
];

/// Looks for contradictions.
pub(super) fn find_nothing(database: &TestDatabase) {
    for (what, sql) in CONTRADICTIONS.into_iter().chain(criticised()) {
        let found = database.query(&format!("set timezone = 'UTC'; {sql} limit 1"));
        assert_eq!(found, Vec::<String>::new(), "{what}");
    }
}

/// Loads the demo data of a shipped system and returns what is said.
pub(super) fn load(database: &TestDatabase, system: &str, more: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_workroom"))
        .args(["seed", "run", "-q", "--no-color", "--system", system])
        .args(["--project", env!("CARGO_MANIFEST_DIR")])
        .args(["--database-url", &database.url(), "--into", database.name()])
        .args(more)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{system} {more:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_agency_is_sound_at_every_scale() {
    let database = TestDatabase::new(NEWEST);
    deploy(&database, &["agency"]);
    for scale in ["0.01", "0.02", "0.1", "0.35", "0.5", "1.5", "2"] {
        load(&database, "agency", &["--reset", "--scale", scale]);
        find_nothing(&database);
    }
    let most =
        "select max(count) from (select count(*) from agency.employees group by tenant_id) as c";
    assert_eq!(database.query(most), ["128"]);
    // Wherever the story is moved to, Christmas is on the 25th of December.
    let moved = ["--reset", "--scale", "0.1", "--as-of", "2027-02-19"];
    load(&database, "agency", &moved);
    let at_christmas = "select min(work_date), count(*) filter (where to_char(work_date, 'MM-DD') between '12-24' and '12-31' or to_char(work_date, 'MM-DD') = '01-01') from agency.timesheet_entries";
    assert_eq!(database.query(at_christmas), ["2025-08-22|0"]);
}

#[test]
fn each_contradiction_of_the_agency_would_be_found() {
    let database = TestDatabase::new(NEWEST);
    deploy(&database, &["agency"]);
    load(&database, "agency", &["--scale", "0.05"]);
    let schemas = ["agency", "procure", "finance_ppm", "te", "gear"];
    let statements = [&CONTRADICTIONS[..], &CRITICISED].concat();
    each_can_find_something(&database, &schemas, &statements);
}

#[test]
fn what_is_moved_in_time_is_what_is_loaded_there() {
    offer_pgcrypto(NEWEST);
    // The agency and worktrackr have holidays, which do not move: see `holidays.rs`.
    for system in ["approvals", "needthisdone", "sage"] {
        let database = TestDatabase::new(NEWEST);
        deploy(&database, &[system]);
        load(&database, system, &[]);
        load(&database, system, &["--slide", "--as-of", "2027-02-19"]);
        load(&database, system, &["--reset", "--as-of", "2027-02-19"]);
        let runs = database.query("select digest, rows, as_of from workroom.seed_runs order by id");
        assert_eq!(runs.len(), 3, "{system}");
        assert_ne!(runs[0], runs[1], "{system}");
        assert_eq!(runs[1], runs[2], "{system}");
    }
}

#[test]
fn the_other_systems_are_loaded_at_every_scale() {
    offer_pgcrypto(NEWEST);
    let database = TestDatabase::new(NEWEST);
    let systems = ["approvals", "needthisdone", "sage", "worktrackr"];
    deploy(&database, &systems);
    for system in systems {
        for scale in ["0.01", "0.02", "0.1", "0.5", "1.5", "2"] {
            load(&database, system, &["--reset", "--scale", scale]);
        }
    }
}
