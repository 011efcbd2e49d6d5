create or replace view agency.v_artifact_library with (security_invoker = true) as
select
  artifact.tenant_id,
  artifact.id as artifact_id,
  artifact.title,
  artifact.artifact_type,
  artifact.status,
  artifact.content_preview,
  artifact.current_version,
  artifact.campaign_id,
  campaign.code as campaign_code,
  campaign.name as campaign_name,
  campaign.client_id,
  client.name as client_name,
  campaign.brand_id,
  brand.name as brand_name,
  phase.phase_type,
  artifact.owner_id,
  owner.full_name as owner_name,
  coalesce(comments.comment_count, 0) as comment_count,
  coalesce(comments.open_comment_count, 0) as open_comment_count,
  comments.last_comment_at,
  artifact.due_on,
  coalesce(artifact.due_on < current_date and artifact.status in ('draft', 'in_review'), false) as is_overdue,
  artifact.tags,
  artifact.created_at,
  artifact.updated_at
from agency.artifacts as artifact
join agency.campaigns as campaign
  on campaign.tenant_id = artifact.tenant_id and campaign.id = artifact.campaign_id
join agency.clients as client
  on client.tenant_id = campaign.tenant_id and client.id = campaign.client_id
left join agency.brands as brand
  on brand.tenant_id = campaign.tenant_id and brand.id = campaign.brand_id
left join agency.campaign_phases as phase
  on phase.tenant_id = artifact.tenant_id and phase.id = artifact.phase_id
left join agency.employees as owner
  on owner.tenant_id = artifact.tenant_id and owner.user_id = artifact.owner_id
left join (
  select
    comment.tenant_id,
    comment.artifact_id,
    count(*) as comment_count,
    count(*) filter (where comment.resolved_at is null) as open_comment_count,
    max(comment.created_at) as last_comment_at
  from agency.artifact_comments as comment
  group by comment.tenant_id, comment.artifact_id
) as comments on comments.tenant_id = artifact.tenant_id and comments.artifact_id = artifact.id
where artifact.deleted_at is null and campaign.deleted_at is null;

comment on view agency.v_artifact_library is
  'One row an artifact, with where it belongs, who owns it and how much it is discussed; the preview instead of the text.';
