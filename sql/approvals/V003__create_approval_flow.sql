-- The way of a timesheet: the contractor submits it, the back end asks the next approver, the approver answers with the
-- token from the mail. Every step locks the period first, so two answers to one question happen one after the other.
create function approvals.submit_timesheet(period uuid) returns timestamptz
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  found_status text;
  found_hours numeric;
  submission timestamptz;
begin
  select candidate.status, candidate.total_hours
  into found_status, found_hours
  from approvals.timesheet_periods as candidate
  join approvals.project_contracts as contract on contract.id = candidate.contract_id
  where candidate.id = period and contract.user_id = auth.uid()
  for update of candidate;
  if not found then
    raise exception 'you have no timesheet period %', period using errcode = 'no_data_found';
  end if;
  if found_status not in ('draft', 'rejected') then
    raise exception 'a % timesheet cannot be submitted', found_status
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  if found_hours = 0 then
    raise exception 'a timesheet without hours cannot be submitted'
      using errcode = 'object_not_in_prerequisite_state', hint = 'Enter the hours first.';
  end if;
  update approvals.timesheet_periods as candidate
  set status = 'submitted', submitted_at = clock_timestamp()
  where candidate.id = period
  returning candidate.submitted_at into submission;
  return submission;
end
$$;
comment on function approvals.submit_timesheet(uuid) is
  'Hands a draft or rejected timesheet in. Security definer, because a contractor may not write the status; it serves '
  'only the contractor of the period.';

create function approvals.request_approval(period uuid, approvers uuid[] default null)
returns table (approval_item_id uuid, approver_id uuid, action text, token text, expires_at timestamptz)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  valid_for constant interval := interval '7 days';
  found_status text;
  contract_approvers uuid[];
  item_key text;
  item jsonb;
  chain uuid[];
  secret bytea;
begin
  select candidate.status,
    case candidate.status
      when 'submitted' then array_remove(array[contract.manager_id, contract.client_id], null)
      when 'manager_approved' then array_remove(array[contract.client_id], null)
    end
  into found_status, contract_approvers
  from approvals.timesheet_periods as candidate
  join approvals.project_contracts as contract on contract.id = candidate.contract_id
  where candidate.id = period
  for update of candidate;
  if not found then
    raise exception 'there is no timesheet period %', period using errcode = 'no_data_found';
  end if;
  if contract_approvers is null then
    raise exception 'a % timesheet does not wait for an approval', found_status
      using errcode = 'object_not_in_prerequisite_state';
  end if;

  select entry.key, entry.value
  into item_key, item
  from approvals.kv_entries as entry
  where entry.key like 'approval_item:%' and entry.value ->> 'timesheet_period_id' = period::text
  for update;
  chain := coalesce(
    approvers,
    (select array_agg(id::uuid) from jsonb_array_elements_text(item -> 'approvers') as id),
    contract_approvers
  );
  -- Whoever approves is one of the contract's approvers, once, and the client comes after the manager.
  if chain = '{}' or chain is distinct from (
    select array_agg(id order by rank)
    from unnest(contract_approvers) with ordinality as may (id, rank)
    where id = any (chain)
  ) then
    raise exception 'these approvers cannot approve timesheet period %', period
      using errcode = 'invalid_parameter_value',
        hint = 'Name the contract''s manager, its client, or both in this order; whoever has approved already is left out.';
  end if;

  if item is null then
    item := jsonb_build_object('id', gen_random_uuid(), 'timesheet_period_id', period, 'status', 'pending', 'round', 0);
    item_key := 'approval_item:' || (item ->> 'id');
  end if;
  item := item || jsonb_build_object(
    'current_approver_id', chain[1], 'next_approver_id', chain[2], 'approvers', to_jsonb(chain),
    'round', (item ->> 'round')::integer + 1
  );
  perform approvals.kv_set(item_key, item);

  for action in select unnest(array['approve', 'reject']) loop
    -- 256 bits of the server's cryptographic randomness: of a random UUID's 16 bytes, 14 are random in every bit.
    select substr(string_agg(substr(bytes, 1, 6) || substr(bytes, 8, 1) || substr(bytes, 10, 7), ''), 1, 32)
    into secret
    from (select uuid_send(gen_random_uuid()) as bytes from generate_series(1, 3)) as random;
    token := encode(secret, 'hex');
    approval_item_id := (item ->> 'id')::uuid;
    approver_id := chain[1];
    expires_at := clock_timestamp() + valid_for;
    perform approvals.kv_set(
      'approval_token:' || encode(sha256(secret), 'hex'),
      jsonb_build_object(
        'id', encode(sha256(secret), 'hex'), 'approval_item_id', approval_item_id, 'approver_id', approver_id,
        'action', action, 'round', item -> 'round', 'used_at', null
      ),
      valid_for
    );
    return next;
  end loop;
end
$$;
comment on function approvals.request_approval(uuid, uuid[]) is
  'Asks the next approver: returns a token to approve and one to reject, this once, for the mail to them. Called again, '
  'after an approval or to remind, it makes new tokens and earlier ones no longer count. Without approvers, whoever the '
  'contract names and has not approved yet. For the back end alone: whoever has the tokens passes them on.';

create function approvals.execute_approval(token text)
returns table (outcome text, timesheet_period_id uuid, period_status text, next_approver_id uuid)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  caller constant uuid := auth.uid();
  token_key text;
  token_expiry timestamptz;
  permit jsonb;
  item_key text;
  item jsonb;
  waiting record;
  chain jsonb;
  refusal text;
