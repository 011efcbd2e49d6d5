-- What mails say.
create table needthisdone.email_templates (
  id uuid not null default gen_random_uuid(),
  name text not null,
  subject text not null,
  body_html text not null,
  body_text text not null,
  variables text[] not null default '{}',
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint email_templates_pkey primary key (id),
  constraint email_templates_name_key unique (name),
  constraint email_templates_name_check check (name ~ '^[a-z0-9_]+$'),
  constraint email_templates_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index email_templates_created_by_idx on needthisdone.email_templates (created_by);

comment on table needthisdone.email_templates is 'A template of a mail.';
comment on column needthisdone.email_templates.variables is 'Names that the template expects.';
comment on column needthisdone.email_templates.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.email_templates.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger email_templates_stamp before insert or update on needthisdone.email_templates
  for each row execute function needthisdone.update_updated_at_column();
