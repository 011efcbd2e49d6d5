-- The sync to Notion, database side: what changes leaves a row in the outbox in the same transaction, and workers
-- deliver it later. The main path never depends on it: a write goes through even where the outbox cannot be written.
create table sage.notion_outbox (
  id uuid not null default gen_random_uuid(),
  resource_type text not null,
  resource_id uuid not null,
  event text not null,
  payload jsonb not null,
  status text not null default 'pending',
  attempts integer not null default 0,
  max_attempts integer not null default 8,
  next_attempt_at timestamptz not null default clock_timestamp(),
  last_error text,
  lease_id uuid,
  leased_by text,
  leased_until timestamptz,
  delivered_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint notion_outbox_pkey primary key (id),
  constraint notion_outbox_resource_type_check check (
    resource_type in ('client', 'project', 'milestone', 'deliverable', 'payment')
  ),
  constraint notion_outbox_event_check check (
    event in ('created', 'updated', 'uploaded', 'received', 'deleted', 'resync')
  ),
  constraint notion_outbox_payload_check check (jsonb_typeof(payload) = 'object'),
  constraint notion_outbox_status_check check (status in ('pending', 'leased', 'delivered', 'dead', 'conflict')),
  constraint notion_outbox_attempts_check check (attempts >= 0 and max_attempts > 0),
  constraint notion_outbox_leased_has_lease_check check (
    (status = 'leased') = (leased_until is not null) and (status <> 'leased' or lease_id is not null)
  ),
  constraint notion_outbox_delivered_has_time_check check ((status = 'delivered') = (delivered_at is not null))
);
create index notion_outbox_next_attempt_at_pending_idx on sage.notion_outbox (next_attempt_at, resource_type, resource_id)
  where status = 'pending';
create index notion_outbox_leased_until_idx on sage.notion_outbox (leased_until) where status = 'leased';
create index notion_outbox_resource_waiting_idx on sage.notion_outbox (resource_type, resource_id, created_at)
  where status in ('pending', 'leased');
create index notion_outbox_delivered_at_idx on sage.notion_outbox (delivered_at) where status = 'delivered';
create index notion_outbox_lease_id_idx on sage.notion_outbox (lease_id);
create index notion_outbox_resource_type_resource_id_idx on sage.notion_outbox (resource_type, resource_id, created_at);

comment on table sage.notion_outbox is
  'What Notion does not know yet, written in the transaction that changed it. Filled by triggers, emptied by '
  'claim_outbox(), complete_outbox() and fail_outbox().';
comment on column sage.notion_outbox.resource_id is 'Id of what changed. No foreign key: the message outlives it.';
comment on column sage.notion_outbox.payload is 'The properties of the page as they were after the change, all of them.';
comment on column sage.notion_outbox.status is 
  'pending, leased to a worker, delivered, dead after max_attempts, or in conflict with an edit in Notion.';
comment on column sage.notion_outbox.attempts is 'Claims so far, counted when claimed, so that a row that kills its worker ends too.';
comment on column sage.notion_outbox.lease_id is
  'The lease of the last claim. Rows of one resource that wait together share it and are finished together.';
comment on column sage.notion_outbox.leased_until is 'After this time another worker may take the row.';

create trigger notion_outbox_stamp before insert or update on sage.notion_outbox
  for each row execute function sage.update_updated_at_column();

create function sage.notify_outbox() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  -- A full queue would fail the commit, where nothing can catch it; workers look by themselves now and then.
  if pg_catalog.pg_notification_queue_usage() < 0.5 then
    perform pg_catalog.pg_notify('sage_notion_outbox', '');
  end if;
  return null;
end
$$;
comment on function sage.notify_outbox() is
  'Trigger, after each new row: wakes workers that LISTEN on sage_notion_outbox. The message is empty, since anybody may '
  'listen; many rows of one transaction make one message.';

create trigger notion_outbox_notify after insert on sage.notion_outbox
  for each row execute function sage.notify_outbox();

