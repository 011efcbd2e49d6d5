-- Articles, and what is new.
create table needthisdone.blog_posts (
  id uuid not null default gen_random_uuid(),
  slug text not null,
  title text not null,
  excerpt text,
  body text not null,
  tags text[] not null default '{}',
  status text not null default 'draft',
  published_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint blog_posts_pkey primary key (id),
  constraint blog_posts_slug_key unique (slug),
  constraint blog_posts_slug_check check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  constraint blog_posts_title_check check (title <> ''),
  constraint blog_posts_status_check check (status in ('draft', 'published', 'archived')),
  constraint blog_posts_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index blog_posts_published_at_idx on needthisdone.blog_posts (published_at desc) where status = 'published';
create index blog_posts_tags_idx on needthisdone.blog_posts using gin (tags);
create index blog_posts_created_by_idx on needthisdone.blog_posts (created_by);

comment on table needthisdone.blog_posts is 'An article.';
comment on column needthisdone.blog_posts.published_at is
  'Not seen before this moment, although it is published, nor without one.';
comment on column needthisdone.blog_posts.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.blog_posts.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger blog_posts_stamp before insert or update on needthisdone.blog_posts
  for each row execute function needthisdone.update_updated_at_column();

create table needthisdone.changelog_entries (
  id uuid not null default gen_random_uuid(),
  slug text not null,
  title text not null,
  body text not null,
  category text not null default 'added',
  status text not null default 'draft',
  published_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint changelog_entries_pkey primary key (id),
  constraint changelog_entries_slug_key unique (slug),
  constraint changelog_entries_slug_check check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  constraint changelog_entries_title_check check (title <> ''),
  constraint changelog_entries_status_check check (status in ('draft', 'published', 'archived')),
  constraint changelog_entries_category_check check (category in ('added', 'changed', 'fixed', 'removed')),
  constraint changelog_entries_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index changelog_entries_published_at_idx on needthisdone.changelog_entries (published_at desc) where status = 'published';
create index changelog_entries_created_by_idx on needthisdone.changelog_entries (created_by);

comment on table needthisdone.changelog_entries is 'What a release of the shop brought.';
comment on column needthisdone.changelog_entries.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.changelog_entries.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger changelog_entries_stamp before insert or update on needthisdone.changelog_entries
  for each row execute function needthisdone.update_updated_at_column();
