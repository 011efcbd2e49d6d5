-- Pages that can be edited in place.
create table needthisdone.pages (
  id uuid not null default gen_random_uuid(),
  slug text not null,
  title text not null,
  status text not null default 'draft',
  published_at timestamptz,
  seo jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint pages_pkey primary key (id),
  constraint pages_slug_key unique (slug),
  constraint pages_slug_check check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  constraint pages_title_check check (title <> ''),
  constraint pages_status_check check (status in ('draft', 'published', 'archived')),
  constraint pages_seo_check check (jsonb_typeof(seo) = 'object'),
  constraint pages_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index pages_status_published_at_idx on needthisdone.pages (status, published_at);
create index pages_created_by_idx on needthisdone.pages (created_by);

comment on table needthisdone.pages is 'A page of the site.';
comment on column needthisdone.pages.published_at is
  'Not seen before this moment, although it is published, nor without one.';
comment on column needthisdone.pages.seo is 'Title and description for search engines.';
comment on column needthisdone.pages.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.pages.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger pages_stamp before insert or update on needthisdone.pages
  for each row execute function needthisdone.update_updated_at_column();
