-- Who is an administrator. It stands on the server and nowhere else: what a person can write into their own
-- user_metadata decides nothing.
create table needthisdone.user_roles (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  role text not null default 'customer',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint user_roles_pkey primary key (id),
  constraint user_roles_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint user_roles_user_id_role_key unique (user_id, role),
  constraint user_roles_role_check check (role in ('admin', 'customer')),
  constraint user_roles_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index user_roles_created_by_idx on needthisdone.user_roles (created_by);

comment on table needthisdone.user_roles is
  'The role of an account. Only the back end writes it, so that an administrator cannot make another.';
comment on column needthisdone.user_roles.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.user_roles.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger user_roles_stamp before insert or update on needthisdone.user_roles
  for each row execute function needthisdone.update_updated_at_column();

create function needthisdone.is_admin() returns boolean
language sql stable
security definer
set search_path = pg_catalog, pg_temp
begin atomic
  select exists (
    select from needthisdone.user_roles as granted where granted.user_id = auth.uid() and granted.role = 'admin'
  );
end;
comment on function needthisdone.is_admin() is
  'Whether the signed-in person is an administrator. Security definer, because policies of user_roles ask it, too: read '
  'with the caller''s rights it would ask itself. Of nobody else it tells anything.';
