-- What people work on under contract, and the hours they report for it, week by week. Everything here is kept:
-- the passing state of an approval lives in the key-value store of V002.
create schema approvals;
comment on schema approvals is 'Timesheets of contractors, approved by their manager and their client.';

create function approvals.update_updated_at_column() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' then
    new.created_at := old.created_at;
    new.created_by := old.created_by;
    new.updated_at := now();
  else
    new.created_by := coalesce(auth.uid(), new.created_by);
  end if;
  new.updated_by := coalesce(auth.uid(), new.updated_by);
  return new;
end
$$;
comment on function approvals.update_updated_at_column() is
  'Trigger: stamps who wrote a row and when, so that nobody can sign as somebody else. '
  'Without a signed-in user (a load, a repair) the names given are kept.';

create table approvals.organizations (
  id uuid not null default gen_random_uuid(),
  name text not null,
  type text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint organizations_pkey primary key (id),
  constraint organizations_name_key unique (name),
  constraint organizations_name_check check (name <> ''),
  constraint organizations_type_check check (type in ('company', 'agency', 'client'))
);

comment on table approvals.organizations is 'A company that people work for: their own, an agency, or a client.';
comment on column approvals.organizations.created_by is
  'The user who added the row. No foreign key: the record outlives the account.';
comment on column approvals.organizations.updated_by is 'The user who changed the row last.';

create table approvals.project_contracts (
  id uuid not null default gen_random_uuid(),
  organization_id uuid,
  user_id uuid not null,
  user_name text not null,
  project_id uuid not null,
  manager_id uuid not null,
  client_id uuid,
  hourly_rate numeric(12, 2) not null,
  start_date date not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint project_contracts_pkey primary key (id),
  constraint project_contracts_user_id_project_id_start_date_key unique (user_id, project_id, start_date),
  constraint project_contracts_organization_id_fkey foreign key (organization_id) references approvals.organizations (id),
  constraint project_contracts_user_id_fkey foreign key (user_id) references auth.users (id),
  constraint project_contracts_manager_id_fkey foreign key (manager_id) references auth.users (id),
  constraint project_contracts_client_id_fkey foreign key (client_id) references auth.users (id),
  constraint project_contracts_user_name_check check (user_name <> ''),
  constraint project_contracts_hourly_rate_check check (hourly_rate >= 0),
  constraint project_contracts_nobody_approves_own_time_check check (manager_id <> user_id and client_id <> user_id),
  constraint project_contracts_two_pairs_of_eyes_check check (client_id <> manager_id)
);
create index project_contracts_organization_id_idx on approvals.project_contracts (organization_id);
create index project_contracts_manager_id_idx on approvals.project_contracts (manager_id);
create index project_contracts_client_id_idx on approvals.project_contracts (client_id);

comment on table approvals.project_contracts is 'A person''s contract to work on a project, and who approves that work.';
comment on column approvals.project_contracts.organization_id is 'The company that the work is for.';
comment on column approvals.project_contracts.user_id is 'The contractor, by the id they sign in with.';
comment on column approvals.project_contracts.project_id is 'A project of another application, which keeps them.';
comment on column approvals.project_contracts.manager_id is 'Who approves first.';
comment on column approvals.project_contracts.client_id is 'Who approves last, on the side that pays; null for work inside the house.';

create table approvals.timesheet_periods (
  id uuid not null default gen_random_uuid(),
  contract_id uuid not null,
  week_start_date date not null,
  week_end_date date not null,
  total_hours numeric(8, 2) not null default 0,
  status text not null default 'draft',
  submitted_at timestamptz,
  past_states jsonb not null default '[]',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint timesheet_periods_pkey primary key (id),
  constraint timesheet_periods_contract_id_id_key unique (contract_id, id),
  constraint timesheet_periods_contract_id_week_start_date_key unique (contract_id, week_start_date),
  -- A contract as a number, and the period's days counted on from it: ranges of two contracts never meet.
  constraint timesheet_periods_contract_id_excl exclude using gist (
    numrange(
      (
        ('x' || substr(replace(contract_id::text, '-', ''), 1, 16))::bit(64)::bigint::numeric * 18446744073709551616
        + ('x' || substr(replace(contract_id::text, '-', ''), 17, 16))::bit(64)::bigint::numeric
      ) * 10000000 + (week_start_date - date '0001-01-01'),
      (
        ('x' || substr(replace(contract_id::text, '-', ''), 1, 16))::bit(64)::bigint::numeric * 18446744073709551616
        + ('x' || substr(replace(contract_id::text, '-', ''), 17, 16))::bit(64)::bigint::numeric
      ) * 10000000 + (week_end_date - date '0001-01-01'),
      '[]'
    ) with &&
  ),
  constraint timesheet_periods_contract_id_fkey foreign key (contract_id) references approvals.project_contracts (id),
  constraint timesheet_periods_lasts_a_month_at_most_check check (
    week_end_date >= week_start_date and week_end_date - week_start_date <= 30
  ),
  constraint timesheet_periods_total_hours_check check (total_hours >= 0),
  constraint timesheet_periods_status_check check (
    status in ('draft', 'submitted', 'manager_approved', 'fully_approved', 'rejected')
  ),
  constraint timesheet_periods_week_start_date_check check (week_start_date >= date '0001-01-01'),
  constraint timesheet_periods_past_states_check check (jsonb_typeof(past_states) = 'array'),
  constraint timesheet_periods_submitted_has_time_check check (status = 'draft' or submitted_at is not null)
);
create index timesheet_periods_status_submitted_at_idx on approvals.timesheet_periods (status, submitted_at)
  where status in ('submitted', 'manager_approved');

