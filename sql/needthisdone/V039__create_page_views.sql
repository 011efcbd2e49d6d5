-- Who looks at pages.
create table needthisdone.page_views (
  id uuid not null default gen_random_uuid(),
  page_id uuid not null,
  user_id uuid,
  referrer text,
  viewed_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint page_views_pkey primary key (id),
  constraint page_views_page_id_fkey foreign key (page_id) references needthisdone.pages (id) on delete cascade,
  constraint page_views_user_id_fkey foreign key (user_id) references auth.users (id) on delete set null,
  constraint page_views_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index page_views_page_id_viewed_at_idx on needthisdone.page_views (page_id, viewed_at);
create index page_views_viewed_at_idx on needthisdone.page_views using brin (viewed_at);
create index page_views_user_id_idx on needthisdone.page_views (user_id);
create index page_views_created_by_idx on needthisdone.page_views (created_by);

comment on table needthisdone.page_views is 'Somebody looked at a page.';
comment on column needthisdone.page_views.user_id is
  'Who was signed in; null for a visitor, and once the account is gone.';
comment on column needthisdone.page_views.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.page_views.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger page_views_stamp before insert or update on needthisdone.page_views
  for each row execute function needthisdone.update_updated_at_column();

create function needthisdone.record_page_view(page uuid, referrer text default null) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
begin atomic
  insert into needthisdone.page_views (page_id, user_id, referrer)
  select seen.id, auth.uid(), left(record_page_view.referrer, 500)
  from needthisdone.pages as seen
  where seen.id = record_page_view.page and seen.status = 'published' and seen.published_at <= now();
end;
comment on function needthisdone.record_page_view(uuid, text) is
  'Notes that the caller looked at a published page; nothing for any other. Security definer, because nobody else may write '
  'views.';
