create or replace view agency.v_timesheet_summary_by_campaign with (security_invoker = true) as
select
  campaign.tenant_id,
  campaign.id as campaign_id,
  campaign.code,
  campaign.name,
  campaign.client_id,
  client.name as client_name,
  campaign.status,
  coalesce(logged.entry_count, 0) as entry_count,
  coalesce(logged.employee_count, 0) as employee_count,
  logged.first_work_date,
  logged.last_work_date,
  coalesce(logged.hours, 0) as total_hours,
  coalesce(logged.billable_hours, 0) as billable_hours,
  coalesce(logged.draft_hours, 0) as draft_hours,
  coalesce(logged.submitted_hours, 0) as submitted_hours,
  coalesce(logged.approved_hours, 0) as approved_hours,
  coalesce(logged.rejected_hours, 0) as rejected_hours,
  round(100 * logged.billable_hours / nullif(logged.hours, 0), 1) as billable_pct,
  coalesce(logged.cost_amount, 0) as cost_amount,
  coalesce(logged.bill_amount, 0) as bill_amount,
  coalesce(logged.bill_amount - logged.cost_amount, 0) as margin_amount,
  round(100 * (logged.bill_amount - logged.cost_amount) / nullif(logged.bill_amount, 0), 1) as margin_pct
from agency.campaigns as campaign
join agency.clients as client
  on client.tenant_id = campaign.tenant_id and client.id = campaign.client_id
left join (
  select
    entry.tenant_id,
    entry.campaign_id,
    count(*) as entry_count,
    count(distinct entry.employee_id) as employee_count,
    min(entry.work_date) as first_work_date,
    max(entry.work_date) as last_work_date,
    sum(entry.hours) as hours,
    coalesce(sum(entry.hours) filter (where entry.is_billable), 0) as billable_hours,
    coalesce(sum(entry.hours) filter (where entry.status = 'draft'), 0) as draft_hours,
    coalesce(sum(entry.hours) filter (where entry.status = 'submitted'), 0) as submitted_hours,
    coalesce(sum(entry.hours) filter (where entry.status = 'approved'), 0) as approved_hours,
    coalesce(sum(entry.hours) filter (where entry.status = 'rejected'), 0) as rejected_hours,
    sum(entry.cost_amount) filter (where entry.status <> 'rejected') as cost_amount,
    sum(entry.bill_amount) filter (where entry.status <> 'rejected') as bill_amount
  from agency.timesheet_entries as entry
  group by entry.tenant_id, entry.campaign_id
) as logged on logged.tenant_id = campaign.tenant_id and logged.campaign_id = campaign.id
where campaign.deleted_at is null;

comment on view agency.v_timesheet_summary_by_campaign is
  'One row a campaign: hours by status, cost, revenue and margin of its time. The one view that shows money, so it is for '
  'finance and leadership; v_campaign_overview has the hours for everybody else.';
comment on column agency.v_timesheet_summary_by_campaign.cost_amount is 'Time at cost, rejected entries left out; so bill_amount.';
comment on column agency.v_timesheet_summary_by_campaign.margin_pct is 'Margin against what is billed; null when nothing is.';
