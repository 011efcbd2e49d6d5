-- The work itself: projects with their milestones, what was paid for them, and the files that were delivered.
create type sage.project_status as enum (
  'onboarding', 'in_progress', 'awaiting_feedback', 'revisions', 'delivered', 'closed'
);
create type sage.project_payment_status as enum ('pending', 'paid', 'refunded');
create type sage.milestone_status as enum ('pending', 'in_progress', 'completed');
create type sage.payment_status as enum ('pending', 'succeeded', 'failed', 'refunded');
comment on type sage.project_status is 'How far a project has come.';
comment on type sage.project_payment_status is 'Whether a project is paid, in the words of its Notion page.';
comment on type sage.milestone_status is 'How far a milestone has come.';
comment on type sage.payment_status is 'What became of a payment, in Stripe''s words.';

create table sage.projects (
  id uuid not null default gen_random_uuid(),
  client_id uuid not null,
  lead_id uuid,
  tier integer not null,
  status sage.project_status not null default 'onboarding',
  name text not null,
  notion_page_id text,
  notion_last_edited_at timestamptz,
  payment_status sage.project_payment_status not null default 'pending',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint projects_pkey primary key (id),
  constraint projects_client_id_fkey foreign key (client_id) references sage.clients (id),
  constraint projects_lead_id_fkey foreign key (lead_id) references sage.leads (id),
  constraint projects_tier_fkey foreign key (tier) references sage.tiers (id),
  constraint projects_name_check check (name <> '')
);
create index projects_client_id_idx on sage.projects (client_id);
create index projects_lead_id_idx on sage.projects (lead_id);
create index projects_tier_idx on sage.projects (tier);
create index projects_status_updated_at_idx on sage.projects (status, updated_at desc);

comment on table sage.projects is 'What a client has bought. Its rich content lives in Notion; what counts lives here.';
comment on column sage.projects.lead_id is 'The submission that it came from, if any.';
comment on column sage.projects.notion_page_id is 'The project''s page in Notion, once the first sync has made it.';
comment on column sage.projects.notion_last_edited_at is
  'When Notion had the page last edited, as of the last sync. An edit there that is later is a conflict.';
comment on column sage.projects.payment_status is 'Follows the payments: see settle_project().';

create table sage.milestones (
  id uuid not null default gen_random_uuid(),
  project_id uuid not null,
  tier integer not null,
  name text not null,
  "order" integer not null,
  status sage.milestone_status not null default 'pending',
  due_date timestamptz,
  completed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint milestones_pkey primary key (id),
  constraint milestones_project_id_order_key unique (project_id, "order"),
  constraint milestones_project_id_fkey foreign key (project_id) references sage.projects (id) on delete cascade,
  constraint milestones_tier_fkey foreign key (tier) references sage.tiers (id),
  constraint milestones_name_check check (name <> ''),
  constraint milestones_order_check check ("order" > 0),
  constraint milestones_completed_has_time_check check ((status = 'completed') = (completed_at is not null))
);
create index milestones_tier_idx on sage.milestones (tier);
create index milestones_due_date_idx on sage.milestones (due_date) where status <> 'completed';

comment on table sage.milestones is 'A step of a project, from intake to delivery.';
comment on column sage.milestones."order" is 'Place in the project, from 1.';
comment on column sage.milestones.completed_at is 'Set when the status becomes completed, cleared when it leaves.';

create function sage.set_completed_at() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.status <> 'completed' then
    new.completed_at := null;
  else
    new.completed_at := coalesce(new.completed_at, now());
  end if;
  return new;
end
$$;
comment on function sage.set_completed_at() is 'Trigger, before a milestone: a completed one has a time, no other has.';

create table sage.payments (
  id uuid not null default gen_random_uuid(),
  project_id uuid not null,
  stripe_payment_intent_id text not null,
  stripe_customer_id text,
  amount integer not null,
  currency text not null default 'usd',
  status sage.payment_status not null default 'pending',
  tier integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint payments_pkey primary key (id),
  constraint payments_stripe_payment_intent_id_key unique (stripe_payment_intent_id),
  constraint payments_project_id_fkey foreign key (project_id) references sage.projects (id),
  constraint payments_tier_fkey foreign key (tier) references sage.tiers (id),
  constraint payments_amount_check check (amount > 0),
  constraint payments_currency_check check (currency ~ '^[a-z]{3}$')
);
create index payments_project_id_created_at_idx on sage.payments (project_id, created_at desc);
create index payments_tier_idx on sage.payments (tier);
create index payments_stripe_customer_id_idx on sage.payments (stripe_customer_id);

