create or replace view sage.v_outbox_status
with (security_invoker = true)
as
select
  message.resource_type,
  message.status,
  count(*) as messages,
  min(message.created_at) as oldest,
  max(message.attempts) as most_attempts,
  (array_agg(message.last_error order by message.updated_at desc) filter (where message.last_error is not null))[1]
    as latest_error
from sage.notion_outbox as message
group by message.resource_type, message.status;

comment on view sage.v_outbox_status is 'How the sync to Notion is doing: messages by kind and state, for whoever runs it.';
