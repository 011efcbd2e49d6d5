-- How workers empty the outbox: claim a batch under a lease, deliver it outside of any transaction, then complete or fail
-- each message. A worker that dies loses nothing: its leases run out and others take over.
create function sage.claim_outbox(
  worker text,
  batch_size integer default 50,
  lease_for interval default '1 minute'
)
returns table (
  id uuid,
  resource_type text,
  resource_id uuid,
  event text,
  payload jsonb,
  attempts integer,
  merged integer,
  lease_id uuid,
  leased_until timestamptz
)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  moment constant timestamptz := clock_timestamp();
begin
  update sage.notion_outbox as message
  set status = case when message.attempts >= message.max_attempts then 'dead' else 'pending' end,
    next_attempt_at = moment,
    leased_until = null,
    last_error = format('the lease of %s ran out', message.leased_by)
  where message.id in (
    select expired.id
    from sage.notion_outbox as expired
    where expired.status = 'leased' and expired.leased_until <= moment
    order by expired.leased_until
    limit 1000
    for update skip locked
  );

  return query
  with
    -- One row for each resource that is due: its oldest. A resource is not due while a worker has it, nor while any of
    -- its messages backs off, because an older message must not arrive after a newer one.
    due as materialized (
      select message.resource_type, message.resource_id
      from sage.notion_outbox as message
      where message.status = 'pending'
        and message.next_attempt_at <= moment
        and not exists (
          select
          from sage.notion_outbox as other
          where other.resource_type = message.resource_type
            and other.resource_id = message.resource_id
            and other.status in ('pending', 'leased')
            and (
              other.status = 'leased'
              or other.next_attempt_at > moment
              or (other.created_at, other.id) < (message.created_at, message.id)
            )
        )
        -- A project's page relates to its client's, which is made first.
        and not (
          message.resource_type = 'project'
          and exists (
            select
            from sage.clients as client
            join sage.notion_outbox as first on first.resource_type = 'client' and first.resource_id = client.id
            where client.id = (message.payload ->> 'client_id')::uuid
              and client.notion_page_id is null
              and first.status in ('pending', 'leased')
          )
        )
      order by message.next_attempt_at
      limit batch_size
      for update skip locked
    ),
    waiting as materialized (
      select message.id, message.resource_type, message.resource_id
      from sage.notion_outbox as message
      join due on due.resource_type = message.resource_type and due.resource_id = message.resource_id
      where message.status = 'pending'
      for update of message skip locked
    ),
    -- All of a resource's messages or none: if this snapshot shows one as waiting that could not be locked, another
    -- worker is taking the resource at this moment.
    whole as materialized (
      select waiting.resource_type, waiting.resource_id, gen_random_uuid() as lease_id
      from waiting
      group by waiting.resource_type, waiting.resource_id
      having count(*) = (
        select count(*)
        from sage.notion_outbox as message
        where message.resource_type = waiting.resource_type
          and message.resource_id = waiting.resource_id
          and message.status = 'pending'
      )
    ),
    taken as (
      update sage.notion_outbox as message
      set status = 'leased',
        attempts = message.attempts + 1,
        lease_id = whole.lease_id,
        leased_by = worker,
        leased_until = clock_timestamp() + lease_for
      from waiting
      join whole on whole.resource_type = waiting.resource_type and whole.resource_id = waiting.resource_id
      where message.id = waiting.id and message.status = 'pending'
      returning message.*
    )
  select
    (array_agg(taken.id order by taken.created_at desc, taken.id desc))[1],
    taken.resource_type,
    taken.resource_id,
    coalesce(
      max(taken.event) filter (where taken.event = 'deleted'),
      max(taken.event) filter (where taken.event in ('created', 'uploaded')),
      (array_agg(taken.event order by taken.created_at desc, taken.id desc))[1]
    ),
    (array_agg(taken.payload order by taken.created_at desc, taken.id desc))[1] || (
      -- What earlier deliveries brought back since the message was written.
      select coalesce(jsonb_object_agg(kept.key, kept.value), '{}')
      from jsonb_each(sage.notion_payload(taken.resource_type, taken.resource_id)) as kept
      where kept.key in ('notion_page_id', 'notion_last_edited_at', 'client_notion_page_id')
    ),
    max(taken.attempts),
    count(*)::integer,
    taken.lease_id,
    max(taken.leased_until)
  from taken
  group by taken.resource_type, taken.resource_id, taken.lease_id
  order by min(taken.created_at);
