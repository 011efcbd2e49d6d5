//! What a reader of the agency's demo data found wrong in them once, each as a statement that finds it no more.

use crate::support::server::TestDatabase;

/// What must not be found at any scale.
pub(super) const CRITICISED: [(&str, &str); 20] = [
    (
        "nothing was written after the present day, nor changed before it was made",
        "with written (created_at, updated_at) as (
           select created_at, updated_at from agency.employees union all select created_at, updated_at from agency.clients
           union all select created_at, updated_at from agency.brands union all select created_at, updated_at from agency.campaigns
           union all select created_at, updated_at from agency.campaign_phases union all select created_at, updated_at from agency.artifacts
           union all select created_at, updated_at from agency.artifact_versions union all select created_at, updated_at from agency.artifact_comments
           union all select created_at, updated_at from agency.timesheet_entries union all select created_at, updated_at from agency.team_allocations
           union all select created_at, updated_at from agency.knowledge_documents union all select created_at, updated_at from agency.knowledge_chunks
           union all select created_at, updated_at from agency.ai_conversations union all select created_at, updated_at from agency.ai_messages
           union all select created_at, updated_at from agency.audit_log union all select created_at, updated_at from procure.project_quotes
           union all select created_at, updated_at from finance_ppm.projects union all select created_at, updated_at from te.expense_lines
           union all select created_at, updated_at from gear.checkouts)
         select 1 from written where created_at >= '2026-11-20' or updated_at > '2026-11-20' or updated_at < created_at",
    ),
    (
        "nobody works at Christmas or on New Year's Day",
        "select 1 from agency.timesheet_entries where to_char(work_date, 'MM-DD') in ('12-24', '12-25', '12-26', '12-31', '01-01')",
    ),
    (
        "no more is planned than was sold",
        "select 1 from agency.campaigns as c join agency.team_allocations as a on (a.tenant_id, a.campaign_id) = (c.tenant_id, c.id)
         where c.status = 'planned' group by c.tenant_id, c.id having sum(planned_hours) > budget_hours",
    ),
    (
        "no document says one thing twice",
        "select 1 from agency.knowledge_chunks group by tenant_id, document_id, left(content, 30) having count(*) > 1",
    ),
    (
        "the assistant answers with the passage that it cites first",
        "select 1 from agency.ai_messages as m where role = 'assistant' and content is distinct from
           (select k.content from agency.knowledge_chunks as k where k.tenant_id = m.tenant_id and k.id::text = citations -> 0 ->> 'chunk_id')",
    ),
    (
        "no question is left without an answer",
        "select 1 from (select distinct on (tenant_id, conversation_id) role from agency.ai_messages order by tenant_id, conversation_id, position desc) as last where role <> 'assistant'",
    ),
    (
        "what is cited was written before",
        "select 1 from agency.ai_messages as m, jsonb_array_elements(citations) as c join agency.knowledge_chunks as k on k.id::text = c ->> 'chunk_id'
         where k.tenant_id = m.tenant_id and k.created_at > m.created_at",
    ),
    (
        "work is made in its phase",
        "select 1 from agency.artifacts as a join agency.campaign_phases as p on (p.tenant_id, p.id) = (a.tenant_id, a.phase_id)
         where a.created_at::date not between p.start_date and p.end_date",
    ),
    (
        "a brief comes first and a report at the end",
        "select 1 from agency.artifacts as a join agency.campaign_phases as p on (p.tenant_id, p.id) = (a.tenant_id, a.phase_id)
         join agency.campaigns as c on (c.tenant_id, c.id) = (a.tenant_id, a.campaign_id)
         where c.end_date - c.start_date < 365 and (artifact_type = 'brief' and phase_type <> 'strategy' or artifact_type = 'report' and phase_type <> 'post')",
    ),
    (
        "kinds of work do not read alike",
        "select 1 from agency.artifacts group by left(content, 6) having count(distinct artifact_type) > 1",
    ),
    (
        "a version is another text at another time than the one before",
        "select 1 from agency.artifact_versions as v join agency.artifact_versions as w on (w.tenant_id, w.artifact_id, w.version_number) = (v.tenant_id, v.artifact_id, v.version_number + 1)
         where w.content = v.content or w.created_at <= v.created_at",
    ),
    (
        "nobody answers themselves",
        "select 1 from agency.artifact_comments as c join agency.artifact_comments as p on (p.tenant_id, p.id) = (c.tenant_id, c.parent_comment_id) where c.author_id = p.author_id",
    ),
    (
        "people note what their department does",
        "select 1 from agency.timesheet_entries as e join agency.employees as p on (p.tenant_id, p.id) = (e.tenant_id, e.employee_id)
         where description is not null group by description having count(distinct department) > 1",
    ),
    (
        "no beginner approves",
        "select 1 from agency.timesheet_entries as e join agency.employees as p on (p.tenant_id, p.user_id) = (e.tenant_id, e.approved_by)
         where seniority = 'junior' or department not in ('production', 'account')",
    ),
    (
        "who spends, borrows or asks is employed on that day",
        "select 1 from agency.employees as p join (
           select tenant_id, submitted_by, expense_date from te.expense_lines
           union all select tenant_id, checked_out_by, checked_out_at::date from gear.checkouts
           union all select tenant_id, user_id, created_at::date from agency.ai_conversations
         ) as done (tenant_id, user_id, day) using (tenant_id, user_id) where day not between hired_on and coalesce(left_on, day)",
    ),
    (
        "who leads a campaign was there when it began, and no client is left to somebody who left",
        "select 1 from agency.campaigns as c join agency.employees as p on p.tenant_id = c.tenant_id and p.user_id in (account_director_id, project_manager_id, creative_director_id)
         where hired_on > c.created_at::date or left_on is not null
         union all select 1 from agency.clients as c join agency.employees as p on (p.tenant_id, p.user_id) = (c.tenant_id, c.account_owner_id) where left_on is not null",
    ),
    (
        "nobody is a beginner for more than two years",
        "select 1 from agency.employees where seniority = 'junior' and hired_on < '2024-11-20'",
    ),
    (
        "names and words do not come twice where a reader looks",
        "select 1 from agency.campaigns group by tenant_id, client_id, name having count(*) > 1
         union all select 1 from agency.campaigns where objective is not null group by tenant_id, objective having count(*) > 6
         union all select 1 from agency.brands as b group by tenant_id, client_id, name having count(*) > 1
         union all select 1 from agency.artifacts group by tenant_id, campaign_id, title having count(*) > 1",
    ),
    (
        "the agency is not its own client, and nothing is late because of the weekend",
        "select 1 from agency.clients where sector = 'other' and status = 'active'
         union all select 1 from agency.campaigns where status = 'active' and end_date between '2026-11-13' and '2026-11-22'",
    ),
    (
        "a change changes something",
        "select 1 from agency.audit_log where action = 'update' and (old_values = new_values or cardinality(changed_columns) = 0)
         union all select 1 from agency.audit_log as l join agency.campaigns as c on (c.tenant_id, c.id) = (l.tenant_id, record_id) where l.created_at > c.updated_at",
    ),
];

