-- Notes on projects.
create table needthisdone.project_comments (
  id uuid not null default gen_random_uuid(),
  order_id uuid not null,
  user_id uuid not null,
  body text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint project_comments_pkey primary key (id),
  constraint project_comments_order_id_fkey foreign key (order_id) references needthisdone.orders (id) on delete cascade,
  constraint project_comments_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint project_comments_body_check check (body <> ''),
  constraint project_comments_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index project_comments_order_id_created_at_idx on needthisdone.project_comments (order_id, created_at);
create index project_comments_user_id_idx on needthisdone.project_comments (user_id);
create index project_comments_created_by_idx on needthisdone.project_comments (created_by);

comment on table needthisdone.project_comments is 'A note on a project, by its customer or an administrator.';
comment on column needthisdone.project_comments.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.project_comments.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger project_comments_stamp before insert or update on needthisdone.project_comments
  for each row execute function needthisdone.update_updated_at_column();
