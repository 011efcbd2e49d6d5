create or replace view needthisdone.v_campaign_results
with (security_invoker = true)
as
select
  campaign.id as campaign_id,
  campaign.name,
  campaign.status,
  campaign.sent_at,
  result.recipients,
  result.sent,
  result.bounced,
  result.opened,
  result.clicked
from needthisdone.waitlist_campaigns as campaign
cross join lateral (
  select
    count(*) as recipients,
    count(*) filter (where recipient.status = 'sent') as sent,
    count(*) filter (where recipient.status = 'bounced') as bounced,
    count(*) filter (
      where exists (select from needthisdone.campaign_opens as open where open.recipient_id = recipient.id)
    ) as opened,
    count(*) filter (
      where exists (select from needthisdone.campaign_clicks as click where click.recipient_id = recipient.id)
    ) as clicked
  from needthisdone.waitlist_campaign_recipients as recipient
  where recipient.campaign_id = campaign.id
) as result;

comment on view needthisdone.v_campaign_results is
  'What became of each campaign that the reader may see: recipients, and how many of them opened the mail or followed a link.';
