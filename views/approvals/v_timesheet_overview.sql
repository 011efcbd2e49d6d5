create or replace view approvals.v_timesheet_overview
with (security_invoker = true)
as
select
  period.id as period_id,
  period.contract_id,
  contract.user_id,
  contract.user_name,
  contract.project_id,
  organization.name as organization_name,
  period.week_start_date,
  period.week_end_date,
  period.total_hours,
  period.status,
  period.submitted_at,
  case period.status
    when 'submitted' then contract.manager_id
    when 'manager_approved' then contract.client_id
  end as waits_for_user_id
from approvals.timesheet_periods as period
join approvals.project_contracts as contract on contract.id = period.contract_id
left join approvals.organizations as organization on organization.id = contract.organization_id;

comment on view approvals.v_timesheet_overview is
  'Timesheets that the reader may see, with whose they are, for which company, and whom they wait for. No money.';
comment on column approvals.v_timesheet_overview.waits_for_user_id is
  'Who approves next as the contract has it; a request may have named fewer approvers.';