/// What must not be found at any scale either, and what spoils the data so that it is.
const SPOILED: [(&str, &str, &str); 7] = [
    (
        "nobody is planned in a week in which all are away",
        "select 1 from agency.team_allocations where week_start_date = '2026-12-28'",
        "update agency.team_allocations set week_start_date = '2026-12-28' where week_start_date = '2026-12-21'",
    ),
    (
        "every document has a tag",
        "select 1 from agency.knowledge_documents where cardinality(tags) = 0",
        "update agency.knowledge_documents set tags = '{}' where status = 'active'",
    ),
    (
        "nothing is cited twice in one message",
        "select 1 from agency.ai_messages as m, jsonb_array_elements(citations) as c group by m.tenant_id, m.id, c ->> 'chunk_id' having count(*) > 1",
        "update agency.ai_messages set citations = citations || citations",
    ),
    (
        "nobody works at midnight",
        "select 1 from agency.artifact_versions where created_at::time = '00:00'",
        "update agency.artifact_versions set created_at = date_trunc('day', created_at) where version_number = 2",
    ),
    (
        "finance and operations are billed to nobody",
        "select 1 from agency.timesheet_entries as e join agency.employees as p on (p.tenant_id, p.id) = (e.tenant_id, e.employee_id)
         where department in ('finance', 'operations') and is_billable",
        "update agency.timesheet_entries set is_billable = true where work_date = '2026-01-20'",
    ),
    (
        "a campaign is a team's work",
        "select 1 from agency.timesheet_entries as e join agency.campaigns as c on (c.tenant_id, c.id) = (e.tenant_id, e.campaign_id)
         where campaign_type <> 'internal' group by c.tenant_id, c.id having count(distinct employee_id) > 20",
        "update agency.timesheet_entries set campaign_id = (select id from agency.campaigns where code = 'NL-0009') where tenant_id::text like '1%' and work_date = '2026-01-20'",
    ),
    (
        "nothing is spent on what was cancelled",
        "select 1 from te.expense_lines as x join agency.campaigns as c on (c.tenant_id, c.id) = (x.tenant_id, x.agency_campaign_id) where c.status = 'cancelled'",
        "update agency.campaigns set status = 'cancelled' where status = 'completed'",
    ),
];

