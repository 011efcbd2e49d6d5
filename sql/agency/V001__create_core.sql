-- The agency's core: who works here, for which clients and brands, on which campaigns, and a record of
-- every change to them. People are employees; whoever acts is named by the id they sign in with.
create schema agency;
comment on schema agency is 'An advertising agency''s workroom: clients, campaigns, creative work, time, knowledge.';

create function agency.update_updated_at_column() returns trigger
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
comment on function agency.update_updated_at_column() is
  'Trigger: stamps who wrote a row and when, so that nobody can sign as somebody else. '
  'Without a signed-in user (a load, a repair) the names given are kept.';

create table agency.employees (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  user_id uuid,
  employee_code text not null,
  full_name text not null,
  email text not null,
  title text not null,
  department text not null,
  seniority text not null default 'mid',
  cost_rate numeric(12, 2) not null default 0,
  bill_rate numeric(12, 2) not null default 0,
  capacity_hours numeric(5, 2) not null default 40,
  hired_on date,
  left_on date,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint employees_pkey primary key (tenant_id, id),
  constraint employees_tenant_id_user_id_key unique (tenant_id, user_id),
  constraint employees_tenant_id_employee_code_key unique (tenant_id, employee_code),
  constraint employees_tenant_id_email_key unique (tenant_id, email),
  constraint employees_user_id_fkey foreign key (user_id) references auth.users (id),
  constraint employees_email_check check (email = lower(email) and email like '_%@_%'),
  constraint employees_department_check check (
    department in ('account', 'creative', 'strategy', 'production', 'media', 'technology', 'finance', 'operations')
  ),
  constraint employees_seniority_check check (
    seniority in ('junior', 'mid', 'senior', 'lead', 'director', 'executive')
  ),
  constraint employees_cost_rate_check check (cost_rate >= 0),
  constraint employees_bill_rate_check check (bill_rate >= 0),
  constraint employees_capacity_hours_check check (capacity_hours between 0 and 80),
  constraint employees_leaves_after_hiring_check check (left_on >= hired_on),
  constraint employees_active_has_not_left_check check (not is_active or left_on is null)
);
create index employees_user_id_idx on agency.employees (user_id);
create index employees_tenant_id_full_name_active_idx on agency.employees (tenant_id, full_name) where is_active;
create index employees_tenant_id_department_seniority_idx on agency.employees (tenant_id, department, seniority);

comment on table agency.employees is
  'A person who works at the agency. Owners and team members elsewhere are named by user_id and must be listed here, '
  'so nobody from another tenant can be put in charge of anything.';
comment on column agency.employees.tenant_id is 'The agency that owns the row; leads every key, here and everywhere.';
comment on column agency.employees.user_id is 'The account they sign in with; null for people without one.';
comment on column agency.employees.cost_rate is 'What an hour costs the agency. Confidential: finance and leadership.';
comment on column agency.employees.bill_rate is 'What an hour is sold for. Confidential: finance and leadership.';
comment on column agency.employees.capacity_hours is 'Hours a week they can be planned for.';
comment on column agency.employees.created_by is 'The user who added the row. No foreign key: the record outlives the account.';
comment on column agency.employees.updated_by is 'The user who changed the row last.';

create table agency.clients (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  code text not null,
  name text not null,
  sector text not null,
  status text not null default 'active',
  website text,
  country_code text,
  currency text not null default 'EUR',
  contact_name text,
  contact_email text,
  account_owner_id uuid,
  tags text[] not null default '{}',
  notes text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint clients_pkey primary key (tenant_id, id),
  constraint clients_tenant_id_code_key unique (tenant_id, code),
  constraint clients_account_owner_id_fkey foreign key (tenant_id, account_owner_id)
    references agency.employees (tenant_id, user_id),
  constraint clients_name_check check (name <> ''),
  constraint clients_sector_check check (
    sector in (
      'automotive', 'beverages', 'consumer_goods', 'education', 'energy', 'entertainment', 'fashion',
      'finance', 'food', 'healthcare', 'public_sector', 'retail', 'technology', 'telecom', 'travel', 'other'
    )
  ),
  constraint clients_status_check check (status in ('prospect', 'active', 'paused', 'former')),
  constraint clients_country_code_check check (country_code ~ '^[A-Z]{2}$'),
  constraint clients_currency_check check (currency ~ '^[A-Z]{3}$')
);
create index clients_tenant_id_account_owner_id_idx on agency.clients (tenant_id, account_owner_id);
create index clients_tenant_id_sector_idx on agency.clients (tenant_id, sector);
create index clients_tenant_id_name_active_idx on agency.clients (tenant_id, name) where status = 'active';
create index clients_tenant_id_created_at_idx on agency.clients (tenant_id, created_at desc);
create index clients_tags_idx on agency.clients using gin (tags);

