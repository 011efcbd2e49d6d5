-- Time: what people worked on, at the rates of that day, and what they are planned for next.
create table agency.timesheet_entries (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  employee_id uuid not null,
  campaign_id uuid not null,
  phase_id uuid,
  work_date date not null,
  week_start_date date not null,
  hours numeric(4, 2) not null,
  description text,
  is_billable boolean not null default true,
  status text not null default 'draft',
  approved_at timestamptz,
  approved_by uuid,
  correction_reason text,
  cost_rate numeric(12, 2) not null,
  bill_rate numeric(12, 2) not null,
  cost_amount numeric(12, 2) generated always as (round(hours * cost_rate, 2)) stored,
  bill_amount numeric(12, 2) generated always as (
    case when is_billable then round(hours * bill_rate, 2) else 0 end
  ) stored,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint timesheet_entries_pkey primary key (tenant_id, id),
  constraint timesheet_entries_employee_id_fkey foreign key (tenant_id, employee_id)
    references agency.employees (tenant_id, id),
  constraint timesheet_entries_campaign_id_fkey foreign key (tenant_id, campaign_id)
    references agency.campaigns (tenant_id, id),
  constraint timesheet_entries_phase_id_fkey foreign key (tenant_id, campaign_id, phase_id)
    references agency.campaign_phases (tenant_id, campaign_id, id),
  constraint timesheet_entries_hours_check check (hours > 0 and hours <= 24),
  constraint timesheet_entries_status_check check (status in ('draft', 'submitted', 'approved', 'rejected')),
  constraint timesheet_entries_cost_rate_check check (cost_rate >= 0),
  constraint timesheet_entries_bill_rate_check check (bill_rate >= 0),
  constraint timesheet_entries_week_starts_on_monday_check check (
    week_start_date = work_date - (extract(isodow from work_date)::integer - 1)
  ),
  constraint timesheet_entries_approved_has_time_check check ((status = 'approved') = (approved_at is not null))
);
create index timesheet_entries_tenant_id_employee_id_work_date_idx
  on agency.timesheet_entries (tenant_id, employee_id, work_date) include (hours);
create index timesheet_entries_tenant_id_campaign_id_phase_id_idx
  on agency.timesheet_entries (tenant_id, campaign_id, phase_id);
create index timesheet_entries_tenant_id_week_start_date_idx
  on agency.timesheet_entries (tenant_id, week_start_date, employee_id);
create index timesheet_entries_tenant_id_work_date_idx on agency.timesheet_entries (tenant_id, work_date);
create index timesheet_entries_tenant_id_work_date_submitted_idx
  on agency.timesheet_entries (tenant_id, work_date) where status = 'submitted';

comment on table agency.timesheet_entries is
  'Hours that an employee worked on a campaign on one day. A day holds several entries, but never more than 24 hours.';
comment on column agency.timesheet_entries.week_start_date is 'Monday of the week of work_date; set by set_week_start_date().';
comment on column agency.timesheet_entries.status is 'draft, then submitted, then approved or rejected; a rejected entry can be corrected.';
comment on column agency.timesheet_entries.approved_at is 'When it was approved; set and cleared with the status.';
comment on column agency.timesheet_entries.approved_by is 'The user who approved it.';
comment on column agency.timesheet_entries.correction_reason is
  'Why an approved entry was changed last; the audit log keeps all of them.';
comment on column agency.timesheet_entries.cost_rate is
  'The employee''s cost rate on entry, so that later raises change no history. Confidential: finance and leadership.';
comment on column agency.timesheet_entries.bill_rate is
  'The employee''s bill rate on entry. Confidential: finance and leadership.';
comment on column agency.timesheet_entries.cost_amount is 'Hours at cost. Confidential: finance and leadership.';
comment on column agency.timesheet_entries.bill_amount is
  'Hours as billed, 0 when not billable. Confidential: finance and leadership.';

create table agency.team_allocations (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  employee_id uuid not null,
  campaign_id uuid not null,
  week_start_date date not null,
  planned_hours numeric(5, 2) not null,
  role_on_campaign text,
  status text not null default 'tentative',
  notes text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint team_allocations_pkey primary key (tenant_id, id),
  constraint team_allocations_tenant_id_employee_id_campaign_id_week_key
    unique (tenant_id, employee_id, campaign_id, week_start_date),
  constraint team_allocations_employee_id_fkey foreign key (tenant_id, employee_id)
    references agency.employees (tenant_id, id),
  constraint team_allocations_campaign_id_fkey foreign key (tenant_id, campaign_id)
    references agency.campaigns (tenant_id, id) on delete cascade,
  constraint team_allocations_week_start_date_check check (extract(isodow from week_start_date) = 1),
  constraint team_allocations_planned_hours_check check (planned_hours > 0 and planned_hours <= 168),
  constraint team_allocations_status_check check (status in ('tentative', 'confirmed', 'cancelled'))
);
create index team_allocations_tenant_id_campaign_id_idx
  on agency.team_allocations (tenant_id, campaign_id, week_start_date);
