-- Finance's project portfolio: the ledger side of a piece of work, with its budget and revenue forecast.
create schema finance_ppm;
comment on schema finance_ppm is 'Stand-in for the finance project-portfolio application.';

create table finance_ppm.projects (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  project_code text not null,
  name text not null,
  status text not null default 'open',
  currency text not null default 'EUR',
  budget_amount numeric(12, 2) not null default 0,
  forecast_revenue numeric(12, 2) not null default 0,
  starts_on date,
  ends_on date,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  agency_campaign_id uuid,
  constraint projects_pkey primary key (tenant_id, id),
  constraint projects_tenant_id_project_code_key unique (tenant_id, project_code),
  constraint projects_status_check check (status in ('planned', 'open', 'on_hold', 'closed')),
  constraint projects_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint projects_budget_amount_check check (budget_amount >= 0),
  constraint projects_forecast_revenue_check check (forecast_revenue >= 0),
  constraint projects_ends_after_start_check check (ends_on >= starts_on)
);
create index projects_tenant_id_status_idx on finance_ppm.projects (tenant_id, status);

comment on column finance_ppm.projects.agency_campaign_id is 'The campaign in agency.campaigns it belongs to.';
comment on table finance_ppm.projects is 'A project as finance books it.';
comment on column finance_ppm.projects.project_code is 'The code in the ledger, unique inside a tenant.';
comment on column finance_ppm.projects.forecast_revenue is 'What finance expects to invoice in all, in currency.';
comment on column finance_ppm.projects.currency is 'ISO 4217 code.';

create function finance_ppm.update_updated_at_column() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function finance_ppm.update_updated_at_column() is 'Keeps updated_at at the time of the last change.';

create trigger projects_stamp before update on finance_ppm.projects
  for each row execute function finance_ppm.update_updated_at_column();
