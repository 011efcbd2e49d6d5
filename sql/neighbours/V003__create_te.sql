-- Travel and expenses: single lines of expense reports, the part of a campaign's cost that is not time.
create schema te;
comment on schema te is 'Stand-in for the travel and expense application.';

create table te.expense_lines (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  category text not null,
  description text not null,
  merchant text,
  expense_date date not null,
  currency text not null default 'EUR',
  amount numeric(12, 2) not null,
  is_billable boolean not null default false,
  status text not null default 'draft',
  submitted_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  agency_campaign_id uuid,
  constraint expense_lines_pkey primary key (tenant_id, id),
  constraint expense_lines_category_check check (
    category in ('travel', 'accommodation', 'meals', 'production', 'props', 'software', 'other')
  ),
  constraint expense_lines_status_check check (
    status in ('draft', 'submitted', 'approved', 'rejected', 'reimbursed')
  ),
  constraint expense_lines_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint expense_lines_amount_check check (amount >= 0)
);
create index expense_lines_tenant_id_expense_date_idx on te.expense_lines (tenant_id, expense_date);
create index expense_lines_tenant_id_submitted_by_idx on te.expense_lines (tenant_id, submitted_by);

comment on column te.expense_lines.agency_campaign_id is 'The campaign in agency.campaigns it belongs to.';
comment on table te.expense_lines is 'One line of an expense report.';
comment on column te.expense_lines.is_billable is 'True when the client is charged for it.';
comment on column te.expense_lines.submitted_by is 'The user who spent the money.';
comment on column te.expense_lines.currency is 'ISO 4217 code.';

create function te.update_updated_at_column() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function te.update_updated_at_column() is 'Keeps updated_at at the time of the last change.';

create trigger expense_lines_stamp before update on te.expense_lines
  for each row execute function te.update_updated_at_column();
