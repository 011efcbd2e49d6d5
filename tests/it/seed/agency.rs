//! The agency's data: the same bytes everywhere, arithmetic that closes, neighbours that share their topic.

use std::process::Command;
use std::sync::OnceLock;

use super::digests;
use crate::support::server::{NEWEST, TestDatabase};
use crate::systems::deploy;

/// The agency with its demo data, for tests that change nothing, and what loading it said.
fn agency() -> &'static (TestDatabase, String) {
    static AGENCY: OnceLock<(TestDatabase, String)> = OnceLock::new();

    AGENCY.get_or_init(|| {
        let database = TestDatabase::new(NEWEST);
        deploy(&database, &["agency"]);
        let output = Command::new(env!("CARGO_BIN_EXE_workroom"))
            .args([
                "seed",
                "run",
                "-q",
                "--project",
                env!("CARGO_MANIFEST_DIR"),
                "--no-color",
            ])
            .args(["--database-url", &database.url(), "--into", database.name()])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        (database, String::from_utf8(output.stdout).unwrap())
    })
}

fn query(sql: &str) -> Vec<String> {
    agency().0.query(sql)
}

#[test]
fn the_bytes_are_the_ones_of_the_repository() {
    let all: Vec<String> = digests(&agency().1)
        .into_iter()
        .map(|(table, digest)| format!("{table} {digest}"))
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn the_first_agency_has_the_size_that_is_asked_for() {
    let counts = query(
        "with t (tenant) as (select '10000000-0000-4000-8000-000000000001'::uuid)
         select (select count(*) from agency.clients where tenant_id = tenant) between 30 and 40,
           (select count(*) from agency.brands where tenant_id = tenant) between 60 and 80,
           (select count(*) from agency.campaigns where tenant_id = tenant) = 150,
           (select count(*) from agency.artifacts where tenant_id = tenant) between 800 and 1200,
           (select count(*) from agency.employees where tenant_id = tenant) between 50 and 80,
           (select count(*) from agency.timesheet_entries where tenant_id = tenant) = 50000
         from t",
    );
    assert_eq!(counts, ["t|t|t|t|t|t"]);
}

#[test]
fn hours_days_and_approvals_agree() {
    for (what, sql) in [
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
    ] {
        assert_eq!(
            query(&format!("{sql} limit 1")),
            Vec::<String>::new(),
            "{what}"
        );
    }
}

#[test]
fn most_campaigns_keep_their_budget_and_few_get_out_of_hand() {
    let shares = query(
        "with used as (
           select sum(hours) / budget_hours as share
           from agency.campaigns as c join agency.timesheet_entries as e on (e.tenant_id, e.campaign_id) = (c.tenant_id, c.id)
           where c.status = 'completed' and budget_hours > 0 group by c.tenant_id, c.id)
         select count(*) filter (where share between 0.9 and 1.06) > 0.4 * count(*), count(*) filter (where share > 1.5) between 1 and 0.2 * count(*) from used",
    );
    assert_eq!(shares, ["t|t"]);
}

#[test]
fn the_nearest_neighbours_of_a_passage_share_its_topic_for_an_ordinary_role() {
    let share = query(
        "create temporary table asked as
           select k.embedding, split_part(d.title, ' ', 4) as topic
           from agency.knowledge_chunks as k join agency.knowledge_documents as d on (d.tenant_id, d.id) = (k.tenant_id, k.document_id)
           where k.tenant_id = '10000000-0000-4000-8000-000000000001' order by k.id limit 60;
         grant select on asked to agency_creative;
         begin;
         select set_config('app.current_tenant', '10000000-0000-4000-8000-000000000001', true);
         set local role agency_creative;
         select round(avg((split_part(found.document_title, ' ', 4) = asked.topic)::int), 2) >= 0.90, count(*) >= 250
         from asked, lateral agency.search_knowledge(asked.embedding, 0, 5) as found;
         commit",
    );
    assert_eq!(share.last().map(String::as_str), Some("t|t"), "{share:?}");
}