comment on table sage.payments is 'Payments as Stripe reports them.';
comment on column sage.payments.amount is 'In cents.';
comment on column sage.payments.currency is 'ISO 4217 code in lower case, as Stripe writes it.';

create table sage.deliverables (
  id uuid not null default gen_random_uuid(),
  project_id uuid not null,
  name text not null,
  file_path text not null,
  file_url text,
  file_size integer,
  file_type text,
  category text,
  description text,
  notion_page_id text,
  notion_last_edited_at timestamptz,
  uploaded_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint deliverables_pkey primary key (id),
  constraint deliverables_project_id_fkey foreign key (project_id) references sage.projects (id) on delete cascade,
  constraint deliverables_uploaded_by_fkey foreign key (uploaded_by) references sage.users (id),
  constraint deliverables_name_check check (name <> ''),
  constraint deliverables_file_size_check check (file_size >= 0)
);
create index deliverables_project_id_category_idx on sage.deliverables (project_id, category);
create index deliverables_uploaded_by_idx on sage.deliverables (uploaded_by);

comment on table sage.deliverables is 'A file handed over to a client; the file itself lies in storage.';
comment on column sage.deliverables.file_path is 'Where storage keeps it.';
comment on column sage.deliverables.file_size is 'In bytes.';
comment on column sage.deliverables.file_type is 'MIME type.';
comment on column sage.deliverables.category is 'Such as "Document", "Photo" or "Invoice".';
comment on column sage.deliverables.uploaded_by is
  'Who handed it over; nobody can name somebody else but an administrator.';
comment on column sage.deliverables.notion_last_edited_at is
  'When Notion had the page last edited, as of the last sync. An edit there that is later is a conflict.';
comment on column sage.deliverables.notion_page_id is 'Its showcase page in Notion, once the first sync has made it.';

create function sage.settle_project() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  settled uuid;
begin
  -- In the order of their ids, so that two payments that change places cannot wait for one another.
  for settled in
    select distinct project_id
    from unnest(array[
      case when tg_op <> 'INSERT' then old.project_id end,
      case when tg_op <> 'DELETE' then new.project_id end
    ]) as project_id
    where project_id is not null
    order by project_id
  loop
    -- The lock makes payments of one project come one after the other: what is counted next sees those before.
    perform from sage.projects as project where project.id = settled for no key update;
    update sage.projects as project
    set payment_status = counted.payment_status
    from (
      select case
          when bool_or(payment.status = 'succeeded') and not bool_or(payment.status = 'pending') then 'paid'
          when bool_or(payment.status = 'refunded') and not bool_or(payment.status = 'succeeded') then 'refunded'
          else 'pending'
        end::sage.project_payment_status as payment_status
      from sage.payments as payment
      where payment.project_id = settled
    ) as counted
    where project.id = settled and project.payment_status <> counted.payment_status;
  end loop;
  return null;
end
$$;
comment on function sage.settle_project() is
  'Trigger, after a payment: a project is paid when a payment has succeeded and none is open, refunded when what was paid '
  'went back, and pending otherwise; failed payments do not count. Security definer, because whoever records a payment '
  'may not write the project.';

create trigger payments_settle_inserted after insert on sage.payments
  for each row
  when (new.status in ('succeeded', 'refunded'))
  execute function sage.settle_project();
create trigger payments_settle_updated after update on sage.payments
  for each row
  when ((old.status, old.project_id) is distinct from (new.status, new.project_id))
  execute function sage.settle_project();
create trigger payments_settle_deleted after delete on sage.payments
  for each row
  when (old.status in ('succeeded', 'refunded', 'pending'))
  execute function sage.settle_project();

create trigger milestones_complete before insert or update on sage.milestones
  for each row execute function sage.set_completed_at();

create trigger projects_stamp before insert or update on sage.projects
  for each row execute function sage.update_updated_at_column();
create trigger milestones_stamp before insert or update on sage.milestones
  for each row execute function sage.update_updated_at_column();
create trigger payments_stamp before insert or update on sage.payments
  for each row execute function sage.update_updated_at_column();
create trigger deliverables_stamp before insert or update on sage.deliverables
  for each row execute function sage.update_updated_at_column();