begin
  if token ~ '^[0-9a-f]{64}$' then
    token_key := 'approval_token:' || encode(sha256(decode(token, 'hex')), 'hex');
  end if;
  -- First what it is about, then the locks in the order in which request_approval() takes them, then all again.
  select entry.value into permit from approvals.kv_entries as entry where entry.key = token_key;
  item_key := 'approval_item:' || (permit ->> 'approval_item_id');
  select entry.value into item from approvals.kv_entries as entry where entry.key = item_key;
  select period.id, period.status, caller in (contract.manager_id, contract.client_id) as may_approve
  into waiting
  from approvals.timesheet_periods as period
  join approvals.project_contracts as contract on contract.id = period.contract_id
  where period.id = (item ->> 'timesheet_period_id')::uuid
  for update of period;
  select entry.value into item from approvals.kv_entries as entry where entry.key = item_key for update;
  select entry.value, entry.expires_at
  into permit, token_expiry
  from approvals.kv_entries as entry
  where entry.key = token_key
  for update;

  refusal := case
    when caller is null then 'nobody is signed in'
    when token_key is null then 'malformed'
    when permit is null then 'unknown'
    when permit ->> 'approver_id' <> caller::text then 'of another approver'
    when permit ->> 'used_at' is not null then 'used'
    when token_expiry <= clock_timestamp() then 'expired'
    when item is null or waiting.id is null then 'the item is finished'
    when item ->> 'current_approver_id' <> caller::text then 'not the approver''s turn'
    when permit -> 'round' <> item -> 'round' then 'replaced by a newer one'
    when waiting.status not in ('submitted', 'manager_approved') then 'the timesheet does not wait'
    when waiting.may_approve is not true then 'no longer an approver of the contract'
  end;
  if refusal is not null then
    -- Written, not raised: an exception would take the record away with it. One key a caller, so that nobody can fill
    -- the store by trying.
    insert into approvals.kv_entries as record (key, value, expires_at)
    values (
      'approval_refusals:' || coalesce(caller::text, 'nobody'),
      jsonb_build_object('count', 1, 'latest', jsonb_build_array(jsonb_build_object(
        'at', clock_timestamp(), 'reason', refusal, 'token_id', substr(token_key, length('approval_token:') + 1),
        'approval_item_id', permit ->> 'approval_item_id'
      ))),
      clock_timestamp() + interval '30 days'
    )
    on conflict on constraint kv_entries_pkey do update
    set value = jsonb_build_object(
        'count', (record.value ->> 'count')::bigint + 1,
        'latest', jsonb_path_query_array((excluded.value -> 'latest') || (record.value -> 'latest'), '$[0 to 19]')
      ),
      expires_at = excluded.expires_at;
    outcome := 'refused';
    return next;
    return;
  end if;

  update approvals.kv_entries as entry
  set value = entry.value || jsonb_build_object('used_at', clock_timestamp(), 'used_by', caller)
  where entry.key = token_key;
  chain := (item -> 'approvers') - 0;
  if permit ->> 'action' = 'reject' then
    outcome := 'rejected';
    period_status := 'rejected';
  else
    outcome := 'approved';
    period_status := case when chain = '[]' then 'fully_approved' else 'manager_approved' end;
  end if;
  update approvals.timesheet_periods as period set status = period_status where period.id = waiting.id;
  if period_status = 'manager_approved' then
    next_approver_id := (chain ->> 0)::uuid;
    update approvals.kv_entries as entry
    set value = entry.value || jsonb_build_object(
      'current_approver_id', chain -> 0, 'next_approver_id', chain -> 1, 'approvers', chain
    )
    where entry.key = item_key;
  else
    delete from approvals.kv_entries as entry where entry.key = item_key;
  end if;
  timesheet_period_id := waiting.id;
  return next;
end
$$;
comment on function approvals.execute_approval(text) is
  'Approves or rejects with a token from the mail, signed in as the approver that it was made for. A token that is '
  'malformed, unknown, used, expired, replaced or somebody else''s is "refused" without saying which, and changes '
  'nothing; the reason is kept under approval_refusals:… for the back end. Security definer, because an approver may '
  'write neither the status nor the store.';

create function approvals.validate_approval_token(token text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  permit approvals.kv_entries;
  item jsonb;
begin
  if token is null or token !~ '^[0-9a-f]{64}$' then
    return 'unknown';
  end if;
  select entry.*
  into permit
  from approvals.kv_entries as entry
  where entry.key = 'approval_token:' || encode(sha256(decode(token, 'hex')), 'hex');
  select entry.value
  into item
  from approvals.kv_entries as entry
  where entry.key = 'approval_item:' || (permit.value ->> 'approval_item_id');
  return case
    when permit.key is null then 'unknown'
    when permit.value ->> 'used_at' is not null then 'used'
    when permit.expires_at <= clock_timestamp() then 'expired'
    -- Answered by its sister, or replaced by a newer one.
    when item is null or item -> 'round' <> permit.value -> 'round' then 'expired'
    else 'valid'
  end;
end
$$;
comment on function approvals.validate_approval_token(text) is
  'For the page behind the link in a mail: "valid", "used", "expired" (also when the question was answered otherwise or '
  'asked anew) or "unknown". Changes nothing, and says nothing of whose token it is; for the back end alone, since to '
  'anybody else a refused token does not say why.';