comment on table agency.clients is 'A company that the agency works for, or would like to.';
comment on column agency.clients.code is 'Short name used in job numbers, unique inside a tenant.';
comment on column agency.clients.country_code is 'ISO 3166-1 alpha-2 code.';
comment on column agency.clients.currency is 'ISO 4217 code of the currency the client is invoiced in.';
comment on column agency.clients.account_owner_id is 'The employee (by user_id) who looks after the client.';

create table agency.brands (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  client_id uuid not null,
  code text not null,
  name text not null,
  category text,
  status text not null default 'active',
  positioning text,
  guidelines_url text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint brands_pkey primary key (tenant_id, id),
  constraint brands_tenant_id_client_id_id_key unique (tenant_id, client_id, id),
  constraint brands_tenant_id_code_key unique (tenant_id, code),
  constraint brands_client_id_fkey foreign key (tenant_id, client_id) references agency.clients (tenant_id, id),
  constraint brands_name_check check (name <> ''),
  constraint brands_status_check check (status in ('active', 'archived'))
);
create index brands_tenant_id_client_id_active_idx on agency.brands (tenant_id, client_id) where status = 'active';

comment on table agency.brands is 'A brand that belongs to a client.';
comment on column agency.brands.positioning is 'In a sentence or two, what the brand stands for.';
comment on constraint brands_tenant_id_client_id_id_key on agency.brands is
  'Lets a campaign prove that its brand belongs to its client.';

create table agency.campaigns (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  client_id uuid not null,
  brand_id uuid,
  code text not null,
  name text not null,
  objective text,
  campaign_type text not null default 'integrated',
  status text not null default 'planned',
  start_date date not null,
  end_date date not null,
  budget_amount numeric(12, 2),
  budget_hours numeric(8, 2),
  currency text not null default 'EUR',
  account_director_id uuid,
  project_manager_id uuid,
  creative_director_id uuid,
  tags text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint campaigns_pkey primary key (tenant_id, id),
  constraint campaigns_tenant_id_code_key unique (tenant_id, code),
  constraint campaigns_client_id_fkey foreign key (tenant_id, client_id) references agency.clients (tenant_id, id),
  constraint campaigns_brand_id_fkey foreign key (tenant_id, client_id, brand_id)
    references agency.brands (tenant_id, client_id, id),
  constraint campaigns_account_director_id_fkey foreign key (tenant_id, account_director_id)
    references agency.employees (tenant_id, user_id),
  constraint campaigns_project_manager_id_fkey foreign key (tenant_id, project_manager_id)
    references agency.employees (tenant_id, user_id),
  constraint campaigns_creative_director_id_fkey foreign key (tenant_id, creative_director_id)
    references agency.employees (tenant_id, user_id),
  constraint campaigns_name_check check (name <> ''),
  constraint campaigns_campaign_type_check check (
    campaign_type in ('integrated', 'brand', 'product_launch', 'social', 'digital', 'event', 'content', 'internal')
  ),
  constraint campaigns_status_check check (
    status in ('pitch', 'planned', 'active', 'on_hold', 'completed', 'cancelled')
  ),
  constraint campaigns_budget_amount_check check (budget_amount >= 0),
  constraint campaigns_budget_hours_check check (budget_hours >= 0),
  constraint campaigns_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint campaigns_ends_after_start_check check (end_date >= start_date)
);
create index campaigns_tenant_id_client_id_brand_id_idx on agency.campaigns (tenant_id, client_id, brand_id);
create index campaigns_tenant_id_account_director_id_idx on agency.campaigns (tenant_id, account_director_id);
create index campaigns_tenant_id_project_manager_id_idx on agency.campaigns (tenant_id, project_manager_id);
create index campaigns_tenant_id_creative_director_id_idx on agency.campaigns (tenant_id, creative_director_id);
create index campaigns_tenant_id_status_start_date_idx on agency.campaigns (tenant_id, status, start_date);
create index campaigns_tenant_id_end_date_active_idx on agency.campaigns (tenant_id, end_date) where status = 'active';
create index campaigns_tenant_id_created_at_idx on agency.campaigns (tenant_id, created_at desc);
create index campaigns_tags_idx on agency.campaigns using gin (tags);

