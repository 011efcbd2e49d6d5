create or replace view agency.v_client_360 with (security_invoker = true) as
select
  client.tenant_id,
  client.id as client_id,
  client.code,
  client.name,
  client.sector,
  client.status,
  client.account_owner_id,
  account_owner.full_name as account_owner_name,
  coalesce(brands.brand_count, 0) as brand_count,
  coalesce(campaigns.campaign_count, 0) as campaign_count,
  coalesce(campaigns.active_campaign_count, 0) as active_campaign_count,
  coalesce(campaigns.completed_campaign_count, 0) as completed_campaign_count,
  campaigns.first_campaign_start,
  campaigns.next_deadline,
  coalesce(artifacts.artifact_count, 0) as artifact_count,
  coalesce(artifacts.artifacts_in_review, 0) as artifacts_in_review,
  coalesce(logged.employee_count, 0) as employee_count,
  coalesce(logged.hours, 0) as logged_hours,
  coalesce(logged.hours_last_90_days, 0) as logged_hours_last_90_days,
  round(100 * logged.billable_hours / nullif(logged.hours, 0), 1) as billable_pct,
  coalesce(documents.document_count, 0) as knowledge_document_count,
  greatest(artifacts.last_change_at, logged.last_work_date::timestamp at time zone 'UTC') as last_activity_at,
  client.tags
from agency.clients as client
left join agency.employees as account_owner
  on account_owner.tenant_id = client.tenant_id and account_owner.user_id = client.account_owner_id
left join (
  select brand.tenant_id, brand.client_id, count(*) as brand_count
  from agency.brands as brand
  where brand.status = 'active'
  group by brand.tenant_id, brand.client_id
) as brands on brands.tenant_id = client.tenant_id and brands.client_id = client.id
left join (
  select
    campaign.tenant_id,
    campaign.client_id,
    count(*) as campaign_count,
    count(*) filter (where campaign.status = 'active') as active_campaign_count,
    count(*) filter (where campaign.status = 'completed') as completed_campaign_count,
    min(campaign.start_date) as first_campaign_start,
    min(campaign.end_date) filter (
      where campaign.status = 'active' and campaign.end_date >= current_date
    ) as next_deadline
  from agency.campaigns as campaign
  where campaign.deleted_at is null
  group by campaign.tenant_id, campaign.client_id
) as campaigns on campaigns.tenant_id = client.tenant_id and campaigns.client_id = client.id
left join (
  select
    campaign.tenant_id,
    campaign.client_id,
    count(*) as artifact_count,
    count(*) filter (where artifact.status = 'in_review') as artifacts_in_review,
    max(artifact.updated_at) as last_change_at
  from agency.artifacts as artifact
  join agency.campaigns as campaign
    on campaign.tenant_id = artifact.tenant_id and campaign.id = artifact.campaign_id
  where artifact.deleted_at is null and campaign.deleted_at is null
  group by campaign.tenant_id, campaign.client_id
) as artifacts on artifacts.tenant_id = client.tenant_id and artifacts.client_id = client.id
left join (
  select
    campaign.tenant_id,
    campaign.client_id,
    count(distinct entry.employee_id) as employee_count,
    sum(entry.hours) as hours,
    coalesce(sum(entry.hours) filter (where entry.is_billable), 0) as billable_hours,
    coalesce(sum(entry.hours) filter (where entry.work_date > current_date - 90), 0) as hours_last_90_days,
    max(entry.work_date) as last_work_date
  from agency.timesheet_entries as entry
  join agency.campaigns as campaign
    on campaign.tenant_id = entry.tenant_id and campaign.id = entry.campaign_id
  group by campaign.tenant_id, campaign.client_id
) as logged on logged.tenant_id = client.tenant_id and logged.client_id = client.id
left join (
  select document.tenant_id, document.client_id, count(*) as document_count
  from agency.knowledge_documents as document
  where document.status = 'active'
  group by document.tenant_id, document.client_id
) as documents on documents.tenant_id = client.tenant_id and documents.client_id = client.id
where client.deleted_at is null;

comment on view agency.v_client_360 is
  'One row a client: brands, campaigns, work, hours and knowledge at a glance. No money, so that every role may read it; '
  'each number covers what the reader may see.';
comment on column agency.v_client_360.brand_count is 'Active brands.';
comment on column agency.v_client_360.next_deadline is 'The earliest end of an active campaign, today or later.';
