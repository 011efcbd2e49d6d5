create or replace view agency.v_employee_utilization with (security_invoker = true) as
with
  logged as (
    select
      entry.tenant_id,
      entry.employee_id,
      entry.week_start_date,
      sum(entry.hours) as hours,
      coalesce(sum(entry.hours) filter (where entry.is_billable), 0) as billable_hours,
      coalesce(sum(entry.hours) filter (where entry.status = 'approved'), 0) as approved_hours,
      count(distinct entry.campaign_id) as campaign_count
    from agency.timesheet_entries as entry
    group by entry.tenant_id, entry.employee_id, entry.week_start_date
  ),
  planned as (
    select
      allocation.tenant_id,
      allocation.employee_id,
      allocation.week_start_date,
      sum(allocation.planned_hours) as hours
    from agency.team_allocations as allocation
    where allocation.status <> 'cancelled'
    group by allocation.tenant_id, allocation.employee_id, allocation.week_start_date
  ),
  weeks as (
    select
      tenant_id,
      employee_id,
      week_start_date,
      coalesce(logged.hours, 0) as logged_hours,
      coalesce(logged.billable_hours, 0) as billable_hours,
      coalesce(logged.approved_hours, 0) as approved_hours,
      coalesce(logged.campaign_count, 0) as campaign_count,
      coalesce(planned.hours, 0) as planned_hours
    from logged
    full join planned using (tenant_id, employee_id, week_start_date)
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
