-- The creative work itself: artifacts with every version ever written, and the discussion about each.
create table agency.artifacts (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  campaign_id uuid not null,
  phase_id uuid,
  owner_id uuid not null,
  artifact_type text not null,
  title text not null,
  content text not null default '',
  content_preview text generated always as (left(content, 200)) stored,
  status text not null default 'draft',
  current_version integer not null default 1,
  due_on date,
  tags text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint artifacts_pkey primary key (tenant_id, id),
  constraint artifacts_campaign_id_fkey foreign key (tenant_id, campaign_id)
    references agency.campaigns (tenant_id, id),
  constraint artifacts_phase_id_fkey foreign key (tenant_id, campaign_id, phase_id)
    references agency.campaign_phases (tenant_id, campaign_id, id),
  constraint artifacts_owner_id_fkey foreign key (tenant_id, owner_id)
    references agency.employees (tenant_id, user_id),
  constraint artifacts_artifact_type_check check (
    artifact_type in ('brief', 'script', 'deck', 'board', 'copy', 'concept', 'design', 'report')
  ),
  constraint artifacts_title_check check (title <> ''),
  constraint artifacts_status_check check (status in ('draft', 'in_review', 'approved', 'archived')),
  constraint artifacts_current_version_check check (current_version > 0)
);
create index artifacts_tenant_id_campaign_id_phase_id_idx on agency.artifacts (tenant_id, campaign_id, phase_id);
create index artifacts_tenant_id_owner_id_idx on agency.artifacts (tenant_id, owner_id, updated_at desc);
create index artifacts_tenant_id_artifact_type_status_idx on agency.artifacts (tenant_id, artifact_type, status);
create index artifacts_tenant_id_updated_at_in_review_idx on agency.artifacts (tenant_id, updated_at)
  where status = 'in_review';
create index artifacts_tenant_id_created_at_idx on agency.artifacts (tenant_id, created_at desc);
create index artifacts_tags_idx on agency.artifacts using gin (tags);
create index artifacts_to_tsvector_idx on agency.artifacts using gin
  (to_tsvector('pg_catalog.english'::regconfig, title || ' ' || content));

comment on table agency.artifacts is 'A brief, script, deck, board or other piece of creative work, in its latest version.';
comment on column agency.artifacts.owner_id is 'The employee (by user_id) whose work it is.';
comment on column agency.artifacts.content_preview is 'The first 200 characters, so that lists need not read the whole text.';
comment on column agency.artifacts.current_version is
  'Number of the version that content shows; kept by create_artifact_version(). A number and no foreign key, since a '
  'version refers to its artifact already.';

create table agency.artifact_versions (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  artifact_id uuid not null,
  version_number integer not null,
  title text not null,
  content text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint artifact_versions_pkey primary key (tenant_id, id),
  constraint artifact_versions_tenant_id_artifact_id_version_number_key
    unique (tenant_id, artifact_id, version_number),
  constraint artifact_versions_artifact_id_fkey foreign key (tenant_id, artifact_id)
    references agency.artifacts (tenant_id, id) on delete cascade,
  constraint artifact_versions_version_number_check check (version_number > 0)
);
create index artifact_versions_tenant_id_created_by_idx on agency.artifact_versions (tenant_id, created_by);
create index artifact_versions_tenant_id_created_at_idx on agency.artifact_versions (tenant_id, created_at desc);

comment on table agency.artifact_versions is
  'What an artifact said, version by version, written by create_artifact_version() alone. Immutable: no policy and no '
  'grant lets anybody insert, change or remove a row; a version goes only with its artifact.';
comment on column agency.artifact_versions.version_number is 'From 1, without gaps.';
comment on column agency.artifact_versions.created_by is 'The author of this version.';