create index team_allocations_tenant_id_week_start_date_idx
  on agency.team_allocations (tenant_id, week_start_date, employee_id) where status <> 'cancelled';

comment on table agency.team_allocations is 'Hours for which an employee is planned on a campaign in one coming week.';
comment on column agency.team_allocations.week_start_date is 'Always a Monday.';
comment on column agency.team_allocations.role_on_campaign is 'What they are there for, such as "copywriter".';

create function agency.set_week_start_date() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  session_tenant text := current_setting('app.current_tenant', true);
  policy_tenant uuid := agency.current_tenant_id();
  borrowed_tenant boolean := policy_tenant is distinct from new.tenant_id;
  rates record;
  day_hours numeric;
begin
  if tg_when = 'BEFORE' then
    new.week_start_date := new.work_date - (extract(isodow from new.work_date)::integer - 1);
  end if;
  if tg_op = 'UPDATE' then
    if (new.tenant_id, new.employee_id, new.work_date) = (old.tenant_id, old.employee_id, old.work_date)
      and new.hours <= old.hours then
      return new;
    end if;
  end if;

  if tg_when = 'BEFORE' then
    -- Behind a snapshot older than the lock below, hours that others have just written stay unseen.
    if current_setting('transaction_isolation') <> 'read committed' then
      raise exception 'hours cannot be written in a % transaction', current_setting('transaction_isolation')
        using errcode = 'feature_not_supported',
          hint = 'The limit of 24 hours a day can only be kept under read committed.';
    end if;
  end if;

  -- Employees and hours obey row-level security too; see record_audit_event(). Before the row is checked, though,
  -- its tenant is only a claim, and a session that has a tenant gets no look at another's.
  if borrowed_tenant then
    if policy_tenant is not null and tg_when = 'BEFORE' then
      raise exception 'timesheet entry of another tenant than the session''s'
        using errcode = 'insufficient_privilege';
    end if;
    perform set_config('app.current_tenant', new.tenant_id::text, true);
  end if;

  if tg_when = 'BEFORE' then
    -- The lock makes everybody who writes hours for this employee wait here until the transaction ends.
    select employee.cost_rate, employee.bill_rate
    into rates
    from agency.employees as employee
    where employee.tenant_id = new.tenant_id and employee.id = new.employee_id
    for no key update;
    if tg_op = 'INSERT' then
      new.cost_rate := coalesce(new.cost_rate, rates.cost_rate, 0);
      new.bill_rate := coalesce(new.bill_rate, rates.bill_rate, 0);
    elsif new.employee_id <> old.employee_id then
      new.cost_rate := coalesce(rates.cost_rate, 0);
      new.bill_rate := coalesce(rates.bill_rate, 0);
    end if;
  else
    select sum(entry.hours)
    into day_hours
    from agency.timesheet_entries as entry
    where entry.tenant_id = new.tenant_id
      and entry.employee_id = new.employee_id
      and entry.work_date = new.work_date;
    if day_hours > 24 then
      raise exception 'an employee''s day cannot exceed 24 hours (%)', new.work_date
        using errcode = 'check_violation', schema = 'agency', table = 'timesheet_entries',
          constraint = 'timesheet_entries_day_within_24_hours_check';
    end if;
  end if;

  if borrowed_tenant then
    perform set_config('app.current_tenant', coalesce(session_tenant, ''), true);
  end if;
  return new;
end
$$;
comment on function agency.set_week_start_date() is
  'Trigger on timesheet entries. Before the row: sets the week''s Monday, takes the employee''s rates, and locks the '
  'employee. After it: refuses a day of more than 24 hours, counting entries the writer cannot see and, thanks to the '
  'lock, entries written at the same moment. Security definer, because whoever enters hours may read neither rates nor '
  'everybody''s time.';

create function agency.guard_approved_timesheet() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  governed boolean := row_security_active('agency.timesheet_entries');
  was_approved boolean := tg_op <> 'INSERT' and old.status = 'approved';
  becomes_approved boolean := tg_op <> 'DELETE' and new.status = 'approved';
  decides boolean := governed and coalesce(agency.has_any_role(array['finance', 'admin']), false);