comment on table agency.campaigns is 'A piece of work for a client, usually for one of its brands.';
comment on column agency.campaigns.code is 'Job number, unique inside a tenant.';
comment on column agency.campaigns.brand_id is 'One of the client''s own brands; null when the work is for the whole company.';
comment on column agency.campaigns.budget_amount is
  'What the client agreed to pay, in currency. Against budget_hours it is the rate that was sold. Confidential: finance '
  'and leadership.';
comment on column agency.campaigns.budget_hours is 'Hours that the budget buys.';
comment on column agency.campaigns.account_director_id is 'Leads for the client (employee by user_id); on the campaign team.';
comment on column agency.campaigns.project_manager_id is 'Runs plan and budget (employee by user_id); on the campaign team.';
comment on column agency.campaigns.creative_director_id is 'Leads the creative work (employee by user_id); on the campaign team.';

create table agency.campaign_phases (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  campaign_id uuid not null,
  phase_type text not null,
  position smallint not null,
  name text not null,
  status text not null default 'planned',
  start_date date not null,
  end_date date not null,
  duration_weeks numeric(6, 1) generated always as (round((end_date - start_date + 1) / 7.0, 1)) stored,
  budget_hours numeric(8, 2),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint campaign_phases_pkey primary key (tenant_id, id),
  constraint campaign_phases_tenant_id_campaign_id_id_key unique (tenant_id, campaign_id, id),
  constraint campaign_phases_tenant_id_campaign_id_position_key unique (tenant_id, campaign_id, position),
  constraint campaign_phases_campaign_id_fkey foreign key (tenant_id, campaign_id)
    references agency.campaigns (tenant_id, id) on delete cascade,
  constraint campaign_phases_phase_type_check check (phase_type in ('strategy', 'creative', 'production', 'post')),
  constraint campaign_phases_position_check check (position > 0),
  constraint campaign_phases_status_check check (status in ('planned', 'active', 'completed', 'skipped')),
  constraint campaign_phases_budget_hours_check check (budget_hours >= 0),
  constraint campaign_phases_ends_after_start_check check (end_date >= start_date)
);
create index campaign_phases_tenant_id_start_date_idx on agency.campaign_phases (tenant_id, start_date, end_date);
create index campaign_phases_tenant_id_campaign_id_active_idx on agency.campaign_phases (tenant_id, campaign_id)
  where status = 'active';

comment on table agency.campaign_phases is 'A stretch of a campaign: strategy, creative, production, post.';
comment on column agency.campaign_phases.position is 'Order inside the campaign, from 1.';
comment on column agency.campaign_phases.duration_weeks is 'Length in weeks, first and last day included.';
comment on constraint campaign_phases_tenant_id_campaign_id_id_key on agency.campaign_phases is
  'Lets time and artifacts prove that their phase belongs to their campaign.';

create table agency.audit_log (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  table_name text not null,
  record_id uuid not null,
  action text not null,
  changed_columns text[] not null default '{}',
  old_values jsonb,
  new_values jsonb,
  actor_role text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint audit_log_pkey primary key (tenant_id, id),
  constraint audit_log_action_check check (action in ('insert', 'update', 'delete'))
);
create index audit_log_tenant_id_table_name_row_id_idx on agency.audit_log (tenant_id, table_name, record_id, created_at);
create index audit_log_tenant_id_created_by_idx on agency.audit_log (tenant_id, created_by, created_at desc);
create index audit_log_tenant_id_created_at_idx on agency.audit_log (tenant_id, created_at desc);

comment on table agency.audit_log is
  'Who changed what, written by record_audit_event() alone. Append-only: no policy lets anybody change or remove a row.';
comment on column agency.audit_log.table_name is 'Table in this schema, without the schema.';
comment on column agency.audit_log.record_id is 'Id of the changed row. No foreign key: the record outlives the row.';
comment on column agency.audit_log.changed_columns is 'For an update, the columns that changed, confidential ones included.';
comment on column agency.audit_log.old_values is
  'Values before an update (changed columns) or a delete (all). Confidential and versioned columns are never copied here.';
