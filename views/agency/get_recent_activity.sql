create or replace function agency.get_recent_activity(
  activity_limit integer default 20,
  activity_user_id uuid default null
)
returns table (
  tenant_id uuid,
  occurred_at timestamptz,
  activity text,
  object_id uuid,
  title text,
  campaign_id uuid,
  user_id uuid,
  user_name text
)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  -- Each source gives its own latest rows through an index, so the cost does not grow with the history.
  with
    latest as (
      (
        select campaign.tenant_id, campaign.created_at as occurred_at, 'campaign_created' as activity,
          campaign.id as object_id, campaign.name as title, campaign.id as campaign_id, campaign.created_by as user_id
        from agency.campaigns as campaign
        where campaign.deleted_at is null and (activity_user_id is null or campaign.created_by = activity_user_id)
        order by campaign.created_at desc
        limit least(greatest(coalesce(activity_limit, 20), 0), 200)
      )
      union all
      (
        select version.tenant_id, version.created_at,
          case version.version_number when 1 then 'artifact_created' else 'artifact_revised' end,
          version.artifact_id, version.title, null::uuid, version.created_by
        from agency.artifact_versions as version
        where activity_user_id is null or version.created_by = activity_user_id
        order by version.created_at desc
        limit least(greatest(coalesce(activity_limit, 20), 0), 200)
      )
      union all
      (
        select comment.tenant_id, comment.created_at, 'artifact_commented',
          comment.artifact_id, pg_catalog.left(comment.body, 120), null::uuid, comment.author_id
        from agency.artifact_comments as comment
        where activity_user_id is null or comment.author_id = activity_user_id
        order by comment.created_at desc
        limit least(greatest(coalesce(activity_limit, 20), 0), 200)
      )
      union all
      (
        select document.tenant_id, document.created_at, 'knowledge_added',
          document.id, document.title, null::uuid, document.created_by
        from agency.knowledge_documents as document
        where activity_user_id is null or document.created_by = activity_user_id
        order by document.created_at desc
        limit least(greatest(coalesce(activity_limit, 20), 0), 200)
      )
    )
  select
    latest.tenant_id, latest.occurred_at, latest.activity, latest.object_id, latest.title,
    coalesce(latest.campaign_id, artifact.campaign_id), latest.user_id, employee.full_name
  from latest
  left join agency.artifacts as artifact
    on artifact.tenant_id = latest.tenant_id and artifact.id = latest.object_id
  left join agency.employees as employee
    on employee.tenant_id = latest.tenant_id and employee.user_id = latest.user_id
  order by latest.occurred_at desc, latest.object_id
  limit least(greatest(coalesce(activity_limit, 20), 0), 200)
$$;

comment on function agency.get_recent_activity(integer, uuid) is
  'What happened lately, latest first: campaigns, versions, comments and knowledge that the caller may read, of one '
  'user when asked. At most 200 rows.';