create table agency.artifact_comments (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  artifact_id uuid not null,
  parent_comment_id uuid,
  author_id uuid not null,
  body text not null,
  resolved_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint artifact_comments_pkey primary key (tenant_id, id),
  constraint artifact_comments_tenant_id_artifact_id_id_key unique (tenant_id, artifact_id, id),
  constraint artifact_comments_artifact_id_fkey foreign key (tenant_id, artifact_id)
    references agency.artifacts (tenant_id, id) on delete cascade,
  constraint artifact_comments_parent_comment_id_fkey foreign key (tenant_id, artifact_id, parent_comment_id)
    references agency.artifact_comments (tenant_id, artifact_id, id) on delete cascade,
  constraint artifact_comments_author_id_fkey foreign key (tenant_id, author_id)
    references agency.employees (tenant_id, user_id),
  constraint artifact_comments_body_check check (body <> ''),
  constraint artifact_comments_not_its_own_parent_check check (parent_comment_id <> id)
);
create index artifact_comments_tenant_id_artifact_id_parent_comment_id_idx
  on agency.artifact_comments (tenant_id, artifact_id, parent_comment_id);
create index artifact_comments_tenant_id_author_id_idx on agency.artifact_comments (tenant_id, author_id);
create index artifact_comments_tenant_id_artifact_id_open_idx on agency.artifact_comments (tenant_id, artifact_id)
  where resolved_at is null;
create index artifact_comments_tenant_id_created_at_idx on agency.artifact_comments (tenant_id, created_at desc);

comment on table agency.artifact_comments is 'Discussion of an artifact, in threads.';
comment on column agency.artifact_comments.parent_comment_id is
  'The comment answered, always of the same artifact; null starts a thread.';
comment on column agency.artifact_comments.author_id is 'The employee (by user_id) who wrote it.';
comment on column agency.artifact_comments.resolved_at is 'When the point was settled; null while it is open.';

create function agency.create_artifact_version() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  session_tenant text := current_setting('app.current_tenant', true);
  borrowed_tenant boolean;
begin
  if tg_when = 'BEFORE' then
    new.current_version := case
      when tg_op = 'INSERT' then 1
      else old.current_version + (new.content is distinct from old.content)::integer
    end;
    return new;
  end if;

  if tg_op = 'UPDATE' then
    if new.current_version = old.current_version then
      return null;
    end if;
  end if;

  -- Versions obey row-level security too; see record_audit_event().
  borrowed_tenant := agency.current_tenant_id() is distinct from new.tenant_id;
  if borrowed_tenant then
    perform set_config('app.current_tenant', new.tenant_id::text, true);
  end if;
  insert into agency.artifact_versions (tenant_id, artifact_id, version_number, title, content, created_by)
  values (
    new.tenant_id, new.id, new.current_version, new.title, new.content,
    coalesce(auth.uid(), new.updated_by, new.created_by)
  );
  if borrowed_tenant then
    perform set_config('app.current_tenant', coalesce(session_tenant, ''), true);
  end if;
  return null;
end
$$;
comment on function agency.create_artifact_version() is
  'Trigger, before and after each row: numbers the content before it is written and keeps a snapshot after, in the '
  'same statement; a change that leaves the content alone makes no version. Security definer, because nobody may '
  'write versions directly.';

create trigger artifacts_number_version before insert or update on agency.artifacts
  for each row execute function agency.create_artifact_version();
create trigger artifacts_keep_version after insert or update on agency.artifacts
  for each row execute function agency.create_artifact_version();

create trigger artifacts_stamp before insert or update on agency.artifacts
  for each row execute function agency.update_updated_at_column();
create trigger artifact_versions_stamp before update on agency.artifact_versions
  for each row execute function agency.update_updated_at_column();
create trigger artifact_comments_stamp before insert or update on agency.artifact_comments
  for each row execute function agency.update_updated_at_column();

create trigger artifacts_audit after insert or update or delete on agency.artifacts
  for each row execute function agency.record_audit_event('artifacts', 'content', 'content_preview');