end
$$;
comment on function sage.claim_outbox(text, integer, interval) is
  'Takes up to batch_size resources under a lease and returns one message for each: the newest state, whichever number '
  'of messages waited (merged). Leases that ran out are taken back first. Commit at once: the lease, not the '
  'transaction, is what holds the messages.';

create function sage.hold_lease(id uuid, lease_id uuid) returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  held uuid;
begin
  select message.lease_id
  into held
  from sage.notion_outbox as message
  where message.id = hold_lease.id
    and message.status = 'leased'
    and (hold_lease.lease_id is null or message.lease_id = hold_lease.lease_id);
  perform from sage.notion_outbox as message where message.lease_id = held order by message.id for update;
  -- Messages that were merged are finished together: a lease that was taken back in part is over as a whole, or an
  -- older state would be sent after a newer one.
  if exists (
    select from sage.notion_outbox as message where message.lease_id = held and message.status <> 'leased'
  ) then
    return null;
  end if;
  return held;
end
$$;
comment on function sage.hold_lease(uuid, uuid) is
  'Locks all messages under a lease and returns it; null when it is over. With a lease given, only that one counts.';

create function sage.complete_outbox(
  id uuid,
  notion_page_id text default null,
  lease_id uuid default null,
  notion_last_edited_at timestamptz default null
)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  held constant uuid := sage.hold_lease(id, lease_id);
begin
  if held is null then
    return false;
  end if;
  update sage.notion_outbox as message
  set status = 'delivered', delivered_at = clock_timestamp(), leased_until = null, last_error = null
  where message.lease_id = held;

  if notion_page_id is not null then
    update sage.clients as client
    set notion_page_id = complete_outbox.notion_page_id
    from sage.notion_outbox as message
    where message.id = complete_outbox.id
      and message.resource_type = 'client'
      and client.id = message.resource_id
      and client.notion_page_id is distinct from complete_outbox.notion_page_id;
    -- Deleted while its page was made: the message that waits learns which page it is to archive.
    update sage.notion_outbox as deletion
    set payload = deletion.payload || jsonb_build_object('notion_page_id', complete_outbox.notion_page_id)
    from sage.notion_outbox as message
    where message.id = complete_outbox.id
      and deletion.resource_type = message.resource_type
      and deletion.resource_id = message.resource_id
      and deletion.event = 'deleted'
      and deletion.status = 'pending'
      and deletion.payload ->> 'notion_page_id' is null;
  end if;
  if notion_page_id is not null or notion_last_edited_at is not null then
    update sage.projects as project
    set notion_page_id = coalesce(complete_outbox.notion_page_id, project.notion_page_id),
      notion_last_edited_at = coalesce(complete_outbox.notion_last_edited_at, project.notion_last_edited_at)
    from sage.notion_outbox as message
    where message.id = complete_outbox.id
      and message.resource_type = 'project'
      and project.id = message.resource_id;
    update sage.deliverables as deliverable
    set notion_page_id = coalesce(complete_outbox.notion_page_id, deliverable.notion_page_id),
      notion_last_edited_at = coalesce(complete_outbox.notion_last_edited_at, deliverable.notion_last_edited_at)
    from sage.notion_outbox as message
    where message.id = complete_outbox.id
      and message.resource_type = 'deliverable'
      and deliverable.id = message.resource_id;
  end if;
  return true;
end
$$;
comment on function sage.complete_outbox(uuid, text, uuid, timestamptz) is
  'Marks a claimed message, and those that were merged into it, as delivered, and keeps the page''s id with the client, '
  'project or deliverable, and when Notion had the page last edited with the latter two. With the lease it is safe against a worker that comes back late: false when the lease is over.';

