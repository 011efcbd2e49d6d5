-- The way back from Notion: what a page showed at the last sync is kept, so that an edit there is told from one of ours;
-- tasks and projects that the team completes there are taken over; pages that were there before are loaded. Leads get a
-- page that sums them up.
alter table sage.projects add column notion_shown jsonb;
alter table sage.deliverables add column notion_shown jsonb;
alter table sage.clients add column notion_shown jsonb;
alter table sage.leads add column notion_page_id text;
alter table sage.clients add column notion_created_at timestamptz;
alter table sage.leads add column notion_created_at timestamptz;
alter table sage.projects add column notion_created_at timestamptz;
alter table sage.deliverables add column notion_created_at timestamptz;
alter table sage.milestones add column notion_page_id text;
alter table sage.milestones add column notion_last_edited_at timestamptz;
alter table sage.milestones add column notion_shown jsonb;

comment on column sage.projects.notion_shown is 'Properties of the page as of the last sync, as Notion told them: what differs is an edit there.';
comment on column sage.deliverables.notion_shown is 'Properties of the page as of the last sync, as Notion told them.';
comment on column sage.clients.notion_shown is 'Properties of the page as of the last sync, as Notion told them.';
comment on column sage.clients.notion_created_at is 'The created date of a page that was there before the row, which it keeps.';
comment on column sage.leads.notion_created_at is 'The created date of a page that was there before the row, which it keeps.';
comment on column sage.projects.notion_created_at is 'The created date of a page that was there before the row, which it keeps.';
comment on column sage.deliverables.notion_created_at is 'The upload date of a page that was there before the row, which it keeps.';
comment on column sage.leads.notion_page_id is 'The page that sums the lead up, if leads are synced at all.';
comment on column sage.milestones.notion_page_id is 'The milestone''s page in Notion, where the team ticks it off.';
comment on column sage.milestones.notion_last_edited_at is 'When Notion had the page last edited, as of the last sync.';
comment on column sage.milestones.notion_shown is 'Properties of the page as of the last sync, as Notion told them: what differs is an edit there.';

alter table sage.notion_outbox drop constraint notion_outbox_resource_type_check;
alter table sage.notion_outbox add constraint notion_outbox_resource_type_check check (
  resource_type in ('client', 'lead', 'project', 'milestone', 'deliverable', 'payment')
) not valid;

