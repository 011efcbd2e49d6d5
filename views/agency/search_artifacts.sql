create or replace function agency.search_artifacts(
  search_text text,
  match_count integer default 20,
  filter_campaign_id uuid default null,
  filter_type text default null
)
returns table (
  tenant_id uuid,
  artifact_id uuid,
  title text,
  artifact_type text,
  status text,
  campaign_id uuid,
  excerpt text,
  rank real,
  created_at timestamptz
)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  -- Policies come first, so no index on words can be used: the works of the tenant, found by its index, are asked one by
  -- one, which takes a microsecond each.
  with
    found as (
      select artifact.*
      from agency.artifacts as artifact
      where artifact.deleted_at is null
        and (filter_campaign_id is null or artifact.campaign_id = filter_campaign_id)
        and (filter_type is null or artifact.artifact_type = filter_type)
        and artifact.words @@ websearch_to_tsquery('pg_catalog.english'::regconfig, search_text)
      order by artifact.created_at desc
      limit least(greatest(coalesce(match_count, 20), 0), 200)
    )
  select
    found.tenant_id, found.id, found.title, found.artifact_type, found.status, found.campaign_id,
    ts_headline(
      'pg_catalog.english'::regconfig, found.content, websearch_to_tsquery('pg_catalog.english'::regconfig, search_text),
      'MaxWords=20, MinWords=8, StartSel="", StopSel=""'
    ),
    ts_rank(found.words, websearch_to_tsquery('pg_catalog.english'::regconfig, search_text)),
    found.created_at
  from found
  order by found.created_at desc, found.id
$$;

comment on function agency.search_artifacts(text, integer, uuid, text) is
  'The latest artifacts that the caller may read and whose title or text has these words ("quoted", or, -not), with the '
  'place where they stand. At most 200 rows.';
