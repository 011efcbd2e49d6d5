-- A key-value store for what passes: the items that wait for an approval and the tokens that were handed out. The four
-- functions are its whole interface, so another store can take its place without touching a timesheet.
create table approvals.kv_entries (
  key text not null,
  value jsonb not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint kv_entries_pkey primary key (key),
  constraint kv_entries_key_check check (key <> '' and length(key) <= 512)
);
create index kv_entries_expires_at_idx on approvals.kv_entries (expires_at) where expires_at is not null;
create unique index kv_entries_approval_item_period_key on approvals.kv_entries ((value ->> 'timesheet_period_id'))
  where key like 'approval_item:%';

comment on table approvals.kv_entries is
  'Keys with a value and, where they pass, the time after which they no longer exist for anybody who asks.';
comment on column approvals.kv_entries.key is 'Kind and id, as in approval_item:… and approval_token:….';
comment on column approvals.kv_entries.expires_at is
  'Null means never. A row past this time is invisible already; kv_purge_expired() takes it away later.';
comment on index approvals.kv_entries_approval_item_period_key is
  'A timesheet waits for at most one approval, also when two requests arrive together.';

create trigger kv_entries_stamp before insert or update on approvals.kv_entries
  for each row execute function approvals.update_updated_at_column();

create function approvals.kv_set(key text, value jsonb, ttl interval default null) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if ttl <= interval '0' then
    raise exception 'a key cannot live for %', ttl
      using errcode = 'invalid_parameter_value', hint = 'Give a positive interval, or none for a key that stays.';
  end if;
  insert into approvals.kv_entries (key, value, expires_at)
  values (kv_set.key, kv_set.value, clock_timestamp() + ttl)
  on conflict on constraint kv_entries_pkey do update
  set value = excluded.value, expires_at = excluded.expires_at;
end
$$;
comment on function approvals.kv_set(text, jsonb, interval) is
  'Writes a key, whether or not it exists; without a time to live it stays until it is deleted.';

create function approvals.kv_get(key text) returns jsonb
language sql stable
begin atomic
  select entry.value
  from approvals.kv_entries as entry
  where entry.key = kv_get.key
    and (entry.expires_at is null or entry.expires_at > statement_timestamp());
end;
comment on function approvals.kv_get(text) is 'The value of a key; null when it does not exist or has expired.';

create function approvals.kv_delete(key text) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  was_visible boolean;
begin
  delete from approvals.kv_entries as entry
  where entry.key = kv_delete.key
  returning entry.expires_at is null or entry.expires_at > statement_timestamp()
  into was_visible;
  return coalesce(was_visible, false);
end
$$;
comment on function approvals.kv_delete(text) is 'Deletes a key; true when there was one, expired keys not counted.';

create function approvals.kv_purge_expired(max_entries integer default 10000) returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  purged integer;
begin
  delete from approvals.kv_entries as entry
  where entry.key in (
    select expired.key
    from approvals.kv_entries as expired
    where expired.expires_at <= statement_timestamp()
    order by expired.expires_at
    limit max_entries
    for update skip locked
  );
  get diagnostics purged = row_count;
  return purged;
end
$$;
comment on function approvals.kv_purge_expired(integer) is
  'Takes expired keys away, oldest first, without waiting for anybody who uses one; returns how many. Run it from time '
  'to time, again while it returns the maximum.';
