-- Work to be done: tickets, and the forms that an organisation designs for them.
create table worktrackr.tickets (
  id uuid not null default gen_random_uuid(),
  organisation_id uuid not null,
  contact_id uuid,
  title text not null,
  description text,
  status text not null default 'Open',
  priority text not null default 'Medium',
  assigned_user_id uuid,
  scheduled_date date,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint tickets_pkey primary key (id),
  constraint tickets_organisation_id_id_key unique (organisation_id, id),
  constraint tickets_organisation_id_fkey foreign key (organisation_id) references worktrackr.organisations (id),
  constraint tickets_contact_id_fkey foreign key (organisation_id, contact_id)
    references worktrackr.contacts (organisation_id, id),
  constraint tickets_assigned_user_id_fkey foreign key (organisation_id, assigned_user_id)
    references worktrackr.users (organisation_id, id),
  constraint tickets_title_check check (title <> ''),
  constraint tickets_status_check check (status in ('Open', 'In Progress', 'On Hold', 'Resolved', 'Closed')),
  constraint tickets_priority_check check (priority in ('Low', 'Medium', 'High', 'Urgent'))
);
create index tickets_organisation_id_contact_id_idx on worktrackr.tickets (organisation_id, contact_id);
create index tickets_organisation_id_assigned_user_id_idx on worktrackr.tickets (organisation_id, assigned_user_id, status);
create index tickets_organisation_id_status_created_at_idx
  on worktrackr.tickets (organisation_id, status, created_at desc);
create index tickets_organisation_id_scheduled_date_idx
  on worktrackr.tickets (organisation_id, scheduled_date) where scheduled_date is not null;

comment on table worktrackr.tickets is 'Something to do for a contact, now or on a day it is booked for.';
comment on column worktrackr.tickets.assigned_user_id is 'Who does it, a user of the same organisation; null while nobody does.';
comment on column worktrackr.tickets.scheduled_date is 'The day that it is booked for.';

create table worktrackr.ticket_templates (
  id uuid not null default gen_random_uuid(),
  organisation_id uuid not null,
  name text not null,
  fields jsonb not null default '[]',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint ticket_templates_pkey primary key (id),
  constraint ticket_templates_organisation_id_id_key unique (organisation_id, id),
  constraint ticket_templates_organisation_id_name_key unique (organisation_id, name),
  constraint ticket_templates_organisation_id_fkey foreign key (organisation_id) references worktrackr.organisations (id),
  constraint ticket_templates_name_check check (name <> ''),
  constraint ticket_templates_fields_check check (
    jsonb_typeof(fields) = 'array' and not jsonb_path_exists(fields, '$[*] ? (!exists (@.name))')
  )
);

comment on table worktrackr.ticket_templates is 'A form for new tickets that an organisation has designed.';
comment on column worktrackr.ticket_templates.fields is 'The fields in their order: an array of objects, each with a name.';

create trigger tickets_stamp before insert or update on worktrackr.tickets
  for each row execute function worktrackr.update_updated_at_column();
create trigger ticket_templates_stamp before insert or update on worktrackr.ticket_templates
  for each row execute function worktrackr.update_updated_at_column();
