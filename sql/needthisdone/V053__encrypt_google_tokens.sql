--! no-transaction
--! lock-timeout: 100ms
-- Tokens are kept encrypted, under a key that a session brings along and that is stored nowhere. Tokens from before were
-- readable in every backup: they are thrown away, and their owners connect their calendars again.
create extension if not exists pgcrypto;

-- The extension may live in any schema: for the rest of this file its functions are found there.
select set_config('search_path', extnamespace::regnamespace::text, false)
from pg_catalog.pg_extension
where extname = 'pgcrypto';

alter table needthisdone.google_calendar_tokens add column access_token_encrypted bytea;
alter table needthisdone.google_calendar_tokens add column refresh_token_encrypted bytea;
comment on column needthisdone.google_calendar_tokens.access_token_encrypted is 'Encrypted by pgp_sym_encrypt() with AES-256.';
comment on column needthisdone.google_calendar_tokens.refresh_token_encrypted is 'Encrypted by pgp_sym_encrypt() with AES-256.';

do $$
begin
  loop
    delete from needthisdone.google_calendar_tokens as readable
    where readable.id in (
      select old.id from needthisdone.google_calendar_tokens as old where old.access_token_encrypted is null limit 10000
    );
    exit when not found;
    commit;
  end loop;
end
$$;

-- workroom: allow drop-column because nothing may read a token that is not encrypted
alter table needthisdone.google_calendar_tokens drop column access_token;
-- workroom: allow drop-column because nothing may read a token that is not encrypted
alter table needthisdone.google_calendar_tokens drop column refresh_token;
alter table needthisdone.google_calendar_tokens
  add constraint google_calendar_tokens_encrypted_check
  check (access_token_encrypted is not null and refresh_token_encrypted is not null) not valid;
alter table needthisdone.google_calendar_tokens validate constraint google_calendar_tokens_encrypted_check;

create function needthisdone.token_key() returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  key constant text := current_setting('app.token_key', true);
begin
  if coalesce(length(key), 0) < 32 then
    raise exception 'this session has no key for tokens'
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'Set app.token_key to at least 32 characters, for the transaction: set_config(''app.token_key'', …, true).';
  end if;
  return key;
end
$$;
comment on function needthisdone.token_key() is 'The key for tokens that the session brought along (app.token_key); it is stored nowhere.';

create function needthisdone.store_google_token(access_token text, refresh_token text, expires_at timestamptz) returns void
language sql
begin atomic
  insert into needthisdone.google_calendar_tokens as kept (user_id, access_token_encrypted, refresh_token_encrypted, expires_at)
  values (
    auth.uid(),
    pgp_sym_encrypt(store_google_token.access_token, needthisdone.token_key(), 'cipher-algo=aes256'),
    pgp_sym_encrypt(store_google_token.refresh_token, needthisdone.token_key(), 'cipher-algo=aes256'),
    store_google_token.expires_at
  )
  on conflict (user_id) do update
  set access_token_encrypted = excluded.access_token_encrypted,
    refresh_token_encrypted = excluded.refresh_token_encrypted,
    expires_at = excluded.expires_at;
end;
comment on function needthisdone.store_google_token(text, text, timestamptz) is
  'Keeps the tokens of the signed-in person, encrypted under the session''s key.';

create function needthisdone.read_google_token()
returns table (access_token text, refresh_token text, expires_at timestamptz)
language sql stable
begin atomic
  select
    pgp_sym_decrypt(kept.access_token_encrypted, needthisdone.token_key()),
    pgp_sym_decrypt(kept.refresh_token_encrypted, needthisdone.token_key()),
    kept.expires_at
  from needthisdone.google_calendar_tokens as kept
  where kept.user_id = auth.uid();
end;
comment on function needthisdone.read_google_token() is
  'The tokens of the signed-in person. Under another key than they were stored with it fails.';