begin
  -- Policies look at the row before and after one by one; an entry that changes hands is on both sides of an approval.
  if decides and (was_approved or becomes_approved) and exists (
    select
    from agency.employees as employee
    where employee.user_id = auth.uid()
      and (
        tg_op <> 'INSERT' and (employee.tenant_id, employee.id) = (old.tenant_id, old.employee_id)
        or tg_op <> 'DELETE' and (employee.tenant_id, employee.id) = (new.tenant_id, new.employee_id)
      )
  ) then
    raise exception 'nobody approves their own hours, or changes them once they are approved'
      using errcode = 'insufficient_privilege';
  end if;
  if decides and was_approved then
    if tg_op = 'DELETE' then
      raise exception 'an approved timesheet entry is not deleted'
        using errcode = 'insufficient_privilege', hint = 'Take the approval back first, with a reason.';
    elsif coalesce(btrim(new.correction_reason), '') = ''
      or new.correction_reason is not distinct from old.correction_reason then
      raise exception 'a change of an approved timesheet entry needs a reason'
        using errcode = 'check_violation', schema = 'agency', table = 'timesheet_entries',
          constraint = 'timesheet_entries_correction_has_reason_check',
          hint = 'Say why in correction_reason, in the same statement.';
    end if;
  end if;
  if governed and not decides then
    if tg_op = 'INSERT' then
      if new.status not in ('draft', 'submitted') then
        raise exception 'a new timesheet entry cannot be % already', new.status
          using errcode = 'insufficient_privilege', hint = 'Enter it as draft or submitted.';
      end if;
    elsif old.status = 'approved' then
      raise exception 'an approved timesheet entry can only be changed by finance or admin'
        using errcode = 'insufficient_privilege';
    elsif tg_op = 'UPDATE' then
      if new.status <> old.status and (old.status, new.status) not in (
        ('draft', 'submitted'), ('submitted', 'draft'), ('submitted', 'approved'), ('submitted', 'rejected'),
        ('rejected', 'draft'), ('rejected', 'submitted')
      ) then
        raise exception 'a % timesheet entry cannot become %', old.status, new.status
          using errcode = 'check_violation', schema = 'agency', table = 'timesheet_entries',
            constraint = 'timesheet_entries_status_in_order_check';
      end if;
    end if;
  end if;

  if tg_op = 'DELETE' then
    return old;
  end if;
  if new.status <> 'approved' then
    new.approved_at := null;
    new.approved_by := null;
  elsif tg_op = 'INSERT' then
    new.approved_at := coalesce(new.approved_at, now());
    new.approved_by := coalesce(auth.uid(), new.approved_by);
  elsif old.status <> 'approved' then
    new.approved_at := now();
    new.approved_by := coalesce(auth.uid(), new.approved_by);
  end if;
  return new;
end
$$;
comment on function agency.guard_approved_timesheet() is
  'Trigger, before each row: an approved entry changes only at the hands of finance or admin, with a reason and never '
  'one''s own, statuses follow their order, and an approval is signed. It binds everybody whom row-level security binds; a superuser or a role '
  'with BYPASSRLS (a load, a repair) is beyond both, and the audit log still records what it did. Security invoker, '
  'since it must see the role that acts.';

-- Triggers of one moment run in the order of their names.
create trigger timesheet_entries_guard before insert or update or delete on agency.timesheet_entries
  for each row execute function agency.guard_approved_timesheet();
create trigger timesheet_entries_set_week before insert or update on agency.timesheet_entries
  for each row execute function agency.set_week_start_date();
create trigger timesheet_entries_limit_day
  after insert or update of tenant_id, employee_id, work_date, hours on agency.timesheet_entries
  for each row execute function agency.set_week_start_date();

create trigger timesheet_entries_stamp before insert or update on agency.timesheet_entries
  for each row execute function agency.update_updated_at_column();
create trigger team_allocations_stamp before insert or update on agency.team_allocations
  for each row execute function agency.update_updated_at_column();

create trigger timesheet_entries_audit after insert or update or delete on agency.timesheet_entries
  for each row execute function agency.record_audit_event(
    'timesheet_entries', 'cost_rate', 'bill_rate', 'cost_amount', 'bill_amount'
  );
create trigger team_allocations_audit after insert or update or delete on agency.team_allocations
  for each row execute function agency.record_audit_event('team_allocations');
