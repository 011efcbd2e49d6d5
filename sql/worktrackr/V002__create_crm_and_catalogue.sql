-- The calendar of dealings with contacts, what an organisation sells, and who uses it.
create table worktrackr.crm_events (
  id uuid not null default gen_random_uuid(),
  organisation_id uuid not null,
  contact_id uuid,
  title text not null,
  type text,
  start_at timestamptz not null,
  end_at timestamptz not null,
  assigned_user_id uuid,
  status text not null default 'Planned',
  notes text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint crm_events_pkey primary key (id),
  constraint crm_events_organisation_id_id_key unique (organisation_id, id),
  constraint crm_events_organisation_id_fkey foreign key (organisation_id) references worktrackr.organisations (id),
  constraint crm_events_contact_id_fkey foreign key (organisation_id, contact_id)
    references worktrackr.contacts (organisation_id, id),
  constraint crm_events_assigned_user_id_fkey foreign key (organisation_id, assigned_user_id)
    references worktrackr.users (organisation_id, id),
  constraint crm_events_title_check check (title <> ''),
  constraint crm_events_type_check check (type in ('Call', 'Meeting', 'Email', 'Visit', 'Task')),
  constraint crm_events_status_check check (status in ('Planned', 'Done', 'Cancelled')),
  constraint crm_events_ends_after_start_check check (end_at >= start_at)
);
create index crm_events_organisation_id_start_at_idx on worktrackr.crm_events (organisation_id, start_at);
create index crm_events_organisation_id_contact_id_idx on worktrackr.crm_events (organisation_id, contact_id, start_at);
create index crm_events_organisation_id_assigned_user_id_idx
  on worktrackr.crm_events (organisation_id, assigned_user_id, start_at);

comment on table worktrackr.crm_events is 'An appointment or task in the calendar, usually with a contact.';
comment on column worktrackr.crm_events.assigned_user_id is 'Whose it is, a user of the same organisation; null while nobody''s.';

create table worktrackr.products (
  id uuid not null default gen_random_uuid(),
  organisation_id uuid not null,
  name text not null,
  category text,
  our_cost numeric(12, 2) not null default 0,
  client_price numeric(12, 2) not null default 0,
  unit text,
  active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint products_pkey primary key (id),
  constraint products_organisation_id_id_key unique (organisation_id, id),
  constraint products_organisation_id_name_key unique (organisation_id, name),
  constraint products_organisation_id_fkey foreign key (organisation_id) references worktrackr.organisations (id),
  constraint products_name_check check (name <> ''),
  constraint products_our_cost_check check (our_cost >= 0),
  constraint products_client_price_check check (client_price >= 0)
);
create index products_organisation_id_category_active_idx on worktrackr.products (organisation_id, category) where active;

comment on table worktrackr.products is 'A product or service in an organisation''s catalogue.';
comment on column worktrackr.products.our_cost is 'What a unit costs the organisation.';
comment on column worktrackr.products.client_price is 'What a unit is sold for.';
comment on column worktrackr.products.unit is 'Such as "service" or "hour".';

create table worktrackr.customer_services (
  id uuid not null default gen_random_uuid(),
  organisation_id uuid not null,
  contact_id uuid not null,
  product_id uuid not null,
  quantity integer not null default 1,
  notes text,
  renewal_date date,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint customer_services_pkey primary key (id),
  constraint customer_services_organisation_id_id_key unique (organisation_id, id),
  constraint customer_services_organisation_id_fkey foreign key (organisation_id) references worktrackr.organisations (id),
  constraint customer_services_contact_id_fkey foreign key (organisation_id, contact_id)
    references worktrackr.contacts (organisation_id, id),
  constraint customer_services_product_id_fkey foreign key (organisation_id, product_id)
    references worktrackr.products (organisation_id, id),
  constraint customer_services_quantity_check check (quantity > 0)
);
create index customer_services_organisation_id_contact_id_idx on worktrackr.customer_services (organisation_id, contact_id);
create index customer_services_organisation_id_product_id_idx on worktrackr.customer_services (organisation_id, product_id);
create index customer_services_organisation_id_renewal_date_idx
  on worktrackr.customer_services (organisation_id, renewal_date) where renewal_date is not null;

comment on table worktrackr.customer_services is 'A product or service that a contact uses.';
comment on column worktrackr.customer_services.renewal_date is 'When it is due to be renewed; null when it never ends.';

create trigger crm_events_stamp before insert or update on worktrackr.crm_events
  for each row execute function worktrackr.update_updated_at_column();
create trigger products_stamp before insert or update on worktrackr.products
  for each row execute function worktrackr.update_updated_at_column();
create trigger customer_services_stamp before insert or update on worktrackr.customer_services
  for each row execute function worktrackr.update_updated_at_column();