create function sage.fail_outbox(id uuid, error text, retry_after interval default null, lease_id uuid default null)
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  first_delay constant interval := interval '10 seconds';
  longest_delay constant interval := interval '1 hour';
  held constant uuid := sage.hold_lease(id, lease_id);
  most_attempts integer;
  delay interval;
  state text;
begin
  if held is null then
    return null;
  end if;
  select max(message.attempts) into most_attempts from sage.notion_outbox as message where message.lease_id = held;
  -- Doubled with each attempt, and spread, so that what failed together does not come back together.
  delay := coalesce(
    retry_after,
    least(first_delay * power(2, least(most_attempts - 1, 20)), longest_delay) * (0.75 + random() / 2)
  );
  update sage.notion_outbox as message
  set status = case
      when retry_after is null and message.attempts >= message.max_attempts then 'dead'
      else 'pending'
    end,
    attempts = message.attempts - case when retry_after is null then 0 else 1 end,
    next_attempt_at = clock_timestamp() + delay,
    leased_until = null,
    last_error = left(fail_outbox.error, 2000)
  where message.lease_id = held;
  select message.status into state from sage.notion_outbox as message where message.id = fail_outbox.id;
  return state;
end
$$;
comment on function sage.fail_outbox(uuid, text, interval, uuid) is
  'Gives a claimed message back: "pending" after an exponential delay, "dead" after its last attempt, null when the lease '
  'is over. With retry_after, as Notion asks for with status 429, it waits that long and the attempt does not count.';

create function sage.conflict_outbox(id uuid, notion_last_edited_at timestamptz, lease_id uuid default null)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  held constant uuid := sage.hold_lease(id, lease_id);
begin
  if held is null then
    return false;
  end if;
  update sage.notion_outbox as message
  set status = 'conflict',
    leased_until = null,
    last_error = format('the page was edited in Notion at %s, after the last sync', conflict_outbox.notion_last_edited_at)
  where message.lease_id = held;
  return true;
end
$$;
comment on function sage.conflict_outbox(uuid, timestamptz, uuid) is
  'Puts a claimed message aside because its page was edited in Notion since the last sync: v_outbox_status shows it, and '
  'nothing is overwritten until somebody decides. sync_to_notion() then sends what stands here, whatever stands there.';

create function sage.bury_outbox(id uuid, error text, lease_id uuid default null) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  held constant uuid := sage.hold_lease(id, lease_id);
begin
  if held is null then
    return false;
  end if;
  update sage.notion_outbox as message
  set status = 'dead', leased_until = null, last_error = left(bury_outbox.error, 2000)
  where message.lease_id = held;
  return true;
end
$$;
comment on function sage.bury_outbox(uuid, text, uuid) is
  'Makes a claimed message a dead letter at once, because Notion will not take it however often it is sent.';

create function sage.retry_outbox(id uuid) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  update sage.notion_outbox as message
  set status = 'pending',
    attempts = 0,
    next_attempt_at = clock_timestamp(),
    -- Of a conflict it means that what stands here counts.
    event = case when message.status = 'conflict' and message.event <> 'deleted' then 'resync' else message.event end
  where message.id = retry_outbox.id and message.status in ('dead', 'conflict');
  return found;
end
$$;
comment on function sage.retry_outbox(uuid) is
  'Has a dead letter or a conflict sent again; false when it is neither. A page that was edited in Notion is overwritten.';

create function sage.purge_outbox(older_than interval default '30 days', max_messages integer default 10000) returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  purged integer;
begin
  delete from sage.notion_outbox as message
  where message.id in (
    select delivered.id
    from sage.notion_outbox as delivered
    where delivered.status = 'delivered' and delivered.delivered_at < now() - older_than
    limit max_messages
    for update skip locked
  );
  get diagnostics purged = row_count;
  return purged;
end
$$;
comment on function sage.purge_outbox(interval, integer) is
  'Takes away what was delivered long ago and returns how many; dead letters stay until somebody has looked at them.';