comment on column agency.audit_log.new_values is 'Values after an update. An insert is not copied: its row is there to read.';
comment on column agency.audit_log.actor_role is 'Database role that acted; under the shared role, the application role it had.';
comment on column agency.audit_log.created_by is 'The signed-in user who acted; null when none was signed in.';

-- Security definer: pg_temp stands last in its search path, because left out it would come first, and a caller's
-- temporary type named "text" or "jsonb" would run the caller's code with this function's rights.
create function agency.record_audit_event() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  bookkeeping constant text[] := array['created_at', 'created_by', 'updated_at', 'updated_by'];
  unread constant text[] := bookkeeping || tg_argv[1:tg_nargs - 1];
  changed text[] := '{}';
  old_row jsonb;
  new_row jsonb;
  row_tenant uuid;
  session_tenant text := current_setting('app.current_tenant', true);
  borrowed_tenant boolean;
  session_role text := coalesce(nullif(current_setting('role'), 'none'), session_user);
begin
  if tg_op = 'UPDATE' then
    old_row := to_jsonb(old);
    new_row := to_jsonb(new);
    select coalesce(array_agg(field.key order by field.key), '{}')
    into changed
    from jsonb_each(new_row) as field
    where field.value is distinct from old_row -> field.key
      and field.key <> all (bookkeeping);
    if changed = '{}' then
      return null;
    end if;
    select jsonb_object_agg(field, old_row -> field), jsonb_object_agg(field, new_row -> field)
    into old_row, new_row
    from unnest(changed) as field
    where field <> all (unread);
    row_tenant := new.tenant_id;
  elsif tg_op = 'DELETE' then
    old_row := to_jsonb(old) - unread;
    row_tenant := old.tenant_id;
  else
    row_tenant := new.tenant_id;
  end if;

  if session_role = 'agency_session' then
    session_role := 'agency_' || coalesce(nullif(current_setting('app.current_role', true), ''), 'session');
  end if;

  -- The log obeys row-level security too. Whoever got here wrote a row of this tenant already, so the record
  -- is made in its name: a maintenance session need not set a tenant for every row it touches.
  borrowed_tenant := agency.current_tenant_id() is distinct from row_tenant;
  if borrowed_tenant then
    perform set_config('app.current_tenant', row_tenant::text, true);
  end if;
  insert into agency.audit_log
    (tenant_id, table_name, record_id, action, changed_columns, old_values, new_values, actor_role, created_by)
  values (
    row_tenant, tg_argv[0], case tg_op when 'DELETE' then old.id else new.id end, lower(tg_op), changed,
    old_row, new_row, session_role, auth.uid()
  );
  if borrowed_tenant then
    perform set_config('app.current_tenant', coalesce(session_tenant, ''), true);
  end if;
  return null;
end
$$;
comment on function agency.record_audit_event() is
  'Trigger, after each row: writes the audit log. First argument: the table''s name; further arguments: columns whose '
  'values must not be copied (money, long text kept elsewhere). Security definer, because nobody may write the log '
  'directly; nobody needs to be able to call it.';

create trigger employees_stamp before insert or update on agency.employees
  for each row execute function agency.update_updated_at_column();
create trigger clients_stamp before insert or update on agency.clients
  for each row execute function agency.update_updated_at_column();
create trigger brands_stamp before insert or update on agency.brands
  for each row execute function agency.update_updated_at_column();
create trigger campaigns_stamp before insert or update on agency.campaigns
  for each row execute function agency.update_updated_at_column();
create trigger campaign_phases_stamp before insert or update on agency.campaign_phases
  for each row execute function agency.update_updated_at_column();
create trigger audit_log_stamp before update on agency.audit_log
  for each row execute function agency.update_updated_at_column();

create trigger employees_audit after insert or update or delete on agency.employees
  for each row execute function agency.record_audit_event('employees', 'cost_rate', 'bill_rate');
create trigger clients_audit after insert or update or delete on agency.clients
  for each row execute function agency.record_audit_event('clients');
create trigger brands_audit after insert or update or delete on agency.brands
  for each row execute function agency.record_audit_event('brands');
create trigger campaigns_audit after insert or update or delete on agency.campaigns
  for each row execute function agency.record_audit_event('campaigns', 'budget_amount');
create trigger campaign_phases_audit after insert or update or delete on agency.campaign_phases
  for each row execute function agency.record_audit_event('campaign_phases');