/// What must not be found in data of full size, and what spoils them.
const PROPORTIONS: [(&str, &str, &str); 7] = [
    (
        "a working day on which nobody works",
        "select day from generate_series(timestamp '2025-06-02', '2026-11-19', '1 day') as day
         where extract(isodow from day) < 6 and to_char(day, 'MM-DD') not between '12-24' and '12-31' and to_char(day, 'MM-DD') not in ('01-01', '01-06', '05-01', '10-03')
           and not exists (select from agency.timesheet_entries where work_date = day::date)",
        "delete from agency.timesheet_entries where work_date = '2026-01-19'",
    ),
    (
        "campaigns that all earn alike",
        "with earned as (
           select 1 - sum(e.cost_amount) / sum(e.bill_amount) as margin from agency.timesheet_entries as e join agency.campaigns as c on (c.tenant_id, c.id) = (e.tenant_id, e.campaign_id)
           where campaign_type <> 'internal' group by c.tenant_id, c.id having sum(e.bill_amount) > 0)
         select 1 from earned having stddev(margin) < 0.1 or min(margin) > 0 or max(margin) < 0.4 or avg(margin) not between 0.15 and 0.4",
        "update agency.timesheet_entries set bill_rate = 3 * cost_rate where is_billable",
    ),
    (
        "one mark-up for everybody, or people who cost next to nothing",
        "select 1 from agency.employees having max(bill_rate / cost_rate) - min(bill_rate / cost_rate) < 0.2 or min(cost_rate) < 25",
        "update agency.employees set bill_rate = 2 * cost_rate",
    ),
    (
        "a pipeline that collapses",
        "select 1 from agency.campaigns where campaign_type <> 'internal' and tenant_id::text like '1%'
         having avg(budget_hours) filter (where status in ('pitch', 'planned')) / avg(budget_hours) filter (where status = 'completed') not between 0.5 and 2",
        "update agency.campaigns set budget_hours = budget_hours / 5 where status in ('pitch', 'planned')",
    ),
    (
        "a passage that names somebody",
        "select content from agency.knowledge_chunks where content ~ '[A-Z][a-z]+ [A-Z][a-z]+'",
        "update agency.knowledge_chunks set content = 'Ask Ada Brook for the template.' where chunk_index = 3",
    ),
    (
        "few sentences that make all comments",
        "select body from agency.artifact_comments group by body having count(*) > 0.06 * (select count(*) from agency.artifact_comments)",
        "update agency.artifact_comments set body = 'This is the one.' where created_at < '2026-03-01'",
    ),
    (
        "an audit log that shows no change",
        "select 1 from agency.audit_log having count(*) filter (where action = 'update') < 0.5 * count(*)",
        "delete from agency.audit_log where action = 'update'",
    ),
];

/// What must not be found at any scale.
pub(super) fn criticised() -> impl Iterator<Item = (&'static str, &'static str)> {
    let spoiled = SPOILED.iter().map(|(what, sql, _)| (*what, *sql));
    CRITICISED.iter().copied().chain(spoiled)
}

/// Looks for what was criticised, and spoils the data once for each to see that it would be found.
pub(super) fn judge(database: &TestDatabase) {
    for (what, sql, spoil) in SPOILED.iter().chain(&PROPORTIONS) {
        let found = database.query(&format!("set timezone = 'UTC'; {sql} limit 1"));
        assert_eq!(found, Vec::<String>::new(), "{what}");
        // Seen by this session alone, and taken back.
        let spoiled = format!(
            "begin; set local timezone = 'UTC'; set local session_replication_role = replica; {spoil}; {sql} limit 1; rollback"
        );
        assert!(!database.query(&spoiled).is_empty(), "{what}");
    }
}