create function sage.notion_payload(resource_type text, resource_id uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case notion_payload.resource_type
    when 'client' then (
      select jsonb_build_object(
        'name', coalesce(person.email, person.address), 'tier', client.tier, 'status', client.status,
        'project_address', client.project_address, 'created_at', client.created_at,
        'notion_page_id', client.notion_page_id
      )
      from sage.clients as client
      join sage.users as person on person.id = client.user_id
      where client.id = notion_payload.resource_id
    )
    when 'project' then (
      select jsonb_build_object(
        'name', project.name, 'client_id', project.client_id, 'tier', project.tier, 'status', project.status,
        'payment_status', project.payment_status, 'created_at', project.created_at,
        'notion_page_id', project.notion_page_id, 'notion_last_edited_at', project.notion_last_edited_at,
        'client_notion_page_id', client.notion_page_id
      )
      from sage.projects as project
      join sage.clients as client on client.id = project.client_id
      where project.id = notion_payload.resource_id
    )
    when 'milestone' then (
      select jsonb_build_object(
        'name', milestone.name, 'order', milestone."order", 'status', milestone.status, 'due_date', milestone.due_date,
        'completed_at', milestone.completed_at, 'project_id', milestone.project_id
      )
      from sage.milestones as milestone
      where milestone.id = notion_payload.resource_id
    )
    when 'deliverable' then (
      select jsonb_build_object(
        'name', deliverable.name, 'category', deliverable.category, 'created_at', deliverable.created_at,
        'file_url', deliverable.file_url, 'project_id', deliverable.project_id,
        'notion_page_id', deliverable.notion_page_id, 'notion_last_edited_at', deliverable.notion_last_edited_at
      )
      from sage.deliverables as deliverable
      where deliverable.id = notion_payload.resource_id
    )
    when 'payment' then (
      select jsonb_build_object(
        'status', payment.status, 'amount', payment.amount, 'currency', payment.currency,
        'project_id', payment.project_id
      )
      from sage.payments as payment
      where payment.id = notion_payload.resource_id
    )
  end;
end
$$;
comment on function sage.notion_payload(text, uuid) is
  'What Notion shall show of a client, project, milestone, deliverable or payment; null when there is none.';

create function sage.enqueue_sync() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set lock_timeout = '250ms'
as $$
declare
  subject uuid := case tg_op when 'DELETE' then old.id else new.id end;
begin
  begin
    insert into sage.notion_outbox (resource_type, resource_id, event, payload)
    values (
      tg_argv[0], subject, tg_argv[1],
      -- Of what is gone its page is left, which is to be archived.
      case tg_op
        when 'DELETE' then jsonb_build_object(
          'name', to_jsonb(old) -> 'name', 'notion_page_id', to_jsonb(old) -> 'notion_page_id'
        )
        else sage.notion_payload(tg_argv[0], subject)
      end
    );
  exception
    when others then
      raise warning 'the % % will not be synced to Notion: %', tg_argv[0], subject, sqlerrm
        using errcode = sqlstate, hint = 'The write itself is done. Later: select sage.sync_to_notion(type, id)';
  end;
  return null;
end
$$;
comment on function sage.enqueue_sync() is
  'Trigger, after each row: writes one message to the outbox. Arguments: the resource''s type and the event. Whatever '
  'goes wrong with the outbox, also a lock on it, becomes a warning and never fails the write. Security definer, '
  'because whoever changes a project may not write the outbox.';

create function sage.sync_to_notion(resource_type text, resource_id uuid) returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  payload jsonb := sage.notion_payload(sync_to_notion.resource_type, sync_to_notion.resource_id);
  message_id uuid;
begin
  if payload is null then
    raise exception 'there is no % %', resource_type, resource_id using errcode = 'no_data_found';
  end if;
  insert into sage.notion_outbox (resource_type, resource_id, event, payload)
  values (sync_to_notion.resource_type, sync_to_notion.resource_id, 'resync', payload)
  returning id into message_id;
  return message_id;
end
$$;
comment on function sage.sync_to_notion(text, uuid) is
  'Queues a resource as it is now, for repairs: after a dead letter, or when the outbox could not be written.';

create trigger clients_sync_created after insert on sage.clients
  for each row execute function sage.enqueue_sync('client', 'created');
create trigger clients_sync_updated after update on sage.clients
  for each row
  when ((old.user_id, old.tier, old.status, old.project_address)
    is distinct from (new.user_id, new.tier, new.status, new.project_address))
  execute function sage.enqueue_sync('client', 'updated');
create trigger clients_sync_deleted after delete on sage.clients
  for each row execute function sage.enqueue_sync('client', 'deleted');
create trigger projects_sync_created after insert on sage.projects
  for each row execute function sage.enqueue_sync('project', 'created');
-- What complete_outbox() writes back is no change that Notion needs to hear of.
create trigger projects_sync_updated after update on sage.projects
  for each row
  when ((old.name, old.client_id, old.tier, old.status, old.payment_status)
    is distinct from (new.name, new.client_id, new.tier, new.status, new.payment_status))
  execute function sage.enqueue_sync('project', 'updated');
create trigger projects_sync_deleted after delete on sage.projects
  for each row execute function sage.enqueue_sync('project', 'deleted');
create trigger milestones_sync_updated after update on sage.milestones
  for each row
  when ((old.name, old."order", old.status, old.due_date, old.completed_at, old.project_id)
    is distinct from (new.name, new."order", new.status, new.due_date, new.completed_at, new.project_id))
  execute function sage.enqueue_sync('milestone', 'updated');
create trigger deliverables_sync_uploaded after insert on sage.deliverables
  for each row execute function sage.enqueue_sync('deliverable', 'uploaded');
-- No update of a deliverable is synced: its page shows what was uploaded.
create trigger deliverables_sync_deleted after delete on sage.deliverables
  for each row execute function sage.enqueue_sync('deliverable', 'deleted');
create trigger payments_sync_inserted after insert on sage.payments
  for each row
  when (new.status in ('succeeded', 'refunded'))
  execute function sage.enqueue_sync('payment', 'received');
create trigger payments_sync_updated after update on sage.payments
  for each row
  when (old.status <> new.status and new.status in ('succeeded', 'refunded'))
  execute function sage.enqueue_sync('payment', 'received');
