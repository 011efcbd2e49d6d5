create or replace view agency.v_dashboard_kpis with (security_invoker = true) as
with
  client_kpis as (
    select
      client.tenant_id,
      count(*) filter (where client.status = 'active') as active_clients,
      count(*) filter (where client.status = 'prospect') as prospects
    from agency.clients as client
    where client.deleted_at is null
    group by client.tenant_id
  ),
  campaign_kpis as (
    select
      campaign.tenant_id,
      count(*) filter (where campaign.status = 'active') as active_campaigns,
      count(*) filter (
        where campaign.status = 'active' and campaign.end_date between current_date and current_date + 30
      ) as campaigns_ending_soon,
      count(*) filter (where campaign.status = 'active' and campaign.end_date < current_date) as overdue_campaigns
    from agency.campaigns as campaign
    where campaign.deleted_at is null
    group by campaign.tenant_id
  ),
  artifact_kpis as (
    select
      artifact.tenant_id,
      count(*) filter (where artifact.status = 'in_review') as artifacts_in_review,
      count(*) filter (where artifact.updated_at >= current_date - 7) as artifacts_changed_this_week
    from agency.artifacts as artifact
    where artifact.deleted_at is null
    group by artifact.tenant_id
  ),
  comment_kpis as (
    select comment.tenant_id, count(*) as open_comments
    from agency.artifact_comments as comment
    where comment.resolved_at is null
    group by comment.tenant_id
  ),
  time_kpis as (
    select
      entry.tenant_id,
      sum(entry.hours) as hours_last_30_days,
      coalesce(sum(entry.hours) filter (where entry.is_billable), 0) as billable_hours_last_30_days
    from agency.timesheet_entries as entry
    where entry.work_date > current_date - 30 and entry.work_date <= current_date
    group by entry.tenant_id
  ),
  approval_kpis as (
    select entry.tenant_id, count(*) as timesheets_awaiting_approval
    from agency.timesheet_entries as entry
    where entry.status = 'submitted'
    group by entry.tenant_id
  ),
  people_kpis as (
    select employee.tenant_id, count(*) as active_employees, sum(employee.capacity_hours) as weekly_capacity_hours
    from agency.employees as employee
    where employee.is_active
    group by employee.tenant_id
  )
select
  tenant_id,
  coalesce(client_kpis.active_clients, 0) as active_clients,
  coalesce(client_kpis.prospects, 0) as prospects,
  coalesce(campaign_kpis.active_campaigns, 0) as active_campaigns,
  coalesce(campaign_kpis.campaigns_ending_soon, 0) as campaigns_ending_soon,
  coalesce(campaign_kpis.overdue_campaigns, 0) as overdue_campaigns,
  coalesce(artifact_kpis.artifacts_in_review, 0) as artifacts_in_review,
  coalesce(artifact_kpis.artifacts_changed_this_week, 0) as artifacts_changed_this_week,
  coalesce(comment_kpis.open_comments, 0) as open_comments,
  coalesce(approval_kpis.timesheets_awaiting_approval, 0) as timesheets_awaiting_approval,
  coalesce(people_kpis.active_employees, 0) as active_employees,
  coalesce(time_kpis.hours_last_30_days, 0) as hours_last_30_days,
  round(100 * time_kpis.billable_hours_last_30_days / nullif(time_kpis.hours_last_30_days, 0), 1) as billable_pct,
  round(
    100 * time_kpis.hours_last_30_days / nullif(people_kpis.weekly_capacity_hours * 30 / 7, 0), 1
  ) as utilization_pct
from client_kpis
full join campaign_kpis using (tenant_id)
full join people_kpis using (tenant_id)
left join artifact_kpis using (tenant_id)
left join comment_kpis using (tenant_id)
left join time_kpis using (tenant_id)
left join approval_kpis using (tenant_id);

comment on view agency.v_dashboard_kpis is
  'The home page''s tiles: one row for the reader''s tenant, counting what the reader may see. No money. '
  'Percentages are null where there is nothing to divide by.';
comment on column agency.v_dashboard_kpis.billable_pct is 'Billable share of the hours of the last 30 days.';
comment on column agency.v_dashboard_kpis.utilization_pct is 'Hours of the last 30 days against the active employees'' capacity.';