comment on table approvals.timesheet_periods is 'The hours of one contract in one week or month, and how far their approval has come.';
comment on column approvals.timesheet_periods.week_start_date is 'First day that the period covers.';
comment on column approvals.timesheet_periods.week_end_date is 'Last day that the period covers.';
comment on column approvals.timesheet_periods.total_hours is
  'The sum of the period''s entries. Kept by count_period_hours(): whatever is written here, the sum is what stays.';
comment on column approvals.timesheet_periods.status is
  'draft, submitted, manager_approved, fully_approved, or rejected; moved on by submit_timesheet() and execute_approval().';
comment on column approvals.timesheet_periods.submitted_at is 'When it was submitted last.';
comment on column approvals.timesheet_periods.past_states is
  'The states that it has left, oldest first: status, total_hours, until, and who ended it. Kept by keep_period_states().';
comment on constraint timesheet_periods_contract_id_excl on approvals.timesheet_periods is
  'A day belongs to one period of a contract. Written with a range of numbers, so that no extension is needed to compare '
  'the contract as well.';
comment on constraint timesheet_periods_contract_id_id_key on approvals.timesheet_periods is
  'Lets an entry prove that its contract is its period''s.';

create table approvals.timesheet_entries (
  id uuid not null default gen_random_uuid(),
  contract_id uuid not null,
  period_id uuid not null,
  entry_date date not null,
  hours numeric(4, 2) not null,
  description text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint timesheet_entries_pkey primary key (id),
  constraint timesheet_entries_period_id_fkey foreign key (contract_id, period_id)
    references approvals.timesheet_periods (contract_id, id) on delete cascade,
  constraint timesheet_entries_hours_check check (hours > 0 and hours <= 24)
);
create index timesheet_entries_contract_id_period_id_entry_date_idx
  on approvals.timesheet_entries (contract_id, period_id, entry_date) include (hours);

comment on table approvals.timesheet_entries is 'Hours worked on one day of a period.';
comment on column approvals.timesheet_entries.contract_id is
  'The period''s contract, set by set_entry_contract(), so that whose entry it is needs no look-up.';

create function approvals.set_entry_contract() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.contract_id := (
    select period.contract_id from approvals.timesheet_periods as period where period.id = new.period_id
  );
  return new;
end
$$;
comment on function approvals.set_entry_contract() is
  'Trigger, before an entry: takes the contract from the period. A period that the writer cannot see and one that does '
  'not exist end the same way.';

create function approvals.count_entry_hours() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  touched uuid;
  contracts uuid[];
  day_hours numeric;
begin
  -- A person's contracts first, then the period: whoever writes hours of that person waits here until the transaction
  -- ends.
  if tg_op = 'INSERT' or tg_op = 'UPDATE'
    and ((new.contract_id, new.entry_date) is distinct from (old.contract_id, old.entry_date) or new.hours > old.hours) then
    select array_agg(mine.id)
    into contracts
    from (
      select contract.id
      from approvals.project_contracts as contract
      where contract.user_id = (
        select own.user_id from approvals.project_contracts as own where own.id = new.contract_id
      )
      order by contract.id
      for no key update
    ) as mine;
    -- Behind a snapshot older than the lock, hours that others have just written stay unseen. With one contract the
    -- period's lock is enough.
    if cardinality(contracts) > 1 and current_setting('transaction_isolation') <> 'read committed' then
      raise exception 'hours cannot be written in a % transaction', current_setting('transaction_isolation')
        using errcode = 'feature_not_supported',
          hint = 'The limit of 24 hours a day over several contracts can only be kept under read committed.';
    end if;
  end if;

  -- In the order of their ids, so that two entries that change places cannot wait for one another.
  for touched in
    select distinct period_id
    from unnest(array[
      case when tg_op <> 'INSERT' then old.period_id end,
      case when tg_op <> 'DELETE' then new.period_id end
    ]) as period_id
    where period_id is not null
    order by period_id
  loop
    update approvals.timesheet_periods as period
    set total_hours = period.total_hours
    where period.id = touched;
  end loop;

  if contracts is not null then
    select sum(entry.hours)
    into day_hours
    from approvals.timesheet_entries as entry
    where entry.contract_id = any (contracts) and entry.entry_date = new.entry_date;
    if day_hours > 24 then
      raise exception 'a person''s day cannot exceed 24 hours (%)', new.entry_date
        using errcode = 'check_violation', schema = 'approvals', table = 'timesheet_entries',
          constraint = 'timesheet_entries_day_within_24_hours_check';
    end if;
  end if;
  return null;