create or replace function sage.notion_payload(resource_type text, resource_id uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case notion_payload.resource_type
    when 'client' then (
      select jsonb_build_object(
        'name', coalesce(person.email, person.address), 'tier', client.tier, 'status', client.status,
        'project_address', client.project_address, 'created_at', coalesce(client.notion_created_at, client.created_at),
        'notion_page_id', client.notion_page_id
      )
      from sage.clients as client
      join sage.users as person on person.id = client.user_id
      where client.id = notion_payload.resource_id
    )
    when 'lead' then (
      select jsonb_build_object(
        'name', coalesce(lead.name, lead.email), 'email', lead.email, 'project_address', lead.project_address,
        'budget_range', lead.budget_range, 'timeline', lead.timeline, 'project_type', lead.project_type,
        'has_survey', lead.has_survey, 'has_drawings', lead.has_drawings, 'recommended_tier', lead.recommended_tier,
        'routing_reason', lead.routing_reason, 'created_at', coalesce(lead.notion_created_at, lead.created_at), 'notion_page_id', lead.notion_page_id
      )
      from sage.leads as lead
      where lead.id = notion_payload.resource_id
    )
    when 'project' then (
      select jsonb_build_object(
        'name', project.name, 'client_id', project.client_id, 'tier', project.tier, 'status', project.status,
        'payment_status', project.payment_status, 'created_at', coalesce(project.notion_created_at, project.created_at),
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
        'name', deliverable.name, 'category', deliverable.category, 'created_at', coalesce(deliverable.notion_created_at, deliverable.created_at),
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
  'What Notion shall show of a client, lead, project, milestone, deliverable or payment; null when there is none.';

create function sage.notion_state(resource_type text, resource_id uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case notion_state.resource_type
    when 'client' then (
      select jsonb_build_object('page', client.notion_page_id, 'shown', client.notion_shown)
      from sage.clients as client
      where client.id = notion_state.resource_id
    )
    when 'lead' then (
      select jsonb_build_object('page', lead.notion_page_id)
      from sage.leads as lead
      where lead.id = notion_state.resource_id
    )
    when 'project' then (
      select jsonb_build_object(
        'page', project.notion_page_id, 'edited', project.notion_last_edited_at, 'shown', project.notion_shown
      )
      from sage.projects as project
      where project.id = notion_state.resource_id
    )
    when 'milestone' then (
      select jsonb_build_object(
        'page', milestone.notion_page_id, 'edited', milestone.notion_last_edited_at, 'shown', milestone.notion_shown
      )
      from sage.milestones as milestone
      where milestone.id = notion_state.resource_id
    )
    when 'deliverable' then (
      select jsonb_build_object(
        'page', deliverable.notion_page_id, 'edited', deliverable.notion_last_edited_at,
        'shown', deliverable.notion_shown
      )
      from sage.deliverables as deliverable
      where deliverable.id = notion_state.resource_id
    )
  end;
end
$$;
comment on function sage.notion_state(text, uuid) is
  'What is known of a resource''s page: its id, when it was edited last, and what it showed, as of the last sync.';

create function sage.keep_notion_state(
  resource_type text,
  resource_id uuid,
  page text,
  edited timestamptz default null,
  shown jsonb default null
)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  case keep_notion_state.resource_type
    when 'client' then
      update sage.clients as client
      set notion_page_id = coalesce(page, client.notion_page_id), notion_shown = coalesce(shown, client.notion_shown)
      where client.id = keep_notion_state.resource_id
        and (client.notion_page_id, client.notion_shown)
          is distinct from (coalesce(page, client.notion_page_id), coalesce(shown, client.notion_shown));
    when 'lead' then
      update sage.leads as lead
      set notion_page_id = coalesce(page, lead.notion_page_id)
      where lead.id = keep_notion_state.resource_id and lead.notion_page_id is distinct from page;
    when 'project' then
      update sage.projects as project
      set notion_page_id = coalesce(page, project.notion_page_id),
        notion_last_edited_at = coalesce(edited, project.notion_last_edited_at),
        notion_shown = coalesce(shown, project.notion_shown)
      where project.id = keep_notion_state.resource_id;
    when 'milestone' then
      update sage.milestones as milestone
      set notion_page_id = coalesce(page, milestone.notion_page_id),
        notion_last_edited_at = coalesce(edited, milestone.notion_last_edited_at),
        notion_shown = coalesce(shown, milestone.notion_shown)
      where milestone.id = keep_notion_state.resource_id;
    when 'deliverable' then
      update sage.deliverables as deliverable
      set notion_page_id = coalesce(page, deliverable.notion_page_id),
        notion_last_edited_at = coalesce(edited, deliverable.notion_last_edited_at),
        notion_shown = coalesce(shown, deliverable.notion_shown)
      where deliverable.id = keep_notion_state.resource_id;
    else
      -- Nothing else has a page.
      null;
  end case;
end
$$;
comment on function sage.keep_notion_state(text, uuid, text, timestamptz, jsonb) is
  'Keeps what is known of a resource''s page; of what is null what was known stays.';

drop function sage.complete_outbox(uuid, text, uuid, timestamptz);
create function sage.complete_outbox(
  id uuid,
  notion_page_id text default null,
  lease_id uuid default null,
  notion_last_edited_at timestamptz default null,
  notion_shown jsonb default null
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
    perform sage.keep_notion_state(
      message.resource_type, message.resource_id, complete_outbox.notion_page_id,
      complete_outbox.notion_last_edited_at, complete_outbox.notion_shown
    )
    from sage.notion_outbox as message
    where message.id = complete_outbox.id;
  end if;
  return true;
end
$$;
comment on function sage.complete_outbox(uuid, text, uuid, timestamptz, jsonb) is
  'Marks a claimed message, and those that were merged into it, as delivered, and keeps what is known of the page. With the '
  'lease it is safe against a worker that comes back late: false when the lease is over.';

create function sage.settle_echo(resource_type text, resource_id uuid, since timestamptz) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update sage.notion_outbox as message
  set status = 'delivered', delivered_at = clock_timestamp()
  where message.resource_type = settle_echo.resource_type
    and message.resource_id = settle_echo.resource_id
    and message.status = 'pending'
    and message.event in ('created', 'updated', 'uploaded')
    and message.created_at >= since;
$$;
comment on function sage.settle_echo(text, uuid, timestamptz) is
  'What has just come from Notion need not be sent there. For whoever holds a lock on the resource''s row since then.';

create function sage.pull_from_notion(
  resource_type text,
  resource_id uuid,
  page text,
  edits jsonb,
  edited timestamptz default null,
  shown jsonb default null,
  is_decided boolean default false
)
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  here text;
  there constant text := edits -> 'status' ->> 'to';
  moment timestamptz;
begin
  if pull_from_notion.resource_type not in ('project', 'milestone') or edits - 'status' <> '{}' then
    return 'refused: the status of projects and milestones is all that comes back';
  end if;
  -- The row stays locked: nobody changes it while it is compared.
  if pull_from_notion.resource_type = 'project' then
    select project.status into here from sage.projects as project where project.id = resource_id for update;
  else
    select milestone.status into here from sage.milestones as milestone where milestone.id = resource_id for update;
  end if;
  if here is null then
    return 'absent';
  end if;
  if sage.notion_state(resource_type, resource_id) ->> 'page' <> page then
    return 'copy';
  end if;
  if edits ? 'status' and here is distinct from there then
    -- Changed on both sides since the last sync, or nobody knows what the last sync was.
    if here is distinct from edits -> 'status' ->> 'from' and not is_decided then
      return 'conflict';
    end if;
    moment := clock_timestamp();
    begin
      if pull_from_notion.resource_type = 'project' then
        update sage.projects as project
        set status = there::sage.project_status
        where project.id = resource_id;
      else
        update sage.milestones as milestone
        set status = there::sage.milestone_status
        where milestone.id = resource_id;
      end if;
    exception
      when data_exception or integrity_constraint_violation then
        return 'refused: ' || sqlerrm;
    end;
    perform sage.settle_echo(resource_type, resource_id, moment);
  end if;
  perform sage.keep_notion_state(resource_type, resource_id, page, edited, shown);
  if is_decided then
    update sage.notion_outbox as message
    set status = 'pending', attempts = 0, next_attempt_at = clock_timestamp()
    where message.resource_type = pull_from_notion.resource_type
      and message.resource_id = pull_from_notion.resource_id
      and message.status = 'conflict';
  end if;
  return case when here is distinct from there and edits ? 'status' then 'taken' else 'unchanged' end;
end
$$;
comment on function sage.pull_from_notion(text, uuid, text, jsonb, timestamptz, jsonb, boolean) is
  'Takes over what somebody changed on a resource''s page. Edits: field to {"from", "to"}, where "from" is what the page '
  'showed at the last sync. Says taken, unchanged, conflict (changed on both sides: nothing is written unless somebody has '
  'decided), copy (the resource has another page), absent, or refused with the reason.';

create function sage.import_from_notion(
  resource_type text,
  resource_id uuid,
  page text,
  fields jsonb,
  edited timestamptz default null,
  shown jsonb default null
)
returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  -- The same page makes the same row, however often it is loaded.
  subject constant uuid := coalesce(
    resource_id, substr(encode(sha256(convert_to('notion page ' || page, 'UTF8')), 'hex'), 1, 32)::uuid
  );
  known constant jsonb := sage.notion_state(resource_type, subject);
  outcome text := 'matched';
  moment constant timestamptz := clock_timestamp();
  person uuid;
  mailbox constant text := case when fields ->> 'name' like '_%@_%' then lower(fields ->> 'name') end;
  created constant timestamptz := fields ->> 'created_at';
begin
  if known ->> 'page' <> page then
    return jsonb_build_object('outcome', 'copy', 'id', subject);
  elsif known is null and resource_id is not null then
    return jsonb_build_object('outcome', 'absent', 'id', subject);
  elsif known is null then
    outcome := 'loaded';
    case import_from_notion.resource_type
      when 'client' then
        select found.id
        into person
        from sage.users as found
        where found.email = mailbox or (mailbox is null and found.address = fields ->> 'name');
        if person is null then
          insert into sage.users (email, address, user_type)
          values (
            mailbox, case when mailbox is null then fields ->> 'name' end,
            case when mailbox is null then 'kaa_client' else 'sage_client' end::sage.user_type
          )
          returning users.id into person;
        end if;
        insert into sage.clients (id, user_id, tier, status, project_address, notion_created_at)
        values (
          subject, person, (fields ->> 'tier')::integer,
          coalesce(fields ->> 'status', 'onboarding')::sage.client_status, fields ->> 'project_address', created
        );
      when 'lead' then
        insert into sage.leads (
          id, email, name, project_address, budget_range, timeline, project_type, has_survey, has_drawings,
          recommended_tier, routing_reason, notion_created_at
        )
        values (
          subject, fields ->> 'email', fields ->> 'name', fields ->> 'project_address', fields ->> 'budget_range',
          fields ->> 'timeline', fields ->> 'project_type', coalesce((fields ->> 'has_survey')::boolean, false),
          coalesce((fields ->> 'has_drawings')::boolean, false), (fields ->> 'recommended_tier')::integer,
          fields ->> 'routing_reason', created
        );
      when 'project' then
        insert into sage.projects (id, client_id, tier, status, name, payment_status, notion_created_at)
        values (
          subject,
          (select client.id from sage.clients as client where client.notion_page_id = fields ->> 'client_notion_page_id'),
          (fields ->> 'tier')::integer, coalesce(fields ->> 'status', 'onboarding')::sage.project_status,
          fields ->> 'name', coalesce(fields ->> 'payment_status', 'pending')::sage.project_payment_status, created
        );
      when 'milestone' then
        insert into sage.milestones (id, project_id, tier, name, "order", status, due_date, completed_at)
        values (
          subject, (fields ->> 'project_id')::uuid,
          (select project.tier from sage.projects as project where project.id = (fields ->> 'project_id')::uuid),
          fields ->> 'name', (fields ->> 'order')::integer,
          coalesce(fields ->> 'status', 'pending')::sage.milestone_status, (fields ->> 'due_date')::timestamptz,
          (fields ->> 'completed_at')::timestamptz
        );
      when 'deliverable' then
        -- The file lies where the page says; storage has none.
        insert into sage.deliverables (id, project_id, name, file_path, file_url, category, notion_created_at)
        values (
          subject, (fields ->> 'project_id')::uuid, fields ->> 'name', 'notion/' || page, fields ->> 'file_url',
          fields ->> 'category', created
        );
    end case;
    perform sage.settle_echo(resource_type, subject, moment);
  end if;
  perform sage.keep_notion_state(resource_type, subject, page, edited, shown);
  return jsonb_build_object('outcome', outcome, 'id', subject);
exception
  when data_exception or integrity_constraint_violation then
    return jsonb_build_object('outcome', 'refused', 'id', subject, 'reason', sqlerrm);
end
$$;
comment on function sage.import_from_notion(text, uuid, text, jsonb, timestamptz, jsonb) is
  'Takes over a page that was there before: the row that its key names learns its page (matched), a page without a key '
  'becomes a row (loaded). Otherwise: copy (the row has another page), absent (there is no such row), or refused with the reason.';

create trigger leads_sync_created after insert on sage.leads
  for each row execute function sage.enqueue_sync('lead', 'created');
create trigger leads_sync_deleted after delete on sage.leads
  for each row execute function sage.enqueue_sync('lead', 'deleted');
