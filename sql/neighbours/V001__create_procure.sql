-- Procurement's quotes: what a client was offered for a piece of work, so that a campaign can name its quote.
create schema procure;
comment on schema procure is 'Stand-in for the procurement application.';

create table procure.project_quotes (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  quote_number text not null,
  title text not null,
  status text not null default 'draft',
  currency text not null default 'EUR',
  total_amount numeric(12, 2) not null default 0,
  valid_until date,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint project_quotes_pkey primary key (tenant_id, id),
  constraint project_quotes_tenant_id_quote_number_key unique (tenant_id, quote_number),
  constraint project_quotes_status_check check (status in ('draft', 'sent', 'accepted', 'declined', 'expired')),
  constraint project_quotes_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint project_quotes_total_amount_check check (total_amount >= 0)
);
create index project_quotes_tenant_id_status_idx on procure.project_quotes (tenant_id, status);

comment on table procure.project_quotes is 'A priced offer to a client.';
comment on column procure.project_quotes.quote_number is 'The number printed on the offer, unique inside a tenant.';
comment on column procure.project_quotes.currency is 'ISO 4217 code.';

create function procure.update_updated_at_column() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function procure.update_updated_at_column() is 'Keeps updated_at at the time of the last change.';

create trigger project_quotes_stamp before update on procure.project_quotes
  for each row execute function procure.update_updated_at_column();
