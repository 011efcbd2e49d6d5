-- What is offered for a project, and who takes part in a course.
create table needthisdone.quotes (
  id uuid not null default gen_random_uuid(),
  email text not null,
  title text not null,
  description text,
  amount integer not null,
  currency text not null default 'usd',
  status text not null default 'draft',
  valid_until date not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint quotes_pkey primary key (id),
  constraint quotes_email_check check (email = lower(email) and email like '_%@_%'),
  constraint quotes_title_check check (title <> ''),
  constraint quotes_amount_check check (amount > 0),
  constraint quotes_currency_check check (currency ~ '^[a-z]{3}$'),
  constraint quotes_status_check check (status in ('draft', 'sent', 'accepted', 'declined', 'expired')),
  constraint quotes_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index quotes_status_valid_until_idx on needthisdone.quotes (status, valid_until);
create index quotes_created_by_idx on needthisdone.quotes (created_by);

comment on table needthisdone.quotes is 'An offer for a project.';
comment on column needthisdone.quotes.amount is 'Cents.';
comment on column needthisdone.quotes.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.quotes.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger quotes_stamp before insert or update on needthisdone.quotes
  for each row execute function needthisdone.update_updated_at_column();

create table needthisdone.enrollments (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  product_id uuid not null,
  status text not null default 'active',
  progress integer not null default 0,
  completed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint enrollments_pkey primary key (id),
  constraint enrollments_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint enrollments_product_id_fkey foreign key (product_id) references needthisdone.product (id),
  constraint enrollments_user_id_product_id_key unique (user_id, product_id),
  constraint enrollments_status_check check (status in ('active', 'completed', 'canceled')),
  constraint enrollments_progress_check check (progress between 0 and 100),
  constraint enrollments_completed_at_check check ((status = 'completed') = (completed_at is not null)),
  constraint enrollments_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index enrollments_product_id_idx on needthisdone.enrollments (product_id);
create index enrollments_created_by_idx on needthisdone.enrollments (created_by);

comment on table needthisdone.enrollments is 'Somebody who takes a course or service.';
comment on column needthisdone.enrollments.progress is 'Percent.';
comment on column needthisdone.enrollments.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.enrollments.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger enrollments_stamp before insert or update on needthisdone.enrollments
  for each row execute function needthisdone.update_updated_at_column();