end
$$;
comment on function approvals.count_entry_hours() is
  'Trigger, after an entry: locks the person''s contracts and the period until the transaction ends, has '
  'count_period_hours() count anew, and refuses a day of more than 24 hours in all of the person''s contracts. Security '
  'definer, because nobody may write the total directly, and entries count that the writer cannot see.';

create function approvals.count_period_hours() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  stray date;
begin
  if tg_op = 'INSERT' then
    new.total_hours := 0;
    return new;
  end if;
  -- The row is locked by now and this reads with a snapshot taken after the lock, so whatever others committed while
  -- this session waited is counted. Under a stricter isolation the update fails instead (40001).
  select coalesce(sum(entry.hours), 0),
    min(entry.entry_date) filter (where entry.entry_date not between new.week_start_date and new.week_end_date)
  into new.total_hours, stray
  from approvals.timesheet_entries as entry
  where entry.contract_id = old.contract_id and entry.period_id = old.id;
  if stray is not null then
    raise exception 'an entry of % lies outside its period (% to %)', stray, new.week_start_date, new.week_end_date
      using errcode = 'check_violation', schema = 'approvals', table = 'timesheet_entries',
        constraint = 'timesheet_entries_lies_in_its_period_check';
  end if;
  return new;
end
$$;
comment on function approvals.count_period_hours() is
  'Trigger, before a period: total_hours is the sum of its entries, whatever was written, and every entry lies between '
  'its first and last day. Security definer, so that it counts entries which the writer cannot see.';

create function approvals.keep_period_states() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    if row_security_active('approvals.timesheet_periods') then
      new.past_states := '[]';
    end if;
    return new;
  end if;
  new.past_states := old.past_states;
  if new.status <> old.status then
    new.past_states := old.past_states || jsonb_build_object(
      'status', old.status, 'total_hours', old.total_hours, 'until', clock_timestamp(), 'ended_by', auth.uid()
    );
  end if;
  return new;
end
$$;
comment on function approvals.keep_period_states() is
  'Trigger, before a period: whatever was written, past_states stays as it was, and grows by each state that is left. A '
  'load that row-level security does not bind may bring the states of a new period along.';

create function approvals.guard_entry_of_closed_period() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  closed text;
begin
  if not row_security_active('approvals.timesheet_entries') then
    return null;
  end if;
  -- count_entry_hours() has locked the period before, so its status stays what it is until the transaction ends.
  select period.status
  into closed
  from approvals.timesheet_periods as period
  where period.id in (
      case when tg_op <> 'INSERT' then old.period_id end,
      case when tg_op <> 'DELETE' then new.period_id end
    )
    and period.status not in ('draft', 'rejected');
  if found then
    raise exception 'a % timesheet cannot be edited', closed
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'Entries change while the timesheet is a draft or after it was rejected.';
  end if;
  return null;
end
$$;
comment on function approvals.guard_entry_of_closed_period() is
  'Trigger, after an entry and its count: entries change only while the period is a draft or rejected. It binds everybody '
  'whom row-level security binds; a superuser or a role with BYPASSRLS (a load, a repair) is beyond both. Security '
  'invoker, since it must see the role that acts.';

-- Triggers of one moment run in the order of their names.
create trigger timesheet_entries_set_contract before insert or update on approvals.timesheet_entries
  for each row execute function approvals.set_entry_contract();
create trigger timesheet_entries_count after insert or update or delete on approvals.timesheet_entries
  for each row execute function approvals.count_entry_hours();
create trigger timesheet_entries_guard after insert or update or delete on approvals.timesheet_entries
  for each row execute function approvals.guard_entry_of_closed_period();
create trigger timesheet_periods_count
  before insert or update of contract_id, week_start_date, week_end_date, total_hours on approvals.timesheet_periods
  for each row execute function approvals.count_period_hours();

create trigger timesheet_periods_keep before insert or update on approvals.timesheet_periods
  for each row execute function approvals.keep_period_states();

create trigger organizations_stamp before insert or update on approvals.organizations
  for each row execute function approvals.update_updated_at_column();
create trigger project_contracts_stamp before insert or update on approvals.project_contracts
  for each row execute function approvals.update_updated_at_column();
create trigger timesheet_periods_stamp before insert or update on approvals.timesheet_periods
  for each row execute function approvals.update_updated_at_column();
create trigger timesheet_entries_stamp before insert or update on approvals.timesheet_entries
  for each row execute function approvals.update_updated_at_column();
