create or replace view agency.v_employee_utilization with (security_invoker = true) as
with
  -- One below the other instead of side by side: a condition on the week, a column that both are grouped by, then reaches
  -- the tables' indexes, which it does not through a full join.
  parts as (
    select
      entry.tenant_id,
      entry.employee_id,
      entry.week_start_date,
      entry.hours as logged_hours,
      case when entry.is_billable then entry.hours end as billable_hours,
      case when entry.status = 'approved' then entry.hours end as approved_hours,
      entry.campaign_id,
      null::numeric as planned_hours
    from agency.timesheet_entries as entry
    union all
    select
      allocation.tenant_id,
      allocation.employee_id,
      allocation.week_start_date,
      null,
      null,
      null,
      null,
      allocation.planned_hours
    from agency.team_allocations as allocation
    where allocation.status <> 'cancelled'
  ),
  weeks as (
    select
      part.tenant_id,
      part.employee_id,
      part.week_start_date,
      coalesce(sum(part.logged_hours), 0) as logged_hours,
      coalesce(sum(part.billable_hours), 0) as billable_hours,
      coalesce(sum(part.approved_hours), 0) as approved_hours,
      count(distinct part.campaign_id) as campaign_count,
      coalesce(sum(part.planned_hours), 0) as planned_hours
    from parts as part
    group by part.tenant_id, part.employee_id, part.week_start_date
  )
select
  week.tenant_id,
  week.employee_id,
  employee.user_id,
  employee.full_name,
  employee.title,
  employee.department,
  employee.seniority,
  week.week_start_date,
  employee.capacity_hours,
  week.logged_hours,
  week.billable_hours,
  week.approved_hours,
  week.planned_hours,
  week.campaign_count,
  round(100 * week.logged_hours / nullif(employee.capacity_hours, 0), 1) as utilization_pct,
  round(100 * week.billable_hours / nullif(employee.capacity_hours, 0), 1) as billable_utilization_pct,
  round(100 * week.planned_hours / nullif(employee.capacity_hours, 0), 1) as planned_pct
from weeks as week
join agency.employees as employee
  on employee.tenant_id = week.tenant_id and employee.id = week.employee_id;

comment on view agency.v_employee_utilization is
  'One row for each employee and week with hours logged or planned, against capacity. No money, so that every role may '
  'read it; the hours are those that the reader may see.';
comment on column agency.v_employee_utilization.utilization_pct is 'Logged hours against capacity; null without capacity.';
comment on column agency.v_employee_utilization.planned_pct is 'Allocated hours against capacity; null without capacity.';
