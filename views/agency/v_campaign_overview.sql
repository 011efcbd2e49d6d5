create or replace view agency.v_campaign_overview with (security_invoker = true) as
select
  campaign.tenant_id,
  campaign.id as campaign_id,
  campaign.code,
  campaign.name,
  campaign.campaign_type,
  campaign.status,
  campaign.client_id,
  client.name as client_name,
  campaign.brand_id,
  brand.name as brand_name,
  campaign.account_director_id,
  campaign.project_manager_id,
  project_manager.full_name as project_manager_name,
  campaign.creative_director_id,
  campaign.start_date,
  campaign.end_date,
  campaign.end_date - current_date as days_left,
  campaign.status = 'active' and campaign.end_date < current_date as is_overdue,
  coalesce(phases.phase_count, 0) as phase_count,
  coalesce(phases.completed_phase_count, 0) as completed_phase_count,
  phases.current_phase,
  coalesce(artifacts.artifact_count, 0) as artifact_count,
  coalesce(artifacts.artifacts_in_review, 0) as artifacts_in_review,
  coalesce(artifacts.approved_artifact_count, 0) as approved_artifact_count,
  coalesce(logged.employee_count, 0) as employee_count,
  campaign.budget_hours,
  coalesce(logged.hours, 0) as logged_hours,
  round(100 * logged.billable_hours / nullif(logged.hours, 0), 1) as billable_pct,
  round(100 * coalesce(logged.hours, 0) / nullif(campaign.budget_hours, 0), 1) as budget_hours_used_pct,
  coalesce(planned.hours, 0) as planned_hours_ahead,
  campaign.tags
from agency.campaigns as campaign
join agency.clients as client
  on client.tenant_id = campaign.tenant_id and client.id = campaign.client_id
left join agency.brands as brand
  on brand.tenant_id = campaign.tenant_id and brand.id = campaign.brand_id
left join agency.employees as project_manager
  on project_manager.tenant_id = campaign.tenant_id and project_manager.user_id = campaign.project_manager_id
left join (
  select
    phase.tenant_id,
    phase.campaign_id,
    count(*) as phase_count,
    count(*) filter (where phase.status = 'completed') as completed_phase_count,
    (array_agg(phase.phase_type order by phase.position) filter (where phase.status = 'active'))[1] as current_phase
  from agency.campaign_phases as phase
  group by phase.tenant_id, phase.campaign_id
) as phases on phases.tenant_id = campaign.tenant_id and phases.campaign_id = campaign.id
left join (
  select
    artifact.tenant_id,
    artifact.campaign_id,
    count(*) as artifact_count,
    count(*) filter (where artifact.status = 'in_review') as artifacts_in_review,
    count(*) filter (where artifact.status = 'approved') as approved_artifact_count
  from agency.artifacts as artifact
  where artifact.deleted_at is null
  group by artifact.tenant_id, artifact.campaign_id
) as artifacts on artifacts.tenant_id = campaign.tenant_id and artifacts.campaign_id = campaign.id
left join (
  select
    entry.tenant_id,
    entry.campaign_id,
    count(distinct entry.employee_id) as employee_count,
    sum(entry.hours) as hours,
    coalesce(sum(entry.hours) filter (where entry.is_billable), 0) as billable_hours
  from agency.timesheet_entries as entry
  group by entry.tenant_id, entry.campaign_id
) as logged on logged.tenant_id = campaign.tenant_id and logged.campaign_id = campaign.id
left join (
  select allocation.tenant_id, allocation.campaign_id, sum(allocation.planned_hours) as hours
  from agency.team_allocations as allocation
  where allocation.status <> 'cancelled' and allocation.week_start_date >= current_date
  group by allocation.tenant_id, allocation.campaign_id
) as planned on planned.tenant_id = campaign.tenant_id and planned.campaign_id = campaign.id
where campaign.deleted_at is null;

comment on view agency.v_campaign_overview is
  'One row a campaign: client, team, phase, artifacts and hours. Hours and percentages but no money, so that every role '
  'may read it; the hours are those that the reader may see.';
comment on column agency.v_campaign_overview.current_phase is 'Type of the first phase under way; null when none is.';
comment on column agency.v_campaign_overview.days_left is 'Days until the end date; negative when it has passed.';
comment on column agency.v_campaign_overview.planned_hours_ahead is 'Allocated in weeks that have not begun yet.';
